/// What an [`Encoder`](crate::Encoder) or a [`Connection`](crate::Connection) masks its payloads
/// with.
///
/// | Type | Role |
/// |---|---|
/// | [`NoKeys`] | a server |
/// | [`ClientKeys`]: `FnMut() -> [u8; 4]`, or `RandomKeys` | a client |
/// | `Option` of [`ClientKeys`] | a server if it is `None`, otherwise a client |
///
/// No other type can implement it.
pub trait KeySource: sealed::Keys {}

impl<K: sealed::Keys> KeySource for K {}

/// A source of masking keys for a client (§5.3): any `FnMut() -> [u8; 4]`, or `RandomKeys` (feature
/// `rand`).
///
/// The keys must be unpredictable (§10.3). No other type can implement it.
pub trait ClientKeys: KeySource + sealed::NextKey {}

impl<K: KeySource + sealed::NextKey> ClientKeys for K {}

/// A [`KeySource`] that a server can have: [`NoKeys`], or an `Option` of [`ClientKeys`].
///
/// Only an encoder with such a source can send a payload without copying it: see
/// [`Encoder::encode_header`](crate::Encoder::encode_header). No other type can implement it.
pub trait ServerKeys: KeySource + sealed::MayBeNone {}

impl<K: KeySource + sealed::MayBeNone> ServerKeys for K {}

/// The [`KeySource`] of a server, which masks nothing (§5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NoKeys;

pub(crate) mod sealed {
    use super::NoKeys;

    pub trait Keys {
        /// Returns whether there is a key for each frame.
        fn is_masked(&self) -> bool;

        /// Returns the key for the next frame.
        fn next(&mut self) -> Option<[u8; 4]>;
    }

    pub trait NextKey {
        fn next_key(&mut self) -> [u8; 4];
    }

    pub trait MayBeNone {}

    impl Keys for NoKeys {
        #[inline(always)]
        fn is_masked(&self) -> bool {
            false
        }

        #[inline(always)]
        fn next(&mut self) -> Option<[u8; 4]> {
            None
        }
    }

    impl<K: NextKey> Keys for K {
        #[inline(always)]
        fn is_masked(&self) -> bool {
            true
        }

        #[inline(always)]
        fn next(&mut self) -> Option<[u8; 4]> {
            Some(self.next_key())
        }
    }

    impl<K: NextKey> Keys for Option<K> {
        #[inline(always)]
        fn is_masked(&self) -> bool {
            self.is_some()
        }

        #[inline(always)]
        fn next(&mut self) -> Option<[u8; 4]> {
            self.as_mut().map(K::next_key)
        }
    }

    impl<K: FnMut() -> [u8; 4]> NextKey for K {
        #[inline(always)]
        fn next_key(&mut self) -> [u8; 4] {
            self()
        }
    }

    #[cfg(feature = "rand")]
    impl<R: rand_core::CryptoRng> NextKey for super::RandomKeys<R> {
        #[inline(always)]
        fn next_key(&mut self) -> [u8; 4] {
            self.generator.next_u32().to_ne_bytes()
        }
    }

    impl MayBeNone for NoKeys {}
    impl<K: NextKey> MayBeNone for Option<K> {}
}

/// Masking keys from a cryptographically secure generator (§10.3), created by [`masking_keys`].
///
/// Its name can be written, such as for the field of a struct:
///
/// ```
/// use rand::rngs::StdRng;
/// use wsparse::{Encoder, RandomKeys};
///
/// struct Client {
///     encoder: Encoder<RandomKeys<StdRng>>,
/// }
/// ```
#[cfg(feature = "rand")]
pub struct RandomKeys<R> {
    generator: R,
}

#[cfg(feature = "rand")]
impl<R> core::fmt::Debug for RandomKeys<R> {
    /// Leaves out the generator, which might reveal future keys.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RandomKeys").finish_non_exhaustive()
    }
}

#[cfg(all(feature = "defmt", feature = "rand"))]
impl<R> defmt::Format for RandomKeys<R> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "RandomKeys");
    }
}

/// Creates a source of masking keys from a cryptographically secure generator (§10.3), for
/// [`Connection::client`](crate::Connection::client) or
/// [`Encoder::client`](crate::Encoder::client).
///
/// The generator must be one that cannot fail. For one that can, use `rand_core::UnwrapErr`, which
/// panics instead: predictable keys would be worse.
///
/// ```
/// use rand::{SeedableRng, rngs::StdRng};
/// use wsparse::{Encoder, Message, masking_keys};
///
/// let generator = StdRng::try_from_rng(&mut rand::rngs::SysRng)?;
/// let mut client = Encoder::client(masking_keys(generator));
/// let mut output = [0; 64];
/// let sent = client.encode(Message::Text("Hello"), &mut output)?;
/// assert_eq!(sent.len(), 2 + 4 + 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "rand")]
pub const fn masking_keys<R: rand_core::CryptoRng>(generator: R) -> RandomKeys<R> {
    RandomKeys { generator }
}

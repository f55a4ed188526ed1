/// A source of masking keys for an [`Encoder`](crate::Encoder) or a
/// [`Connection`](crate::Connection): [`NoKeys`] for a server, any `FnMut() -> [u8; 4]` for a
/// client.
///
/// No other type can implement it.
pub trait KeySource: sealed::Keys {}

impl<K: sealed::Keys> KeySource for K {}

/// The [`KeySource`] of a server, which masks nothing (§5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKeys;

mod sealed {
    use super::NoKeys;

    pub trait Keys {
        const MASKED: bool;

        fn next(&mut self) -> Option<[u8; 4]>;
    }

    impl Keys for NoKeys {
        const MASKED: bool = false;

        #[inline(always)]
        fn next(&mut self) -> Option<[u8; 4]> {
            None
        }
    }

    impl<K: FnMut() -> [u8; 4]> Keys for K {
        const MASKED: bool = true;

        #[inline(always)]
        fn next(&mut self) -> Option<[u8; 4]> {
            Some(self())
        }
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
pub fn masking_keys<R: rand_core::CryptoRng>(mut generator: R) -> impl FnMut() -> [u8; 4] {
    move || generator.next_u32().to_ne_bytes()
}

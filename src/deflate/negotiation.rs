use crate::deflate::params::{HeaderValue, MaxBits, NAME, Params};
use crate::deflate::policy::{Agreed, Direction, Policy};
use crate::handshake::{Extension, HandshakeError};
use crate::wire::role::Role;

/// What a server answers to a client that offers compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Answer {
    /// What the two have agreed on, as the server sees it.
    pub agreed: Agreed,
    value: HeaderValue,
}

impl Answer {
    /// Returns the value for [`Accept::extensions`](crate::handshake::Accept::extensions).
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.value.as_str()
    }
}

/// The negotiation needs the feature `handshake`.
impl Policy {
    /// Answers the offers of a client, as a server.
    ///
    /// `offered` are the [extensions](crate::handshake::Upgrade::extensions) of the request. The
    /// answer accepts the first offer that can be accepted. One that has an unknown, repeated or
    /// invalid parameter cannot, and neither can one that requires a window of 2<sup>8</sup> bytes of
    /// this server (`server_max_window_bits=8`). Returns `None` if there is no other.
    ///
    /// The answer has a parameter if the offer requires it in the answer, or if the policy differs
    /// from what holds without it. It confirms a limit that the client sets itself.
    ///
    /// ```
    /// use wsparse::deflate::{Direction, Policy};
    /// use wsparse::handshake::Extensions;
    ///
    /// let offered = b"permessage-deflate; server_max_window_bits=8, \
    ///     permessage-deflate; server_max_window_bits=12; client_max_window_bits";
    /// let incoming = Direction { window_bits: 10, context_takeover: true };
    /// let policy = Policy { incoming, ..Policy::DEFAULT };
    /// let answer = policy.answer(Extensions::new(offered).flatten()).unwrap();
    /// assert_eq!(
    ///     answer.as_str(),
    ///     "permessage-deflate; server_no_context_takeover; server_max_window_bits=12; \
    ///     client_max_window_bits=10",
    /// );
    /// assert_eq!(answer.agreed.outgoing.window_bits, 12);
    /// ```
    #[must_use]
    pub fn answer<'b>(&self, offered: impl IntoIterator<Item = Extension<'b>>) -> Option<Answer> {
        let mut offers = offered.into_iter().filter(|extension| extension.name() == NAME);
        let params = offers.find_map(|offer| self.accept(Params::parse(offer)?))?;
        Some(Answer { agreed: agreed(params, Role::Server), value: params.value() })
    }

    /// Returns the parameters of the answer that accepts an offer.
    fn accept(&self, offer: Params) -> Option<Params> {
        let window = self.outgoing.max_window_bits();
        let server_max_window_bits = match offer.server_max_window_bits {
            Some(8) => return None,
            Some(bits) => Some(bits.min(window)),
            None => Some(window).filter(|bits| *bits < 15),
        };
        let client_max_window_bits = offer
            .client_max_window_bits
            .map(|offered| offered.get().min(self.incoming.max_window_bits()))
            .filter(|bits| *bits < 15)
            .map(MaxBits::Bits);
        Some(Params {
            server_no_context_takeover: offer.server_no_context_takeover
                || !self.outgoing.context_takeover,
            client_no_context_takeover: offer.client_no_context_takeover
                || !self.incoming.context_takeover,
            server_max_window_bits,
            client_max_window_bits,
        })
    }

    /// Returns the offer of a client, for
    /// [`Offer::extensions`](crate::handshake::Offer::extensions).
    ///
    /// To make several offers, join them with commas, the preferred one first, and pass the policies
    /// to [`check_any`](Self::check_any).
    ///
    /// ```
    /// use wsparse::deflate::{Direction, Policy};
    ///
    /// let with_context = Direction { window_bits: 12, context_takeover: true };
    /// let policy = Policy { incoming: with_context, outgoing: with_context, ..Policy::DEFAULT };
    /// assert_eq!(
    ///     policy.offer().as_str(),
    ///     "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
    /// );
    /// ```
    #[must_use]
    pub fn offer(&self) -> HeaderValue {
        self.offer_params().value()
    }

    fn offer_params(&self) -> Params {
        let client_max_window_bits = match self.outgoing.max_window_bits() {
            15 => MaxBits::Supported,
            bits => MaxBits::Bits(bits),
        };
        Params {
            server_no_context_takeover: !self.incoming.context_takeover,
            client_no_context_takeover: !self.outgoing.context_takeover,
            server_max_window_bits: Some(self.incoming.max_window_bits()).filter(|bits| *bits < 15),
            client_max_window_bits: Some(client_max_window_bits),
        }
    }

    /// Checks what a server has answered to this [offer](Self::offer), as the client that made it.
    ///
    /// `accepted` are the [extensions](crate::handshake::Accepted::extensions) of the response.
    /// Returns `None` if the server has not accepted the offer.
    ///
    /// ```
    /// use wsparse::deflate::Policy;
    /// use wsparse::handshake::{Extensions, HandshakeError};
    ///
    /// let check = |answer| Policy::DEFAULT.check(Extensions::new(answer).flatten());
    /// assert_eq!(check(b""), Ok(None));
    /// let agreed = check(b"permessage-deflate; server_no_context_takeover")?.unwrap();
    /// assert!(!agreed.incoming.context_takeover);
    /// // The server must confirm that each of its messages stands alone.
    /// assert_eq!(check(b"permessage-deflate"), Err(HandshakeError::DeflateParameters));
    /// # Ok::<(), HandshakeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`HandshakeError::DeflateParameters`] if the server has accepted twice, or with parameters
    /// that are unknown, repeated or invalid, or that do not answer the offer. Close the connection.
    pub fn check<'b>(
        &self,
        accepted: impl IntoIterator<Item = Extension<'b>>,
    ) -> Result<Option<Agreed>, HandshakeError> {
        Self::check_any(core::slice::from_ref(self), accepted)
    }

    /// Checks what a server has answered to the offers of these policies: it may answer any of them.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check).
    pub fn check_any<'b>(
        policies: &[Self],
        accepted: impl IntoIterator<Item = Extension<'b>>,
    ) -> Result<Option<Agreed>, HandshakeError> {
        let Some(answer) = single_answer(accepted)? else { return Ok(None) };
        let agreed = policies.iter().find_map(|policy| policy.check_params(answer));
        agreed.map(Some).ok_or(HandshakeError::DeflateParameters)
    }

    /// Returns what the answer means for a client that made the offer of this policy, if it answers
    /// that offer.
    fn check_params(&self, answer: Params) -> Option<Agreed> {
        let offer = self.offer_params();
        // §7.1.1.1, §7.1.2.1: what the client requires must be in the answer.
        if offer.server_no_context_takeover && !answer.server_no_context_takeover
            || offer
                .server_max_window_bits
                .is_some_and(|max| answer.server_max_window_bits.is_none_or(|bits| bits > max))
        {
            return None;
        }
        let offered = offer.client_max_window_bits?.get();
        // §7.1.2.2: what the client only hints at may be missing. The client keeps it in any case.
        let mut agreed = agreed(answer, Role::Client);
        if answer.client_max_window_bits.is_some_and(|bits| bits.get() > offered) {
            return None;
        }
        agreed.outgoing.window_bits = agreed.outgoing.window_bits.min(offered);
        agreed.outgoing.context_takeover &= self.outgoing.context_takeover;
        Some(agreed)
    }
}

impl Agreed {
    /// Reads what the answer of a server means for the endpoint with this role, without knowing the
    /// offers. It is for proxies and other observers.
    ///
    /// Returns `None` if the server has not accepted the extension. Only available with the feature
    /// `handshake`.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::DeflateParameters`] if the server has accepted twice, or with parameters
    /// that are unknown, repeated or invalid.
    pub fn from_answer<'b>(
        accepted: impl IntoIterator<Item = Extension<'b>>,
        role: Role,
    ) -> Result<Option<Self>, HandshakeError> {
        Ok(single_answer(accepted)?.map(|answer| agreed(answer, role)))
    }
}

/// Returns the parameters of the one answer about this extension.
fn single_answer<'b>(
    accepted: impl IntoIterator<Item = Extension<'b>>,
) -> Result<Option<Params>, HandshakeError> {
    let mut answers = accepted.into_iter().filter(|extension| extension.name() == NAME);
    let Some(answer) = answers.next() else { return Ok(None) };
    // §7.1.2.2: in an answer, the parameter has a value.
    let params = Params::parse(answer)
        .filter(|params| params.client_max_window_bits != Some(MaxBits::Supported))
        .filter(|_| answers.next().is_none());
    params.map(Some).ok_or(HandshakeError::DeflateParameters)
}

/// Returns what an answer means for the endpoint with this role.
fn agreed(answer: Params, role: Role) -> Agreed {
    let server = Direction {
        window_bits: answer.server_max_window_bits.unwrap_or(15),
        context_takeover: !answer.server_no_context_takeover,
    };
    let client = Direction {
        window_bits: answer.client_max_window_bits.map_or(15, MaxBits::get),
        context_takeover: !answer.client_no_context_takeover,
    };
    match role {
        Role::Server => Agreed { outgoing: server, incoming: client },
        Role::Client => Agreed { outgoing: client, incoming: server },
    }
}

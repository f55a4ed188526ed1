use crate::handshake::{Extension, ParamValue};
use core::fmt;

/// The registered name of the extension (§7).
pub(super) const NAME: &str = "permessage-deflate";

const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";

/// The values that window bits can have: decimal, without leading zeros (§7.1.2).
const BITS: [(u8, &str); 8] =
    [(8, "8"), (9, "9"), (10, "10"), (11, "11"), (12, "12"), (13, "13"), (14, "14"), (15, "15")];

/// The parameters of an offer or an answer (§7.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Params {
    pub(super) server_no_context_takeover: bool,
    pub(super) client_no_context_takeover: bool,
    pub(super) server_max_window_bits: Option<u8>,
    pub(super) client_max_window_bits: Option<MaxBits>,
}

/// The value of `client_max_window_bits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MaxBits {
    /// An offer may have the parameter without a value: it states that the client supports it.
    Supported,
    Bits(u8),
}

impl MaxBits {
    pub(super) const fn get(self) -> u8 {
        match self {
            Self::Supported => 15,
            Self::Bits(bits) => bits,
        }
    }
}

impl Params {
    /// Reads the parameters, unless one is unknown, repeated, or has a value that it must not have.
    pub(super) fn parse(extension: Extension<'_>) -> Option<Self> {
        let mut params = Self::default();
        for (name, value) in extension.params() {
            let is_repeated = match name {
                SERVER_NO_CONTEXT_TAKEOVER if value.is_none() => {
                    core::mem::replace(&mut params.server_no_context_takeover, true)
                }
                CLIENT_NO_CONTEXT_TAKEOVER if value.is_none() => {
                    core::mem::replace(&mut params.client_no_context_takeover, true)
                }
                SERVER_MAX_WINDOW_BITS => {
                    params.server_max_window_bits.replace(parse_bits(value?)?).is_some()
                }
                CLIENT_MAX_WINDOW_BITS => {
                    let bits = match value {
                        Some(value) => MaxBits::Bits(parse_bits(value)?),
                        None => MaxBits::Supported,
                    };
                    params.client_max_window_bits.replace(bits).is_some()
                }
                _ => return None,
            };
            if is_repeated {
                return None;
            }
        }
        Some(params)
    }

    /// Writes the extension with these parameters.
    pub(super) fn value(self) -> HeaderValue {
        let mut value = HeaderValue { bytes: [0; HeaderValue::MAX_LEN], len: 0 };
        value.put(NAME);
        if self.server_no_context_takeover {
            value.param(SERVER_NO_CONTEXT_TAKEOVER, None);
        }
        if self.client_no_context_takeover {
            value.param(CLIENT_NO_CONTEXT_TAKEOVER, None);
        }
        if let Some(bits) = self.server_max_window_bits {
            value.param(SERVER_MAX_WINDOW_BITS, Some(bits));
        }
        match self.client_max_window_bits {
            Some(MaxBits::Bits(bits)) => value.param(CLIENT_MAX_WINDOW_BITS, Some(bits)),
            Some(MaxBits::Supported) => value.param(CLIENT_MAX_WINDOW_BITS, None),
            None => {}
        }
        value
    }
}

fn parse_bits(value: ParamValue<'_>) -> Option<u8> {
    BITS.iter().find(|(_, text)| value == **text).map(|(bits, _)| *bits)
}

/// A value for the header `Sec-WebSocket-Extensions`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HeaderValue {
    /// ASCII, padded with zeros.
    bytes: [u8; Self::MAX_LEN],
    len: usize,
}

impl HeaderValue {
    /// The name and all four parameters, with values of two digits.
    const MAX_LEN: usize = NAME.len()
        + "; ".len() * 4
        + SERVER_NO_CONTEXT_TAKEOVER.len()
        + CLIENT_NO_CONTEXT_TAKEOVER.len()
        + SERVER_MAX_WINDOW_BITS.len()
        + CLIENT_MAX_WINDOW_BITS.len()
        + "=15".len() * 2;

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
    }

    fn put(&mut self, text: &str) {
        let free = self.bytes.get_mut(self.len..).unwrap_or_default();
        if let Some(place) = free.get_mut(..text.len()) {
            place.copy_from_slice(text.as_bytes());
            self.len = self.len.saturating_add(text.len());
        }
    }

    fn param(&mut self, name: &str, bits: Option<u8>) {
        self.put("; ");
        self.put(name);
        if let Some((_, text)) = BITS.iter().find(|(value, _)| Some(*value) == bits) {
            self.put("=");
            self.put(text);
        }
    }
}

impl fmt::Display for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for HeaderValue {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=str}", self.as_str());
    }
}

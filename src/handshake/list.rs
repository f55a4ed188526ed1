//! The lists that headers hold: subprotocols (RFC 6455 §4.3) and extensions (§9.1). Empty elements
//! are skipped (RFC 7230 §7).

use super::HandshakeError;
use core::fmt;
use core::iter::FusedIterator;

/// RFC 7230 §3.2.6, `tchar`: a bit for each byte of ASCII.
const TOKEN_BYTES: u128 = {
    let mut bits = 0;
    let mut byte = 0_u8;
    while byte < 128 {
        let punctuation = matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        if punctuation || byte.is_ascii_alphanumeric() {
            bits |= 1 << byte;
        }
        byte = byte.wrapping_add(1);
    }
    bits
};

const fn is_token_byte(byte: u8) -> bool {
    byte < 128 && TOKEN_BYTES >> (byte & 127) & 1 == 1
}

/// Whether this is a token, which has at least one byte.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().copied().all(is_token_byte)
}

/// The elements of a list whose elements are without commas.
pub(super) fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|e| !e.is_empty())
}

/// Whether the list holds this token, in whatever case.
pub(super) fn holds(value: &[u8], token: &str) -> bool {
    elements(value).any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
}

/// The subprotocols in the value of a `Sec-WebSocket-Protocol` header, in order (RFC 6455 §4.3).
///
/// An element that is no token is an error, and the last item.
///
/// ```
/// use wsparse::handshake::Subprotocols;
///
/// let mut offered = Subprotocols::new(b"chat, superchat");
/// assert_eq!(offered.next(), Some(Ok("chat")));
/// assert_eq!(offered.next(), Some(Ok("superchat")));
/// assert_eq!(offered.next(), None);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Subprotocols<'b> {
    rest: &'b [u8],
}

impl<'b> Subprotocols<'b> {
    /// At the start of the value of one header.
    #[must_use]
    pub const fn new(value: &'b [u8]) -> Self {
        Self { rest: value }
    }
}

impl<'b> Iterator for Subprotocols<'b> {
    type Item = Result<&'b str, HandshakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut rest = skip_empty_elements(self.rest);
        let name = take_token(&mut rest);
        skip_space(&mut rest);
        let ended = matches!(rest, [] | [b',', ..]);
        self.rest = rest;
        match name {
            Some(name) if ended => Some(Ok(name)),
            None if rest.is_empty() => None,
            _ => {
                self.rest = &[];
                Some(Err(HandshakeError::Subprotocols))
            }
        }
    }
}

impl FusedIterator for Subprotocols<'_> {}

/// The extensions in the value of a `Sec-WebSocket-Extensions` header, in order (RFC 6455 §9.1).
///
/// One that is malformed is an error, and the last item.
///
/// ```
/// use wsparse::handshake::Extensions;
///
/// let mut offered = Extensions::new(b"mux; max-channels=\"4\"; flow-control, deflate-stream");
/// let mux = offered.next().unwrap()?;
/// assert_eq!(mux.name(), "mux");
/// let mut params = mux.params();
/// let (name, value) = params.next().unwrap();
/// assert_eq!(name, "max-channels");
/// assert_eq!(value.unwrap(), "4");
/// assert_eq!(params.next(), Some(("flow-control", None)));
/// assert_eq!(offered.next().unwrap()?.name(), "deflate-stream");
/// # Ok::<(), wsparse::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Extensions<'b> {
    rest: &'b [u8],
}

impl<'b> Extensions<'b> {
    /// At the start of the value of one header.
    #[must_use]
    pub const fn new(value: &'b [u8]) -> Self {
        Self { rest: value }
    }
}

impl<'b> Iterator for Extensions<'b> {
    type Item = Result<Extension<'b>, HandshakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut rest = skip_empty_elements(self.rest);
        if rest.is_empty() {
            self.rest = rest;
            return None;
        }
        let extension = take_extension(&mut rest);
        self.rest = if extension.is_some() { rest } else { &[] };
        Some(extension.ok_or(HandshakeError::Extensions))
    }
}

impl FusedIterator for Extensions<'_> {}

/// An extension that is offered or accepted (RFC 6455 §9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'b> {
    name: &'b str,
    params: Params<'b>,
}

impl<'b> Extension<'b> {
    /// Its registered name.
    #[must_use]
    pub const fn name(self) -> &'b str {
        self.name
    }

    /// Its parameters, in order: the name, and the value where there is one.
    #[must_use]
    pub const fn params(self) -> Params<'b> {
        self.params
    }
}

/// The parameters of an [`Extension`], in order: the name of each, and its value if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params<'b> {
    /// From a semicolon on; checked.
    rest: &'b [u8],
}

impl<'b> Iterator for Params<'b> {
    type Item = (&'b str, Option<ParamValue<'b>>);

    fn next(&mut self) -> Option<Self::Item> {
        take_param(&mut self.rest)
    }
}

impl FusedIterator for Params<'_> {}

/// The value of an extension's parameter: a token, which may have been quoted.
///
/// It compares with text, and displays, as it is without quotes.
#[derive(Clone, Copy, Debug)]
pub struct ParamValue<'b> {
    /// Without the quotes around it, with the backslashes in it.
    quoted: &'b [u8],
}

impl<'b> ParamValue<'b> {
    /// The bytes of the token, all of them ASCII.
    pub fn bytes(self) -> impl Iterator<Item = u8> + use<'b> {
        // No token holds a backslash: each stands before the byte that it quotes.
        self.quoted.iter().copied().filter(|byte| *byte != b'\\')
    }
}

impl PartialEq for ParamValue<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for ParamValue<'_> {}

impl PartialEq<str> for ParamValue<'_> {
    fn eq(&self, other: &str) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl PartialEq<&str> for ParamValue<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl fmt::Display for ParamValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().try_for_each(|byte| fmt::Write::write_char(f, byte.into()))
    }
}

/// `1#element`: whether all elements are well-formed, and there is one.
pub(super) fn is_list<T>(mut items: impl Iterator<Item = Result<T, HandshakeError>>) -> bool {
    matches!(items.next(), Some(Ok(_))) && items.all(|item| item.is_ok())
}

fn skip_empty_elements(mut rest: &[u8]) -> &[u8] {
    while let [b',' | b' ' | b'\t', after @ ..] = rest {
        rest = after;
    }
    rest
}

/// Spaces and tabs: no line break passes for white space.
fn skip_space(rest: &mut &[u8]) {
    while let [b' ' | b'\t', after @ ..] = *rest {
        *rest = after;
    }
}

fn take_byte(rest: &mut &[u8], byte: u8) -> bool {
    match rest.split_first() {
        Some((first, after)) if *first == byte => {
            *rest = after;
            true
        }
        _ => false,
    }
}

fn take_token<'b>(rest: &mut &'b [u8]) -> Option<&'b str> {
    let len = rest.iter().position(|byte| !is_token_byte(*byte)).unwrap_or(rest.len());
    let (token, after) = rest.split_at_checked(len)?;
    *rest = after;
    if token.is_empty() { None } else { str::from_utf8(token).ok() }
}

/// `extension-token *( ";" extension-param )`, and then a comma or the end.
fn take_extension<'b>(rest: &mut &'b [u8]) -> Option<Extension<'b>> {
    let name = take_token(rest)?;
    skip_space(rest);
    let all = *rest;
    while rest.first() == Some(&b';') {
        take_param(rest)?;
    }
    if !matches!(rest, [] | [b',', ..]) {
        return None;
    }
    let len = all.len().saturating_sub(rest.len());
    Some(Extension { name, params: Params { rest: all.get(..len).unwrap_or_default() } })
}

/// `";" token [ "=" (token | quoted-string) ]`, white space allowed between them ("implied *LWS",
/// RFC 2616 §2.1).
fn take_param<'b>(rest: &mut &'b [u8]) -> Option<(&'b str, Option<ParamValue<'b>>)> {
    if !take_byte(rest, b';') {
        return None;
    }
    skip_space(rest);
    let name = take_token(rest)?;
    skip_space(rest);
    let mut value = None;
    if take_byte(rest, b'=') {
        skip_space(rest);
        let quoted =
            if take_byte(rest, b'"') { take_quoted(rest)? } else { take_token(rest)?.as_bytes() };
        value = Some(ParamValue { quoted });
        skip_space(rest);
    }
    Some((name, value))
}

/// What stands before the closing quote, if it is a token when unescaped (§9.1).
fn take_quoted<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let all = *rest;
    loop {
        let (first, after) = rest.split_first()?;
        *rest = after;
        match *first {
            b'"' => break,
            b'\\' => {
                let (quoted, after) = rest.split_first()?;
                *rest = after;
                if !is_token_byte(*quoted) {
                    return None;
                }
            }
            byte if is_token_byte(byte) => {}
            _ => return None,
        }
    }
    let len = all.len().saturating_sub(rest.len()).saturating_sub(1);
    all.get(..len).filter(|quoted| !quoted.is_empty())
}

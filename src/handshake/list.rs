//! The lists in header values: subprotocols (RFC 6455 §4.3) and extensions (§9.1). Empty elements
//! are skipped (RFC 9110 §5.6.1).

use super::error::HandshakeError;
use core::fmt;
use core::iter::FusedIterator;

/// RFC 9110 §5.6.2, `tchar`: one bit for each ASCII character.
const TOKEN_BYTES: [u8; 16] = {
    let mut bits = 0_u128;
    let mut byte = 0_u8;
    while byte < 128 {
        let punctuation = matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        if punctuation || byte.is_ascii_alphanumeric() {
            bits |= 1 << byte;
        }
        byte = byte.wrapping_add(1);
    }
    bits.to_le_bytes()
};

pub(super) fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES.get(usize::from(byte >> 3)).is_some_and(|bits| bits >> (byte & 7) & 1 == 1)
}

/// Whether this is a token. A token has at least one byte.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().copied().all(is_token_byte)
}

/// Whether `list` starts with this token, and not with a longer one.
pub(super) fn starts_with_token(list: &[u8], token: &str) -> bool {
    let after = list.strip_prefix(token.as_bytes());
    after.is_some_and(|after| !after.first().is_some_and(|byte| is_token_byte(*byte)))
}

/// The elements of a list, which must not contain quoted commas.
pub(super) fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    elements_or_empty(value).filter(|e| !e.is_empty())
}

fn elements_or_empty(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

/// Whether the list contains this token, ignoring case.
pub(super) fn contains(value: &[u8], token: &str) -> bool {
    elements_or_empty(value).any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
}

/// An iterator over the subprotocols in the value of a `Sec-WebSocket-Protocol` header (RFC 6455
/// §4.3).
///
/// If an element is not a token, the iterator returns [`HandshakeError::Subprotocols`] and ends.
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
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Subprotocols<'b> {
    rest: &'b [u8],
}

impl<'b> Subprotocols<'b> {
    /// Creates an iterator over the value of one header.
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

/// An iterator over the extensions in the value of a `Sec-WebSocket-Extensions` header (RFC 6455
/// §9.1).
///
/// If an element is malformed, the iterator returns [`HandshakeError::Extensions`] and ends.
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
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Extensions<'b> {
    rest: &'b [u8],
}

impl<'b> Extensions<'b> {
    /// Creates an iterator over the value of one header.
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

/// An extension that a client offers or a server accepts (RFC 6455 §9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Extension<'b> {
    name: &'b str,
    params: Params<'b>,
}

impl<'b> Extension<'b> {
    /// Returns the registered name of the extension.
    #[must_use]
    pub const fn name(self) -> &'b str {
        self.name
    }

    /// Returns the parameters, in order.
    #[must_use]
    pub const fn params(self) -> Params<'b> {
        self.params
    }
}

/// An iterator over the parameters of an [`Extension`]: their names and optional values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Params<'b> {
    /// Well-formed parameters, each with the semicolon before it.
    rest: &'b [u8],
}

impl<'b> Iterator for Params<'b> {
    type Item = (&'b str, Option<ParamValue<'b>>);

    fn next(&mut self) -> Option<Self::Item> {
        take_param(&mut self.rest)
    }
}

impl FusedIterator for Params<'_> {}

/// The value of an extension's parameter: a token, which may be quoted.
///
/// Comparisons and [`Display`](fmt::Display) ignore the quoting: `"10"` and `10` are the same value.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ParamValue<'b> {
    /// The value without its quotes, but with its backslashes.
    quoted: &'b [u8],
}

impl<'b> ParamValue<'b> {
    /// Returns the bytes of the token, all of them ASCII.
    pub fn bytes(self) -> impl Iterator<Item = u8> + use<'b> {
        // A token cannot contain a backslash, so each of them quotes the byte after it.
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

/// `1#element`: whether all elements are well-formed and there is at least one.
pub(super) fn is_list<T>(items: impl Iterator<Item = Result<T, HandshakeError>>) -> bool {
    is_list_of(items, |_| true)
}

/// Whether all elements are well-formed and acceptable, and there is at least one.
pub(super) fn is_list_of<T>(
    mut items: impl Iterator<Item = Result<T, HandshakeError>>,
    mut accept: impl FnMut(T) -> bool,
) -> bool {
    let mut is_acceptable = |item: Result<T, _>| item.is_ok_and(&mut accept);
    items.next().is_some_and(&mut is_acceptable) && items.all(is_acceptable)
}

/// A set of at most as many items as it is given memory for.
///
/// Each item is compared with all others. This takes quadratic time, which the capacity limits.
pub(super) struct SmallSet<'s, T> {
    items: &'s mut [T],
    len: usize,
}

impl<'s, T: Copy> SmallSet<'s, T> {
    // Borrows the memory, because an array would be copied into the set.
    pub(super) const fn new(memory: &'s mut [T]) -> Self {
        Self { items: memory, len: 0 }
    }

    /// Adds `item` if it is not the same as any other. Returns false if it is, or if the set is full.
    pub(super) fn insert(&mut self, item: T, is_same: impl Fn(T) -> bool) -> bool {
        match self.items.split_at_mut_checked(self.len) {
            Some((others, [free, ..])) if !others.iter().any(|other| is_same(*other)) => {
                *free = item;
                self.len = self.len.saturating_add(1);
                true
            }
            _ => false,
        }
    }
}

/// Whether the names of all extensions in the list `accepted` have been offered.
pub(super) fn are_offered<'b, I: Iterator<Item = Extension<'b>>>(
    accepted: &[u8],
    offered: impl Fn() -> I,
) -> bool {
    let mut accepted = Extensions::new(accepted).flatten();
    accepted.all(|extension| offered().any(|offered| offered.name() == extension.name()))
}

fn skip_empty_elements(mut rest: &[u8]) -> &[u8] {
    while let [b',' | b' ' | b'\t', after @ ..] = rest {
        rest = after;
    }
    rest
}

/// Skips spaces and tabs. Line breaks are not white space here.
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

/// Reads `extension-token *( ";" extension-param )`, which a comma or the end of the list follows.
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

/// Reads `";" token [ "=" (token | quoted-string) ]`, with optional white space ("implied *LWS",
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

/// Reads the rest of a quoted string. Its value must be a token after unescaping (§9.1).
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

#[cfg(test)]
mod tests {
    use super::SmallSet;
    use core::cell::Cell;

    #[test]
    fn the_number_of_comparisons_is_bounded() {
        let comparisons = Cell::new(0);
        let mut memory = [0; 64];
        let mut set = SmallSet::new(&mut memory);
        for n in 0..8_000 {
            let is_same = |other| {
                comparisons.set(comparisons.get() + 1);
                other == n
            };
            assert_eq!(set.insert(n, is_same), n < 64);
        }
        assert_eq!(comparisons.get(), 64 * 63 / 2);
        let mut memory = [""; 4];
        let mut set = SmallSet::new(&mut memory);
        let mut insert = |item| set.insert(item, |other| other == item);
        assert!(insert("a") && insert("b") && !insert("a") && insert("c"));
    }
}

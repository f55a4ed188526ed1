use super::error::HandshakeError;
use core::iter::FusedIterator;
use memchr::memchr;

/// An iterator over the headers of a request or response, in order.
///
/// ```
/// use wsparse::Status;
/// use wsparse::handshake::{HeadLimits, HeadReader};
///
/// let received = b"GET / HTTP/1.1\r\nHost: example.com\r\nCookie: a=b\r\n\r\n";
/// let mut reader = HeadReader::new(HeadLimits::default());
/// let Status::Complete(request) = reader.request(received)? else { panic!("incomplete") };
/// let mut headers = request.headers();
/// assert_eq!(headers.next().unwrap().name, "Host");
/// assert_eq!(headers.next().unwrap().value, b"a=b");
/// assert_eq!(headers.next(), None);
/// # Ok::<(), wsparse::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Headers<'b> {
    /// Header lines that have been checked, each with its CR LF.
    lines: &'b [u8],
}

/// A header of a request or response: a name and a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HeaderField<'b> {
    /// The name as it was received. Compare it with [`str::eq_ignore_ascii_case`].
    pub name: &'b str,
    /// The value without leading and trailing white space. It may contain non-ASCII bytes.
    pub value: &'b [u8],
}

impl<'b> Headers<'b> {
    /// Checks header lines, of which there are at most `max`, and the empty line after them.
    pub(super) fn parse(lines: &'b [u8], max: usize) -> Result<Self, HandshakeError> {
        if max > BATCH {
            check_batches(lines)?
        } else {
            check(lines)?
        }
        Ok(Self { lines: lines.strip_suffix(b"\r\n").unwrap_or(lines) })
    }

    /// The name and value of the next header.
    #[inline]
    fn next_bytes(&mut self) -> Option<(&'b [u8], &'b [u8])> {
        let (name, value) = split_once(self.next_line()?, b':')?;
        Some((name, value.trim_ascii()))
    }

    /// The line of the next header, without its LF.
    #[inline]
    pub(super) fn next_line(&mut self) -> Option<&'b [u8]> {
        let (line, rest) = split_once(self.lines, b'\n')?;
        self.lines = rest;
        Some(line)
    }

    /// The values of all headers with this name, ignoring case.
    pub(super) fn values(mut self, name: &str) -> impl Iterator<Item = &'b [u8]> + Clone {
        core::iter::from_fn(move || {
            loop {
                let (found, value) = self.next_bytes()?;
                if found.eq_ignore_ascii_case(name.as_bytes()) {
                    return Some(value);
                }
            }
        })
    }
}

impl<'b> Iterator for Headers<'b> {
    type Item = HeaderField<'b>;

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.next_bytes()?;
        Some(HeaderField { name: str::from_utf8(name).unwrap_or_default(), value })
    }
}

impl FusedIterator for Headers<'_> {}

/// The values of all headers with one name, in a head or in what an HTTP library has parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Values<'b> {
    /// All headers of the head from the first with this name on.
    lines: Headers<'b>,
    parsed: [Option<&'b [u8]>; 4],
}

impl<'b> Values<'b> {
    /// Adds a value, which belongs to the first header of `lines` unless an HTTP library has parsed
    /// it. Returns false if there are too many.
    pub(super) fn add(&mut self, lines: Option<Headers<'b>>, value: &'b [u8]) -> bool {
        let Some(lines) = lines else {
            let free = self.parsed.iter_mut().find(|free| free.is_none());
            return free.map(|free| *free = Some(value)).is_some();
        };
        if self.lines.lines.is_empty() {
            self.lines = lines;
        }
        true
    }

    /// Returns the place of `part`, a part of the last value, among the bytes of all. Returns `None`
    /// if there are 4 GiB before it.
    pub(super) fn place_of(&self, part: &[u8]) -> Option<u32> {
        let (mut before, mut last) = (0_usize, self.lines.lines);
        for value in self.parsed.iter().flatten() {
            before = before.checked_add(last.len())?;
            last = value;
        }
        let offset = part.as_ptr().addr().checked_sub(last.as_ptr().addr())?;
        u32::try_from(before.checked_add(offset)?).ok()
    }

    /// Returns the bytes from this place on.
    pub(super) fn at(&self, place: u32) -> &'b [u8] {
        let (mut offset, mut bytes) = (place as usize, self.lines.lines);
        let mut parsed = self.parsed.iter().flatten();
        while let Some(after) = offset.checked_sub(bytes.len())
            && let Some(next) = parsed.next()
        {
            (offset, bytes) = (after, next);
        }
        bytes.get(offset..).unwrap_or_default()
    }

    pub(super) fn iter(self, name: &str) -> impl Iterator<Item = &'b [u8]> + Clone {
        self.lines.values(name).chain(self.parsed.into_iter().flatten())
    }
}

/// The number of headers that are checked at once. They take 32 bytes of stack each on a 64-bit
/// target.
const BATCH: usize = 24;

/// Checks more header lines than a batch has.
#[inline(never)]
fn check_batches(mut lines: &[u8]) -> Result<(), HandshakeError> {
    while !lines.is_empty() {
        let mut rest = lines;
        for _ in 0..BATCH {
            rest = split_once(rest, b'\n').unwrap_or_default().1;
        }
        let len = lines.len().saturating_sub(rest.len());
        check(lines.get(..len).unwrap_or_default())?;
        lines = rest;
    }
    Ok(())
}

/// Checks up to [`BATCH`] header lines; the empty line after the last may be among them.
// Never inlined, so that the array is on the stack only during the check.
#[inline(never)]
fn check(lines: &[u8]) -> Result<(), HandshakeError> {
    match httparse::parse_headers(lines, &mut [httparse::EMPTY_HEADER; BATCH]) {
        Ok(_) => Ok(()),
        Err(httparse::Error::NewLine) => Err(HandshakeError::LineEnding),
        Err(_) => Err(HandshakeError::Header),
    }
}

/// The bytes before and after the first `separator`.
pub(super) fn split_once(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let (before, rest) = bytes.split_at_checked(memchr(separator, bytes)?)?;
    Some((before, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{BATCH, Headers, check};
    use std::vec::Vec;

    /// The same result as if all lines were checked at once, with the fault in each place: no fault is
    /// lost where two batches meet.
    #[test]
    #[cfg_attr(miri, ignore = "takes minutes, and reaches no unsafe code")]
    fn batches_are_checked_like_one() {
        let faults = ["", "no colon", " folded: line", "a\tb: c", "a: \0", "a: b\rc"];
        for count in 0..=2 * BATCH + 2 {
            for (fault, place) in
                faults.iter().flat_map(|fault| (0..count).map(move |n| (fault, n)))
            {
                let mut lines = Vec::new();
                for n in 0..count {
                    let line = if n == place && !fault.is_empty() { fault } else { "Name: value" };
                    lines.extend_from_slice(line.as_bytes());
                    lines.extend_from_slice(b"\r\n");
                }
                lines.extend_from_slice(b"\r\n");
                let found = Headers::parse(&lines, count + 1).map(Iterator::count);
                let mut at_once = [httparse::EMPTY_HEADER; 3 * BATCH];
                match httparse::parse_headers(&lines, &mut at_once) {
                    Ok(_) => assert_eq!(found, Ok(count), "{fault:?} in line {place} of {count}"),
                    Err(_) => assert!(found.is_err(), "{fault:?} in line {place} of {count}"),
                }
                assert_eq!(found.is_err(), !fault.is_empty());
                if count < BATCH {
                    assert_eq!(check(&lines).err(), found.err());
                }
            }
        }
    }
}

use crate::receive::order::Order;
use crate::wire::error::Rule;
use crate::wire::header::{self, Header, HeaderView};
use crate::wire::status::Status;

/// A header that arrives in pieces.
#[derive(Clone, Copy, Debug)]
pub(super) struct PartialHeader {
    bytes: [u8; Header::MAX_LEN],
    len: u8,
}

/// The rule that the last byte that was added breaks, and the value for
/// [`Error::found`](crate::Error::found).
pub(super) struct Broken(pub(super) Rule, pub(super) u32);

/// What the bytes that were added lead to: the header, if it is complete.
pub(super) type Added = Result<Option<Header>, Broken>;

impl PartialHeader {
    pub(super) const EMPTY: Self = Self { bytes: [0; Header::MAX_LEN], len: 0 };

    /// Returns whether no byte of the header has arrived.
    #[inline(always)]
    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the number of bytes that have arrived.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.len.into()
    }

    /// Adds the bytes at the start of `input`; also returns their number.
    #[inline(always)]
    pub(super) fn add(&mut self, input: &[u8], order: &Order) -> (usize, Added) {
        let had = usize::from(self.len);
        let space = self.bytes.get_mut(had..).unwrap_or_default();
        let more = space.len().min(input.len());
        space.iter_mut().zip(input).for_each(|(to, byte)| *to = *byte);
        let arrived = match had {
            0 => input,
            _ => self.bytes.get(..had.wrapping_add(more)).unwrap_or(&self.bytes),
        };
        let Ok(parsed) = HeaderView::parse_with(arrived, order.allowed_rsv) else {
            return self.find_error(input, order);
        };
        let (start, header) = match parsed {
            Status::Complete(view) => (view.as_bytes(), Some(view.to_header())),
            Status::Incomplete { .. } => (arrived, None),
        };
        if order.check(start).is_some() {
            return self.find_error(input, order);
        }
        match header {
            Some(header) => (start.len().wrapping_sub(had), Ok(Some(header))),
            None => {
                self.len = u8::try_from(start.len()).unwrap_or(u8::MAX);
                (input.len(), Ok(None))
            }
        }
    }

    /// A copy, so that the original can be in registers.
    #[cold]
    #[inline(always)]
    fn find_error(mut self, input: &[u8], order: &Order) -> (usize, Added) {
        let had = self.len();
        let added = self.add_bytes(input, order);
        (self.len().wrapping_sub(had), added)
    }

    /// `add` byte by byte: finds the first byte that cannot be right.
    #[cold]
    #[inline(never)]
    pub(super) fn add_bytes(&mut self, input: &[u8], order: &Order) -> Added {
        for byte in input {
            let at = usize::from(self.len);
            // A header that has the greatest length is not incomplete.
            let Some(place) = self.bytes.get_mut(at) else { break };
            *place = *byte;
            self.len = self.len.wrapping_add(1);
            let start = self.bytes.get(..=at).unwrap_or_default();
            let header_len = match header::checked_len(start, order.allowed_rsv) {
                Ok(header_len) => header_len,
                Err(broken) => return Err(Broken(broken.rule, broken.value.into())),
            };
            if let Some((rule, value)) = order.check_outlined(start) {
                return Err(Broken(rule, value));
            }
            if start.len() == header_len {
                let header = HeaderView::of_checked_bytes(start);
                return Ok(Some(header.to_header()));
            }
        }
        Ok(None)
    }
}

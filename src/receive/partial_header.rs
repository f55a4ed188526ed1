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

/// What an input adds to a header.
pub(super) enum Added {
    Complete(Header),
    Incomplete,
    /// The last byte that was added breaks a rule; also the value for
    /// [`Error::found`](crate::Error::found).
    Broken(Rule, u32),
}

impl PartialHeader {
    pub(super) const EMPTY: Self = Self { bytes: [0; Header::MAX_LEN], len: 0 };

    /// Returns whether no byte of the header has arrived.
    #[inline(always)]
    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds the bytes at the start of `input`, and returns their number.
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
            Some(header) => (start.len().wrapping_sub(had), Added::Complete(header)),
            None => {
                self.len = u8::try_from(start.len()).unwrap_or(u8::MAX);
                (input.len(), Added::Incomplete)
            }
        }
    }

    /// A copy, so that the original can be in registers.
    #[cold]
    #[inline(always)]
    fn find_error(mut self, input: &[u8], order: &Order) -> (usize, Added) {
        self.add_bytes(input, order)
    }

    /// `add` byte by byte: finds the first byte that cannot be right.
    #[cold]
    #[inline(never)]
    pub(super) fn add_bytes(&mut self, input: &[u8], order: &Order) -> (usize, Added) {
        for (offset, byte) in input.iter().enumerate() {
            let at = usize::from(self.len);
            // A header that has the greatest length is not incomplete.
            let Some(place) = self.bytes.get_mut(at) else { break };
            *place = *byte;
            self.len = self.len.wrapping_add(1);
            let (start, len) = (self.bytes.get(..=at).unwrap_or_default(), offset.wrapping_add(1));
            let header_len = match header::checked_len(start, order.allowed_rsv) {
                Ok(header_len) => header_len,
                Err(broken) => return (len, Added::Broken(broken.rule, broken.value.into())),
            };
            if let Some((rule, value)) = order.check_outlined(start) {
                return (len, Added::Broken(rule, value));
            }
            if start.len() == header_len {
                let header = HeaderView::of_checked_bytes(start);
                return (len, Added::Complete(header.to_header()));
            }
        }
        (input.len(), Added::Incomplete)
    }
}

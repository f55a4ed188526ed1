use crate::receive::order::Order;
use crate::wire::error::Error;
use crate::wire::header::{Header, HeaderView};
use crate::wire::status::Status;

/// A header that arrives in pieces.
#[derive(Clone, Copy, Debug)]
pub(super) struct PartialHeader {
    bytes: [u8; Header::MAX_LEN],
    len: u8,
}

/// What an input adds to a header.
pub(super) enum Added {
    /// The header, which takes this number of bytes of the input.
    Complete(Header, usize),
    /// All of the input, which does not complete the header.
    Incomplete,
    /// The header breaks a rule. The offset is counted from the start of the input.
    Broken(Error),
}

impl PartialHeader {
    pub(super) const EMPTY: Self = Self { bytes: [0; Header::MAX_LEN], len: 0 };

    /// Returns whether no byte of the header has arrived.
    #[inline(always)]
    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds the bytes at the start of `input`.
    #[inline(always)]
    pub(super) fn add(&mut self, input: &[u8], order: &Order) -> Added {
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
            Some(header) => Added::Complete(header, start.len().wrapping_sub(had)),
            None => {
                self.len = u8::try_from(start.len()).unwrap_or(u8::MAX);
                Added::Incomplete
            }
        }
    }

    /// A copy, so that the original can be in registers.
    #[cold]
    #[inline(always)]
    fn find_error(mut self, input: &[u8], order: &Order) -> Added {
        self.add_bytes(input, order)
    }

    /// `add` byte by byte: finds the first byte that cannot be right.
    #[cold]
    #[inline(never)]
    pub(super) fn add_bytes(&mut self, input: &[u8], order: &Order) -> Added {
        let had = usize::from(self.len);
        for (offset, byte) in input.iter().enumerate() {
            let at = had.saturating_add(offset);
            if let Some(place) = self.bytes.get_mut(at) {
                *place = *byte;
            }
            let end = at.saturating_add(1);
            let start = self.bytes.get(..end).unwrap_or(&self.bytes);
            let parsed = HeaderView::parse_with(start, order.allowed_rsv);
            let rule = parsed.map_or_else(|error| Some(error.rule()), |_| order.check(start));
            if let Some(rule) = rule {
                return Added::Broken(Error::of_header(rule, offset as u64, start));
            }
            if let Ok(Status::Complete(header)) = parsed {
                return Added::Complete(header.to_header(), end.saturating_sub(had));
            }
            self.len = u8::try_from(end).unwrap_or(u8::MAX);
        }
        Added::Incomplete
    }
}

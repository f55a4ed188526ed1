use crate::payload::utf8;
use crate::receive::decoder::Chunk;
use crate::wire::header::Opcode;

/// Turns the chunks of text messages into `str`, although a chunk may end inside a character.
///
/// Pass all chunks of a [`Decoder`](crate::Decoder) to [`push`](Self::push) in order. It keeps the
/// beginning of a character until the rest has arrived: at most three bytes.
///
/// ```
/// use wsparse::{Decoder, Event, Input, Limits, Role, TextPieces};
///
/// let mut decoder = Decoder::new(Role::Client, Limits::DEFAULT);
/// let mut pieces = TextPieces::new();
/// let mut text = String::new();
/// // "Grüße" in two frames, the first of which ends inside "ü".
/// let mut read = *b"\x01\x03Gr\xc3\x80\x04\xbc\xc3\x9fe";
/// let mut input = Input::new(&mut read);
/// while let Some(event) = decoder.next(&mut input)? {
///     let Event::Data(chunk) = event else { continue };
///     for piece in pieces.push(&chunk).into_iter().flatten() {
///         text.push_str(piece);
///     }
/// }
/// assert_eq!(text, "Grüße");
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TextPieces {
    /// The character that has begun and not ended.
    begun: Character,
    /// The character that the last chunk has completed.
    completed: Character,
}

impl TextPieces {
    /// Creates it for the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { begun: Character::EMPTY, completed: Character::EMPTY }
    }

    /// Returns the text that is complete with this chunk: first the character that began in an
    /// earlier chunk, then those that are whole in this one. Either may be empty.
    ///
    /// Returns `None` if the chunk is [not text](Chunk::is_text). A message that ends has no
    /// character left over.
    ///
    /// The text is validated a second time, because the payload of a chunk can be changed. If you
    /// have changed it to something that is not UTF-8, this may return `None` as well.
    pub fn push<'a>(&'a mut self, chunk: &'a Chunk<'_>) -> Option<[&'a str; 2]> {
        if !chunk.is_text {
            return None;
        }
        if chunk.header.is_some_and(|header| header.opcode == Opcode::Text) {
            // The message before it may have been cut off.
            self.begun = Character::EMPTY;
        }
        let payload = &*chunk.payload;
        let missing = self.begun.missing();
        let (end, rest) = payload.split_at_checked(missing).unwrap_or((payload, &[]));
        self.begun.append(end);
        self.completed = Character::EMPTY;
        if self.begun.missing() == 0 {
            self.completed = self.begun;
            let (_, begun) = split_end(rest);
            self.begun = Character::EMPTY;
            self.begun.append(begun);
        }
        let (whole, _) = split_end(rest);
        Some([utf8::text(self.completed.as_bytes()).ok()?, utf8::text(whole).ok()?])
    }
}

/// The bytes of one character, as far as they have arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Character {
    bytes: [u8; 4],
    len: u8,
}

impl Character {
    const EMPTY: Self = Self { bytes: [0; 4], len: 0 };

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Returns the number of bytes that are missing; none if there is no character.
    fn missing(&self) -> usize {
        match *self.as_bytes() {
            [] => 0,
            [first, ..] => character_len(first).saturating_sub(usize::from(self.len)),
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        let free = self.bytes.iter_mut().skip(usize::from(self.len));
        for (place, byte) in free.zip(bytes) {
            *place = *byte;
            self.len = self.len.saturating_add(1);
        }
    }
}

/// Splits off the beginning of a character at the end of valid text.
fn split_end(text: &[u8]) -> (&[u8], &[u8]) {
    let tail_start = text.len().saturating_sub(3);
    let tail = text.get(tail_start..).unwrap_or_default();
    let begun = tail.iter().rposition(|byte| *byte >= 0xC0).and_then(|at| tail.get(at..));
    match begun {
        Some(begun @ [first, ..]) if character_len(*first) > begun.len() => {
            text.split_at_checked(text.len().saturating_sub(begun.len())).unwrap_or((text, &[]))
        }
        _ => (text, &[]),
    }
}

/// Returns the length of a character with this first byte (RFC 3629 §3).
const fn character_len(first: u8) -> usize {
    match first {
        0x00..=0xBF => 1,
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xFF => 4,
    }
}

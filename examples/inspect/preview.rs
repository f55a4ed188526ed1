//! Payloads in a readable form that is safe to print on any terminal.

use crate::stream::{Content, SeenFrame};
use wsparse::{CloseCode, Opcode};

const TEXT_BYTES: usize = 72;
const HEX_BYTES: usize = 24;
const CUT: char = '…';

/// Returns the start of a frame's content in a readable form.
pub(crate) fn preview(frame: &SeenFrame<'_>) -> String {
    let mut shown = String::new();
    let start = frame.start;
    match frame.content {
        Content::Text => push_fragment(&mut shown, frame),
        Content::Binary => push_hex(&mut shown, start, frame.len),
        Content::Compressed => {
            shown.push_str(match start {
                [] => "<compressed>",
                _ => "<compressed> ",
            });
            push_hex(&mut shown, start, frame.len);
        }
        Content::Close => push_close(&mut shown, start),
        Content::Any => match str::from_utf8(start) {
            Ok(text) if text.chars().all(is_plain) => push_fragment(&mut shown, frame),
            _ => push_hex(&mut shown, start, frame.len),
        },
    }
    shown
}

/// Returns a whole text, such as a file's name, in a readable form.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut shown = String::new();
    push_text(&mut shown, bytes, false);
    shown
}

/// Appends the text of a frame, which may start and end inside a character (§5.4, §5.6).
fn push_fragment(shown: &mut String, frame: &SeenFrame<'_>) {
    let mut start = frame.start;
    if frame.header.opcode == Opcode::Continuation {
        for _ in 0..3 {
            if let [0x80..=0xBF, rest @ ..] = start {
                start = rest;
            }
        }
        if start.len() < frame.start.len() {
            shown.push(CUT);
        }
    }
    let bytes = start.get(..TEXT_BYTES).unwrap_or(start);
    let all_shown = bytes.len() == start.len() && frame.start.len() as u64 == frame.len;
    let unfinished = push_text(shown, bytes, !all_shown || !frame.header.fin);
    if unfinished || !all_shown {
        shown.push(CUT);
    }
}

/// Appends text, with bytes that are not UTF-8 as `\xNN`. If the text `goes_on` elsewhere, an
/// incomplete character at its end is left out; returns whether there was one.
fn push_text(shown: &mut String, bytes: &[u8], goes_on: bool) -> bool {
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        push_escaped(shown, chunk.valid());
        if let Err(error) = str::from_utf8(chunk.invalid()) {
            if goes_on && chunks.peek().is_none() && error.error_len().is_none() {
                return true;
            }
            for byte in chunk.invalid() {
                shown.push_str("\\x");
                push_byte(shown, *byte);
            }
        }
    }
    false
}

fn push_escaped(shown: &mut String, text: &str) {
    // Most text is plain ASCII, which needs no escapes.
    let is_plain_ascii = |byte| matches!(byte, b' '..=b'[' | b']'..=b'~');
    if text.bytes().all(is_plain_ascii) {
        return shown.push_str(text);
    }
    for character in text.chars() {
        match character {
            // Escaped, so that it does not look like the start of an escape.
            '\\' => shown.push_str("\\\\"),
            _ if is_plain(character) => shown.push(character),
            _ => shown.extend(character.escape_default()),
        }
    }
}

/// Returns whether a terminal just prints it: it is not a control character or a line separator,
/// and does not change the direction of the text around it.
fn is_plain(character: char) -> bool {
    !matches!(
        character,
        '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    ) && !character.is_control()
}

fn push_hex(shown: &mut String, start: &[u8], len: u64) {
    let bytes = start.get(..HEX_BYTES).unwrap_or(start);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            shown.push(' ');
        }
        push_byte(shown, *byte);
    }
    if (bytes.len() as u64) < len {
        shown.push(' ');
        shown.push(CUT);
    }
}

fn push_byte(shown: &mut String, byte: u8) {
    for digit in [byte >> 4, byte & 0xF] {
        shown.extend(char::from_digit(digit.into(), 16));
    }
}

/// Appends a status code and a reason, or nothing (§5.5.1).
fn push_close(shown: &mut String, payload: &[u8]) {
    match payload.split_first_chunk() {
        Some((code, reason)) => {
            let number = u16::from_be_bytes(*code);
            shown.push_str(&number.to_string());
            if CloseCode::new(number).is_none() {
                shown.push_str(" (may not be sent)");
            }
            if !reason.is_empty() {
                shown.push(' ');
                push_text(shown, reason, false);
            }
        }
        None if payload.is_empty() => {}
        None => {
            shown.push_str("half a status code: ");
            push_hex(shown, payload, 1);
        }
    }
}

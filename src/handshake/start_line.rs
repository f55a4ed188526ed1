//! The first line of a request or response (RFC 9112 §3, §4).

use super::error::HandshakeError;
use super::headers::split_once;
use super::write::is_text;

/// Splits a head into its first line, without CR LF, and all other lines.
pub(super) fn split_head(head: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = split_once(head, b'\n').unwrap_or_default();
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

/// Splits `method SP target SP version` into the method, the target and the minor version.
///
/// The method is a token: [`HeadReader`](super::head::HeadReader) has checked it.
pub(super) fn request_line(line: &[u8]) -> Result<(&str, &str, u8), HandshakeError> {
    let (method, rest) = split_once(line, b' ').ok_or(HandshakeError::StartLine)?;
    let (target, version) = split_once(rest, b' ').ok_or(HandshakeError::StartLine)?;
    if target.is_empty() || target.iter().any(u8::is_ascii_control) {
        return Err(HandshakeError::StartLine);
    }
    let text = |bytes| str::from_utf8(bytes).map_err(|_| HandshakeError::StartLine);
    let (method, target) = (text(method)?, text(target)?);
    match http_version(version)? {
        (minor_version, []) => Ok((method, target, minor_version)),
        _ => Err(HandshakeError::LineEnding),
    }
}

/// Splits `version SP status [SP reason]` into the minor version and the status.
pub(super) fn status_line(line: &[u8]) -> Result<(u8, u16), HandshakeError> {
    let (minor_version, rest) = http_version(line)?;
    let rest = rest.strip_prefix(b" ").ok_or(HandshakeError::HttpVersion)?;
    match rest {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', reason @ ..]
            if matches!(reason, [] | [b' ', ..]) && is_text(reason) =>
        {
            let status = [a, b, c].into_iter().fold(0_u16, |status, digit| {
                status.wrapping_mul(10).wrapping_add(u16::from(digit & 0xF))
            });
            Ok((minor_version, status))
        }
        _ => Err(HandshakeError::StartLine),
    }
}

/// Reads `HTTP/1.x`, and returns x and the rest of the line.
fn http_version(line: &[u8]) -> Result<(u8, &[u8]), HandshakeError> {
    match line.strip_prefix(b"HTTP/1.") {
        Some([minor @ b'0'..=b'9', rest @ ..]) => Ok((*minor & 0xF, rest)),
        _ => Err(HandshakeError::HttpVersion),
    }
}

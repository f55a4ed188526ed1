use super::error::HandshakeError;
use super::write::{Writer, check_extra};
use core::fmt::Write;

/// A response that refuses an opening handshake, with a status that the application chooses.
///
/// ```
/// use wsparse::handshake::Refusal;
///
/// let refusal = Refusal {
///     headers: &[("WWW-Authenticate", "Bearer")],
///     body: b"log in first",
///     ..Refusal::new(401)
/// };
/// let mut out = [0; 256];
/// assert_eq!(
///     refusal.write(&mut out)?,
///     b"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 12\r\n\
///     WWW-Authenticate: Bearer\r\n\r\nlog in first"
/// );
/// # Ok::<(), wsparse::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Refusal<'a> {
    /// The status: 200 to 599, except those without a body: 204, 205 and 304.
    pub status: u16,
    /// The names and values of additional headers, such as `WWW-Authenticate` or `Content-Type`.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, which may be empty.
    pub body: &'a [u8],
}

impl Refusal<'_> {
    /// Creates a refusal without additional headers and with an empty body.
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self { status, headers: &[], body: &[] }
    }

    /// Writes the response to `out`, and returns the part of `out` that contains it. Send it, then
    /// close the connection.
    ///
    /// The response contains `Connection: close`, `Content-Length`, and the headers that the
    /// status requires: `Allow: GET` for 405, and `Upgrade` and `Sec-WebSocket-Version` for 426.
    ///
    /// # Errors
    ///
    /// - [`RefusalStatus`](HandshakeError::RefusalStatus) if the status is not one that can refuse
    ///   a request.
    /// - [`ExtraHeader`](HandshakeError::ExtraHeader) if the name of an additional header is not a
    ///   token or its value contains a control character.
    /// - [`OwnHeader`](HandshakeError::OwnHeader) if an additional header is one that is written
    ///   anyway, or `Transfer-Encoding`.
    /// - [`NoRoom`](HandshakeError::NoRoom) if `out` is too small.
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8], HandshakeError> {
        let status = self.status;
        if !(200..600).contains(&status) || matches!(status, 204 | 205 | 304) {
            return Err(HandshakeError::RefusalStatus { status });
        }
        check_extra(self.headers)?;
        let required = required_headers(status);
        let is_required =
            |name: &str| required.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        if self.headers.iter().any(|(name, _)| is_required(name)) {
            return Err(HandshakeError::OwnHeader);
        }
        let mut writer = Writer::new(out);
        // Always succeeds: the writer counts the bytes that do not fit.
        _ = write!(writer, "HTTP/1.1 {status} {}\r\n", reason(status));
        for (name, value) in required {
            let closes = if *name == "Connection" { ", close" } else { "" };
            [name, ": ", value, closes, "\r\n"].into_iter().for_each(|part| writer.put(part));
        }
        if !is_required("Connection") {
            writer.header("Connection", "close");
        }
        _ = write!(writer, "Content-Length: {}\r\n", self.body.len());
        self.headers.iter().for_each(|(name, value)| writer.header(name, value));
        writer.finish_with(self.body)
    }
}

impl From<HandshakeError> for Refusal<'_> {
    /// Creates a refusal with the [status](HandshakeError::status) of the error.
    fn from(error: HandshakeError) -> Self {
        Self::new(error.status())
    }
}

/// The headers that a refusal with this status must have.
pub(super) const fn required_headers(status: u16) -> &'static [(&'static str, &'static str)] {
    match status {
        // RFC 9110 §15.5.6
        405 => &[("Allow", "GET")],
        // RFC 9110 §15.5.22 requires `Upgrade`, and §7.8 `Connection` with it. §4.4 requires the
        // version.
        426 => {
            &[("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")]
        }
        _ => &[],
    }
}

/// The reason phrase. It may be empty (RFC 9112 §4).
const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "",
    }
}

use super::response::Response;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// A copy of a [`Response`] and of the start of its body, such as to return a redirect as an error.
///
/// ```
/// use wsparse::Status;
/// use wsparse::handshake::{HeadLimits, HeadReader, OwnedResponse};
///
/// let received = b"HTTP/1.1 302 Found\r\nLocation: wss://example.com/\r\n\r\nmoved";
/// let mut reader = HeadReader::new(HeadLimits::default());
/// let Status::Complete(response) = reader.response(received)? else { panic!("incomplete") };
/// let owned = OwnedResponse::new(&response, &received[response.head_len()..]);
/// assert_eq!((owned.status, owned.header("location")), (302, Some("wss://example.com/")));
/// assert_eq!(owned.body, b"moved");
/// # Ok::<(), wsparse::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnedResponse {
    /// The status code.
    pub status: u16,
    /// The names and values of the headers. Bytes that are not UTF-8 are replaced by U+FFFD.
    pub headers: Vec<(String, String)>,
    /// The part of the body that arrived together with the head.
    pub body: Vec<u8>,
}

impl OwnedResponse {
    /// Copies a response. `body` is the part of the body that has arrived.
    #[must_use]
    pub fn new(response: &Response<'_>, body: &[u8]) -> Self {
        let text = |value| String::from_utf8_lossy(value).into_owned();
        let headers = response.headers().map(|field| (field.name.to_owned(), text(field.value)));
        Self { status: response.status(), headers: headers.collect(), body: body.to_vec() }
    }

    /// Returns the value of the first header with this name, ignoring case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for OwnedResponse {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "OwnedResponse {{ status: {} }}", self.status);
    }
}

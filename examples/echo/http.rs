//! Responses to plain HTTP requests. Each of them ends its connection.

use wsparse::handshake::Request;

const PAGE: &str = include_str!("page.html");

/// Returns the status and the whole response: the page at `/`, an error at any other path.
pub(crate) fn answer(request: &Request<'_>) -> (u16, Vec<u8>) {
    let path = request.target().split('?').next().unwrap_or_default();
    let (status, reason, extra, kind, body) = match (request.method(), path) {
        ("GET" | "HEAD", "/") => (200, "OK", "Cache-Control: no-cache\r\n", "text/html", PAGE),
        ("GET" | "HEAD", _) => (404, "Not Found", "", "text/plain", "The only page is /.\n"),
        _ => {
            let allow = "Allow: GET, HEAD\r\n";
            (405, "Method Not Allowed", allow, "text/plain", "Only GET and HEAD are supported.\n")
        }
    };
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\n{extra}Content-Type: {kind}; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let body = if request.method() == "HEAD" { "" } else { body };
    (status, [head.as_bytes(), body.as_bytes()].concat())
}

//! What was negotiated, from the recorded response, and the messages that were compressed.

use crate::compression::Negotiated;
use crate::stream::{MAX_HEAD_BYTES, Sender};
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use wsparse::deflate::{Agreed, Inflater};
use wsparse::handshake::{Extensions, HeadLimits, HeadReader, Response, accept_key};
use wsparse::{Role, Rule, Status};

/// Why messages were not inflated.
pub(crate) const HINT: &str = "no valid response of the server was found";

/// How much is inflated at a time.
const OUTPUT_BYTES: usize = 64 * 1024;

/// The responses at the start of the files. Both directions of a connection need them.
pub(crate) struct Responses {
    /// The value of `Sec-WebSocket-Accept`, which depends on the request, and the head.
    heads: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Responses {
    /// Reads the start of each file, except those that can be read only once.
    pub(crate) fn collect(files: &[OsString]) -> Self {
        let heads = files.iter().filter_map(|file| {
            if !std::fs::metadata(file).ok()?.is_file() {
                return None;
            }
            let mut start = Vec::new();
            File::open(file).ok()?.take(MAX_HEAD_BYTES as u64).read_to_end(&mut start).ok()?;
            let response = response(&start)?;
            let accept = response.header("Sec-WebSocket-Accept").next()?.to_vec();
            let head_len = response.head_len();
            start.truncate(head_len);
            Some((accept, start))
        });
        Self { heads: heads.collect() }
    }

    /// Returns what was negotiated for a stream with this HTTP head.
    pub(crate) fn negotiated(&self, head: &[u8], sender: Sender) -> Negotiated {
        match sender {
            Sender::Server => negotiated(head, Role::Client),
            Sender::Client => match self.answer_to(head) {
                Some(response) => negotiated(response, Role::Server),
                None => Negotiated::Unknown,
            },
        }
    }

    /// Returns the head of the response to this request.
    fn answer_to(&self, request: &[u8]) -> Option<&[u8]> {
        let Ok(Status::Complete(request)) = reader().request(request) else { return None };
        let expected = accept_key(request.header("Sec-WebSocket-Key").next()?).ok()?;
        let mut heads = self.heads.iter();
        let (_, head) = heads.find(|(accept, _)| accept == expected.as_str().as_bytes())?;
        Some(head)
    }
}

/// Returns what the response means for the endpoint that receives the stream.
fn negotiated(response_head: &[u8], receiver: Role) -> Negotiated {
    let Some(response) = response(response_head) else { return Negotiated::Unknown };
    let values = || response.header("Sec-WebSocket-Extensions");
    if values().next().is_none() {
        return Negotiated::Nothing;
    }
    let extensions = values().flat_map(|value| Extensions::new(value).flatten());
    match Agreed::from_answer(extensions, receiver) {
        Ok(Some(agreed)) => Negotiated::Deflate(Codec::new(agreed)),
        // Another extension may use RSV1 in its own way.
        Ok(None) | Err(_) => Negotiated::Unknown,
    }
}

/// Returns the response at the start of these bytes, if it accepts the opening handshake.
fn response(start: &[u8]) -> Option<Response<'_>> {
    match reader().response(start) {
        Ok(Status::Complete(response)) if response.status() == 101 => Some(response),
        _ => None,
    }
}

fn reader() -> HeadReader {
    HeadReader::new(HeadLimits { max_head: MAX_HEAD_BYTES, max_headers: HeadLimits::MAX_HEADERS })
}

pub(crate) struct Codec {
    inflater: Inflater,
    context_takeover: bool,
    output: Vec<u8>,
}

impl Codec {
    fn new(agreed: Agreed) -> Self {
        Self {
            inflater: Inflater::new(agreed),
            context_takeover: agreed.incoming.context_takeover,
            output: vec![0; OUTPUT_BYTES],
        }
    }

    pub(crate) fn description(&self) -> &'static str {
        match self.context_takeover {
            true => "permessage-deflate with context takeover",
            false => "permessage-deflate without context takeover",
        }
    }

    /// Begins a message. Like uncompressed text, compressed text is not checked: what is invalid is
    /// shown. A message may be of any length, because it is not kept.
    pub(crate) fn begin(&mut self) {
        self.inflater.begin(false, u64::MAX);
    }

    /// Inflates the next part of the message, and calls `show` with what comes out of it.
    pub(crate) fn inflate(
        &mut self,
        mut part: &[u8],
        is_last: bool,
        mut show: impl FnMut(&[u8]),
    ) -> Result<(), Rule> {
        loop {
            let progress = self.inflater.inflate(&mut part, is_last, &mut self.output);
            let progress = progress.map_err(|error| error.rule())?;
            show(self.output.get(..progress.written).unwrap_or_default());
            if progress.is_done {
                return Ok(());
            }
        }
    }
}

use crate::wire::header::Rsv;
use crate::wire::role::Role;

/// What an endpoint accepts.
///
/// ```
/// use wsparse::{Config, Role};
///
/// let config = Config { max_message: 1024, ..Config::new(Role::Server) };
/// assert_eq!(config.max_frame, 16 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The end that decodes: a server accepts masked frames only, a client unmasked ones only.
    pub role: Role,
    /// The RSV bits that an extension was negotiated for; without one, none (§5.2).
    ///
    /// RSV1 is taken for that of permessage-deflate: allowed on the first frame of a message only,
    /// whose text is then not judged, as it is compressed (RFC 7692 §6).
    pub allowed_rsv: Rsv,
    /// The most octets of payload in one Text, Binary or Continuation frame.
    pub max_frame: u64,
    /// The most octets of payload in all frames of one message.
    pub max_message: u64,
    /// The most frames of one message.
    pub max_fragments: u32,
}

impl Config {
    /// No extension; frames of 16 MiB, messages of 64 MiB in 16 Ki fragments at most.
    #[must_use]
    pub const fn new(role: Role) -> Self {
        Self {
            role,
            allowed_rsv: Rsv::NONE,
            max_frame: 16 << 20,
            max_message: 64 << 20,
            max_fragments: 16 << 10,
        }
    }
}

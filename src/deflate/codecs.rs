use crate::deflate::deflater::Deflater;
use crate::deflate::inflater::Inflater;
use crate::deflate::policy::{Agreed, Policy};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;

/// The codecs that the connections of one thread or event loop share.
///
/// It chooses the codecs for each connection. With context takeover, these are the connection's own,
/// and are created here; otherwise they are shared.
///
/// ```
/// use wsparse::deflate::{Agreed, Codecs, Deflater, Inflater, Policy};
/// use wsparse::{Endpoint, Limits, SendError, Step};
///
/// struct Client {
///     endpoint: Endpoint<Vec<u8>, Vec<u8>>,
///     agreed: Agreed,
///     inflater: Option<Box<Inflater>>,
///     deflater: Option<Box<Deflater>>,
/// }
///
/// /// Echoes a message.
/// fn advance(client: &mut Client, codecs: &mut Codecs) -> Result<Step, SendError> {
///     let Client { endpoint, agreed, inflater, deflater } = client;
///     let step = endpoint.advance_with(codecs.inflater(inflater, *agreed));
///     if step == Step::Message {
///         let deflater = codecs.deflater(deflater, &Policy::DEFAULT, *agreed);
///         endpoint.reply(|message, sender| sender.send_deflated(message, deflater))?;
///     }
///     Ok(step)
/// }
/// # let mut codecs = Codecs::new();
/// # for agreed in [Agreed::WITHOUT_CONTEXT, Agreed::WITH_CONTEXT] {
/// #     let endpoint = Endpoint::server(Vec::new(), Vec::new(), Limits::DEFAULT);
/// #     let endpoint = endpoint.with_deflate(Some(agreed));
/// #     let mut client = Client { endpoint, agreed, inflater: None, deflater: None };
/// #     assert_eq!(advance(&mut client, &mut codecs)?, Step::Read);
/// #     assert_eq!(client.inflater.is_some(), agreed == Agreed::WITH_CONTEXT);
/// # }
/// # Ok::<(), SendError>(())
/// ```
///
/// The shared codecs keep the memory of the longest message that was inflated, and one compressor for
/// each policy and window in use: see [`release`](Self::release).
#[derive(Debug)]
pub struct Codecs {
    inflater: Inflater,
    /// By what determines how they compress: the window, and what the policy says.
    deflaters: BTreeMap<(u8, u8, u8, usize), Deflater>,
}

impl Codecs {
    /// Creates the shared codecs. It allocates nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { inflater: Inflater::new(Agreed::WITHOUT_CONTEXT), deflaters: BTreeMap::new() }
    }

    /// Returns the inflater of a connection, which is its `own` if messages that arrive may refer to
    /// earlier ones. Pass the same `own` to each call for a connection: `None` at first.
    pub fn inflater<'a>(
        &'a mut self,
        own: &'a mut Option<Box<Inflater>>,
        agreed: Agreed,
    ) -> &'a mut Inflater {
        if !agreed.incoming.context_takeover {
            return &mut self.inflater;
        }
        own.get_or_insert_with(|| Box::new(Inflater::new(agreed)))
    }

    /// Returns the compressor of a connection, which is its `own` if messages that are sent may refer to
    /// earlier ones. Pass the same `own` and `policy` to each call for a connection: `None` at first.
    pub fn deflater<'a>(
        &'a mut self,
        own: &'a mut Option<Box<Deflater>>,
        policy: &Policy,
        agreed: Agreed,
    ) -> &'a mut Deflater {
        if agreed.outgoing.context_takeover {
            return own.get_or_insert_with(|| Box::new(Deflater::new(policy, agreed)));
        }
        let Policy { level, memory_level, threshold, .. } = *policy;
        let key = (agreed.outgoing.window_bits, level, memory_level, threshold);
        self.deflaters.entry(key).or_insert_with(|| Deflater::new(policy, agreed))
    }

    /// Frees the memory of the shared codecs.
    pub fn release(&mut self) {
        self.inflater.release();
        self.deflaters.clear();
    }
}

impl Default for Codecs {
    fn default() -> Self {
        Self::new()
    }
}

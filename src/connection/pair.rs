use crate::connection::endpoint::Endpoint;
use crate::payload::buffer::Buffer;
use crate::receive::limits::Limits;
use crate::send::keys::KeySource;
use alloc::vec::Vec;

/// Creates the two ends of a connection in memory, a server and a client, for your tests.
///
/// Move bytes between them with [`transfer`]. The client masks all frames with the same key, so do not
/// use it over a network.
///
/// ```
/// use wsparse::{CloseCode, Message, Step, pair, transfer};
///
/// let (mut server, mut client) = pair();
///
/// client.send("Hello")?;
/// transfer(&mut client, &mut server);
/// assert_eq!(server.advance(), Step::Message);
/// assert_eq!(server.message(), Message::Text("Hello"));
///
/// server.close(CloseCode::NORMAL, "done")?;
/// transfer(&mut server, &mut client);
/// assert_eq!(client.advance(), Step::Close);
/// assert_eq!(client.close_frame().reason, "done");
///
/// transfer(&mut client, &mut server);
/// assert_eq!(server.advance(), Step::Close);
/// assert_eq!(server.advance(), Step::Shutdown);
///
/// client.filled(0); // the end of the stream
/// assert_eq!(client.advance(), Step::Done(Ok(Some(CloseCode::NORMAL))));
/// # Ok::<(), wsparse::SendError>(())
/// ```
#[must_use]
#[expect(clippy::type_complexity, reason = "the roles have types of their own")]
pub fn pair() -> (Endpoint<Vec<u8>, Vec<u8>>, Endpoint<Vec<u8>, Vec<u8>, fn() -> [u8; 4]>) {
    let key: fn() -> [u8; 4] = || [0x37, 0xFA, 0x21, 0x3D];
    (
        Endpoint::server(Vec::new(), Vec::new(), Limits::DEFAULT),
        Endpoint::client(Vec::new(), Vec::new(), Limits::DEFAULT, key),
    )
}

/// Moves the output of one endpoint into the input of the other, and returns the number of bytes.
///
/// If the other's input is an array or a slice, it moves what fits there. Call it again after
/// [`Step::Read`](crate::Step::Read).
pub fn transfer<I, O, K, J, P, L>(from: &mut Endpoint<I, O, K>, to: &mut Endpoint<J, P, L>) -> usize
where
    I: Buffer,
    O: Buffer,
    K: KeySource,
    J: Buffer,
    P: Buffer,
    L: KeySource,
{
    let output = from.output();
    let space = to.receiver_mut().reserve(output.len());
    let len = output.len().min(space.len());
    space.iter_mut().zip(output).for_each(|(to, byte)| *to = *byte);
    // 0 would be the end of the stream.
    if len > 0 {
        to.filled(len);
        from.wrote(len);
    }
    len
}

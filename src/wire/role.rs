/// Which end of the connection an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It accepted the connection: it receives masked frames and sends unmasked ones (§5.1).
    Server,
    /// It opened the connection: it receives unmasked frames and sends masked ones (§5.1).
    Client,
}

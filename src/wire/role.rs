/// The role of an endpoint: the server or the client of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Role {
    /// It accepted the connection: it receives masked frames and sends unmasked ones (§5.1).
    Server,
    /// It opened the connection: it receives unmasked frames and sends masked ones (§5.1).
    Client,
}

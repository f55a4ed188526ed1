//! Ctrl-C, as one more event of the loop.

use mio::{Registry, Token};
use std::io;

/// Becomes readable at the first Ctrl-C or SIGTERM. The second one ends the process.
#[cfg(unix)]
pub(crate) struct Stop {
    _pipe: mio::net::UnixStream,
}

#[cfg(unix)]
impl Stop {
    pub(crate) fn register(registry: &Registry, token: Token) -> io::Result<Self> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use std::sync::Arc;
        use std::sync::atomic::AtomicBool;

        let (read, write) = std::os::unix::net::UnixStream::pair()?;
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order, because the flag must not be set yet when the first signal arrives.
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&again))?;
            signal_hook::flag::register(signal, Arc::clone(&again))?;
            signal_hook::low_level::pipe::register(signal, write.try_clone()?)?;
        }
        read.set_nonblocking(true)?;
        let mut read = mio::net::UnixStream::from_std(read);
        registry.register(&mut read, token, mio::Interest::READABLE)?;
        Ok(Self { _pipe: read })
    }
}

/// On other systems Ctrl-C ends the process at once.
#[cfg(not(unix))]
pub(crate) struct Stop;

#[cfg(not(unix))]
impl Stop {
    pub(crate) fn register(_: &Registry, _: Token) -> io::Result<Self> {
        Ok(Self)
    }
}

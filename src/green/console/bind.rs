//! From an address to a listener.

use std::io;
use std::net::{SocketAddr, TcpListener};

use crate::error::{Error, ErrorContext as _};
use crate::green::console::address::ConsoleAddress;
#[cfg(unix)]
use crate::green::console::socket_file::SocketFile;
use crate::green::console::stream::Accepted;

/// A listener that belongs to no event loop yet.
pub(super) enum Bound {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener),
}

/// A listener, with where it is.
pub(super) struct Place {
    pub(super) bound: Bound,
    pub(super) address: ConsoleAddress,
    /// What is to be removed at the end.
    #[cfg(unix)]
    pub(super) file: Option<SocketFile>,
}

/// Listens at `address`.
///
/// # Errors
///
/// The system refuses; the message names the address.
pub(super) fn bind(address: &ConsoleAddress) -> Result<Place, Error> {
    let context = || format!("the console cannot listen at `{address}`");
    match address {
        ConsoleAddress::Tcp(tcp) => listen(*tcp).context(context()),
        #[cfg(unix)]
        ConsoleAddress::Unix(path) => {
            let (listener, file) = SocketFile::bind(path).map_err(|error| error.context(context()))?;
            listener.set_nonblocking(true).context(context())?;
            Ok(Place {
                bound: Bound::Unix(listener),
                address: address.clone(),
                file: Some(file),
            })
        }
        #[cfg(not(unix))]
        ConsoleAddress::Unix(_) => Err(Error::invalid("there are no Unix sockets here").context(context())),
    }
}

fn listen(address: SocketAddr) -> io::Result<Place> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(Place {
        address: ConsoleAddress::Tcp(listener.local_addr()?),
        bound: Bound::Tcp(listener),
        #[cfg(unix)]
        file: None,
    })
}

impl Bound {
    /// Hands it to the event loop of this thread.
    pub(super) fn here(self) -> io::Result<Listener> {
        Ok(match self {
            Self::Tcp(listener) => Listener::Tcp(tokio::net::TcpListener::from_std(listener)?),
            #[cfg(unix)]
            Self::Unix(listener) => Listener::Unix(tokio::net::UnixListener::from_std(listener)?),
        })
    }
}

/// Takes connections.
pub(super) enum Listener {
    Tcp(tokio::net::TcpListener),
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
}

impl Listener {
    /// The next connection, and where its client is. It may be served by the event loop of another thread.
    pub(super) async fn accept(&self) -> io::Result<(Accepted, String)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((Accepted::Tcp(stream.into_std()?), peer.to_string()))
            }
            #[cfg(unix)]
            Self::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                let peer = stream.peer_cred().ok().and_then(|who| who.pid());
                let peer = peer.map_or_else(|| "this host".to_owned(), |pid| format!("process {pid}"));
                Ok((Accepted::Unix(stream.into_std()?), peer))
            }
        }
    }
}

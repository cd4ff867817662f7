//! Connections: over TCP or a Unix socket.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

/// The two directions of a connection.
pub(super) type Halves = (Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>);

/// A connection that belongs to no event loop yet.
pub(super) enum Accepted {
    Tcp(std::net::TcpStream),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
}

impl Accepted {
    /// Hands it to the event loop of this thread.
    pub(super) fn here(self) -> io::Result<Stream> {
        Ok(match self {
            Self::Tcp(stream) => Stream::Tcp(tokio::net::TcpStream::from_std(stream)?),
            #[cfg(unix)]
            Self::Unix(stream) => Stream::Unix(tokio::net::UnixStream::from_std(stream)?),
        })
    }

    /// Says one line, if it can be said at once.
    pub(super) fn turn_away(self, line: &str) {
        use std::io::Write as _;
        // Nobody is waited for here.
        let _ = match self {
            Self::Tcp(mut stream) => stream.write(line.as_bytes()),
            #[cfg(unix)]
            Self::Unix(mut stream) => stream.write(line.as_bytes()),
        };
    }
}

/// A connection.
pub(super) enum Stream {
    Tcp(tokio::net::TcpStream),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

impl Stream {
    pub(super) fn split(self) -> Halves {
        match self {
            Self::Tcp(stream) => {
                // An answer is written at once; it need not wait for more. Without it, it is slower and no less right.
                let _ = stream.set_nodelay(true);
                let (input, output) = stream.into_split();
                (Box::new(input), Box::new(output))
            }
            #[cfg(unix)]
            Self::Unix(stream) => {
                let (input, output) = stream.into_split();
                (Box::new(input), Box::new(output))
            }
        }
    }
}

//! Where a console listens.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use headwater::{Error, ErrorContext as _};

use super::super::escape::one_line;

/// How long a connection, and then a greeting, may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// An address of TCP, or a Unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Tcp(String),
    Unix(PathBuf),
}

impl FromStr for Place {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_port = |port: &str| port.parse::<u16>().is_ok();
        if text.contains('/') {
            return Ok(Self::Unix(text.into()));
        }
        match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && is_port(port) => Ok(Self::Tcp(text.to_owned())),
            _ => Err(Error::invalid(format!(
                "`{text}` is no address of a console: that is HOST:PORT, or the path of a Unix socket, with a slash"
            ))),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Tcp(address) => address.clone(),
            Self::Unix(path) => path.display().to_string(),
        };
        write!(f, "`{}`", one_line(&text))
    }
}

/// A connection that reads and writes by turns.
pub(super) enum Wire {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
}

impl Place {
    pub(super) fn connect(&self) -> Result<Wire, Error> {
        let context = || format!("cannot connect to the console at {self}");
        match self {
            Self::Tcp(address) => connect(address).map(Wire::Tcp).context(context()),
            #[cfg(unix)]
            Self::Unix(path) => {
                let stream = std::os::unix::net::UnixStream::connect(path).context(context())?;
                Ok(Wire::Unix(stream))
            }
            #[cfg(not(unix))]
            Self::Unix(_) => Err(Error::invalid("there are no Unix sockets here").context(context())),
        }
    }
}

/// Tries each address of the host in turn.
fn connect(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Wire {
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(stream) => Self::Tcp(stream.try_clone()?),
            #[cfg(unix)]
            Self::Unix(stream) => Self::Unix(stream.try_clone()?),
        })
    }

    pub(super) fn set_read_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_read_timeout(limit),
            #[cfg(unix)]
            Self::Unix(stream) => stream.set_read_timeout(limit),
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            #[cfg(unix)]
            Self::Unix(stream) => stream.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_with_a_port_or_a_path() {
        let tcp = |text: &str| Place::Tcp(text.to_owned());
        for text in ["127.0.0.1:7777", "[::1]:7777", "localhost:1"] {
            assert_eq!(text.parse::<Place>().unwrap(), tcp(text));
        }
        for text in ["./socket", "/run/chat:1", "a/b"] {
            assert_eq!(text.parse::<Place>().unwrap(), Place::Unix(text.into()));
        }
        for text in ["", "socket", "localhost", ":1", "a:x", "a:65536"] {
            let told = text.parse::<Place>().unwrap_err().to_string();
            assert!(told.starts_with(&format!("`{text}` is no address")), "{told}");
        }
    }
}

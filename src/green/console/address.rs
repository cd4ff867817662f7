//! Where a console listens.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where a [`Console`](crate::green::console::Console) listens. Printed, it is what `headwater console` takes.
///
/// # Examples
///
/// ```
/// use headwater::green::console::ConsoleAddress;
///
/// assert_eq!(ConsoleAddress::Tcp(([127, 0, 0, 1], 7777).into()).to_string(), "127.0.0.1:7777");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsoleAddress {
    /// A port of this host.
    Tcp(SocketAddr),
    /// The file of a Unix socket.
    Unix(PathBuf),
}

impl ConsoleAddress {
    /// The address, if it is one of TCP.
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }

    /// The file, if it is a Unix socket.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Tcp(_) => None,
            Self::Unix(path) => Some(path),
        }
    }
}

impl fmt::Display for ConsoleAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            // Without a slash it could be taken for the name of a host.
            Self::Unix(path) if path.components().count() == 1 && path.is_relative() => {
                write!(f, "./{}", path.display())
            }
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

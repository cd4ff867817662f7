//! The handle of a console.

use std::fmt;

use crate::green::console::address::ConsoleAddress;
use crate::green::console::builder::ConsoleBuilder;
use crate::green::console::shared::Shared;
#[cfg(unix)]
use crate::green::console::socket_file::SocketFile;
use crate::request::Request;
use crate::sync::Arc;

/// A console of this process, which listens for as long as this handle lives.
///
/// It looks into one [`Runtime`](crate::Runtime), and does not keep that open: when the runtime ends, so do the listener and the
/// sessions.
///
/// # Dropping
///
/// Dropping it ends the listener and all sessions, in the middle of an answer too, cancels the commands that run, and removes
/// the file of a Unix socket. It does not wait for any of that; [`close`](Self::close) does.
///
/// # Examples
///
/// A console beside an application, for `headwater console 127.0.0.1:PORT`:
///
/// ```
/// use headwater::green::console::Console;
///
/// let console = Console::builder().tcp(([127, 0, 0, 1], 0)).name("chat").build()?;
/// println!("headwater console {}", console.address());
/// # Ok::<(), headwater::Error>(())
/// ```
#[must_use = "a console listens for as long as its handle lives"]
pub struct Console {
    address: ConsoleAddress,
    listener: Request<()>,
    shared: Arc<Shared>,
    #[cfg(unix)]
    file: Option<SocketFile>,
}

impl Console {
    /// Where to listen, whom to let in, and more commands.
    pub fn builder() -> ConsoleBuilder {
        ConsoleBuilder::new()
    }

    pub(super) fn new(
        address: ConsoleAddress,
        listener: Request<()>,
        shared: Arc<Shared>,
        #[cfg(unix)] file: Option<SocketFile>,
    ) -> Self {
        Self {
            address,
            listener,
            shared,
            #[cfg(unix)]
            file,
        }
    }

    /// Where it listens, with the port that the system has chosen.
    pub fn address(&self) -> &ConsoleAddress {
        &self.address
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> usize {
        self.shared.limits.sessions - self.shared.permits.available_permits()
    }

    /// Ends it as dropping does, and waits until nobody listens and no session is left.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future after its first poll, or before, closes the console all the same and does not wait.
    pub async fn close(self) {
        self.end();
        // How it ends is no news: it is cancelled, or the runtime has ended before it.
        let _ = (&self.listener).await;
        let all = u32::try_from(self.shared.limits.sessions).unwrap_or(u32::MAX);
        let _ = self.shared.permits.acquire_many(all).await;
    }

    fn end(&self) {
        let _ = self.listener.cancel();
        #[cfg(unix)]
        if let Some(file) = &self.file {
            file.remove();
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console")
            .field("address", &self.address)
            .field("sessions", &self.sessions())
            .finish_non_exhaustive()
    }
}

//! What a console listens at, whom it lets in, and what it knows.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tracing::level_filters::LevelFilter;

use crate::error::Error;
use crate::green::console::accept::accept;
use crate::green::console::address::ConsoleAddress;
use crate::green::console::bind::{Bound, bind};
use crate::green::console::call::ConsoleCall;
use crate::green::console::commands::{Action, Command, Commands};
use crate::green::console::console::Console;
use crate::green::console::limits::Limits;
use crate::green::console::secret::Secret;
use crate::green::console::shared::{LogLevel, Shared};
use crate::green::console::text::one_line;
use crate::request::{Request, current};
use crate::runtime::Runtime;
use crate::runtime::engine::Engine;
use crate::runtime::enter;
use crate::sync::Arc;

/// Decides about a [`Console`] before it listens.
///
/// # Examples
///
/// A console on a Unix socket, with a command of its own:
///
/// ```
/// # #[cfg(unix)] {
/// use headwater::green::console::Console;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("console");
/// let console = Console::builder()
///     .unix(&path)
///     .section("rooms", "who is in which room", || "lobby  ada, bob".to_owned())
///     .build()?;
/// assert_eq!(console.address().path(), Some(path.as_path()));
/// # }
/// # Ok::<(), headwater::Error>(())
/// ```
#[must_use = "a builder makes nothing until `build` is called"]
pub struct ConsoleBuilder {
    address: Option<ConsoleAddress>,
    engine: Option<Arc<Engine>>,
    name: Option<String>,
    version: Option<String>,
    token: Option<String>,
    log_level: Option<LogLevel>,
    own: Vec<Command>,
    limits: Limits,
}

impl ConsoleBuilder {
    pub(super) fn new() -> Self {
        Self {
            address: None,
            engine: None,
            name: None,
            version: None,
            token: None,
            log_level: None,
            own: Vec::new(),
            limits: Limits::default(),
        }
    }

    /// Listens at a port of this host; port 0 is any that is free. Every user of the host can connect to a port, so give a
    /// [`token`](Self::token) where there are others, and always for an address that other hosts can reach.
    pub fn tcp(mut self, address: impl Into<SocketAddr>) -> Self {
        self.address = Some(ConsoleAddress::Tcp(address.into()));
        self
    }

    /// Listens at a Unix socket, a file that nobody but this user can open. One that a dead process has left there is
    /// replaced; anything else is left alone, and an error.
    pub fn unix(mut self, path: impl Into<PathBuf>) -> Self {
        self.address = Some(ConsoleAddress::Unix(path.into()));
        self
    }

    /// The runtime to look into, rather than the current request's, the entered or the default one.
    pub fn on(mut self, runtime: &Runtime) -> Self {
        self.engine = Some(runtime.engine());
        self
    }

    /// What the application is called; the name of its program if not given.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The application's version.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// What a client has to know: at least 16 bytes, without blanks. It goes over the wire as it is, so between hosts it
    /// needs a tunnel.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// What the command `log` calls to change what is logged, with `tracing_subscriber` the handle of a `reload` layer. Without
    /// it the command can only say what the level is.
    pub fn on_log_level(mut self, change: impl Fn(LevelFilter) -> Result<(), Error> + Send + Sync + 'static) -> Self {
        self.log_level = Some(Box::new(change));
        self
    }

    /// A command without arguments that shows something: what `show` returns, line by line.
    pub fn section<S>(self, name: &str, help: &str, show: S) -> Self
    where
        S: Fn() -> String + Send + Sync + 'static,
    {
        let show = Arc::new(show);
        self.command(name, help, move |call| {
            let show = Arc::clone(&show);
            async move {
                call.finish()?;
                Ok(show())
            }
        })
    }

    /// A command: its name, what `help` says of it, and what it does.
    ///
    /// The first line of the help is for the list of all commands; let it begin with the arguments in capital letters, as in
    /// `NAME [MINUTES]: shut somebody out`. Each call runs as a request of its own on the slots, so it may await anything. It is
    /// cancelled when its client interrupts it or its session ends. An error or a panic is the answer to that one call.
    pub fn command<C, F>(mut self, name: &str, help: &str, command: C) -> Self
    where
        C: Fn(ConsoleCall) -> F + Send + Sync + 'static,
        F: Future<Output = Result<String, Error>> + Send + 'static,
    {
        let command = Arc::new(command);
        self.own.push(Command {
            name: name.into(),
            help: help.into(),
            action: Action::Own(Arc::new(move |call| {
                let command = Arc::clone(&command);
                Box::pin(async move { command(call).await })
            })),
        });
        self
    }

    /// How many sessions there may be at once, at least 1; 16 if not given.
    pub fn max_sessions(mut self, sessions: usize) -> Self {
        self.limits.sessions = sessions.clamp(1, 1 << 16);
        self
    }

    /// How many bytes a line of a client may have, at least 64; 4096 if not given.
    pub fn max_line(mut self, bytes: usize) -> Self {
        self.limits.line = bytes.max(64);
        self
    }

    /// How many bytes of an answer are sent, at least 1024; 1 MiB if not given. The rest is cut off, and the answer says so.
    pub fn max_answer(mut self, bytes: usize) -> Self {
        self.limits.answer = bytes.max(1024);
        self
    }

    /// How many events may wait to be sent to one session; 4096 if not given. Those that are too many are counted.
    pub fn max_events(mut self, events: usize) -> Self {
        self.limits.events = events;
        self
    }

    /// A session ends when its client has read nothing of an answer for so long; 30 s if not given.
    pub fn unread_limit(mut self, limit: Duration) -> Self {
        self.limits.unread = limit;
        self
    }

    /// A command is cancelled when it has gone on for so long after its client's input has ended: who has sent all commands at
    /// once still reads the answers, or has gone, and that looks the same. 60 s if not given.
    pub fn end_limit(mut self, limit: Duration) -> Self {
        self.limits.end = limit;
        self
    }

    /// A client that has to give a token is turned away when it has not within so long; 10 s if not given.
    pub fn login_limit(mut self, limit: Duration) -> Self {
        self.limits.login = limit;
        self
    }

    /// A session ends when its client has said nothing for so long; an hour if not given.
    pub fn idle_limit(mut self, limit: Duration) -> Self {
        self.limits.idle = limit;
        self
    }

    /// Listens from now on, until the [`Console`] is dropped.
    ///
    /// # Errors
    ///
    /// `Invalid` if there is no address, one that other hosts can reach and no token, a bad token, or a command whose name is no
    /// name or taken, by a built-in command too; what the system says of the address.
    #[track_caller]
    pub fn build(self) -> Result<Console, Error> {
        let address = self
            .address
            .as_ref()
            .ok_or_else(|| Error::invalid("a console has no address: say `tcp` or `unix`"))?;
        check(address, self.token.is_some())?;
        let commands = Commands::new(self.own)?;
        let secret = self.token.as_deref().map(Secret::new).transpose()?;
        let engine = self
            .engine
            .unwrap_or_else(|| current::engine().unwrap_or_else(enter::current));
        let banner = banner(self.name, self.version);
        let mut shared = Shared::new(engine, banner, commands, self.limits);
        shared.secret = secret;
        shared.log_level = self.log_level;
        let shared = Arc::new(shared);
        let place = bind(address)?;
        let listener = listen(&shared, &place.address, place.bound);
        Ok(Console::new(
            place.address,
            listener,
            shared,
            #[cfg(unix)]
            place.file,
        ))
    }
}

/// Starts the listener.
#[track_caller]
fn listen(shared: &Arc<Shared>, address: &ConsoleAddress, bound: Bound) -> Request<()> {
    let of_listener = Arc::clone(shared);
    let listener = Request::builder()
        .name(format!("console: {address}"))
        .on_engine(&shared.engine)
        // On a thread of its own: it answers even if every slot is stuck in a poll.
        .pinned(move || accept(of_listener, bound));
    shared.add_own(&listener);
    listener.submit();
    listener
}

/// Other hosts are let in by a token alone.
fn check(address: &ConsoleAddress, has_token: bool) -> Result<(), Error> {
    match address {
        ConsoleAddress::Tcp(tcp) if !tcp.ip().to_canonical().is_loopback() && !has_token => Err(Error::invalid(
            format!("a console at `{address}` can be reached by other hosts: give it a token, or a loopback address"),
        )),
        _ => Ok(()),
    }
}

fn banner(name: Option<String>, version: Option<String>) -> String {
    let program = || {
        let path = std::env::current_exe().ok()?;
        Some(path.file_name()?.to_string_lossy().into_owned())
    };
    let name = name.or_else(program).unwrap_or_else(|| "a program".to_owned());
    let version = version.map(|version| format!(" {version}")).unwrap_or_default();
    let (process, own) = (std::process::id(), env!("CARGO_PKG_VERSION"));
    let about = format!("{name}{version}, process {process}, headwater {own}");
    format!("{}\n`help` lists the commands", one_line(&about))
}

impl fmt::Debug for ConsoleBuilder {
    /// Never the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleBuilder")
            .field("address", &self.address)
            .field("has_token", &self.token.is_some())
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

//! A console on a socket: a look into a running application, and a hand in it.
//!
//! A [`Console`] listens on loopback TCP or on a Unix socket and answers lines: what is alive and what it waits for, why a
//! request does not run, figures, events as they happen; it cancels one request, changes the log level, and runs the commands
//! that the application has registered. It never evaluates code. `headwater console ADDRESS` is the client, with history and
//! completion; `nc` will do.
//!
//! ```text
//! $ headwater console 127.0.0.1:7777
//! chat 0.3.0, process 4242, headwater 0.1.0
//! `help` lists the commands
//! > requests
//! 2 live: 1 running, 1 suspended
//! #7 suspended for 3.2s, 5.0s old: `export` (src/main.rs:12:18)
//!   #8 running for 3.2s, 3.2s old: `block 3/4` (src/main.rs:20:9), one waits for it
//! > cancel 7
//! #7 is cancelled
//! > exit
//! ```
//!
//! Cargo feature: `console`.
//!
//! # Commands
//!
//! Built in are `help`, `requests`, `explain`, `cancel`, `stalled`, `statistics`, `metrics` (for Prometheus), `memory`, `events`,
//! `log`, `whoami`, `exit` and `quit`; `help COMMAND` says more of each. The console knows requests alone. What stands above
//! them the application registers: a graph with its caches by [`graph`](ConsoleBuilder::graph), a flow by
//! [`flow`](ConsoleBuilder::flow), whatever is its own as a [section](ConsoleBuilder::section), which shows something, or as a
//! [command](ConsoleBuilder::command), which takes arguments and may wait.
//!
//! ```
//! use headwater::green::console::{Console, ConsoleCall};
//! use headwater::{Error, graph::Graph};
//!
//! let graph = Graph::new();
//! let console = Console::builder()
//!     .tcp(([127, 0, 0, 1], 0))
//!     .graph("graph", &graph)
//!     .section("greeting", "says hello", || "hello".to_owned())
//!     .command("wait", "SECONDS: do nothing for a while", |mut call: ConsoleCall| async move {
//!         let seconds = call.next("SECONDS")?;
//!         call.finish()?;
//!         tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
//!         Ok("done".to_owned())
//!     })
//!     .build()?;
//! # Ok::<(), Error>(())
//! ```
//!
//! # Protocol
//!
//! Lines of UTF-8, ended by LF; CR LF is taken too. Every line of the client but an interrupt gets one answer, in the order of
//! the lines. A line of an answer begins with two blanks, which do not belong to it; whatever begins otherwise ends the answer:
//!
//! ```text
//! conversation = greeting [ "token " TOKEN LF ] answer *( line answer )
//! greeting     = "headwater console 1" [ " token" ] LF   ; version 1; with `token`, the client's first line is the token
//!              / "error: " TEXT LF                       ; too many sessions; the connection is closed
//! line         = [ word *( 1*blank word ) ] [ CR ] LF    ; a command and its arguments; an empty line does nothing
//! word         = 1*( CHAR / DQUOTE *( CHAR / blank / "\" ANY ) DQUOTE )
//! answer       = *( "  " TEXT LF ) status
//! status       = "ok" LF / "error: " TEXT LF
//! ```
//!
//! The first answer is the banner: name, version, process.
//! - A line with the one byte 3 (Ctrl-C) interrupts the command that runs when it arrives, whose answer then is an error, and
//!   does nothing if none runs. It has no answer of its own, so that one that comes too late cannot be taken for another line's.
//! - One with the byte 4 (Ctrl-D), or the end of the input, ends the session once what was asked for has been answered, as `exit`
//!   does. A client that has gone looks the same as one that still reads, so a command that takes longer than
//!   [`end_limit`](ConsoleBuilder::end_limit) from then on is cancelled.
//! - `events` is ended by any line, which then is no command.
//!
//! None of them ends anything else. A session that ends without being asked says why in a last line `error: …`.
//!
//! Control characters in answers are escaped, so that a name cannot play tricks on a terminal.
//!
//! # Trust
//!
//! Whoever is let in may cancel requests and run the registered commands.
//! - A Unix socket is open to its owner alone.
//! - A loopback port is open to every user of the host. Give a [token](ConsoleBuilder::token) unless you know them all. A page in
//!   a browser on the host could connect too, and is turned away by the first lines that a browser sends.
//! - Any other address needs a token, or the console is not built. The token is compared in constant time, and one connection
//!   has one try; it is sent as it is, and so is everything else: use a tunnel.
//!
//! What a client can make the console hold is bounded: sessions, bytes of a line, of lines that wait for a command to end, and of
//! an answer, events that wait, the time in which it reads nothing or says nothing. What is too much is refused or counted, and
//! nobody else waits for it.
//!
//! # How it runs
//!
//! Listener and sessions are [pinned](crate::Request::pinned) requests. They have threads of their own, so a console answers
//! when every slot of the runtime is stuck, in inline mode, and in a host whose tokio runtime has no I/O driver. `requests` does
//! not list them unless it is asked for `all`. The application's commands run on the slots, each as the request `console: NAME`.
//! A console that is built inside of a request ends when that is cancelled.

mod accept;
mod address;
mod bind;
mod builder;
mod builtin;
mod call;
mod commands;
#[expect(
    clippy::module_inception,
    reason = "one public type per file, and this is the one the module is named after"
)]
mod console;
mod early;
mod limits;
mod lines;
mod output;
mod perform;
mod secret;
mod session;
mod session_state;
mod shared;
#[cfg(unix)]
mod socket_file;
mod stream;
mod text;
mod words;

pub use address::ConsoleAddress;
pub use builder::ConsoleBuilder;
pub use call::ConsoleCall;
pub use console::Console;

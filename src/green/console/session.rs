//! One client and its commands, one after the other.

use tokio::time::timeout;

use crate::error::Error;
use crate::green::console::builtin::events;
use crate::green::console::call::ConsoleCall;
use crate::green::console::commands::Action;
use crate::green::console::early::Early;
use crate::green::console::lines::{Line, Lines};
use crate::green::console::output::{Gone, Output};
use crate::green::console::perform;
use crate::green::console::session_state::SessionState;
use crate::green::console::shared::Shared;
use crate::green::console::stream::Stream;
use crate::green::console::text::time;
use crate::green::console::words;
use crate::runtime::net::guarded;
use crate::sync::Arc;

/// The first word of every console, with the version of the protocol.
const GREETING: &str = "headwater console 1";

pub(super) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) state: Arc<SessionState>,
    pub(super) lines: Lines,
    pub(super) output: Output,
    pub(super) early: Early,
    /// Nothing more will come from the client, who may still read.
    pub(super) has_ended: bool,
}

/// What follows a line.
enum Then {
    Next,
    Leave,
}

impl Session {
    pub(super) fn new(shared: Arc<Shared>, state: SessionState, stream: Stream) -> Self {
        let (input, output) = stream.split();
        Self {
            lines: Lines::new(input, shared.limits.line),
            output: Output::new(output, &shared.limits),
            shared,
            state: Arc::new(state),
            early: Early::default(),
            has_ended: false,
        }
    }

    /// Answers until the client leaves.
    pub(super) async fn run(mut self) {
        // That somebody hangs up in the middle of an answer is no failure.
        let _: Result<(), Gone> = self.converse().await;
    }

    async fn converse(&mut self) -> Result<(), Gone> {
        self.greet().await?;
        loop {
            let then = match self.next().await? {
                Line::Text(text) => self.answer(&text).await?,
                // What it was for is over. An answer would be taken for that to the next line.
                Line::Interrupt => Then::Next,
                Line::Refused(why) => self.say(Err(Error::invalid(why))).await?,
                Line::End => Then::Leave,
            };
            if let Then::Leave = then {
                return Ok(());
            }
        }
    }

    /// Who has no token learns nothing but that one is needed.
    async fn greet(&mut self) -> Result<(), Gone> {
        if self.shared.secret.is_none() {
            self.output.greeting(GREETING).await?;
        } else {
            self.output.greeting(&format!("{GREETING} token")).await?;
            let line = timeout(self.shared.limits.login, self.lines.next()).await;
            if let Err(why) = self.check(line.unwrap_or(Line::End)) {
                // One try for each connection.
                self.output.answer(Err(Error::msg(why))).await?;
                return Err(Gone);
            }
        }
        self.output.answer(Ok(self.shared.banner.clone())).await
    }

    fn check(&self, line: Line) -> Result<(), &'static str> {
        let given = match &line {
            Line::Text(text) => text.strip_prefix("token ").map(str::trim_ascii),
            _ => None,
        };
        match (given, &self.shared.secret) {
            (Some(given), Some(secret)) if secret.is(given.as_bytes()) => Ok(()),
            (Some(_), _) => Err("this is not the token"),
            (None, _) => Err("a token is required: the first line is `token`, a blank, and the token"),
        }
    }

    async fn next(&mut self) -> Result<Line, Gone> {
        if let Some(early) = self.early.pop() {
            return Ok(early);
        }
        if self.has_ended {
            return Ok(Line::End);
        }
        let idle = self.shared.limits.idle;
        match timeout(idle, self.lines.next()).await {
            Ok(line) => Ok(line),
            Err(_) => {
                let message = format!("nothing was said for {}, so the session ends", time(idle));
                self.output.answer(Err(Error::msg(message))).await?;
                Ok(Line::End)
            }
        }
    }

    async fn say(&mut self, outcome: Result<String, Error>) -> Result<Then, Gone> {
        self.output.answer(outcome).await?;
        Ok(Then::Next)
    }

    async fn answer(&mut self, line: &str) -> Result<Then, Gone> {
        if is_from_a_browser(line) {
            self.say(Err(Error::msg("this is no web server"))).await?;
            return Ok(Then::Leave);
        }
        let (action, call) = match self.call(line) {
            Ok(Some(found)) => found,
            Ok(None) => return self.say(Ok(String::new())).await,
            Err(error) => return self.say(Err(error)).await,
        };
        match action {
            Action::Plain(answer) => {
                let outcome = guarded(|| answer(&self.shared, call)).flatten();
                self.say(outcome).await
            }
            Action::Own(command) => {
                let outcome = perform::perform(self, &*command, call).await;
                self.say(outcome).await
            }
            Action::Events => events::follow(self, call).await.map(|()| Then::Next),
            Action::Leave => self.leave(&call).await,
        }
    }

    async fn leave(&mut self, call: &ConsoleCall) -> Result<Then, Gone> {
        let finished = call.finish();
        let then = if finished.is_ok() { Then::Leave } else { Then::Next };
        self.output.answer(finished.map(|()| String::new())).await?;
        Ok(then)
    }

    /// The command of a line, if there is one, and what it is called with.
    fn call(&self, line: &str) -> Result<Option<(Action, ConsoleCall)>, Error> {
        let mut words = words::split(line)?;
        let Some(name) = words.pop_front() else {
            return Ok(None);
        };
        let command = self.shared.commands.find(&name)?;
        let call = ConsoleCall::new(Arc::clone(&command.name), words, Arc::clone(&self.state));
        Ok(Some((command.action.clone(), call)))
    }
}

/// A page in a browser may have this host connect to itself, and put commands into what it sends. But not into the first two
/// lines, of which one may be too long to be looked at.
fn is_from_a_browser(line: &str) -> bool {
    let is_host = line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("host:"));
    is_host || line.ends_with("HTTP/1.1") || line.ends_with("HTTP/1.0")
}

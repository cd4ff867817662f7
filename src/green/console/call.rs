//! What a command is called with.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::green::console::session_state::SessionState;
use crate::sync::Arc;

/// One call of a command of a [`Console`](crate::green::console::Console): its arguments, and the session that it came from.
///
/// # Examples
///
/// A command that shuts somebody out of a room for some minutes, ten if nothing else is said:
///
/// ```
/// use headwater::Error;
/// use headwater::green::console::ConsoleCall;
///
/// async fn ban(mut call: ConsoleCall) -> Result<String, Error> {
///     let name: String = call.next("NAME")?;
///     let minutes: u32 = call.try_next("MINUTES")?.unwrap_or(10);
///     call.finish()?;
///     Ok(format!("{name} is out for {minutes} minutes"))
/// }
/// ```
pub struct ConsoleCall {
    command: Arc<str>,
    words: VecDeque<String>,
    session: Arc<SessionState>,
}

impl ConsoleCall {
    pub(super) fn new(command: Arc<str>, words: VecDeque<String>, session: Arc<SessionState>) -> Self {
        Self {
            command,
            words,
            session,
        }
    }

    /// The name of the command.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// The next argument, which the help calls `what`.
    ///
    /// # Errors
    ///
    /// There is none, or it is not what `T` is read from; the error names both.
    pub fn next<T: FromStr<Err: fmt::Display>>(&mut self, what: &str) -> Result<T, Error> {
        let word = self.try_next(what)?;
        word.ok_or_else(|| Error::invalid(format!("`{}`: {what} is missing", self.command)))
    }

    /// The next argument, if there is one.
    ///
    /// # Errors
    ///
    /// It is not what `T` is read from.
    pub fn try_next<T: FromStr<Err: fmt::Display>>(&mut self, what: &str) -> Result<Option<T>, Error> {
        let Some(word) = self.words.pop_front() else {
            return Ok(None);
        };
        let wrong = |error| Error::invalid(format!("`{}`: `{word}` is no {what}: {error}", self.command));
        word.parse().map(Some).map_err(wrong)
    }

    /// All arguments that are left, with a blank between them.
    pub fn rest(&mut self) -> String {
        let words: Vec<_> = self.words.drain(..).collect();
        words.join(" ")
    }

    /// Refuses what is left.
    ///
    /// # Errors
    ///
    /// There are more arguments than have been taken.
    pub fn finish(&self) -> Result<(), Error> {
        match self.words.front() {
            None => Ok(()),
            Some(word) => Err(Error::invalid(format!(
                "`{}`: `{word}` is one argument too many",
                self.command
            ))),
        }
    }

    /// Which session of the console it came from, counted from 1.
    pub fn session(&self) -> u64 {
        self.session.nth
    }

    /// Where the client of that session is.
    pub fn peer(&self) -> &str {
        &self.session.peer
    }

    /// The session's own value of type `T`, made when it is first asked for and dropped with the session. Other sessions do not
    /// see it.
    pub fn state<T: Default + Any + Send + Sync>(&self) -> Arc<T> {
        self.session.value()
    }
}

impl fmt::Debug for ConsoleCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleCall")
            .field("command", &self.command)
            .field("words", &self.words)
            .field("session", &self.session.nth)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(words: &[&str]) -> ConsoleCall {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        ConsoleCall::new("ban".into(), words, Arc::new(SessionState::new(1, "here".to_owned())))
    }

    #[test]
    fn arguments_are_read_and_what_is_wrong_with_them_is_told() {
        let mut good = call(&["ada", "5", "too", "loud"]);
        assert_eq!(good.next::<String>("NAME").unwrap(), "ada");
        assert_eq!(good.try_next::<u32>("MINUTES").unwrap(), Some(5));
        assert!(good.finish().is_err());
        assert_eq!(good.rest(), "too loud");
        assert!(good.finish().is_ok() && good.try_next::<u32>("MINUTES").unwrap().is_none());
        let told = |error: Error| error.to_string();
        assert_eq!(
            told(good.next::<u32>("MINUTES").unwrap_err()),
            "`ban`: MINUTES is missing"
        );
        assert_eq!(
            told(call(&["x"]).next::<u32>("MINUTES").unwrap_err()),
            "`ban`: `x` is no MINUTES: invalid digit found in string"
        );
        assert_eq!(
            told(call(&["x"]).finish().unwrap_err()),
            "`ban`: `x` is one argument too many"
        );
    }

    #[test]
    fn a_session_has_one_value_of_each_type() {
        let call = call(&[]);
        *call.state::<Mutex<u32>>().lock() += 1;
        *call.state::<Mutex<u32>>().lock() += 1;
        assert_eq!(*call.state::<Mutex<u32>>().lock(), 2);
        assert_eq!(*call.state::<Mutex<u64>>().lock(), 0);
    }

    use crate::sync::Mutex;
}

//! The client's side of the protocol, which `headwater::green::console` describes.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use headwater::{Error, ErrorContext as _};

use super::super::escape::one_line;
use super::super::report::offer;
use super::super::signal::Signal;
use super::TOKEN;
use super::place::{PATIENCE, Place, Wire};

/// What a console of this protocol says first.
const GREETING: &str = "headwater console 1";
/// The longest line that is taken; a console sends far shorter ones unless it was told otherwise.
const LONGEST: u64 = 64 << 20;

/// A console that has let us in.
pub(super) struct Connection {
    input: BufReader<Wire>,
    output: Wire,
    place: Place,
}

/// How an answer ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Ok,
    Failed(String),
    /// The console has ended the session.
    Left,
    /// Nobody reads what is printed any more.
    Unread,
}

impl Ended {
    /// That a command failed, as an error.
    pub(super) fn into_result(self, place: &Place) -> Result<(), Error> {
        match self {
            Self::Ok | Self::Unread => Ok(()),
            Self::Failed(why) => Err(Error::msg(format!("{place}: {why}"))),
            Self::Left => Err(Error::msg(format!("the console at {place} has gone"))),
        }
    }
}

/// A line of an answer.
enum Heard {
    Line(String),
    End(Ended),
}

impl Connection {
    /// Connects and gives the token, if one is asked for. Returns the banner too.
    ///
    /// # Errors
    ///
    /// Nobody listens, or no console; it asks for a token and there is none, or another one.
    pub(super) fn open(place: &Place, token: Option<&str>) -> Result<(Self, String), Error> {
        let context = || format!("cannot talk to the console at {place}");
        let wire = place.connect()?;
        wire.set_read_timeout(Some(PATIENCE)).context(context())?;
        let mut connection = Self {
            output: wire.try_clone().context(context())?,
            input: BufReader::new(wire),
            place: place.clone(),
        };
        connection.greeted(token)?;
        let mut banner = String::new();
        connection
            .answer(|line| {
                banner += &format!("{line}\n");
                Ok(ControlFlow::Continue(()))
            })?
            .into_result(place)?;
        connection.input.get_ref().set_read_timeout(None).context(context())?;
        Ok((connection, banner))
    }

    fn greeted(&mut self, token: Option<&str>) -> Result<(), Error> {
        let place = &self.place.clone();
        let silent = || format!("what listens at {place} says nothing, as a console would");
        let line = self.line().map_err(|error| error.context(silent()))?;
        let line = line.ok_or_else(|| Error::msg(silent()))?;
        if let Some(why) = line.strip_prefix("error: ") {
            return Err(Error::msg(format!("{place}: {why}")));
        }
        match (line.strip_prefix(GREETING), token) {
            (Some(""), _) => Ok(()),
            (Some(" token"), Some(token)) => self.send(&format!("token {token}")),
            (Some(" token"), None) => Err(Error::msg(format!(
                "the console at {place} asks for a token: say --token or set {TOKEN}"
            ))),
            _ => {
                let start: String = one_line(&line).chars().take(60).collect();
                Err(Error::msg(format!(
                    "what listens at {place} is no console of this version of headwater: it says `{start}`"
                )))
            }
        }
    }

    /// Asks, and prints the answer as it comes. A signal interrupts the command, not the connection.
    ///
    /// # Errors
    ///
    /// The connection or standard output breaks.
    pub(super) fn ask(&mut self, line: &str, signal: &Signal) -> Result<Ended, Error> {
        self.send(line)?;
        let output = self.output.try_clone().context("cannot share the connection")?;
        // A signal that is heard when the answer has come must not interrupt the next command.
        let running = Arc::new(Mutex::new(Some(output)));
        let of_signal = Arc::clone(&running);
        let stop = move || {
            if let Some(output) = &mut *of_signal.lock().unwrap_or_else(PoisonError::into_inner) {
                // If it cannot be said, the answer will not come either, and the next signal ends it all.
                let _ = output.write_all(b"\x03\n");
            }
        };
        let outcome = signal.during(stop, || self.answer(|line| offer(&format!("{line}\n"))));
        *running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        outcome
    }

    /// Asks for lines to be looked at rather than printed.
    pub(super) fn look_up(&mut self, line: &str) -> Result<Vec<String>, Error> {
        self.send(line)?;
        let mut lines = Vec::new();
        let place = self.place.clone();
        self.answer(|line| {
            lines.push(line.to_owned());
            Ok(ControlFlow::Continue(()))
        })?
        .into_result(&place)?;
        Ok(lines)
    }

    fn send(&mut self, line: &str) -> Result<(), Error> {
        let sent = self.output.write_all(format!("{line}\n").as_bytes());
        match sent {
            // It may have said why before it went.
            Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => Ok(()),
            sent => sent.context(format!("the connection to the console at {}", self.place)),
        }
    }

    fn answer(&mut self, mut each: impl FnMut(&str) -> Result<ControlFlow<()>, Error>) -> Result<Ended, Error> {
        loop {
            match self.heard()? {
                Heard::Line(line) => {
                    if each(&line)?.is_break() {
                        return Ok(Ended::Unread);
                    }
                }
                Heard::End(ended) => return Ok(ended),
            }
        }
    }

    fn heard(&mut self) -> Result<Heard, Error> {
        let Some(line) = self.line()? else {
            return Ok(Heard::End(Ended::Left));
        };
        if let Some(text) = line.strip_prefix("  ") {
            // It is somebody else's program that says this.
            let parts: Vec<_> = text.split('\t').map(one_line).collect();
            return Ok(Heard::Line(parts.join("\t")));
        }
        match (&*line, line.strip_prefix("error: ")) {
            ("ok", _) => Ok(Heard::End(Ended::Ok)),
            (_, Some(why)) => Ok(Heard::End(Ended::Failed(one_line(why)))),
            _ => Err(Error::msg(format!(
                "the console at {} says what no console says",
                self.place
            ))),
        }
    }

    /// The next line; none at the end.
    fn line(&mut self) -> Result<Option<String>, Error> {
        let context = || format!("the connection to the console at {}", self.place);
        let mut line = Vec::new();
        match self.input.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) => return Ok(None),
            Ok(_) if line.ends_with(b"\n") => {}
            Ok(_) => return Err(Error::msg("a line is not whole").context(context())),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
            Err(error) => return Err(error).context(context()),
        }
        line.pop();
        // A console sends nothing else; of what is none, some of it is told.
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use headwater::Runtime;
    use headwater::green::console::Console;

    use super::*;

    #[test]
    fn an_interrupt_that_comes_too_late_shifts_no_answer() {
        let runtime = Runtime::builder().slots(1).compute_threads(1).build().unwrap();
        let console = Console::builder()
            .on(&runtime)
            .tcp(([127, 0, 0, 1], 0))
            .build()
            .unwrap();
        let place: Place = console.address().to_string().parse().unwrap();
        let (mut connection, _) = Connection::open(&place, None).unwrap();
        let exit = ["exit  leave; the application goes on"];
        assert_eq!(connection.look_up("help exit").unwrap(), exit);
        connection.send("\x03").unwrap();
        assert_eq!(connection.look_up("help exit").unwrap(), exit);
        assert!(connection.look_up("whoami").unwrap()[0].starts_with("session 1, "));
    }
}

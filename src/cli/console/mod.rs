//! `headwater console`: a line to a running application.

mod connection;
mod editor;
mod history;
mod place;
mod prompt;

use std::io::{self, BufRead, IsTerminal as _, Read as _};

use headwater::{Error, ErrorContext as _};

use self::connection::{Connection, Ended};
use self::place::Place;
use super::escape::one_line;
use super::signal::Signal;

/// The environment variable with the token.
const TOKEN: &str = "HEADWATER_CONSOLE_TOKEN";
/// The longest line of standard input.
const LONGEST: usize = 1 << 20;

/// Look into a running application: what it computes and waits for; cancel a request, run its own commands.
///
/// Without COMMAND it asks for commands, with history and completion, and Ctrl-C stops the one that runs. Where there is no
/// terminal, it takes them from standard input, line by line.
///
/// For example: headwater console 127.0.0.1:7777 requests
#[derive(clap::Args)]
pub(crate) struct ConsoleArgs {
    /// Where its console listens: HOST:PORT, or the path of a Unix socket
    address: String,

    /// One command with its arguments, rather than many; `help` lists them
    #[arg(trailing_var_arg = true)]
    command: Vec<String>,

    /// The token, if the console asks for one; other users of this host can see it here [default: what the environment variable
    /// HEADWATER_CONSOLE_TOKEN holds]
    #[arg(long)]
    token: Option<String>,
}

impl std::fmt::Debug for ConsoleArgs {
    /// Never the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsoleArgs")
            .field("address", &self.address)
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}

/// Runs the command.
///
/// # Errors
///
/// There is no console, or it does not let in; a command fails; the connection or standard output breaks.
pub(super) fn run(args: &ConsoleArgs, signal: &Signal) -> Result<(), Error> {
    let place: Place = args.address.parse()?;
    let line = (!args.command.is_empty()).then(|| line_of(&args.command)).transpose()?;
    let token = args.token.clone().or_else(|| std::env::var(TOKEN).ok());
    let (mut connection, banner) = Connection::open(&place, token.as_deref())?;
    match line {
        Some(line) => connection.ask(&line, signal)?.into_result(&place),
        None if io::stdin().is_terminal() && io::stdout().is_terminal() => {
            super::report::print(&banner)?;
            prompt::run(&mut connection, &place, signal)
        }
        None => each_line(&mut connection, &place, signal),
    }
}

/// The words of the shell as one line. A word alone is a line already.
fn line_of(words: &[String]) -> Result<String, Error> {
    let line = match words {
        [line] => line.clone(),
        words => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    };
    // A tab is as good as a blank.
    match line.contains(|c: char| c.is_control() && c != '\t') {
        true => Err(Error::invalid(format!("a command is one line, and `{line}` is not"))),
        false => Ok(line),
    }
}

/// A word as the console reads it.
fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c == '"');
    match is_plain {
        true => word.to_owned(),
        false => format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

/// Asks line by line. What fails is told, and the rest is asked all the same.
fn each_line(connection: &mut Connection, place: &Place, signal: &Signal) -> Result<(), Error> {
    let (mut asked, mut failed) = (0_u64, 0_u64);
    let mut input = io::stdin().lock();
    loop {
        signal.check()?;
        let Some(line) = next_line(&mut input)? else { break };
        if line.is_empty() {
            continue;
        }
        asked += 1;
        match connection.ask(&line, signal)? {
            Ended::Ok if is_farewell(&line) => break,
            Ended::Ok => {}
            Ended::Failed(why) => {
                failed += 1;
                eprintln!("headwater: {place}: `{}`: {}", one_line(&line), one_line(&why));
            }
            ended @ (Ended::Left | Ended::Unread) => return ended.into_result(place),
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(Error::msg(format!("{failed} of {asked} commands failed at {place}"))),
    }
}

/// The next line of standard input, without its end and blanks before that; none at the end.
fn next_line(input: &mut impl BufRead) -> Result<Option<String>, Error> {
    let mut line = Vec::new();
    let mut limited = input.take(LONGEST as u64 + 1);
    let read = limited.read_until(b'\n', &mut line);
    if read.context("cannot read standard input")? == 0 {
        return Ok(None);
    }
    if line.len() > LONGEST && !line.ends_with(b"\n") {
        // A part of it would be another command.
        let message = format!("a line of standard input is longer than {LONGEST} bytes");
        return Err(Error::invalid(message));
    }
    let line = String::from_utf8(line).context("standard input is not UTF-8")?;
    line_of(&[line.trim_end().to_owned()]).map(Some)
}

/// Whether the console goes after this.
fn is_farewell(line: &str) -> bool {
    matches!(line.trim(), "exit" | "quit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_shell_stay_words() {
        let line = |words: &[&str]| line_of(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(line(&["events 5"]).unwrap(), "events 5");
        assert_eq!(
            line(&["say", "too  loud", "", r#"a"b\"#]).unwrap(),
            r#"say "too  loud" "" "a\"b\\""#
        );
        assert_eq!(line(&["say", r"a\b"]).unwrap(), r"say a\b");
        assert!(line(&["requests\ncancel 7"]).is_err());
        assert!(line(&["say", "a\nb"]).is_err());
    }

    #[test]
    fn a_tab_is_a_blank_and_a_line_too_long_is_refused_whole() {
        let longest = "x".repeat(LONGEST);
        let text = format!("say\ta \t\r\n\n{longest}\n{longest}x\ncancel 1\n");
        let mut input = text.as_bytes();
        let mut next = || next_line(&mut input);
        assert_eq!(next().unwrap().as_deref(), Some("say\ta"));
        assert_eq!(next().unwrap().as_deref(), Some(""));
        assert_eq!(next().unwrap(), Some(longest.clone()));
        let error = next().unwrap_err().brief();
        assert_eq!(error, "a line of standard input is longer than 1048576 bytes");
        assert_eq!(next_line(&mut b"last".as_slice()).unwrap().as_deref(), Some("last"));
        assert_eq!(next_line(&mut b"".as_slice()).unwrap(), None);
    }

    #[test]
    fn the_token_is_not_printed() {
        let args = ConsoleArgs {
            address: "a:1".to_owned(),
            command: Vec::new(),
            token: Some("secret".to_owned()),
        };
        assert!(!format!("{args:?}").contains("secret"));
    }
}

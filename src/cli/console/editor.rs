//! What the line editor knows of the console: the names of its commands.

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

/// Completes the names of commands, as words of a line and as what `help` is asked about.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<String>);

impl Names {
    /// Out of the answer to `help`: the first word of each line is a name.
    pub(super) fn read(help: &[String]) -> Self {
        let names = help.iter().filter_map(|line| line.split_whitespace().next());
        Self(names.map(str::to_owned).collect())
    }

    /// Where the word begins that ends here, and what it may become.
    fn complete(&self, line: &str) -> (usize, Vec<String>) {
        let start = line.rfind(' ').map_or(0, |blank| blank + 1);
        let (before, word) = line.split_at(start);
        let is_name = matches!(before.trim(), "" | "help");
        let names = self.0.iter().filter(|name| is_name && name.starts_with(word));
        (start, names.map(|name| format!("{name} ")).collect())
    }
}

impl Completer for Names {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.complete(&line[..at]))
    }
}

impl Hinter for Names {
    type Hint = String;
}
impl Highlighter for Names {}
impl Validator for Names {}
impl Helper for Names {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed_where_a_name_is_meant() {
        let help = ["help    [COMMAND]: all", "requests  live ones", "rooms  who"].map(str::to_owned);
        let names = Names::read(&help);
        let completed = |line: &str| {
            let (start, found) = names.complete(line);
            (start, found.concat())
        };
        assert_eq!(completed(""), (0, "help requests rooms ".to_owned()));
        assert_eq!(completed("r"), (0, "requests rooms ".to_owned()));
        assert_eq!(completed("req"), (0, "requests ".to_owned()));
        assert_eq!(completed("help ro"), (5, "rooms ".to_owned()));
        assert_eq!(completed("rooms r"), (6, String::new()));
        assert_eq!(completed("x"), (0, String::new()));
    }
}

//! A table that changes where it stands.

use std::io::{self, Write};

use super::Figures;

/// Draws tables over each other on a terminal. Elsewhere, only the last one.
#[derive(Debug)]
pub(crate) struct LiveTable<W> {
    out: W,
    is_terminal: bool,
    /// Lines of the table that stands there.
    lines: usize,
    earlier: Option<Figures>,
}

impl<W: Write> LiveTable<W> {
    pub(crate) fn new(out: W, is_terminal: bool) -> Self {
        Self {
            out,
            is_terminal,
            lines: 0,
            earlier: None,
        }
    }

    /// Draws the figures as they are now, with the rates since the last time.
    pub(crate) fn draw(&mut self, figures: &Figures) -> io::Result<()> {
        if !self.is_terminal {
            return Ok(());
        }
        let text = figures.table(self.earlier.as_ref()).to_string();
        self.put(&text)?;
        self.earlier = Some(figures.clone());
        Ok(())
    }

    /// Draws the figures of the whole flow.
    pub(crate) fn end(&mut self, figures: &Figures) -> io::Result<()> {
        let text = figures.table(None).to_string();
        self.put(&text)
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        if self.lines > 0 {
            // Up to where it began, and everything from there on away.
            write!(self.out, "\x1b[{}A\x1b[J", self.lines)?;
        }
        self.lines = text.lines().count();
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn none() -> Figures {
        Figures {
            at: Instant::now(),
            elapsed: Duration::ZERO,
            nodes: Vec::new(),
            edges: Vec::new(),
        }
    }

    #[test]
    fn a_terminal_gets_each_table_in_place_of_the_one_before() {
        let mut out = Vec::new();
        let mut table = LiveTable::new(&mut out, true);
        table.draw(&none()).unwrap();
        table.end(&none()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.matches("node  replicas").count(), 2);
        assert_eq!(text.matches("\x1b[1A\x1b[J").count(), 1);
    }

    #[test]
    fn a_file_gets_the_last_one_alone() {
        let mut out = Vec::new();
        let mut table = LiveTable::new(&mut out, false);
        table.draw(&none()).unwrap();
        table.end(&none()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("node  replicas") && !text.contains('\x1b'), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}

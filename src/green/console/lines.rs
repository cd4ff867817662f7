//! Lines from a client, who may send anything.

use std::fmt;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The byte that Ctrl-C makes.
const INTERRUPT: &[u8] = b"\x03";
/// The byte that Ctrl-D makes.
const END: &[u8] = b"\x04";
/// Bytes that are read at once.
const CHUNK: usize = 1024;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line of text, without its end.
    Text(String),
    /// What runs is to stop.
    Interrupt,
    /// No line that can be read, and why.
    Refused(String),
    /// Nothing will follow.
    End,
}

/// Takes lines apart. It holds at most one that is not whole, and what was read beyond it.
pub(super) struct Lines {
    input: Box<dyn AsyncRead + Send + Unpin>,
    limit: usize,
    buffer: Vec<u8>,
    /// Within a line that is too long.
    is_skipping: bool,
    has_ended: bool,
}

impl Lines {
    pub(super) fn new(input: Box<dyn AsyncRead + Send + Unpin>, limit: usize) -> Self {
        Self {
            input,
            limit,
            buffer: Vec::new(),
            is_skipping: false,
            has_ended: false,
        }
    }

    /// The next line. A connection that breaks has ended.
    ///
    /// Cancel safe: what was read stays here.
    pub(super) async fn next(&mut self) -> Line {
        loop {
            if let Some(line) = self.take() {
                return line;
            }
            let mut chunk = [0; CHUNK];
            match self.input.read(&mut chunk).await {
                Ok(0) | Err(_) => self.has_ended = true,
                Ok(read) => self.buffer.extend_from_slice(&chunk[..read]),
            }
        }
    }

    /// A line out of what was read.
    fn take(&mut self) -> Option<Line> {
        while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.buffer.drain(..=end).take(end).collect();
            if !std::mem::take(&mut self.is_skipping) {
                return Some(self.read(&line));
            }
        }
        if self.buffer.len() > self.limit || self.is_skipping {
            self.buffer.clear();
            if !std::mem::replace(&mut self.is_skipping, true) {
                return Some(self.too_long());
            }
        }
        if !self.has_ended {
            return None;
        }
        // The last line may do without its end.
        match std::mem::take(&mut self.buffer) {
            rest if rest.is_empty() => Some(Line::End),
            rest => Some(self.read(&rest)),
        }
    }

    fn read(&self, line: &[u8]) -> Line {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line {
            INTERRUPT => return Line::Interrupt,
            END => return Line::End,
            long if long.len() > self.limit => return self.too_long(),
            _ => {}
        }
        match std::str::from_utf8(line) {
            Err(_) => Line::Refused("the line is not UTF-8".to_owned()),
            Ok(text) if text.contains(|c: char| c.is_control() && c != '\t') => {
                Line::Refused("the line has control characters".to_owned())
            }
            Ok(text) => Line::Text(text.to_owned()),
        }
    }

    fn too_long(&self) -> Line {
        Line::Refused(format!("the line is longer than {} bytes", self.limit))
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines")
            .field("buffered", &self.buffer.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn all(bytes: &'static [u8]) -> Vec<Line> {
        let mut lines = Lines::new(Box::new(bytes), 10);
        let mut all = Vec::new();
        while all.last() != Some(&Line::End) {
            all.push(block_on(lines.next()));
            assert!(lines.buffer.len() <= 10 + CHUNK);
        }
        all.pop();
        all
    }

    fn text(text: &str) -> Line {
        Line::Text(text.to_owned())
    }

    #[test]
    fn h65_lines_end_with_lf_or_crlf_or_the_input() {
        assert_eq!(all(b"a\nb\r\n\nc"), [text("a"), text("b"), text(""), text("c")]);
        assert_eq!(all(b"a\n\x04\nb\n"), [text("a")]);
        assert_eq!(all(b"\x03\na"), [Line::Interrupt, text("a")]);
        assert_eq!(all(b""), []);
    }

    #[test]
    fn a_line_too_long_is_refused_once_and_not_kept() {
        let long = || Line::Refused("the line is longer than 10 bytes".to_owned());
        assert_eq!(
            all(b"0123456789\n01234567890\na"),
            [text("0123456789"), long(), text("a")]
        );
        static HUGE: [u8; 100_000] = [b'x'; 100_000];
        assert_eq!(all(&HUGE), [long()]);
        static PARTED: crate::sync::OnceLock<Vec<u8>> = crate::sync::OnceLock::new();
        let parted = PARTED.get_or_init(|| [&HUGE[..], b"\nb\n"].concat());
        assert_eq!(all(parted), [long(), text("b")]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let refused = |why: &str| Line::Refused(why.to_owned());
        assert_eq!(
            all(b"\xff\xfe\na\x1b[A\nb\tc\n"),
            [
                refused("the line is not UTF-8"),
                refused("the line has control characters"),
                text("b\tc")
            ]
        );
    }
}

//! Lines that were read while a command ran.

use std::collections::VecDeque;

use crate::green::console::lines::Line;

/// Bytes of lines that are kept. Beyond them nothing is read until a command ends, not even that the client has gone.
const MOST: usize = 64 << 10;

/// Lines that wait for their turn. That they are read at all is for what may stand behind them: an interrupt, or the end.
#[derive(Debug, Default)]
pub(super) struct Early {
    lines: VecDeque<Line>,
    bytes: usize,
}

impl Early {
    pub(super) fn has_room(&self) -> bool {
        self.bytes < MOST
    }

    pub(super) fn push(&mut self, line: Line) {
        self.bytes += size(&line);
        self.lines.push_back(line);
    }

    pub(super) fn pop(&mut self) -> Option<Line> {
        let line = self.lines.pop_front()?;
        self.bytes -= size(&line);
        Some(line)
    }
}

/// What a line takes; an empty one is not for nothing.
fn size(line: &Line) -> usize {
    let text = match line {
        Line::Text(text) | Line::Refused(text) => text.len(),
        Line::Interrupt | Line::End => 0,
    };
    size_of::<Line>() + text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_as_they_went_in_and_there_is_a_bound() {
        let mut early = Early::default();
        let mut count = 0;
        while early.has_room() {
            early.push(Line::Text(count.to_string()));
            count += 1;
        }
        assert!(count <= MOST / size_of::<Line>(), "{count}");
        for nth in 0..count {
            assert_eq!(early.pop(), Some(Line::Text(nth.to_string())));
        }
        assert_eq!((early.pop(), early.bytes), (None, 0));
    }
}

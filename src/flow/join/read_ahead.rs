//! What a join has taken from an input, and not looked at.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use super::erased::Erased;
use super::reader::Reader;
use crate::flow::edge::Taken;
use crate::flow::envelope::Envelope;

/// An input, with what has been read of it ahead.
pub(super) struct ReadAhead {
    reader: Box<dyn Reader>,
    pub(super) items: VecDeque<Envelope<Erased>>,
    pub(super) state: ReadState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadState {
    Open,
    /// Its edge has ended; the assembler does not know.
    Ending,
    Ended,
}

pub(super) enum Fill {
    /// There is something: an item, or the end.
    Some,
    Nothing,
    Halted,
}

impl ReadAhead {
    pub(super) fn new(reader: Box<dyn Reader>) -> Self {
        let (items, state) = (VecDeque::new(), ReadState::Open);
        Self { reader, items, state }
    }

    /// Whether its end is to be told next.
    pub(super) fn is_ending(&self) -> bool {
        self.state == ReadState::Ending && self.items.is_empty()
    }

    /// Looks whether there is something, and takes it out of the edge if there is nothing here.
    pub(super) fn poll_fill(&mut self, most: usize, cx: &mut Context<'_>) -> Fill {
        if !self.items.is_empty() || self.state == ReadState::Ending {
            return Fill::Some;
        }
        if self.state == ReadState::Ended {
            return Fill::Nothing;
        }
        match self.reader.poll_take(&mut self.items, most, cx) {
            Poll::Ready(Taken::Items) => Fill::Some,
            Poll::Ready(Taken::End) => {
                self.state = ReadState::Ending;
                Fill::Some
            }
            Poll::Ready(Taken::Halted | Taken::Retired) => Fill::Halted,
            Poll::Pending => Fill::Nothing,
        }
    }
}

//! What a join has taken from an input, and not looked at.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use super::carried::Carried;
use super::reader::Reader;
use crate::flow::edge::Taken;
use crate::flow::envelope::Envelope;

/// An input.
pub(super) struct Lane {
    reader: Box<dyn Reader>,
    pub(super) items: VecDeque<Envelope<Carried>>,
    pub(super) state: LaneState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LaneState {
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

impl Lane {
    pub(super) fn new(reader: Box<dyn Reader>) -> Self {
        let (items, state) = (VecDeque::new(), LaneState::Open);
        Self { reader, items, state }
    }

    /// Whether its end is to be told next.
    pub(super) fn is_ending(&self) -> bool {
        self.state == LaneState::Ending && self.items.is_empty()
    }

    /// Looks whether there is something, and takes it out of the edge if there is nothing here.
    pub(super) fn poll_fill(&mut self, most: usize, cx: &mut Context<'_>) -> Fill {
        if !self.items.is_empty() || self.state == LaneState::Ending {
            return Fill::Some;
        }
        if self.state == LaneState::Ended {
            return Fill::Nothing;
        }
        match self.reader.poll_take(&mut self.items, most, cx) {
            Poll::Ready(Taken::Items) => Fill::Some,
            Poll::Ready(Taken::End) => {
                self.state = LaneState::Ending;
                Fill::Some
            }
            Poll::Ready(Taken::Halted | Taken::Retired) => Fill::Halted,
            Poll::Pending => Fill::Nothing,
        }
    }
}

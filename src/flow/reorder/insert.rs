//! Where a replica puts what it makes.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use super::window::{Made, Window};
use crate::error::Error;
use crate::flow::edge::Ticket;
use crate::flow::envelope::{Item, Origin};
use crate::flow::let_go::let_go;
use crate::flow::task::branches::Diverted;
use crate::flow::task::push::{Push, Rest, Room};
use crate::sync::Arc;

/// After so many items what was made of them is moved on.
const BATCH: usize = 64;

/// The end of a replica's task.
pub(crate) struct Inserter<T> {
    window: Arc<Window<T>>,
    replica: usize,
    /// What was made of which item; of the last one, so far.
    made: VecDeque<(u64, Vec<Made<T>>)>,
    /// What is made without an item: it goes before what is made of the next one, or to the end.
    tail: Vec<Made<T>>,
    /// Whether what is made now is made without an item.
    is_between: bool,
    ticket: Ticket,
    is_gone: bool,
}

impl<T> Inserter<T> {
    pub(crate) fn new(window: &Arc<Window<T>>, replica: usize) -> Self {
        window.state.lock().inserters += 1;
        Self {
            window: Arc::clone(window),
            replica,
            made: VecDeque::new(),
            tail: Vec::new(),
            is_between: false,
            ticket: Ticket::default(),
            is_gone: false,
        }
    }

    /// Puts it to what was made of the item at hand.
    fn note(&mut self, made: Made<T>) -> Room {
        match self.made.back_mut() {
            Some((_, of_item)) if !self.is_between => of_item.push(made),
            // All items have gone on, or it is a control's.
            _ => self.tail.push(made),
        }
        match self.made.len() >= BATCH {
            true => Room::Full,
            false => Room::Left,
        }
    }

    /// Moves as much into the window as may be in it.
    fn poll_insert(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.window.state.lock();
        let mut is_turn = false;
        let left = match state.is_halted {
            true => std::mem::take(&mut self.made),
            false => VecDeque::new(),
        };
        while let Some((number, made)) = self.made.pop_front() {
            let place = usize::try_from(number - state.turn).unwrap_or(usize::MAX);
            if place >= self.window.width {
                self.made.push_front((number, made));
                break;
            }
            if state.made.len() <= place {
                state.made.resize_with(place + 1, || None);
            }
            state.made[place] = Some(made);
            is_turn |= place == 0;
        }
        let merger = if is_turn { state.merger.take() } else { None };
        let poll = match self.made.is_empty() {
            true => {
                state.ahead.leave(&mut self.ticket);
                Poll::Ready(())
            }
            false => {
                state.ahead.enter(&mut self.ticket, cx.waker());
                Poll::Pending
            }
        };
        drop(state);
        merger.into_iter().for_each(Waker::wake);
        let_go(left.into_iter().flat_map(|(_, made)| made));
        poll
    }

    fn leave(&mut self) {
        if std::mem::replace(&mut self.is_gone, true) {
            return;
        }
        let mut state = self.window.state.lock();
        state.ahead.leave(&mut self.ticket);
        if !state.is_halted && !self.tail.is_empty() {
            state.tails.insert(self.replica, std::mem::take(&mut self.tail));
        }
        state.inserters -= 1;
        let merger = state.merger.take();
        drop(state);
        merger.into_iter().for_each(Waker::wake);
    }
}

impl<T: Item> Push<T> for Inserter<T> {
    fn push(&mut self, item: T, origin: &Origin) -> Result<Room, Error> {
        Ok(self.note(Made::Main(origin.with(item))))
    }

    fn divert(&mut self, item: Diverted) -> Result<Room, Error> {
        Ok(self.note(Made::Diverted(item)))
    }

    fn number(&mut self, number: Option<u64>) {
        self.is_between = number.is_none();
        if let Some(number) = number {
            self.made.push_back((number, std::mem::take(&mut self.tail)));
        }
    }

    fn rest(&mut self) -> &mut dyn Rest {
        self
    }
}

impl<T: Item> Rest for Inserter<T> {
    fn open(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.made.is_empty() {
            true => Poll::Ready(()),
            false => self.poll_insert(cx),
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        self.leave();
        Ok(())
    }

    fn tell(&mut self) {}
}

impl<T> Drop for Inserter<T> {
    fn drop(&mut self) {
        self.leave();
    }
}

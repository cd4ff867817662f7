//! Taking out what was made, in its order.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use super::window::{Made, Window};
use crate::flow::edge::Taken;

impl<T> Window<T> {
    /// Moves all into `into` whose turn it is. One task may do that.
    pub(crate) fn poll_take(&self, into: &mut VecDeque<Made<T>>, cx: &mut Context<'_>) -> Poll<Taken> {
        let mut state = self.state.lock();
        let before = state.turn;
        while let Some(Some(_)) = state.made.front() {
            into.extend(state.made.pop_front().flatten().into_iter().flatten());
            state.turn += 1;
        }
        let has_moved = state.turn > before;
        let woken = if has_moved { state.call_ahead() } else { Vec::new() };
        let taken = if state.is_halted {
            Some(Taken::Halted)
        } else if has_moved {
            Some(Taken::Items)
        } else if state.inserters > 0 {
            state.merger = Some(cx.waker().clone());
            None
        } else if let Some((_, tail)) = state.tails.pop_first() {
            into.extend(tail);
            Some(Taken::Items)
        } else {
            Some(Taken::End)
        };
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        taken.map_or(Poll::Pending, Poll::Ready)
    }
}

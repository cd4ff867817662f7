//! The end of an edge where items go out.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::parcel::Parcel;
use super::state::{Edge, Lane, Woken};
use super::wait_list::Ticket;
use crate::flow::let_go::let_go;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, Ordering};

/// One that takes items. What is sent when none of a lane is left is let go of.
#[derive(Debug)]
pub(crate) struct Receiver<T> {
    edge: Arc<Edge<T>>,
    lane: usize,
    ticket: Ticket,
    /// Whether it is to take no more, though there may be more.
    retire: Arc<AtomicBool>,
}

/// What a receiver has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Taken {
    /// One or several items.
    Items,
    /// Nothing, and nothing will come.
    End,
    /// Nothing: the flow has failed or was aborted.
    Halted,
    /// Nothing: others will take what comes.
    Retired,
}

impl<T> Receiver<T> {
    pub(crate) fn new(edge: &Arc<Edge<T>>, replica: usize, retire: Arc<AtomicBool>) -> Self {
        let mut state = edge.state.lock();
        let lane = replica % state.lanes.len();
        state.lanes[lane].receivers += 1;
        drop(state);
        Self {
            edge: Arc::clone(edge),
            lane,
            ticket: Ticket::default(),
            retire,
        }
    }

    /// Moves at most `most` items into `into`, at least one, and no more than fill the edge once.
    pub(crate) fn poll_take(
        &mut self,
        into: &mut VecDeque<Parcel<T>>,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Taken> {
        let mut woken = Woken::new();
        let mut guard = self.edge.state.lock();
        let state = &mut *guard;
        let lane = &mut state.lanes[self.lane];
        let end = if state.is_halted {
            Some(Taken::Halted)
        } else if self.retire.load(Ordering::SeqCst) {
            Some(Taken::Retired)
        } else if lane.queue.is_empty() && state.tally.senders == 0 {
            Some(Taken::End)
        } else {
            None
        };
        if let Some(end) = end {
            // What it was called for is somebody else's.
            woken.extend(lane.hungry.give_up(&mut self.ticket));
            drop(guard);
            woken.into_iter().for_each(Waker::wake);
            return Poll::Ready(end);
        }
        if lane.queue.is_empty() {
            lane.hungry.enter(&mut self.ticket, cx.waker());
            return Poll::Pending;
        }
        lane.hungry.leave(&mut self.ticket);
        let before = into.len();
        // The others get their share: whoever has them in hand does not give them back, however long they take.
        let most = most.min(lane.queue.len().div_ceil(lane.receivers));
        let count = lane.hand_over(into, most, self.edge.settings.limits.bytes);
        if self.edge.settings.lanes == 1 {
            // What was dropped on the way is not to be missed.
            let first = lane.taken - count as u64;
            into.range_mut(before..)
                .zip(first..)
                .for_each(|(parcel, number)| parcel.number = Some(number));
        }
        let since = into.range(before..).map(|parcel| parcel.since);
        state.latency.record_since(since, Instant::now());
        state.call_blocked(count, &mut woken);
        drop(guard);
        woken.into_iter().for_each(Waker::wake);
        Poll::Ready(Taken::Items)
    }
}

impl<T> Lane<T> {
    /// Moves items out; says how many.
    fn hand_over(&mut self, into: &mut VecDeque<Parcel<T>>, most: usize, bytes: Option<u64>) -> usize {
        let mut count = most.clamp(1, self.queue.len());
        if let Some(bytes) = bytes {
            count = self.fitting(count, bytes);
        }
        if self.bytes > 0 {
            self.bytes -= self.queue.iter().take(count).map(|parcel| parcel.weight).sum::<u64>();
        }
        match count == self.queue.len() && into.is_empty() {
            // Both keep the room that they have.
            true => into.append(&mut self.queue),
            false => into.extend(self.queue.drain(..count)),
        }
        self.taken += count as u64;
        count
    }

    /// How many of the first `most` items take at most so many bytes together; at least one.
    fn fitting(&self, most: usize, bytes: u64) -> usize {
        let mut total = 0_u64;
        let fit = self.queue.iter().take(most).take_while(|parcel| {
            total = total.saturating_add(parcel.weight);
            total <= bytes
        });
        fit.count().max(1)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut woken = Woken::new();
        let mut guard = self.edge.state.lock();
        let state = &mut *guard;
        let lane = &mut state.lanes[self.lane];
        woken.extend(lane.hungry.give_up(&mut self.ticket));
        lane.receivers -= 1;
        let mut left = VecDeque::new();
        if lane.receivers == 0 {
            left = std::mem::take(&mut lane.queue);
            lane.bytes = 0;
            state.tally.unwanted += left.len() as u64;
            // Who waits for room has it now.
            state.call_all_blocked(&mut woken);
        }
        drop(guard);
        woken.into_iter().for_each(Waker::wake);
        let_go(left);
    }
}

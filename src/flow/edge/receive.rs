//! The end of an edge where items go out.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use super::parcel::Parcel;
use super::state::{Edge, Woken};
use super::wait_list::Ticket;
use crate::sync::Arc;

/// One that takes items. What is sent when none of a lane is left is let go of.
#[derive(Debug)]
pub(crate) struct Receiver<T> {
    edge: Arc<Edge<T>>,
    lane: usize,
    ticket: Ticket,
}

/// What a receiver has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Taken {
    /// Items, of which the first is the one of this number in its lane.
    Items(u64),
    /// Nothing, and nothing will come.
    End,
}

impl<T> Receiver<T> {
    pub(crate) fn new(edge: &Arc<Edge<T>>, replica: usize) -> Self {
        let mut state = edge.state.lock();
        let lane = replica % state.lanes.len();
        state.lanes[lane].receivers += 1;
        drop(state);
        Self {
            edge: Arc::clone(edge),
            lane,
            ticket: Ticket::default(),
        }
    }

    /// Moves at most `most` items into `into`, at least one.
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
        if lane.queue.is_empty() {
            if state.tally.senders == 0 {
                lane.hungry.leave(&mut self.ticket);
                return Poll::Ready(Taken::End);
            }
            lane.hungry.enter(&mut self.ticket, cx.waker());
            return Poll::Pending;
        }
        lane.hungry.leave(&mut self.ticket);
        let (first, count) = (lane.taken, most.clamp(1, lane.queue.len()));
        if lane.bytes > 0 {
            lane.bytes -= lane.queue.iter().take(count).map(|parcel| parcel.weight).sum::<u64>();
        }
        match count == lane.queue.len() {
            // Both keep the room that they have.
            true => into.append(&mut lane.queue),
            false => into.extend(lane.queue.drain(..count)),
        }
        lane.taken += count as u64;
        for _ in 0..count {
            let Some(waker) = state.blocked.call() else { break };
            woken.push(waker);
        }
        drop(guard);
        woken.into_iter().for_each(Waker::wake);
        Poll::Ready(Taken::Items(first))
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
            while let Some(waker) = state.blocked.call() {
                woken.push(waker);
            }
        }
        drop(guard);
        // Code of the user's may run here.
        drop(left);
        woken.into_iter().for_each(Waker::wake);
    }
}

//! The end of an edge where items come in.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use smallvec::SmallVec;

use super::parcel::Parcel;
use super::settings::Settings;
use super::state::{Edge, Entered, Woken};
use super::wait_list::Ticket;
use crate::flow::let_go::let_go;
use crate::sync::Arc;

/// One that may send. The edge ends when the last one is dropped.
#[derive(Debug)]
pub(crate) struct Sender<T> {
    edge: Arc<Edge<T>>,
    ticket: Ticket,
}

impl<T> Sender<T> {
    pub(crate) fn new(edge: &Arc<Edge<T>>) -> Self {
        edge.state.lock().tally.senders += 1;
        Self {
            edge: Arc::clone(edge),
            ticket: Ticket::default(),
        }
    }

    pub(crate) fn settings(&self) -> &Settings<T> {
        &self.edge.settings
    }

    /// Moves items from the front of `from` into the edge, as many as there is room for. Ready when all are in.
    pub(crate) fn poll_send(&mut self, from: &mut VecDeque<Parcel<T>>, cx: &mut Context<'_>) -> Poll<()> {
        let (mut woken, mut dropped) = (Woken::new(), SmallVec::<[Parcel<T>; 1]>::new());
        let now = Instant::now();
        let mut state = self.edge.state.lock();
        let mut is_full = !from.is_empty() && state.is_behind(&self.ticket);
        while !is_full && let Some(parcel) = from.pop_front() {
            match state.enter(&self.edge.settings.limits, parcel, now) {
                Entered::In => {}
                Entered::Dropped(parcel) => dropped.push(parcel),
                Entered::InPlaceOf { parcel, oldest } => {
                    dropped.push(oldest);
                    from.push_front(parcel);
                }
                Entered::Full(parcel) => {
                    from.push_front(parcel);
                    is_full = true;
                }
            }
        }
        match is_full {
            true => state.blocked.enter(&mut self.ticket, cx.waker()),
            false => {
                state.blocked.leave(&mut self.ticket);
                if state.is_queue {
                    woken.extend(state.blocked.first());
                }
            }
        }
        state.settle(&mut woken);
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        let_go(dropped);
        if is_full { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut woken = Woken::new();
        let mut state = self.edge.state.lock();
        match state.is_queue {
            true => {
                state.blocked.leave(&mut self.ticket);
                woken.extend(state.blocked.first());
            }
            false => woken.extend(state.blocked.give_up(&mut self.ticket)),
        }
        state.tally.senders -= 1;
        if state.tally.senders == 0 {
            state.call_hungry(&mut woken);
        }
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}

//! The loop of a task.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::time::{Duration, Instant};

use super::push::Push;
use crate::error::Error;
use crate::flow::edge::{Receiver, Taken};
use crate::flow::envelope::Item;

/// For how long a task works before it moves on what it has made.
const TURN: Duration = Duration::from_micros(50);
const MOST: usize = 64;

/// How many items a task takes at a time: as many as it can process in a [`TURN`].
#[derive(Debug)]
pub(crate) struct Pace {
    most: usize,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { most: 1 }
    }

    pub(crate) fn note(&mut self, items: usize, taken: Duration) {
        let fit = (TURN.as_nanos() * items as u128 / taken.as_nanos().max(1)) as usize;
        self.most = fit.clamp(1, (2 * self.most).min(MOST));
    }
}

/// Takes items from `input` until it ends.
pub(crate) async fn receive<T: Item>(mut input: Receiver<T>, mut next: Box<dyn Push<T>>) -> Result<(), Error> {
    let mut outcome = next.open();
    if outcome.is_ok() {
        outcome = drive(&mut input, &mut *next).await;
    }
    if outcome.is_ok() {
        outcome = next.end();
        poll_fn(|cx| next.poll_flush(cx)).await;
    }
    next.tell();
    let closed = next.close();
    outcome.and(closed)
}

async fn drive<T: Item>(input: &mut Receiver<T>, next: &mut dyn Push<T>) -> Result<(), Error> {
    let (mut items, mut pace) = (VecDeque::new(), Pace::new());
    loop {
        let taken = poll_fn(|cx| input.poll_take(&mut items, pace.most, cx)).await;
        if taken == Taken::End {
            return Ok(());
        }
        let (count, begun) = (items.len(), Instant::now());
        for parcel in items.drain(..) {
            next.push(parcel.envelope)?;
            if next.is_full() {
                poll_fn(|cx| next.poll_flush(cx)).await;
            }
        }
        pace.note(count, begun.elapsed());
        poll_fn(|cx| next.poll_flush(cx)).await;
        next.tell();
    }
}

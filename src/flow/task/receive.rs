//! A task that takes items from an edge.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::chain::Chain;
use super::head::Head;
use super::pace::{LATE, Pace};
use super::push::Room;
use super::waiting::waiting;
use crate::error::Error;
use crate::flow::edge::{Parcel, Source, Taken};
use crate::flow::envelope::{Envelope, Item};
use crate::flow::meter::{Activity, Meter};

/// Takes items from `input` until it ends.
pub(crate) async fn receive<T: Item>(
    mut head: Head,
    mut input: impl Source<T>,
    mut next: Chain<T>,
) -> Result<(), Error> {
    let mut outcome = next.open();
    if outcome.is_ok() {
        outcome = head.run(drive(&head, &mut input, &mut next)).await;
    }
    head.finish(outcome, &mut next).await
}

async fn drive<T: Item>(head: &Head, input: &mut impl Source<T>, next: &mut Chain<T>) -> Result<(), Error> {
    let (mut items, mut pace) = (VecDeque::new(), Pace::new());
    loop {
        let most = pace.most();
        let taken = waiting(&head.meter, Activity::Input, |cx| input.poll_take(&mut items, most, cx)).await;
        if taken != Taken::Items {
            return Ok(());
        }
        let (count, begun, mut waited) = (items.len(), Instant::now(), Duration::ZERO);
        note_age(&head.meter, &items, begun);
        let (mut done, mut moved_on) = (0, begun);
        while let Some(parcel) = items.pop_front() {
            next.number(parcel.number);
            let Envelope { item, origin } = parcel.envelope;
            let room = next.push(item, &origin)?;
            done += 1;
            let is_late = pace.may_look(done) && moved_on.elapsed() > LATE;
            if room == Room::Full || is_late {
                let full = Instant::now();
                next.flush(&head.meter).await;
                moved_on = Instant::now();
                waited += moved_on - full;
            }
        }
        let now = Instant::now();
        let work = (now - begun).saturating_sub(waited);
        pace.note(count, work);
        head.meter.worked(count as u64, work, now);
        next.flush(&head.meter).await;
        next.tell();
        pace.share().await;
    }
}

/// Notes how old is what has arrived.
pub(crate) fn note_age<T>(meter: &Meter, items: &VecDeque<Parcel<T>>, now: Instant) {
    meter.arrived(items.iter().map(|parcel| parcel.envelope.origin.born), now);
}

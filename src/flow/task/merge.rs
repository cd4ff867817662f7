//! A task that brings the work of several replicas into order.

use std::collections::VecDeque;
use std::future::poll_fn;

use super::chain::Chain;
use super::head::Head;
use super::pace::Pace;
use super::push::Room;
use crate::error::Error;
use crate::flow::edge::Taken;
use crate::flow::envelope::Item;
use crate::flow::reorder::{Made, Window};
use crate::sync::Arc;

/// Takes items out of the window until it ends.
pub(crate) async fn merge<T: Item>(mut head: Head, window: Arc<Window<T>>, mut next: Chain<T>) -> Result<(), Error> {
    let mut outcome = next.open();
    if outcome.is_ok() {
        outcome = head.run(drive(&head, &window, &mut next)).await;
    }
    head.finish(outcome, &mut next).await
}

async fn drive<T: Item>(head: &Head, window: &Window<T>, next: &mut Chain<T>) -> Result<(), Error> {
    let (mut items, mut pace) = (VecDeque::new(), Pace::new());
    loop {
        if poll_fn(|cx| window.poll_take(&mut items, cx)).await != Taken::Items {
            return Ok(());
        }
        while let Some(made) = items.pop_front() {
            let room = match made {
                Made::Main(envelope) => next.push(envelope.item, &envelope.origin)?,
                Made::Diverted(item) => next.outlet().send_diverted(item)?,
            };
            if room == Room::Full {
                next.flush(&head.meter).await;
            }
        }
        next.flush(&head.meter).await;
        next.tell();
        pace.share().await;
    }
}

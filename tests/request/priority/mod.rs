//! C34–C39: priority and queue.

mod direct;
mod loans;
mod order;

use headwater::Request;

use crate::support::*;

fn writes(log: &Log<String>, name: &str, priority: i32) -> Request<()> {
    let (log, entry) = (log.clone(), name.to_owned());
    Request::builder().name(name).priority(priority).future(async move {
        log.push(entry);
        Ok(())
    })
}

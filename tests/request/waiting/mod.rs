//! C9–C12: waiting, everywhere.

mod circles;
mod dropped;
mod limits;
mod places;

use headwater::{Error, Request};

use crate::support::*;

/// Suspends once, then has its value: neither direct execution nor a fast path hides the wait.
fn slow(value: u32) -> Request<u32> {
    Request::new(async move {
        tokio::task::yield_now().await;
        Ok(value)
    })
}

fn gated(gate: &Gate) -> Request<u32> {
    let pass = gate.pass();
    Request::new(async move {
        pass.await;
        Ok(1)
    })
}

/// The path in the message, without the places in the source.
fn path(error: &Error) -> String {
    assert!(error.is_circular(), "{error:?}");
    let message = error.chain().last().unwrap();
    let names = message.split('`').skip(1).step_by(2);
    names.collect::<Vec<_>>().join(" ")
}

//! C13–C24: cancel.

mod answer;
mod generations;
mod grace;
mod reach;
mod sight;

use headwater::Request;

use crate::support::*;

fn gated(gate: &Gate) -> Request<u32> {
    let pass = gate.pass();
    Request::new(async move {
        pass.await;
        Ok(1)
    })
}

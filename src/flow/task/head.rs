//! What the loop of a task needs to know.

use super::chain::Chain;
use crate::error::Error;
use crate::flow::brake::Brake;
use crate::flow::crew::Seat;
use crate::flow::meter::Meter;
use crate::sync::Arc;

/// The node at the head of a task, for one replica.
pub(crate) struct Head {
    pub(crate) meter: Arc<Meter>,
    pub(crate) brake: Brake,
    pub(crate) seat: Seat,
}

impl Head {
    /// The last steps of a task: what was held back goes out if all went well, everything is closed in any case.
    pub(crate) async fn finish<T>(&mut self, outcome: Result<(), Error>, next: &mut Chain<T>) -> Result<(), Error> {
        let mut outcome = outcome;
        if outcome.is_ok() && !self.brake.is_halted() {
            outcome = next.end();
            // Behind a node that has failed nobody may be left who makes room.
            if outcome.is_ok() {
                next.flush(&self.meter).await;
            }
        }
        self.seat.leave();
        let closed = next.close();
        outcome.and(closed)
    }
}

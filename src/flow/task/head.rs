//! What the loop of a task needs to know.

use super::caught::unwound;
use super::chain::Chain;
use crate::error::Error;
use crate::flow::brake::Brake;
use crate::flow::crew::Seat;
use crate::flow::engine::Engine;
use crate::flow::meter::Meter;
use crate::sync::Arc;

/// The node at the head of a task, for one replica.
pub(crate) struct Head {
    pub(crate) meter: Arc<Meter>,
    pub(crate) brake: Brake,
    pub(crate) seat: Seat,
    pub(crate) name: Arc<str>,
    pub(crate) engine: Arc<Engine>,
}

impl Head {
    /// Runs the loop of the task. What panics there besides the processors is code of the user's that finds keys or weights.
    pub(crate) async fn run(&self, work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
        let outcome = unwound(work).await;
        outcome.unwrap_or_else(|panic| Err(panic.context(format!("node `{}`", self.name))))
    }

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
        if let Err(error) = &outcome {
            // Before the edges end: whoever takes from them is not to take that for the end.
            self.engine.fail(error.clone());
        }
        self.seat.leave();
        let closed = next.close();
        outcome.and(closed)
    }
}

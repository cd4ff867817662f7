//! A turn in which something panicked that nobody guards: a subscriber of `tracing`, or a mistake of ours.

use crate::error::Error;
use crate::request::aftercall;
use crate::request::cell::{Node, Phase};
use crate::request::finish::{Ending, complete, finish};
use crate::request::guard;
use crate::runtime::place;
use crate::sync::Arc;

/// Ends the turn of `generation` with `panic`, unless it has got to its end already: whoever waits gets an answer (C26).
pub(crate) fn end(node: &Arc<dyn Node>, generation: u32, panic: Error) {
    let phase = {
        let state = node.head().lock();
        (state.generation == generation).then_some(state.phase)
    };
    match phase {
        Some(Phase::Finishing(verdict)) if place::on_rayon() => aftercall::run(node, verdict),
        Some(Phase::Finishing(verdict)) => {
            let _ = complete(node, verdict, Vec::new());
        }
        Some(Phase::Running) => {
            let _ = finish(node, generation, Ending::Failed(panic));
        }
        Some(Phase::Made | Phase::Queued | Phase::Suspended | Phase::Ended(_)) | None => {
            guard::report(Some(node.head().id), &panic, "a panic got out of a turn after its end");
        }
    }
}

//! Why a request is not running, in a sentence.

use crate::request::cell::{Node, Phase, Verdict};
use crate::request::run::lane;
use crate::runtime::engine::Lane;
use crate::sync::Arc;

pub(crate) fn explain(node: &Arc<dyn Node>) -> String {
    let head = node.head();
    let title = title(node);
    let state = head.lock();
    let waiters = state.waiters.len();
    let cancelled = if state.cancelled { "; it has been cancelled" } else { "" };
    let targets: Vec<Arc<dyn Node>> = state.waits.iter().map(|edge| Arc::clone(&edge.target)).collect();
    let locks: Vec<_> = state
        .extra
        .iter()
        .flat_map(|extra| extra.lock_waits.iter().map(Arc::clone))
        .collect();
    let (phase, lane, submitted) = (state.phase, lane(&state), state.submitted);
    drop(state);
    let what = match phase {
        Phase::Made => "has been made, but nobody has submitted it or waited for it".to_owned(),
        Phase::Queued if lane == Lane::Lobby => {
            let memory = head.engine.account.memory();
            format!(
                "waits for room in the budget: {} of {} bytes are taken",
                memory.used, memory.limit
            )
        }
        Phase::Queued if lane == Lane::Compute => {
            format!(
                "waits for a thread of the compute pool, with {} kernels queued",
                head.engine.kernels.len()
            )
        }
        Phase::Queued => format!(
            "is ready and waits for one of {} slots, with {} entries in the queue",
            head.engine.config.slots,
            head.engine.ready.len()
        ),
        Phase::Running => "is running".to_owned(),
        Phase::Finishing(_) => "has ended and its callbacks are running".to_owned(),
        Phase::Ended(Verdict::Succeeded) => "has succeeded".to_owned(),
        Phase::Ended(Verdict::Failed) => "has failed".to_owned(),
        Phase::Ended(Verdict::Cancelled) => "was cancelled".to_owned(),
        Phase::Suspended => suspended(&targets, &locks),
    };
    let interest = match (phase, waiters, submitted) {
        (Phase::Ended(_), ..) => String::new(),
        (_, 0, true) => "; it was submitted and nobody waits for it".to_owned(),
        (_, 0, false) => "; nobody waits for it".to_owned(),
        (_, 1, _) => "; one waits for it".to_owned(),
        (_, many, _) => format!("; {many} wait for it"),
    };
    format!("{title} {what}{interest}{cancelled}")
}

fn suspended(targets: &[Arc<dyn Node>], locks: &[Arc<dyn crate::request::cell::LockWait>]) -> String {
    let mut reasons: Vec<String> = targets
        .iter()
        .map(|target| format!("{}, which {}", title(target), briefly(target)))
        .collect();
    reasons.extend(locks.iter().map(|lock| match lock.holder() {
        Some(holder) => format!(
            "the lock `{}`, held by {}, which {}",
            lock.name(),
            title(&holder),
            briefly(&holder)
        ),
        None => format!("the lock `{}`", lock.name()),
    }));
    match reasons.is_empty() {
        true => "is suspended on something that is no request or lock of ours".to_owned(),
        false => format!("waits for {}", reasons.join("; and for ")),
    }
}

fn briefly(node: &Arc<dyn Node>) -> String {
    let state = node.head().lock();
    let phase = state.phase;
    let next = state.waits.iter().next().map(|edge| Arc::clone(&edge.target));
    drop(state);
    match (phase, next) {
        (Phase::Made, _) => "has not been started".to_owned(),
        (Phase::Queued, _) => "is queued".to_owned(),
        (Phase::Running, _) => "is running".to_owned(),
        (Phase::Suspended, Some(next)) => format!("waits for {}", title(&next)),
        (Phase::Suspended, None) => "is suspended on something that is no request of ours".to_owned(),
        (Phase::Finishing(_), _) => "runs its callbacks".to_owned(),
        (Phase::Ended(_), _) => "has ended".to_owned(),
    }
}

pub(crate) fn title(node: &Arc<dyn Node>) -> String {
    match node.head().name() {
        Some(name) => format!("`{name}` ({})", node.head().place),
        None => format!("{} ({})", node.head().id, node.head().place),
    }
}

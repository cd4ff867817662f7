//! No hang without a name: tells what has not moved for a while.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::runtime::engine::Engine;
use crate::runtime::info::{RequestInfo, RequestState};
use crate::sync::Weak;

/// Looks at the live requests four times in `limit` until the engine is gone.
pub(crate) async fn watch(engine: Weak<Engine>, limit: Duration) {
    let mut named = HashSet::new();
    loop {
        tokio::time::sleep((limit / 4).max(Duration::from_millis(1))).await;
        let Some(engine) = engine.upgrade() else { return };
        engine.clock().advance(Instant::now());
        let stuck = stalled(&engine, limit);
        let ids: HashSet<_> = stuck.iter().map(|info| info.id).collect();
        for info in stuck.iter().filter(|info| !named.contains(&info.id)) {
            tracing::warn!(request = %info.title(), state = ?info.state, still_for = ?info.unchanged_for,
                waits_for = ?info.waits_for, "a request has not moved");
        }
        named = ids;
    }
}

/// What has been started and has stood in the same state for `limit`.
pub(crate) fn stalled(engine: &Engine, limit: Duration) -> Vec<RequestInfo> {
    let mut infos = engine.snapshot();
    infos.retain(|info| info.state != RequestState::Made && info.unchanged_for >= limit);
    infos
}

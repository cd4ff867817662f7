//! Looking at a flow while it runs.

use std::future::IntoFuture as _;
use std::io::IsTerminal as _;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};

use crate::flow::figures::{Figures, LiveTable};
use crate::flow::running::Running;

impl Running {
    /// Calls `look` with the figures each `interval`, at least each millisecond, until the flow has ended, and once more
    /// then.
    ///
    /// `look` runs on a slot of the runtime; a panic ends it, not the flow.
    pub fn observe(&self, interval: Duration, mut look: impl FnMut(&Figures, bool) + Send + 'static) {
        let flow = self.clone();
        self.beside("observed", async move {
            let mut clock = tokio::time::interval(interval.max(Duration::from_millis(1)));
            let ended = flow.clone().into_future();
            let mut ended = pin!(ended);
            loop {
                let tick = pin!(clock.tick());
                match select(tick, ended.as_mut()).await {
                    Either::Left(_) => look(&flow.figures(), false),
                    Either::Right(_) => break,
                }
            }
            look(&flow.figures(), true);
        });
    }

    /// Draws a [table](Figures::table) on the standard error output each `interval`, in place of the one before. If that is no
    /// terminal, there is one table, at the end.
    pub fn show(&self, interval: Duration) {
        let err = std::io::stderr();
        let is_terminal = err.is_terminal();
        let mut table = LiveTable::new(err, is_terminal);
        self.observe(interval, move |figures, has_ended| {
            // Who cannot be written to does not look.
            let _ = match has_ended {
                true => table.end(figures),
                false => table.draw(figures),
            };
        });
    }

    /// Tells `tracing` the figures of each node and edge each `interval`, and at the end: events of the level INFO and the target
    /// `headwater::flow`, with the message `node` or `edge`.
    pub fn trace(&self, interval: Duration) {
        let name = self.name().to_owned();
        let mut earlier: Option<Figures> = None;
        self.observe(interval, move |figures, _| {
            tell_nodes(&name, figures, earlier.as_ref());
            tell_edges(&name, figures, earlier.as_ref());
            earlier = Some(figures.clone());
        });
    }
}

fn tell_nodes(flow: &str, figures: &Figures, earlier: Option<&Figures>) {
    for (node, rates) in figures.nodes.iter().zip(figures.rates(earlier)) {
        tracing::info!(
            target: "headwater::flow",
            flow,
            node = node.name,
            replicas = node.replicas,
            taken = node.taken,
            emitted = node.emitted,
            dropped = node.dropped,
            failed = node.failed,
            retried = node.retried,
            taken_per_second = rates.taken,
            emitted_per_second = rates.emitted,
            busy = rates.busy,
            p50_seconds = node.latency.quantile(0.5).as_secs_f64(),
            p99_seconds = node.latency.quantile(0.99).as_secs_f64(),
            "node"
        );
    }
}

fn tell_edges(flow: &str, figures: &Figures, earlier: Option<&Figures>) {
    for (edge, rates) in figures.edges.iter().zip(figures.edge_rates(earlier)) {
        tracing::info!(
            target: "headwater::flow",
            flow,
            from = edge.from.join(", "),
            to = edge.to,
            depth = edge.depth,
            sent = edge.sent,
            taken = edge.taken,
            dropped = edge.dropped,
            waiting = edge.waiting,
            bytes = edge.bytes,
            sent_per_second = rates.sent,
            taken_per_second = rates.taken,
            p50_seconds = edge.latency.quantile(0.5).as_secs_f64(),
            p99_seconds = edge.latency.quantile(0.99).as_secs_f64(),
            "edge"
        );
    }
}

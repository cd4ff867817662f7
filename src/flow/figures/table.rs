//! Figures for people.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use super::{Figures, NodeFigures, NodeRates};

/// The figures of a flow as a table of text: a line for each node. Made by [`Figures::table`].
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    figures: &'a Figures,
    earlier: Option<&'a Figures>,
}

impl Figures {
    /// A table with the rates since an earlier look; without one, since the flow began. Displayed, it is text.
    ///
    /// `queue` is how many items wait before the node, of how many that may; `p50` and `p99` are how long an item takes there;
    /// `!` marks the [bottlenecks](Self::bottlenecks), and `…` nodes that run in the task of the one above.
    pub fn table<'a>(&'a self, earlier: Option<&'a Figures>) -> Table<'a> {
        Table { figures: self, earlier }
    }
}

const HEAD: [&str; 11] = [
    "node", "replicas", "in", "out", "dropped", "failed", "in/s", "busy", "queue", "p50", "p99",
];

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effective = self
            .figures
            .bottlenecks()
            .into_iter()
            .filter(|bottleneck| bottleneck.is_effective);
        let effective: HashSet<_> = effective.map(|bottleneck| bottleneck.node).collect();
        let rates = self.figures.rates(self.earlier);
        let nodes = self.figures.nodes.iter().zip(&rates);
        let rows = nodes.map(|(node, rates)| self.row(node, rates, effective.contains(&node.name)));
        let rows: Vec<_> = std::iter::once(HEAD.map(str::to_owned)).chain(rows).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<_> = (0..HEAD.len()).map(width).collect();
        for (nth, row) in rows.iter().enumerate() {
            if nth > 0 {
                writeln!(f)?;
            }
            write!(f, "{:<width$}", row[0], width = widths[0])?;
            for (cell, width) in row.iter().zip(&widths).skip(1) {
                write!(f, "  {cell:>width$}")?;
            }
        }
        Ok(())
    }
}

impl Table<'_> {
    fn row(&self, node: &NodeFigures, rates: &NodeRates, is_bottleneck: bool) -> [String; HEAD.len()] {
        let before = match (is_bottleneck, &node.fused_into) {
            (true, _) => "! ",
            (false, Some(_)) => "… ",
            (false, None) => "",
        };
        let edges = || self.figures.edges.iter().filter(|edge| edge.to == node.name);
        let waiting: u64 = edges().map(|edge| edge.waiting).sum();
        let depth: usize = edges().map(|edge| edge.depth).sum();
        let is_own = node.fused_into.is_none();
        let own = |text: String| if is_own { text } else { String::new() };
        [
            format!("{before}{}", node.name),
            // When all have ended, how many there were.
            own(if node.replicas > 0 {
                node.replicas
            } else {
                node.most_replicas
            }
            .to_string()),
            node.taken.to_string(),
            node.emitted.to_string(),
            node.dropped.to_string(),
            node.failed.to_string(),
            rate(rates.taken),
            own(format!(
                "{:.0} %",
                100.0 * rates.busy / node.most_replicas.max(1) as f64
            )),
            if depth > 0 {
                format!("{waiting}/{depth}")
            } else {
                String::new()
            },
            own(time(node.latency.quantile(0.5))),
            own(time(node.latency.quantile(0.99))),
        ]
    }
}

fn rate(rate: f64) -> String {
    match rate {
        0.0 => "0".to_owned(),
        1e6.. => format!("{:.1} M", rate / 1e6),
        1e4.. => format!("{:.1} k", rate / 1e3),
        100.0.. => format!("{rate:.0}"),
        _ => format!("{rate:.1}"),
    }
}

fn time(time: Duration) -> String {
    match time.as_nanos() {
        0 => String::new(),
        1..1_000 => format!("{} ns", time.as_nanos()),
        1_000..1_000_000 => format!("{:.1} µs", time.as_nanos() as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", time.as_nanos() as f64 / 1e6),
        _ => format!("{:.2} s", time.as_secs_f64()),
    }
}

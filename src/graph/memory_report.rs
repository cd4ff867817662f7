//! What each operator of a graph keeps, and what that takes in memory.

use std::fmt;

use crate::graph::execute::{Execute, Scope};
use crate::graph::graph::Graph;
use crate::graph::kept::Kept;
use crate::graph::node::{OperatorNode, Source};
use crate::graph::snapshot::Snapshot;
use crate::graph::state::{Description, State};
use crate::sync::Arc;

/// What an operator keeps, and what is kept by the operators inside it: a tree as deep as the graph is nested, of those that
/// keep something. Its text is for people.
///
/// lazyflow: the tree of `MemInfoNode`s that `Cache.generateReport` fills.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MemoryReport {
    /// The operator's name among its neighbours; `graph` of the whole.
    pub name: Arc<str>,
    /// What it keeps itself.
    pub own: Kept,
    /// Those inside that keep something, in the order in which they were added.
    pub inside: Vec<MemoryReport>,
}

impl MemoryReport {
    /// What it keeps with all that is inside.
    pub fn total(&self) -> Kept {
        std::iter::once(self.own)
            .chain(self.inside.iter().map(Self::total))
            .sum()
    }

    fn of(scope: &Arc<Scope>, node: &OperatorNode) -> Option<Self> {
        let own = own(scope, node);
        let children = node.children.iter().filter_map(|child| scope.version.operator(*child));
        let inside: Vec<_> = children.filter_map(|child| Self::of(scope, child)).collect();
        let keeps = own.is_some() || !inside.is_empty();
        keeps.then(|| Self {
            name: Arc::clone(&node.name),
            own: own.unwrap_or_default(),
            inside,
        })
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let total = self.total();
        let percent = 100.0 * total.outdated_fraction();
        let (indent, name, pieces) = ("  ".repeat(depth), &self.name, total.fresh + total.outdated);
        write!(
            f,
            "{indent}{name}: {} bytes in {pieces} pieces, {percent:.0} % outdated",
            total.bytes
        )?;
        self.inside.iter().try_for_each(|inside| {
            writeln!(f)?;
            inside.write(f, depth + 1)
        })
    }
}

impl fmt::Display for MemoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

/// What an operator keeps of all that it makes, if it keeps anything.
pub(crate) fn own(scope: &Arc<Scope>, node: &OperatorNode) -> Option<Kept> {
    let version = &scope.version;
    let outputs = node.outputs.iter().flat_map(|output| version.leaves(*output));
    let own = outputs.filter(|slot| matches!(version.known(*slot).source, Source::Operator));
    let kept = own.filter_map(|slot| match &version.known(slot).state {
        State::Ready(Description::Array(meta)) => node.body.kept(&Execute::outside(scope, node.id, slot), meta.roi()),
        _ => None,
    });
    kept.reduce(|a, b| [a, b].into_iter().sum())
}

impl Graph {
    /// What each operator keeps, as seen from the latest revision.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::graph::Graph;
    /// use headwater::operators::BlockCache;
    /// use headwater::{Array, roi};
    ///
    /// let graph = Graph::new();
    /// let cache = graph.add(BlockCache::new().block([2]));
    /// graph.edit(|e| e.set(&cache.input, Array::from_vec("x", &[4], vec![1_u8, 2, 3, 4])?))?;
    /// cache.output.request(roi![0..4]).wait()?;
    /// graph.edit(|e| e.mark_dirty(&cache.input, roi![0..1]))?;
    /// let report = graph.memory_report();
    /// assert_eq!(report.total().bytes, 4);
    /// assert_eq!(report.total().outdated_fraction(), 0.5);
    /// assert_eq!(
    ///     report.to_string(),
    ///     "graph: 4 bytes in 2 pieces, 50 % outdated\n  BlockCache: 4 bytes in 2 pieces, 50 % outdated"
    /// );
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn memory_report(&self) -> MemoryReport {
        self.snapshot().memory_report()
    }
}

impl Snapshot {
    /// What each operator keeps now, as seen from this revision: what is outdated in a later one may be right in this.
    pub fn memory_report(&self) -> MemoryReport {
        let outermost = self.scope.version.operators().filter(|node| node.parent.is_none());
        MemoryReport {
            name: "graph".into(),
            own: Kept::default(),
            inside: outermost
                .filter_map(|node| MemoryReport::of(&self.scope, node))
                .collect(),
        }
    }
}

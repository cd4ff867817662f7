//! Drawings of a graph: operators, slots, connections, readiness, what caches keep and what runs.
//!
//! A [`plan`] says what is seen at a depth of nesting; [`layout`] gives each thing its place; [`svg`], [`dot`] and [`outline`] write.

mod dot;
mod layers;
mod layout;
mod legend;
mod outline;
mod outside;
mod plan;
mod svg;
mod text;

use std::fmt;

use crate::graph::execute::Scope;
use crate::graph::graph::Graph;
use crate::graph::id::Revision;
use crate::graph::slot::Slot;
use crate::graph::snapshot::Snapshot;
use crate::sync::Arc;

use outside::Outside;
use plan::Plan;

/// A graph as a picture, made by [`Graph::draw`] or [`Snapshot::draw`].
///
/// Colours say what can be asked, bars what caches keep. The same graph gives the same picture, but for what runs.
///
/// # Examples
///
/// The operators on the outside, without what is in them:
///
/// ```no_run
/// # let graph = headwater::graph::Graph::new();
/// std::fs::write("graph.svg", graph.draw().depth(1).to_svg())?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Drawing {
    scope: Arc<Scope>,
    depth: usize,
    outside: Vec<Outside>,
}

impl Graph {
    /// A drawing of the latest revision, with everything at every depth.
    pub fn draw(&self) -> Drawing {
        self.snapshot().draw()
    }

    /// The whole graph in the language of Graphviz; short for `draw().to_dot()`.
    pub fn to_dot(&self) -> String {
        self.draw().to_dot()
    }

    /// The whole graph as an SVG picture; short for `draw().to_svg()`.
    pub fn to_svg(&self) -> String {
        self.draw().to_svg()
    }
}

impl Snapshot {
    /// A drawing of this revision, with everything at every depth. What is kept and what runs is as it is now.
    pub fn draw(&self) -> Drawing {
        Drawing {
            scope: Arc::clone(&self.scope),
            depth: usize::MAX,
            outside: Vec::new(),
        }
    }
}

impl Drawing {
    /// Draws `depth` levels: with 1 the outermost operators closed, with 2 these open and what is in them closed, and so on.
    /// 0 is taken as 1.
    #[must_use]
    pub fn depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Says where the data of an outermost operator come from, such as a file, instead of which operator it is.
    #[must_use]
    pub fn source(mut self, output: &impl Slot, place: impl Into<String>) -> Self {
        let (slot, place, name) = (output.id(), place.into(), None);
        self.outside.push(Outside { slot, place, name });
        self
    }

    /// Draws where an output of an outermost operator goes, such as a file, as a box of its own.
    #[must_use]
    pub fn sink(mut self, output: &impl Slot, name: impl Into<String>, place: impl Into<String>) -> Self {
        let (slot, place, name) = (output.id(), place.into(), Some(name.into()));
        self.outside.push(Outside { slot, place, name });
        self
    }

    /// The revision that it shows.
    pub fn revision(&self) -> Revision {
        self.scope.version.revision
    }

    /// A picture that a browser shows, with its own layout. Details stand in tooltips.
    pub fn to_svg(&self) -> String {
        svg::write(&self.plan())
    }

    /// A description for Graphviz, which lays it out.
    pub fn to_dot(&self) -> String {
        dot::write(&self.plan())
    }

    /// Lines for a terminal: each operator with what it keeps and runs, under it its slots with what they give, or why not, and
    /// the operators inside. `<-` says what feeds an input, `=` which slot an output hands on; slots of operators within others
    /// are told by a path.
    ///
    /// # Examples
    ///
    /// A threshold whose result is cached:
    ///
    /// ```
    /// use headwater::graph::Graph;
    /// use headwater::operators::{BlockCache, Threshold};
    /// use headwater::{Array, roi};
    ///
    /// let graph = Graph::new();
    /// let (bright, cache) = (graph.add_named("bright", Threshold::above(2.0)), graph.add(BlockCache::new().block([2])));
    /// graph.edit(|e| e.set(&bright.input, Array::from_vec("x", &[4], vec![1_u8, 2, 3, 4])?))?;
    /// graph.edit(|e| e.connect(&bright.output, &cache.input))?;
    /// cache.output.request(roi![0..2]).wait()?;
    /// let text = graph.draw().to_text();
    /// let lines: Vec<&str> = text.lines().skip(5).collect();
    /// assert_eq!(lines, [
    ///     "BlockCache: 1 of 2 blocks kept",
    ///     "  input <- bright.output: x 4, bool",
    ///     "  output: x 4, bool",
    /// ]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn to_text(&self) -> String {
        outline::write(&self.plan())
    }

    fn plan(&self) -> Plan {
        let mut plan = Plan::of(&self.scope, self.depth.max(1));
        plan.surround(&self.outside);
        plan
    }
}

impl fmt::Debug for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "drawing of {}", self.revision())
    }
}

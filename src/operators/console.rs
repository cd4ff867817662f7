//! Graphs on a console.

use crate::error::Error;
use crate::graph::Graph;
use crate::green::console::{ConsoleBuilder, ConsoleCall};

impl ConsoleBuilder {
    /// A command that shows a graph as it is then: its operators, what feeds their slots and what those give, what is kept and
    /// what runs. With the argument `caches` it shows what each operator keeps in memory, with `dot` the graph in the language
    /// of Graphviz, and with a number so many levels of operators within operators. The console keeps the graph alive.
    ///
    /// # Examples
    ///
    /// A graph under the name `graph`:
    ///
    /// ```
    /// use headwater::graph::Graph;
    /// use headwater::green::console::Console;
    ///
    /// let graph = Graph::new();
    /// let console = Console::builder().tcp(([127, 0, 0, 1], 0)).graph("graph", &graph).build()?;
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn graph(self, name: &str, graph: &Graph) -> Self {
        let help = "[LEVELS | caches | dot]: a graph: its operators and slots, what is kept and what runs\n\
                    With `caches` what each operator keeps in memory, with `dot` a description for Graphviz, with a number so many \
                    levels of operators within operators.";
        let graph = graph.clone();
        self.command(name, help, move |call| {
            let graph = graph.clone();
            async move { show(&graph, call) }
        })
    }
}

fn show(graph: &Graph, mut call: ConsoleCall) -> Result<String, Error> {
    let what: Option<String> = call.try_next("WHAT")?;
    call.finish()?;
    match what.as_deref() {
        None => Ok(graph.draw().to_text()),
        Some("caches") => Ok(graph.memory_report().to_string()),
        Some("dot") => Ok(graph.to_dot()),
        Some(levels) => {
            let name = call.command();
            let wrong = |_| {
                Error::invalid(format!(
                    "`{name}`: `{levels}` is neither `caches` nor `dot` nor a number of levels"
                ))
            };
            let levels: usize = levels.parse().map_err(wrong)?;
            Ok(graph.draw().depth(levels).to_text())
        }
    }
}

//! Flows on a console.

use crate::flow::running::Running;
use crate::green::console::ConsoleBuilder;

impl ConsoleBuilder {
    /// A [section](Self::section) that shows a flow: [what](Running::figures) its nodes and edges have counted since it began, and
    /// [why](Running::explain) it has not ended. It shows the last figures of a flow that has ended.
    ///
    /// # Examples
    ///
    /// A flow under the name `camera`:
    ///
    /// ```
    /// use futures::stream;
    /// use headwater::flow::Flow;
    /// use headwater::green::console::Console;
    ///
    /// let flow = Flow::realtime();
    /// flow.produce("frames", stream::iter(0..100)).process("double", |n| n * 2).collect("kept");
    /// let running = flow.build()?.start();
    /// let console = Console::builder().tcp(([127, 0, 0, 1], 0)).flow("camera", &running).build()?;
    /// running.wait()?;
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn flow(self, name: &str, running: &Running) -> Self {
        let help = format!(
            "the flow `{}`: its nodes and edges, and what each node waits for",
            running.name()
        );
        let running = running.clone();
        self.section(name, &help, move || {
            format!("{}\n{}", running.figures().table(None), running.explain())
        })
    }
}

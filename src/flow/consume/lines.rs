//! Lines on the terminal.

use std::fmt;
use std::io::{self, Stdout, Write};
use std::marker::PhantomData;

use crate::error::{Error, ErrorContext as _};
use crate::flow::consumer::Consumer;
use crate::flow::envelope::{Item, Trace};

/// Writes a line for each item, as it shows itself; after the last, what is buffered goes out.
///
/// It writes on a slot of the runtime: a terminal or a pipe that nobody reads holds that up.
///
/// # Examples
///
/// ```
/// use futures::stream;
/// use headwater::Runtime;
/// use headwater::flow::Flow;
/// use headwater::flow::consume::Lines;
///
/// let flow = Flow::batch();
/// flow.produce("words", stream::iter(["to", "be"])).consumer("terminal", Lines::stdout());
/// flow.build()?.run(&Runtime::builder().slots(1).build()?).wait()?;
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct Lines<T, W> {
    writer: W,
    _input: PhantomData<fn(T)>,
}

impl<T> Lines<T, Stdout> {
    /// On standard output: the terminal.
    pub fn stdout() -> Self {
        Self::to(io::stdout())
    }
}

impl<T, W: Write> Lines<T, W> {
    /// To any writer.
    pub fn to(writer: W) -> Self {
        Self {
            writer,
            _input: PhantomData,
        }
    }
}

impl<T: Item + fmt::Display, W: Write + Send + 'static> Consumer for Lines<T, W> {
    type Input = T;

    fn consume(&mut self, input: T, _trace: Trace) -> Result<(), Error> {
        writeln!(self.writer, "{input}").context("cannot write a line")
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.writer.flush().context("cannot write the last lines")
    }
}

impl<T, W> fmt::Debug for Lines<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").finish_non_exhaustive()
    }
}

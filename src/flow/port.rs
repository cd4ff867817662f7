//! Outputs of a node beside its main one.

use std::fmt;
use std::marker::PhantomData;

/// The name and the type of an output beside the main one, for a constant that the processor and whoever wires it share.
///
/// # Examples
///
/// What cannot be read goes another way:
///
/// ```
/// use headwater::Error;
/// use headwater::flow::{Emitter, Flow, Port, Processor};
///
/// const UNREADABLE: Port<String> = Port::new("unreadable");
///
/// struct Parse;
///
/// impl Processor for Parse {
///     type Input = String;
///     type Output = i64;
///
///     fn process(&mut self, text: String, output: &mut Emitter<'_, i64>) -> Result<(), Error> {
///         match text.parse() {
///             Ok(number) => output.emit(number),
///             Err(_) => output.emit_to(UNREADABLE, text),
///         }
///         Ok(())
///     }
/// }
///
/// let flow = Flow::batch();
/// let words = ["1", "two", "3"].map(String::from);
/// let parsed = flow.produce("words", futures::stream::iter(words)).processor("parse", Parse);
/// let numbers = parsed.collect("numbers");
/// let others = parsed.port(UNREADABLE).collect("others");
/// flow.build()?.start().wait()?;
/// assert_eq!((numbers.take(), others.take()), (vec![1, 3], vec!["two".to_owned()]));
/// # Ok::<(), Error>(())
/// ```
pub struct Port<T> {
    name: &'static str,
    _type: PhantomData<fn() -> T>,
}

impl<T> Port<T> {
    /// The port of this name.
    pub const fn new(name: &'static str) -> Self {
        let _type = PhantomData;
        Self { name, _type }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl<T> Clone for Port<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Port<T> {}

impl<T> fmt::Debug for Port<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Port({:?}: {})", self.name, std::any::type_name::<T>())
    }
}

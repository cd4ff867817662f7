//! One of many.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Add, Mul};

use crate::error::Error;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::Item;
use crate::flow::processor::Processor;

/// Makes one item of all, at the end of the stream; or, [running](Self::running), one of each and those before it.
///
/// An item that fails, by a panic such as that of a number too large, is not counted in; the state is that before it. For that the
/// state is cloned with each item: one that is large, such as a map that grows, is better kept by a [`Processor`] of your own.
///
/// # Examples
///
/// ```
/// use futures::stream;
/// use headwater::Runtime;
/// use headwater::flow::{Flow, process};
///
/// let flow = Flow::batch();
/// let numbers = flow.produce("numbers", stream::iter([3, 1, 2]));
/// let total = numbers.processor("total", process::sum()).collect("the one");
/// let least = numbers.processor("least so far", process::min().running()).collect("each");
/// flow.build()?.run(&Runtime::builder().slots(1).build()?).wait()?;
/// assert_eq!(total.take(), [6]);
/// assert_eq!(least.take(), [3, 1, 1]);
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct Aggregate<I, S, F> {
    /// None: nothing has come yet, and if nothing comes, nothing is made.
    state: Option<S>,
    combine: F,
    is_running: bool,
    _input: PhantomData<fn(I)>,
}

impl<I, S, F> Aggregate<I, S, F>
where
    F: FnMut(Option<S>, I) -> S,
{
    fn new(state: Option<S>, combine: F) -> Self {
        Self {
            state,
            combine,
            is_running: false,
            _input: PhantomData,
        }
    }

    /// The state after each item, and none at the end.
    #[must_use]
    pub fn running(self) -> Self {
        let is_running = true;
        Self { is_running, ..self }
    }
}

impl<I, S, F> Processor for Aggregate<I, S, F>
where
    I: Item,
    S: Item,
    F: FnMut(Option<S>, I) -> S + Send + 'static,
{
    type Input = I;
    type Output = S;

    fn process(&mut self, input: I, output: &mut Emitter<'_, S>) -> Result<(), Error> {
        let state = (self.combine)(self.state.clone(), input);
        if self.is_running {
            output.emit(state.clone());
        }
        self.state = Some(state);
        Ok(())
    }

    fn flush(&mut self, output: &mut Emitter<'_, S>) -> Result<(), Error> {
        if let (Some(state), false) = (self.state.take(), self.is_running) {
            output.emit(state);
        }
        Ok(())
    }
}

impl<I, S, F> fmt::Debug for Aggregate<I, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aggregate")
            .field("is_running", &self.is_running)
            .finish_non_exhaustive()
    }
}

/// What comes of `state` when `combine` is called with it and each item.
pub fn fold<I: Item, S: Item>(
    state: S,
    mut combine: impl FnMut(S, I) -> S + Send + 'static,
) -> Aggregate<I, S, impl FnMut(Option<S>, I) -> S + Send + 'static> {
    let first = state.clone();
    Aggregate::new(Some(state), move |state, item| {
        combine(state.unwrap_or_else(|| first.clone()), item)
    })
}

/// All items added up: of none, the default.
pub fn sum<T: Item + Add<Output = T> + Default>() -> Aggregate<T, T, impl FnMut(Option<T>, T) -> T + Send + 'static> {
    Aggregate::new(Some(T::default()), |sum: Option<T>, item| {
        sum.unwrap_or_default() + item
    })
}

/// All items multiplied: of none, one.
pub fn product<T: Item + Mul<Output = T> + From<u8>>() -> Aggregate<T, T, impl FnMut(Option<T>, T) -> T + Send + 'static>
{
    let one = || T::from(1);
    Aggregate::new(Some(one()), move |product: Option<T>, item| {
        product.unwrap_or_else(one) * item
    })
}

/// How many items there are.
pub fn count<T: Item>() -> Aggregate<T, u64, impl FnMut(Option<u64>, T) -> u64 + Send + 'static> {
    Aggregate::new(Some(0), |count: Option<u64>, _| count.unwrap_or(0) + 1)
}

/// The greatest item, of equal ones the first: of none, nothing. What cannot be compared, such as NaN, does not count unless all
/// items are so.
pub fn max<T: Item + PartialOrd>() -> Aggregate<T, T, impl FnMut(Option<T>, T) -> T + Send + 'static> {
    best(|item, best| item > best)
}

/// The least item, as [`max`].
pub fn min<T: Item + PartialOrd>() -> Aggregate<T, T, impl FnMut(Option<T>, T) -> T + Send + 'static> {
    best(|item, best| item < best)
}

fn best<T: Item + PartialOrd>(
    is_better: impl Fn(&T, &T) -> bool + Send + 'static,
) -> Aggregate<T, T, impl FnMut(Option<T>, T) -> T + Send + 'static> {
    // What does not even equal itself compares with nothing.
    let is_comparable = |item: &T| item.partial_cmp(item).is_some();
    Aggregate::new(None, move |best: Option<T>, item| match best {
        Some(best) if is_comparable(&best) && !is_better(&item, &best) => best,
        Some(best) if !is_comparable(&item) => best,
        _ => item,
    })
}

//! Several items in a row as one.

use std::collections::VecDeque;
use std::time::Duration;

use crate::error::Error;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::Item;
use crate::flow::node::Node;
use crate::flow::processor::Processor;

/// Which items belong together.
///
/// # Examples
///
/// The mean of the last three:
///
/// ```
/// use futures::stream;
/// use headwater::flow::{Flow, Window};
///
/// let flow = Flow::batch();
/// let windows = flow.produce("numbers", stream::iter([3.0, 6.0, 9.0, 0.0])).window("last three", Window::sliding(3, 1));
/// let means = windows.map("mean", |last| last.iter().sum::<f64>() / 3.0).collect("means");
/// flow.build()?.start().wait()?;
/// assert_eq!(means.take(), [6.0, 5.0]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    size: Size,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Items { size: usize, step: usize },
    Time { size: Duration, step: Duration },
}

impl Window {
    /// So many items at a time, none of them twice. What is left at the end is a shorter window.
    ///
    /// `size` is at least 1.
    pub fn tumbling(size: usize) -> Self {
        Self::sliding(size, size)
    }

    /// So many items, and again from `step` items later on. If at the end an item was in no window yet, there is a shorter
    /// one. Items between two windows, if `step` is more than `size`, are left out.
    ///
    /// `size` and `step` are at least 1.
    pub fn sliding(size: usize, step: usize) -> Self {
        let (size, step) = (size.max(1), step.max(1));
        Self {
            size: Size::Items { size, step },
        }
    }

    /// The items of each stretch of so much event time, counted from its origin, none of them twice. A window goes on when an
    /// item of a later one comes; items that come later than that are in a window of their own. Stretches without items give
    /// nothing.
    ///
    /// Event time is what the producer, or [`stamp`](Node::stamp), has said; what has none is taken for as old as what came
    /// before. `size` is at least a nanosecond.
    pub fn tumbling_time(size: Duration) -> Self {
        Self::sliding_time(size, size)
    }

    /// The same with windows that begin each `step`: an item is in each that holds its time. `step` is at least a nanosecond.
    pub fn sliding_time(size: Duration, step: Duration) -> Self {
        let least = Duration::from_nanos(1);
        let (size, step) = (size.max(least), step.max(least));
        Self {
            size: Size::Time { size, step },
        }
    }
}

impl<J, T: Item> Node<J, T> {
    /// Puts items that belong together into one, with the trace and the time of the last of them.
    #[track_caller]
    pub fn window(&self, name: impl Into<String>, window: Window) -> Node<T, Vec<T>> {
        match window.size {
            Size::Items { size, step } => self.processor(name, ByCount::new(size, step)),
            Size::Time { size, step } => self.processor(name, ByTime::new(size, step)),
        }
        .cheap()
    }
}

struct ByCount<T> {
    size: usize,
    step: usize,
    held: VecDeque<T>,
    /// Items to be left out before the next window.
    skip: usize,
    /// How many of those held have not been in a window.
    fresh: usize,
}

impl<T> ByCount<T> {
    fn new(size: usize, step: usize) -> Self {
        Self {
            size,
            step,
            held: VecDeque::new(),
            skip: 0,
            fresh: 0,
        }
    }
}

impl<T: Item> Processor for ByCount<T> {
    type Input = T;
    type Output = Vec<T>;

    fn process(&mut self, input: T, output: &mut Emitter<'_, Vec<T>>) -> Result<(), Error> {
        if self.skip > 0 {
            self.skip -= 1;
            return Ok(());
        }
        self.held.push_back(input);
        self.fresh += 1;
        if self.held.len() < self.size {
            return Ok(());
        }
        self.fresh = 0;
        if self.step >= self.size {
            self.skip = self.step - self.size;
            output.emit(std::mem::take(&mut self.held).into());
        } else {
            output.emit(self.held.iter().cloned().collect());
            self.held.drain(..self.step);
        }
        Ok(())
    }

    fn flush(&mut self, output: &mut Emitter<'_, Vec<T>>) -> Result<(), Error> {
        if self.fresh > 0 {
            output.emit(std::mem::take(&mut self.held).into());
        }
        Ok(())
    }
}

struct ByTime<T> {
    size: u128,
    step: u128,
    held: VecDeque<(u128, T)>,
    /// Where the window begins that is open.
    start: Option<u128>,
    /// The latest time so far.
    now: u128,
}

impl<T: Item> ByTime<T> {
    fn new(size: Duration, step: Duration) -> Self {
        Self {
            size: size.as_nanos(),
            step: step.as_nanos(),
            held: VecDeque::new(),
            start: None,
            now: 0,
        }
    }

    /// Where the first window begins that holds that time.
    fn first(&self, time: u128) -> u128 {
        let after = (time + 1).saturating_sub(self.size);
        after.div_ceil(self.step) * self.step
    }

    /// Sends on the windows that end by `time`.
    fn close(&mut self, time: u128, output: &mut Emitter<'_, Vec<T>>) {
        while let Some(start) = self.start.filter(|start| start + self.size <= time) {
            self.emit(start, output);
            let next = start + self.step;
            self.held.retain(|(time, _)| *time >= next);
            // Stretches without items are passed over.
            let first = self.held.iter().map(|(time, _)| self.first(*time).max(next)).min();
            self.start = first;
        }
    }

    fn emit(&mut self, start: u128, output: &mut Emitter<'_, Vec<T>>) {
        let inside = self
            .held
            .iter()
            .filter(|(time, _)| (start..start + self.size).contains(time));
        let items: Vec<_> = inside.map(|(_, item)| item.clone()).collect();
        if !items.is_empty() {
            let end = u64::try_from(start + self.size).unwrap_or(u64::MAX);
            output.emit_at(items, Duration::from_nanos(end));
        }
    }
}

impl<T: Item> Processor for ByTime<T> {
    type Input = T;
    type Output = Vec<T>;

    fn process(&mut self, input: T, output: &mut Emitter<'_, Vec<T>>) -> Result<(), Error> {
        let time = output.time().map_or(self.now, |time| time.as_nanos());
        self.now = self.now.max(time);
        self.close(time, output);
        let first = self.first(time);
        if time < first {
            // Between two windows that do not touch.
            return Ok(());
        }
        let start = *self.start.get_or_insert(first);
        if time < start {
            output.emit_at(
                vec![input],
                Duration::from_nanos(u64::try_from(time).unwrap_or(u64::MAX)),
            );
            return Ok(());
        }
        self.held.push_back((time, input));
        Ok(())
    }

    fn flush(&mut self, output: &mut Emitter<'_, Vec<T>>) -> Result<(), Error> {
        self.close(u128::MAX, output);
        Ok(())
    }
}

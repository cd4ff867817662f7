//! Whole numbers.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::error::Error;
use crate::flow::produce::Paced;
use crate::flow::producer::Producer;

/// Makes the whole numbers of a range, one after the other.
///
/// # Examples
///
/// ```
/// use headwater::Runtime;
/// use headwater::flow::Flow;
/// use headwater::flow::produce::Numbers;
///
/// let flow = Flow::batch();
/// let squares = flow.produce("numbers", Numbers::new(1..=4)).map("square", |n| n * n).collect("squares");
/// flow.build()?.run(&Runtime::builder().slots(1).build()?).wait()?;
/// assert_eq!(squares.take(), [1, 4, 9, 16]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Numbers {
    left: RangeInclusive<u64>,
}

impl Numbers {
    /// Those of `range`, the last among them.
    pub fn new(range: RangeInclusive<u64>) -> Self {
        Self { left: range }
    }

    /// Not faster than one in `interval`: see [`Paced`].
    pub fn every(self, interval: Duration) -> Paced<Self> {
        Paced::every(self, interval)
    }
}

impl Producer for Numbers {
    type Item = u64;

    async fn next(&mut self) -> Result<Option<u64>, Error> {
        Ok(self.left.next())
    }
}

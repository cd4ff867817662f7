//! Ticks.

use std::time::Duration;

use crate::error::Error;
use crate::flow::context::NodeContext;
use crate::flow::produce::{Numbers, Paced};
use crate::flow::producer::Producer;

/// Makes a tick at a fixed interval, the first at once: its number, counted from 0. Ticks that the flow was not ready for are not
/// made up for.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use headwater::Runtime;
/// use headwater::flow::Flow;
/// use headwater::flow::produce::Timer;
///
/// let flow = Flow::batch();
/// let ticks = flow.produce("ticks", Timer::every(Duration::from_millis(1)).times(3)).collect("seen");
/// flow.build()?.run(&Runtime::builder().slots(1).build()?).wait()?;
/// assert_eq!(ticks.take(), [0, 1, 2]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Debug)]
pub struct Timer {
    interval: Duration,
    ticks: Paced<Numbers>,
    left: Option<u64>,
}

impl Timer {
    /// Each `interval`, until the flow is stopped.
    pub fn every(interval: Duration) -> Self {
        Self {
            interval,
            ticks: Numbers::new(0..=u64::MAX).every(interval),
            left: None,
        }
    }

    /// So many ticks.
    #[must_use]
    pub fn times(self, ticks: u64) -> Self {
        let left = Some(ticks);
        Self { left, ..self }
    }
}

impl Producer for Timer {
    type Item = u64;

    async fn open(&mut self, context: &NodeContext) -> Result<(), Error> {
        if self.interval.is_zero() {
            return Err(Error::invalid("a timer of no interval would never rest"));
        }
        self.ticks.open(context).await
    }

    async fn next(&mut self) -> Result<Option<u64>, Error> {
        match &mut self.left {
            Some(0) => return Ok(None),
            Some(left) => *left -= 1,
            None => {}
        }
        self.ticks.next().await
    }

    fn time(&self, tick: &u64) -> Option<Duration> {
        self.ticks.time(tick)
    }
}

//! Producers that are held back.

use std::fmt;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::error::Error;
use crate::flow::context::NodeContext;
use crate::flow::produce::times;
use crate::flow::producer::Producer;

/// A producer, not faster than a rate: its first item at once, the others at the ticks of a clock that begins then.
///
/// When the flow was not ready at a tick, the item comes as soon as it is; further ticks that it has missed are not made up for.
/// Items whose producer tells no time get that of their tick, had none been missed: `0`, `interval`, `2 · interval` and so on.
///
/// # Examples
///
/// ```no_run
/// use futures::stream;
/// use headwater::flow::Flow;
/// use headwater::flow::produce::Paced;
///
/// let flow = Flow::realtime();
/// let camera = flow.produce("camera", Paced::fps(stream::iter(0..), 30.0)?);
/// # let _ = camera;
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct Paced<P> {
    producer: P,
    interval: Duration,
    /// None before it is opened, and if the interval is 0.
    clock: Option<Interval>,
    made: u64,
}

impl<P: Producer> Paced<P> {
    /// Not faster than an item in each `interval`.
    pub fn every(producer: P, interval: Duration) -> Self {
        Self {
            producer,
            interval,
            clock: None,
            made: 0,
        }
    }

    /// Not faster than so many items in a second.
    ///
    /// # Errors
    ///
    /// A rate that is not above 0, or so low that an interval cannot be told.
    pub fn fps(producer: P, rate: f64) -> Result<Self, Error> {
        let interval = Duration::try_from_secs_f64(1.0 / rate).ok().filter(|_| rate > 0.0);
        let interval = interval.ok_or_else(|| Error::invalid(format!("{rate} items in a second are no rate")))?;
        Ok(Self::every(producer, interval))
    }
}

impl<P: Producer> Producer for Paced<P> {
    type Item = P::Item;

    async fn open(&mut self, context: &NodeContext) -> Result<(), Error> {
        self.producer.open(context).await?;
        self.clock = (!self.interval.is_zero()).then(|| {
            let mut clock = interval(self.interval);
            clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
            clock
        });
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<P::Item>, Error> {
        if let Some(clock) = &mut self.clock {
            clock.tick().await;
        }
        let item = self.producer.next().await?;
        self.made += 1;
        Ok(item)
    }

    fn time(&self, item: &P::Item) -> Option<Duration> {
        let tick = || times(self.interval, self.made.saturating_sub(1));
        self.producer.time(item).or_else(|| Some(tick()))
    }

    async fn close(&mut self) -> Result<(), Error> {
        self.producer.close().await
    }
}

impl<P: fmt::Debug> fmt::Debug for Paced<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paced")
            .field("producer", &self.producer)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use futures::stream;
    use tokio::time::{Instant, advance};

    use super::*;
    use crate::flow::produce::Timer;

    fn context() -> NodeContext {
        NodeContext {
            flow: "flow".into(),
            node: "node".into(),
            replica: 0,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn items_come_at_the_ticks_and_what_was_missed_is_not_made_up_for() {
        let second = Duration::from_secs(1);
        let (begin, mut paced) = (Instant::now(), Paced::every(stream::iter(0..5), second));
        paced.open(&context()).await.unwrap();
        let mut seen = Vec::new();
        while let Some(item) = paced.next().await.unwrap() {
            seen.push((item, begin.elapsed().as_millis(), paced.time(&item)));
            if item == 1 {
                // Busy until after the third tick.
                advance(Duration::from_millis(2500)).await;
            }
        }
        let times = (0..5).map(|n| Some(second * n)).collect::<Vec<_>>();
        let arrived = [0, 1000, 3500, 4000, 5000];
        let items = (0..5).map(|n| (n, arrived[n as usize], times[n as usize]));
        assert_eq!(seen, items.collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_ticks_as_often_as_told() {
        let (begin, mut timer) = (Instant::now(), Timer::every(Duration::from_secs(60)).times(3));
        timer.open(&context()).await.unwrap();
        let mut ticks = Vec::new();
        while let Some(tick) = timer.next().await.unwrap() {
            assert_eq!(timer.time(&tick), Some(Duration::from_secs(60 * tick)));
            ticks.push((tick, begin.elapsed().as_secs()));
        }
        assert_eq!(ticks, [(0, 0), (1, 60), (2, 120)]);
        let mut restless = Timer::every(Duration::ZERO);
        assert!(
            restless
                .open(&context())
                .await
                .unwrap_err()
                .report()
                .contains("no interval")
        );
    }

    #[tokio::test(start_paused = true)]
    async fn no_interval_is_no_pace() {
        let mut free = Paced::every(stream::iter(0..3), Duration::ZERO);
        free.open(&context()).await.unwrap();
        let begin = Instant::now();
        while free.next().await.unwrap().is_some() {}
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }

    #[test]
    fn a_rate_is_above_nothing() {
        for rate in [0.0, -1.0, f64::NAN, 1e-300] {
            let error = Paced::fps(stream::iter(0..1), rate).unwrap_err().report();
            assert!(error.contains("no rate"), "{error}");
        }
        assert_eq!(
            Paced::fps(stream::iter(0..1), 25.0).unwrap().interval,
            Duration::from_millis(40)
        );
    }
}

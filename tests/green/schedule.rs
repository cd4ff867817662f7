//! When tasks run.

use std::time::SystemTime;

use headwater::green::{self, Moment, Task, pause_for, pause_until};
use headwater::{Cancel, Error, ErrorKind};
use tokio::time::{Instant, MissedTickBehavior};

use crate::clock::{ms, paused, since};
use crate::support::*;

#[test]
fn h03_a_task_runs_not_before_its_time() {
    paused(|_| async {
        let start = Instant::now();
        let at = green::schedule_at(start + ms(50), async move { Ok(since(start)) });
        let wall = green::schedule_at(SystemTime::now() + ms(30_000), async move { Ok(since(start)) });
        let after = green::schedule_in(ms(20), async move { Ok(since(start)) });
        let past = green::schedule_at(start - ms(1), async move { Ok(since(start)) });
        assert_eq!(
            (after.await.unwrap(), at.await.unwrap(), past.await.unwrap()),
            (20, 50, 0)
        );
        // The wall clock is read a moment before.
        assert!((29_990..=30_001).contains(&wall.await.unwrap()));
    });
}

#[test]
fn h03_a_task_that_is_cancelled_before_its_time_never_runs() {
    paused(|rt| async move {
        let ran = Counter::new();
        let inside = ran.clone();
        let task = green::schedule_in(ms(20), async move {
            inside.add();
            Ok(())
        });
        pause_for(ms(10)).await;
        assert_eq!(task.cancel(), Cancel::Cancelled);
        assert!(task.await.unwrap_err().is_cancelled());
        pause_for(ms(100)).await;
        assert_eq!((ran.get(), rt.snapshot().len()), (0, 0));
    });
}

/// A recurring task that notes when it runs, each time for as long as `work` says.
fn noting(
    start: Instant,
    interval: u64,
    work: &'static [u64],
    log: &Log<u64>,
) -> impl FnOnce(green::Recurring) -> Task<u64> {
    let (log, _) = (log.clone(), interval);
    let mut nth = 0;
    move |recurring| {
        recurring
            .run(move || {
                log.push(since(start));
                let work = work.get(nth).copied().unwrap_or(0);
                nth += 1;
                async move {
                    pause_for(ms(work)).await;
                    Ok(())
                }
            })
            .unwrap()
    }
}

#[test]
fn h04_runs_stand_on_a_fixed_grid_from_one_interval_after_the_start() {
    paused(|_| async {
        let (start, log) = (Instant::now(), Log::new());
        let task = noting(start, 10, &[3, 7, 0, 9], &log)(green::schedule_recurring(ms(10)).max_times(5));
        assert_eq!(task.await.unwrap(), 5);
        assert_eq!(log.get(), [10, 20, 30, 40, 50], "what a run takes moves no other one");
    });
}

#[test]
fn h04_ticks_that_pass_during_a_run_are_made_up_for_as_one_unless_said_otherwise() {
    paused(|_| async {
        let (start, log) = (Instant::now(), Log::new());
        let task = noting(start, 10, &[25], &log)(green::schedule_recurring(ms(10)).max_times(3));
        assert_eq!(task.await.unwrap(), 3);
        assert_eq!(log.get(), [10, 35, 40], "20 and 30 as one");
        let (start, log) = (Instant::now(), Log::new());
        let recurring = green::schedule_recurring(ms(10))
            .max_times(4)
            .missed_ticks(MissedTickBehavior::Burst);
        let task = noting(start, 10, &[25], &log)(recurring);
        assert_eq!(task.await.unwrap(), 4);
        assert_eq!(log.get(), [10, 35, 35, 40]);
    });
}

#[test]
fn h04_a_recurrence_may_start_later() {
    paused(|_| async {
        let (start, log) = (Instant::now(), Log::new());
        let recurring = green::schedule_recurring(ms(10))
            .max_times(2)
            .starting_at(start + ms(100));
        noting(start, 10, &[], &log)(recurring).await.unwrap();
        let built = Task::builder().start_in(ms(80)).recurring(ms(10)).max_times(1);
        noting(start, 10, &[], &log)(built).await.unwrap();
        assert_eq!(log.get(), [110, 120, 210]);
    });
}

#[test]
fn h04_without_a_number_it_goes_on_until_it_is_cancelled() {
    paused(|_| async {
        let (start, log) = (Instant::now(), Log::new());
        let task = noting(start, 10, &[], &log)(green::schedule_recurring(ms(10)).max_times(0));
        pause_for(ms(1_005)).await;
        assert_eq!(task.cancel(), Cancel::Cancelled);
        assert!(task.await.unwrap_err().is_cancelled());
        pause_for(ms(1_000)).await;
        assert_eq!(log.get().len(), 100);
    });
}

#[test]
fn h05_an_error_or_panic_in_one_run_is_told_and_does_not_end_the_recurrence() {
    paused(|_| async {
        let told = Log::new();
        let inside = told.clone();
        let _guard = green::on_error(move |error| inside.push(error.brief()));
        let mut nth = 0;
        let task = green::schedule_recurring(ms(10)).max_times(4).run(move || {
            nth += 1;
            assert!(nth != 2, "the call panics");
            async move {
                match nth {
                    1 => Err(Error::msg("the first fails")),
                    3 => panic!("the future panics"),
                    _ => Ok(()),
                }
            }
        });
        assert_eq!(task.unwrap().await.unwrap(), 4);
        assert_eq!(told.get(), ["the first fails", "the call panics", "the future panics"]);
    });
}

#[test]
fn h05_an_error_ends_it_if_that_was_asked_for() {
    paused(|_| async {
        let ran = Counter::new();
        let inside = ran.clone();
        let task = green::schedule_recurring(ms(10)).stop_on_error().run(move || {
            let nth = inside.add();
            async move { if nth == 2 { custom(9) } else { Ok(()) } }
        });
        let error = task.unwrap().await.unwrap_err();
        assert_eq!((error.downcast_ref(), ran.get()), (Some(&Custom(9)), 3));
    });
}

#[test]
fn an_interval_of_zero_is_refused() {
    let _rt = Rt::new(1);
    let error = green::schedule_recurring(ms(0)).run(|| async { Ok(()) }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.report().contains("interval"), "{}", error.report());
}

#[test]
fn h07_pauses_last_as_long_as_they_say() {
    paused(|_| async {
        let task = green::schedule(async {
            let start = Instant::now();
            pause_for(ms(20)).await;
            let first = since(start);
            pause_until(start + ms(50)).await;
            let second = since(start);
            pause_until(start).await;
            Ok((first, second, since(start)))
        });
        assert_eq!(task.await.unwrap(), (20, 50, 50));
    });
}

#[test]
fn a_moment_may_be_farther_than_any_clock() {
    let far = Moment::now().later(std::time::Duration::MAX);
    assert!(far > Moment::after(ms(1_000)));
}

#[test]
fn a_pause_needs_no_tokio_where_it_is_awaited() {
    let _rt = Rt::new(1);
    assert!(tokio::runtime::Handle::try_current().is_err());
    futures::executor::block_on(async {
        pause_for(ms(1)).await;
        pause_until(std::time::Instant::now()).await;
        green::pause().await;
    });
}

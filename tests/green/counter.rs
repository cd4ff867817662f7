//! Counters: H41.

use std::pin::pin;
use std::task::Poll;

use headwater::Error;
use headwater::green::{Counter, Until};

use crate::stage::*;

#[test]
fn h41_up_down_and_a_scope() {
    let counter = Counter::new(2);
    assert_eq!(counter.increment(), 3);
    assert_eq!(counter.decrement(), 2);
    {
        let _scope = counter.scope();
        assert_eq!(counter.value(), 3);
    }
    assert_eq!(counter.value(), 2);
    assert_eq!(counter.add(i64::MAX), i64::MAX);
}

#[test]
fn h41_a_wait_for_an_exact_value_is_ready_at_once_or_when_it_comes() -> Result<(), Error> {
    let counter = Counter::new(1);
    assert_eq!(counter.block(Until::Exactly(1))?, 1);
    let mut up = pin!(counter.wait(Until::Exactly(2)));
    let mut down = pin!(counter.wait(Until::Exactly(0)));
    assert!(poll(up.as_mut()).is_pending());
    assert!(poll(down.as_mut()).is_pending());
    counter.increment();
    assert!(matches!(poll(up), Poll::Ready(Ok(2))));
    counter.decrement();
    assert!(poll(down.as_mut()).is_pending());
    counter.decrement();
    assert!(matches!(poll(down), Poll::Ready(Ok(0))));
    Ok(())
}

#[test]
fn h41_a_value_that_passed_between_two_polls_is_not_lost() {
    let counter = Counter::new(0);
    let mut three = pin!(counter.wait(Until::Exactly(3)));
    assert!(poll(three.as_mut()).is_pending());
    for _ in 0..9 {
        counter.increment();
    }
    assert!(matches!(poll(three), Poll::Ready(Ok(3))));
    // What was passed before the wait began, or in one step, was never there for it.
    let mut four = pin!(counter.wait(Until::Exactly(4)));
    assert!(poll(four.as_mut()).is_pending());
    counter.add(-9);
    assert!(poll(four).is_pending());
}

#[test]
fn h41_thresholds() {
    let counter = Counter::new(0);
    let (mut least, mut most) = (
        pin!(counter.wait(Until::AtLeast(5))),
        pin!(counter.wait(Until::AtMost(-2))),
    );
    assert!(poll(least.as_mut()).is_pending());
    assert!(poll(most.as_mut()).is_pending());
    counter.add(7);
    counter.add(-10);
    assert!(matches!(poll(least), Poll::Ready(Ok(7))));
    assert!(matches!(poll(most), Poll::Ready(Ok(-3))));
}

#[test]
fn h41_a_predicate_sees_the_value_when_it_runs() {
    let counter = Counter::new(1);
    let mut even = pin!(counter.wait_for(|value| value % 2 == 0));
    assert!(poll(even.as_mut()).is_pending());
    counter.add(2);
    assert!(poll(even.as_mut()).is_pending());
    counter.increment();
    assert!(matches!(poll(even), Poll::Ready(Ok(4))));
}

#[test]
fn h41_a_time_out_and_a_drop_leave_nothing_behind() {
    on_paused_clock(|| async {
        let counter = Counter::new(0);
        let late = counter.wait_timeout(Until::AtLeast(1), SECOND).await.unwrap_err();
        assert!(late.is_timeout(), "{late:?}");
        {
            let mut dropped = pin!(counter.wait(Until::AtLeast(1)));
            assert!(poll(dropped.as_mut()).is_pending());
            assert!(format!("{counter:?}").contains("waiters: 1"), "{counter:?}");
        }
        assert!(format!("{counter:?}").contains("waiters: 0"), "{counter:?}");
        Ok(())
    });
}

#[test]
fn h41_threads_and_requests_wait_for_the_same_counter() -> Result<(), Error> {
    let rt = runtime(2);
    let counter = Counter::new(0);
    let waiting = {
        let counter = counter.clone();
        headwater::Request::builder()
            .on(&rt)
            .future(async move { counter.wait(Until::AtLeast(100)).await })
    };
    waiting.submit();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let counter = counter.clone();
            std::thread::spawn(move || {
                (0..25).for_each(|_| {
                    counter.increment();
                })
            })
        })
        .collect();
    assert_eq!(counter.block(Until::Exactly(100))?, 100);
    assert_eq!(waiting.wait()?, 100);
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    until_empty(&rt);
    Ok(())
}

//! R97–R102: launches, results, streams.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use headwater::{Error, Request, RequestState};
use tokio::sync::oneshot;

use super::{collect, gated, pool};
use crate::{runtime, until, until_empty};

/// Counts its living clones that belong to different results.
#[derive(Clone)]
struct Counted {
    _alive: Arc<Alive>,
}

struct Alive {
    count: Arc<AtomicUsize>,
}

impl Counted {
    fn new(count: &Arc<AtomicUsize>, most: &AtomicUsize) -> Self {
        most.fetch_max(count.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Self {
            _alive: Arc::new(Alive {
                count: Arc::clone(count),
            }),
        }
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn c40_r97_all_run_with_their_callbacks_before_the_pool_is_done() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt);
    let (ran, called) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for _ in 0..500 {
        let (ran, called) = (Arc::clone(&ran), Arc::clone(&called));
        let request = Request::builder().on(&rt).future(async move {
            ran.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        request.on_finished(move |()| {
            called.fetch_add(1, Ordering::SeqCst);
        });
        pool.add(request);
    }
    assert_eq!((pool.len(), ran.load(Ordering::SeqCst)), (500, 0));
    pool.wait()?;
    assert_eq!((ran.load(Ordering::SeqCst), called.load(Ordering::SeqCst)), (500, 500));
    assert!(pool.is_empty());
    until_empty(&rt);
    Ok(())
}

#[test]
fn r98_an_empty_pool_is_done_at_once() -> Result<(), Error> {
    let rt = runtime(1)?;
    let pool = pool::<()>(&rt);
    pool.wait()?;
    assert!(collect(&rt, &pool, false).wait()?.is_empty());
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_launches_in_order_and_never_more_than_the_bound() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt).max_active(3);
    let started = Arc::new(Mutex::new(Vec::new()));
    let mut opens = std::collections::VecDeque::new();
    for nth in 0..12_usize {
        let (open, gate) = oneshot::channel::<()>();
        opens.push_back(open);
        let started = Arc::clone(&started);
        pool.add(Request::builder().on(&rt).future(async move {
            started.lock().unwrap().push(nth);
            let _ = gate.await;
            Ok(())
        }));
    }
    pool.submit();
    for done in 0..12 {
        let running = (done + 3).min(12);
        until(|| started.lock().unwrap().len() == running);
        let mut all = started.lock().unwrap().clone();
        all.sort_unstable();
        assert_eq!(all, (0..running).collect::<Vec<_>>());
        let _ = opens.pop_front().map(|open| open.send(()));
    }
    pool.wait()?;
    until_empty(&rt);
    Ok(())
}

/// With one slot: of two, one could still hold a reference to a member that has ended when the next one has.
fn results_are_freed(in_request: bool) -> Result<(), Error> {
    let rt = runtime(1)?;
    let pool = pool(&rt).max_active(3);
    let (count, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for _ in 0..100 {
        let (count, most) = (Arc::clone(&count), Arc::clone(&most));
        pool.add(
            Request::builder()
                .on(&rt)
                .future(async move { Ok(Counted::new(&count, &most)) }),
        );
    }
    match in_request {
        false => pool.wait()?,
        true => {
            let pool = pool.clone();
            Request::builder()
                .on(&rt)
                .future(async move { pool.run().await })
                .wait()?;
        }
    }
    assert!(most.load(Ordering::SeqCst) <= 3, "{most:?} results were alive at once");
    until(|| count.load(Ordering::SeqCst) == 0);
    until_empty(&rt);
    Ok(())
}

#[test]
fn r101_results_are_freed_as_it_goes_for_a_thread() -> Result<(), Error> {
    results_are_freed(false)
}

#[test]
fn r101_results_are_freed_as_it_goes_in_a_request() -> Result<(), Error> {
    results_are_freed(true)
}

#[test]
fn r101_a_stream_that_is_not_read_holds_the_pool_back() -> Result<(), Error> {
    let rt = runtime(1)?;
    let pool = pool(&rt).max_active(3);
    let ran = Arc::new(AtomicUsize::new(0));
    for nth in 0..10 {
        let ran = Arc::clone(&ran);
        pool.add(Request::builder().on(&rt).future(async move {
            ran.fetch_add(1, Ordering::SeqCst);
            Ok(nth)
        }));
    }
    let results = pool.results();
    pool.submit();
    until(|| ran.load(Ordering::SeqCst) == 3);
    // A turn of the only slot later, still three.
    Request::builder().on(&rt).priority(9).future(async { Ok(()) }).wait()?;
    assert_eq!(ran.load(Ordering::SeqCst), 3);
    drop(results);
    pool.wait()?;
    assert_eq!(ran.load(Ordering::SeqCst), 10);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_streams_give_results_in_order_of_completion_or_of_insertion() -> Result<(), Error> {
    let rt = runtime(2)?;
    for in_order in [false, true] {
        let pool = pool(&rt).max_active(2);
        let (first, open_first) = gated(&rt, 1);
        let (second, open_second) = gated(&rt, 2);
        pool.add(first.clone());
        pool.add(second.clone());
        let all = collect(&rt, &pool, in_order);
        let _ = open_second.send(());
        until(|| second.has_ended());
        // Taken, or waiting to be taken after the first one.
        until(|| pool.len() == if in_order { 2 } else { 1 });
        let _ = open_first.send(());
        assert_eq!(all.wait()?, if in_order { [1, 2] } else { [2, 1] });
    }
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_a_long_pool_streams_everything_in_order() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt);
    (0..2_000_u32).for_each(|nth| pool.add(Request::builder().on(&rt).kernel(move |_| Ok(nth))));
    assert_eq!(collect(&rt, &pool, true).wait()?, (0..2_000).collect::<Vec<_>>());
    until_empty(&rt);
    Ok(())
}

#[test]
fn r102_requests_in_any_state_can_be_added_also_while_it_runs() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt);
    let (running, open) = gated(&rt, 1);
    running.submit();
    until(|| running.state() == RequestState::Suspended);
    pool.add(Request::value(0));
    pool.add(running);
    let all = collect(&rt, &pool, true);
    until(|| pool.len() == 1);
    pool.add(Request::builder().on(&rt).future(async { Ok(2) }));
    let _ = open.send(());
    assert_eq!(all.wait()?, [0, 1, 2]);
    // And run again.
    pool.add(Request::value(3));
    pool.wait()?;
    assert!(pool.is_empty());
    until_empty(&rt);
    Ok(())
}

#[test]
fn c35_a_pool_passes_the_priority_of_its_waiter_on() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt);
    let (member, open) = gated(&rt, 1);
    pool.add(member.clone());
    pool.submit();
    until(|| member.info().waiters == 1);
    let urgent = {
        let pool = pool.clone();
        Request::builder()
            .on(&rt)
            .priority(-4)
            .future(async move { pool.run().await })
    };
    urgent.submit();
    until(|| member.info().priority.level() == -4);
    let _ = open.send(());
    urgent.wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn c44_an_inline_pool_runs_in_the_thread_that_waits() -> Result<(), Error> {
    let rt = runtime(0)?;
    let pool = pool(&rt);
    let here = std::thread::current().id();
    let order = Arc::new(Mutex::new(Vec::new()));
    for nth in 0..10 {
        let order = Arc::clone(&order);
        pool.add(Request::builder().on(&rt).future(async move {
            tokio::task::yield_now().await;
            assert_eq!(std::thread::current().id(), here);
            order.lock().unwrap().push(nth);
            Ok(())
        }));
    }
    pool.wait()?;
    assert_eq!(*order.lock().unwrap(), (0..10).collect::<Vec<_>>());
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_a_member_that_computes_in_its_poll_does_not_hold_the_others_up() -> Result<(), Error> {
    let rt = runtime(3)?;
    let pool = pool(&rt).max_active(2);
    let (leave, may_leave) = mpsc::channel::<()>();
    let may_leave = Mutex::new(may_leave);
    pool.add(Request::builder().on(&rt).future(async move {
        let _ = may_leave.lock().unwrap().recv();
        Ok(())
    }));
    let ran = Arc::new(AtomicUsize::new(0));
    for _ in 0..10 {
        let ran = Arc::clone(&ran);
        pool.add(Request::builder().on(&rt).future(async move {
            ran.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }));
    }
    let waiter = {
        let pool = pool.clone();
        Request::builder().on(&rt).future(async move { pool.run().await })
    };
    waiter.submit();
    until(|| ran.load(Ordering::SeqCst) == 10);
    let _ = leave.send(());
    waiter.wait()?;
    until_empty(&rt);
    Ok(())
}

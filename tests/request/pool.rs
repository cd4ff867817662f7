//! Pools: C40, R97–R107.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use futures::StreamExt;
use headwater::{Error, Request, RequestPool, RequestState, Runtime};
use tokio::sync::oneshot;

use crate::{runtime, until, until_empty};

fn pool<T: Clone + Send + Sync + 'static>(rt: &Runtime) -> RequestPool<T> {
    RequestPool::new().on(rt)
}

/// A request that ends when its gate is opened.
fn gated<T: Clone + Send + Sync + 'static>(rt: &Runtime, value: T) -> (Request<T>, oneshot::Sender<()>) {
    let (open, gate) = oneshot::channel::<()>();
    let request = Request::builder().on(rt).future(async move {
        let _ = gate.await;
        Ok(value)
    });
    (request, open)
}

fn failing(rt: &Runtime) -> Request<u32> {
    Request::builder().on(rt).future(async { Err(Error::msg("disk full")) })
}

fn collect<T: Clone + Send + Sync + 'static>(rt: &Runtime, pool: &RequestPool<T>, in_order: bool) -> Request<Vec<T>> {
    let mut results = if in_order {
        pool.results_in_order()
    } else {
        pool.results()
    };
    let request = Request::builder().on(rt).future(async move {
        let mut all = Vec::new();
        while let Some(result) = results.next().await {
            all.push(result?);
        }
        Ok(all)
    });
    request.submit();
    request
}

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

#[test]
fn r99_r100_the_first_failure_comes_back_and_the_rest_is_cancelled() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt).max_active(2);
    let (in_flight, _open) = gated(&rt, 1);
    let (wanted, open_wanted) = gated(&rt, 2);
    let unlaunched = Request::builder().on(&rt).future(async { Ok(3) });
    pool.add(in_flight.clone());
    pool.add(failing(&rt));
    pool.add(unlaunched.clone());
    let error = pool.wait().unwrap_err();
    assert!(error.report().ends_with("disk full"), "{}", error.report());
    assert!(in_flight.wait().unwrap_err().is_cancelled());
    assert_eq!(unlaunched.state(), RequestState::Made);
    // Each time they ask (C25), and nothing starts any more.
    assert!(pool.wait().unwrap_err().same_root(&error));
    pool.add(wanted.clone());
    assert!(pool.wait().is_err());
    assert_eq!(wanted.state(), RequestState::Made);
    drop(open_wanted);
    drop((unlaunched, wanted));
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_a_failure_cancels_nothing_that_somebody_else_waits_for() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt).max_active(2);
    let (shared, open) = gated(&rt, 1);
    let reader = {
        let shared = shared.clone();
        Request::builder().on(&rt).future(async move { shared.await })
    };
    reader.submit();
    until(|| shared.info().waiters == 1);
    pool.add(shared);
    pool.add(failing(&rt));
    assert!(pool.wait().is_err());
    let _ = open.send(());
    assert_eq!(reader.wait()?, 1);
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
fn c40_a_stream_gives_what_was_finished_before_the_failure() -> Result<(), Error> {
    let rt = runtime(1)?;
    let pool = pool(&rt).max_active(1);
    pool.add(Request::value(1));
    pool.add(failing(&rt));
    pool.add(Request::value(3));
    let mut results = pool.results();
    let reader = Request::builder().on(&rt).future(async move {
        let one = results.next().await.transpose()?;
        let error = results.next().await.is_some_and(|result| result.is_err());
        Ok((one, error, results.next().await.is_none()))
    });
    assert_eq!(reader.wait()?, (Some(1), true, true));
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
fn r103_a_pool_that_is_dropped_before_it_ran_starts_nothing() -> Result<(), Error> {
    let rt = runtime(1)?;
    let request = Request::builder().on(&rt).future(async { Ok(1) });
    let pool = pool(&rt);
    pool.add(request.clone());
    drop(pool);
    assert_eq!(request.state(), RequestState::Made);
    drop(request);
    until_empty(&rt);
    Ok(())
}

#[test]
fn r104_a_cancelled_member_gives_the_cancelled_error() -> Result<(), Error> {
    let rt = runtime(1)?;
    let pool = pool(&rt);
    let (member, _open) = gated(&rt, 1);
    let _ = member.cancel();
    pool.add(member);
    let error = pool.wait().unwrap_err();
    assert!(error.is_cancelled() && !error.is_interrupted(), "{}", error.report());
    until_empty(&rt);
    Ok(())
}

#[test]
fn r105_a_request_cancelled_while_it_waits_for_a_pool_ends_cancelled_and_so_do_its_members() -> Result<(), Error> {
    let rt = runtime(2)?;
    for _ in 0..60 {
        let (member, _open) = gated(&rt, 1);
        let (say, heard) = mpsc::channel();
        let waiter = {
            let (rt, member) = (rt.clone(), member.clone());
            Request::builder().on(&rt.clone()).future(async move {
                let pool = pool(&rt);
                pool.add(member);
                let outcome = pool.run().await;
                let _ = say.send(outcome.as_ref().is_err_and(Error::is_interrupted));
                outcome
            })
        };
        waiter.submit();
        until(|| member.info().waiters == 1);
        let _ = waiter.cancel();
        assert!(waiter.wait().unwrap_err().is_cancelled());
        until(|| waiter.state() == RequestState::Cancelled);
        assert_eq!(heard.recv(), Ok(true));
        // Not waited for before that: a wait would be a new interest in it.
        until(|| member.is_cancelled());
        assert!(member.wait().unwrap_err().is_cancelled());
    }
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_one_of_two_waiters_may_leave() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt);
    let (member, open) = gated(&rt, 1);
    pool.add(member);
    let wait = || {
        let pool = pool.clone();
        let request = Request::builder().on(&rt).future(async move { pool.run().await });
        request.submit();
        until(|| request.state() == RequestState::Suspended && !request.info().waits_for.is_empty());
        request
    };
    let (leaves, stays) = (wait(), wait());
    let _ = leaves.cancel();
    assert!(leaves.wait().unwrap_err().is_cancelled());
    assert!(pool.wait_timeout(Duration::from_millis(1)).unwrap_err().is_timeout());
    let _ = open.send(());
    stays.wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn r106_cancelling_a_pool_resolves_everybody_who_waits_for_it() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt).max_active(1);
    let (member, _open) = gated(&rt, 1);
    let unlaunched = Request::builder().on(&rt).future(async { Ok(2) });
    pool.add(member.clone());
    pool.add(unlaunched.clone());
    let in_request = {
        let pool = pool.clone();
        Request::builder().on(&rt).future(async move { pool.run().await })
    };
    in_request.submit();
    let stream = collect(&rt, &pool, false);
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| pool.wait());
        until(|| {
            member.info().waiters == 1 && !in_request.info().waits_for.is_empty() && !stream.info().waits_for.is_empty()
        });
        pool.cancel();
        assert!(thread.join().unwrap().unwrap_err().is_cancelled());
    });
    for error in [in_request.wait().unwrap_err(), stream.wait().map(drop).unwrap_err()] {
        assert!(error.is_cancelled() && !error.is_interrupted(), "{}", error.report());
    }
    // Cancelled, not failed.
    assert!(member.wait().is_err());
    until(|| member.state() == RequestState::Cancelled);
    assert_eq!(unlaunched.state(), RequestState::Made);
    drop(unlaunched);
    until_empty(&rt);
    Ok(())
}

#[test]
fn r107_a_callback_of_a_member_may_ask_and_change_the_pool() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt);
    let member = Request::builder().on(&rt).future(async { Ok(1) });
    let late = {
        let pool = pool.clone();
        move |_: &i32| {
            assert_eq!(pool.len(), 1);
            pool.add(Request::value(2));
        }
    };
    member.on_finished(late);
    pool.add(member);
    assert_eq!(collect(&rt, &pool, true).wait()?, [1, 2]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_dropping_a_running_pool_cancels_what_it_launched_and_nobody_else_wants() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt).max_active(2);
    let (mine, _open) = gated(&rt, 1);
    let (shared, open) = gated(&rt, 2);
    let never = Request::builder().on(&rt).future(async { Ok(3) });
    let reader = {
        let shared = shared.clone();
        Request::builder().on(&rt).future(async move { shared.await })
    };
    reader.submit();
    for member in [mine.clone(), shared, never.clone()] {
        pool.add(member);
    }
    pool.submit();
    until(|| mine.info().waiters == 1);
    drop(pool);
    assert!(mine.wait().unwrap_err().is_cancelled());
    assert_eq!(never.state(), RequestState::Made);
    let _ = open.send(());
    assert_eq!(reader.wait()?, 2);
    drop(never);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c11_a_member_that_waits_for_its_pool_is_a_circle() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt).named("ring");
    let member = {
        let pool = pool.clone();
        Request::builder()
            .on(&rt)
            .name("member")
            .future(async move { pool.run().await })
    };
    pool.add(member);
    let error = pool.wait().unwrap_err();
    assert!(
        error.is_circular() && error.report().contains("`ring`"),
        "{}",
        error.report()
    );
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

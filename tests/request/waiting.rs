//! C9–C12: waiting, everywhere.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use futures::future::{join_all, select};
use headwater::{Cancel, Error, Request, RequestState, Runtime, shield};

use crate::support::*;

/// Suspends once, then has its value: neither direct execution nor a fast path hides the wait.
fn slow(value: u32) -> Request<u32> {
    Request::new(async move {
        tokio::task::yield_now().await;
        Ok(value)
    })
}

#[test]
fn c09_p23_wait_works_in_a_plain_thread() {
    let rt = Rt::new(1);
    let request = slow(1);
    assert_eq!(join(thread(&rt, move || request.wait())).unwrap(), 1);
    assert_eq!(slow(2).wait_timeout(LONG).unwrap(), 2);
}

#[test]
fn c09_p23_wait_works_on_a_worker_of_a_multi_thread_runtime() {
    let rt = Rt::new(1);
    let tokio = multi_thread(1);
    let runtime = Runtime::clone(&rt);
    let value = tokio.block_on(async {
        let task = async move {
            let _entered = runtime.enter();
            slow(3).wait()
        };
        tokio::spawn(task).await.unwrap()
    });
    assert_eq!(value.unwrap(), 3);
    assert_eq!(tokio.block_on(async { slow(4).wait() }).unwrap(), 4);
}

#[test]
fn c09_p23_wait_works_in_spawn_blocking_of_both_flavours() {
    let rt = Rt::new(1);
    for tokio in [multi_thread(1), current_thread()] {
        let runtime = Runtime::clone(&rt);
        let job = move || {
            let _entered = runtime.enter();
            (slow(5).wait(), slow(6).wait_timeout(LONG))
        };
        let (first, second) = tokio.block_on(async { tokio::task::spawn_blocking(job).await.unwrap() });
        assert_eq!((first.unwrap(), second.unwrap()), (5, 6));
    }
}

#[test]
fn c09_p23_p25_wait_is_an_error_that_names_the_cure_where_it_would_block_an_executor() {
    let rt = Rt::new(1);
    let assert_refused = |request: &Request<u32>| {
        for error in [request.wait().unwrap_err(), request.wait_timeout(LONG).unwrap_err()] {
            assert!(error.is_would_block(), "{error:?}");
            assert!(error.report().contains(".await"), "{error:?}");
        }
    };
    let request = slow(7);
    let tokio = current_thread();
    tokio.block_on(async { assert_refused(&request) });
    tokio.block_on(async {
        tokio::task::LocalSet::new()
            .run_until(async { assert_refused(&request) })
            .await;
    });
    multi_thread(1).block_on(async {
        tokio::task::LocalSet::new()
            .run_until(async { assert_refused(&request) })
            .await;
    });
    // Not hung, not spoilt; and once there is a value, everybody may have it.
    assert_eq!(tokio.block_on(async { request.clone().await }).unwrap(), 7);
    assert_eq!(tokio.block_on(async { request.wait() }).unwrap(), 7);
    rt.settle();
}

#[test]
fn c09_p20_wait_is_an_error_in_a_kernel_and_in_a_rayon_pool() {
    let _rt = Rt::new(1);
    let inner = slow(8);
    let kernel = Request::kernel({
        let inner = inner.clone();
        move |_| Ok((inner.wait().unwrap_err(), rayon_join_wait(&inner)))
    });
    let (direct, nested) = kernel.wait().unwrap();
    assert!(direct.is_would_block() && nested.is_would_block());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let error = pool.install(|| inner.wait()).unwrap_err();
    assert!(error.is_would_block());
    assert_eq!(inner.wait().unwrap(), 8);
    // A finished one may be asked anywhere.
    assert_eq!(pool.install(|| inner.wait()).unwrap(), 8);
    assert_eq!(Request::kernel(move |_| inner.wait()).wait().unwrap(), 8);
}

fn rayon_join_wait(request: &Request<u32>) -> Error {
    rayon::join(|| request.wait().unwrap_err(), || ()).0
}

#[test]
fn c09_wait_in_a_pinned_request_is_an_error() {
    let _rt = Rt::new(1);
    let pinned = Request::pinned(|| async {
        let inner = slow(1);
        let refused = inner.wait().unwrap_err();
        Ok((refused.is_would_block(), inner.await?))
    });
    assert_eq!(pinned.wait().unwrap(), (true, 1));
}

#[test]
fn c09_await_works_on_any_executor() {
    let rt = Rt::new(1);
    assert_eq!(futures::executor::block_on(async { slow(1).await }).unwrap(), 1);
    assert_eq!(multi_thread(1).block_on(async { slow(2).await }).unwrap(), 2);
    let tokio = current_thread();
    assert_eq!(tokio.block_on(async { slow(3).await }).unwrap(), 3);
    let request = slow(4);
    let local = tokio::task::LocalSet::new();
    let task = local.spawn_local(request.into_future());
    assert_eq!(tokio.block_on(local.run_until(task)).unwrap().unwrap(), 4);
    let mut pool = futures::executor::LocalPool::new();
    assert_eq!(pool.run_until(async { slow(5).timeout(LONG).await }).unwrap(), 5);
    rt.settle();
}

#[test]
fn c09_p24_blocking_waits_on_all_slots_stop_nobody() {
    let rt = Rt::new(2);
    let gate = Gate::new();
    let requests: Vec<_> = (0..8)
        .map(|_| {
            let pass = gate.pass();
            let request = Request::new(async move {
                let inner = Request::new(async move {
                    pass.await;
                    Ok(1)
                });
                inner.submit();
                inner.wait()
            });
            request.submit();
            request
        })
        .collect();
    until("all block their threads", || {
        requests.iter().all(|request| !request.info().waits_for.is_empty())
    });
    let opener = Request::new(async move {
        gate.open();
        Ok(())
    });
    opener.submit();
    for request in requests {
        assert_eq!(request.wait().unwrap(), 1);
    }
    rt.settle();
}

#[test]
fn c09_r108_after_a_blocking_wait_there_are_as_many_slots_as_before() {
    let rt = Rt::new(1);
    for _ in 0..10 {
        let request = Request::new(async {
            let inner = slow(1);
            inner.submit();
            inner.wait()
        });
        request.submit();
        request.wait().unwrap();
    }
    rt.settle();
    let (inside, most) = (Counter::new(), Arc::new(Mutex::new(0)));
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let (inside, most) = (inside.clone(), Arc::clone(&most));
            Request::new(async move {
                for _ in 0..3 {
                    let now = inside.add() + 1;
                    {
                        let mut most = most.lock().unwrap();
                        *most = now.max(*most);
                    }
                    std::thread::yield_now();
                    inside.sub();
                    tokio::task::yield_now().await;
                }
                Ok(())
            })
        })
        .collect();
    requests.iter().for_each(Request::submit);
    // Not by waiting: a waiter outside would run some itself.
    rt.settle();
    assert_eq!(*most.lock().unwrap(), 1);
}

#[test]
fn c09_p24_more_blocking_waits_than_threads_are_refused_not_hung() {
    let rt = Rt::new(2);
    let last = Request::builder().priority(10).future(async {
        tokio::task::yield_now().await;
        Ok(1)
    });
    let requests: Vec<_> = (0..700)
        .map(|_| {
            let last = last.clone();
            let request = Request::builder().priority(-1).future(async move { last.wait() });
            request.submit();
            request
        })
        .collect();
    last.submit();
    for request in requests {
        match request.wait() {
            Ok(value) => assert_eq!(value, 1),
            Err(error) => assert!(error.is_would_block(), "{error:?}"),
        }
    }
    rt.settle();
}

fn gated(gate: &Gate) -> Request<u32> {
    let pass = gate.pass();
    Request::new(async move {
        pass.await;
        Ok(1)
    })
}

#[test]
fn c10_r016_a_time_out_leaves_the_request_running() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let request = gated(&gate);
    for limit in [Duration::ZERO, Duration::from_millis(1)] {
        assert!(request.wait_timeout(limit).unwrap_err().is_timeout());
        assert_eq!(request.info().waiters, 0);
        assert!(!request.is_cancelled());
    }
    until_state(&request, RequestState::Suspended);
    gate.open();
    assert_eq!(request.wait().unwrap(), 1);
    rt.settle();
}

#[test]
fn c10_p10_r033_after_a_time_out_it_can_be_cancelled() {
    let rt = Rt::new(1);
    let request = gated(&Gate::new());
    assert!(request.wait_timeout(Duration::from_millis(1)).unwrap_err().is_timeout());
    assert_eq!(request.cancel(), Cancel::Cancelled);
    assert!(request.wait().unwrap_err().is_cancelled());
    rt.settle();
}

#[test]
fn c10_r018_time_outs_work_inside_requests() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let request = gated(&gate);
    let inner = request.clone();
    let outer = Request::new(async move {
        let first = inner.timeout(Duration::from_millis(1)).await;
        assert!(first.unwrap_err().is_timeout());
        assert_eq!(inner.info().waiters, 0);
        let blocking = inner.wait_timeout(Duration::from_millis(1));
        assert!(blocking.unwrap_err().is_timeout());
        assert_eq!(inner.info().waiters, 0);
        gate.open();
        inner.timeout(LONG).await
    });
    outer.submit();
    assert_eq!(outer.wait().unwrap(), 1);
    rt.settle();
}

#[test]
fn c10_a_time_out_on_any_executor_and_no_overflow() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let request = gated(&gate);
    let error = futures::executor::block_on(request.timeout(Duration::from_millis(1))).unwrap_err();
    assert!(error.is_timeout() && error.report().contains("1ms"), "{error:?}");
    gate.open();
    assert_eq!(futures::executor::block_on(request.timeout(Duration::MAX)).unwrap(), 1);
    assert_eq!(gated(&gate).wait_timeout(Duration::MAX).unwrap(), 1);
    rt.settle();
}

#[test]
fn c10_a_timed_out_future_that_is_kept_leaves_no_trace() {
    let rt = Rt::new(1);
    let request = gated(&Gate::new());
    let mut timeout = request.timeout(Duration::from_millis(1));
    let error = futures::executor::block_on(&mut timeout).unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(request.info().waiters, 0);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    rt.settle();
    drop(timeout);
}

#[test]
fn c10_r017_with_a_time_out_an_unstarted_request_is_submitted_never_run_directly() {
    let rt = Rt::new(2);
    let here = std::thread::current().id();
    let there = || Request::new(async { Ok(std::thread::current().id()) });
    assert_ne!(there().wait_timeout(LONG).unwrap(), here);
    assert_ne!(futures::executor::block_on(there().timeout(LONG)).unwrap(), here);
    rt.settle();
}

#[test]
fn c10_a_paused_clock_of_the_host_does_not_hang_a_time_out() {
    let host = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let runtime = Runtime::builder()
        .slots(1)
        .compute_threads(1)
        .embedded(host.handle().clone())
        .build()
        .unwrap();
    let request = Request::builder().on(&runtime).future(async {
        std::future::pending::<()>().await;
        Ok(1)
    });
    // Nothing else to do: tokio moves its clock on to the next timer.
    let error = host
        .block_on(async { request.timeout(Duration::from_secs(3600)).await })
        .unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(request.cancel(), Cancel::Cancelled);
    host.block_on(async {
        while !runtime.snapshot().is_empty() {
            tokio::task::yield_now().await;
        }
    });
}

/// A place where requests find each other, to close a circle.
#[derive(Clone, Default)]
struct Board(Arc<Mutex<Vec<Request<u32>>>>);

impl Board {
    fn put(&self, request: &Request<u32>) {
        self.0.lock().unwrap().push(request.clone());
    }

    fn get(&self, nth: usize) -> Request<u32> {
        self.0.lock().unwrap()[nth].clone()
    }

    fn clear(&self) {
        let all = std::mem::take(&mut *self.0.lock().unwrap());
        drop(all);
    }
}

fn ring(board: &Board, length: usize, blocking: bool) -> Vec<Request<u32>> {
    let gate = Gate::new();
    let ring: Vec<_> = (0..length)
        .map(|nth| {
            let (board, pass) = (board.clone(), gate.pass());

            Request::builder().name(format!("r{nth}")).future(async move {
                pass.await;
                let next = board.get((nth + 1) % length);
                if blocking { next.wait() } else { next.await }
            })
        })
        .collect();
    ring.iter().for_each(|request| board.put(request));
    ring.iter().for_each(Request::submit);
    until("all stand at the gate", || {
        ring.iter().all(|request| request.state() == RequestState::Suspended)
    });
    gate.open();
    ring
}

/// The path in the message, without the places in the source.
fn path(error: &Error) -> String {
    assert!(error.is_circular(), "{error:?}");
    let message = error.chain().last().unwrap();
    let names = message.split('`').skip(1).step_by(2);
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn c11_r020_a_request_that_waits_for_itself_gets_an_error() {
    let rt = Rt::new(1);
    for blocking in [false, true] {
        let board = Board::default();
        let request = ring(&board, 1, blocking).remove(0);
        let error = request.wait().unwrap_err();
        assert_eq!(path(&error), "r0 r0");
        board.clear();
        rt.settle();
    }
}

#[test]
fn c11_r020_also_when_it_runs_directly_in_a_foreign_thread() {
    let rt = Rt::new(1);
    let board = Board::default();
    let inner = board.clone();
    let request = Request::builder().name("me").future(async move { inner.get(0).await });
    board.put(&request);
    assert_eq!(path(&request.wait().unwrap_err()), "me me");
    board.clear();
    rt.settle();
}

#[test]
fn c11_p34_p35_every_member_tells_the_same_path() {
    let rt = Rt::new(2);
    for length in [2, 3, 7, 50] {
        for blocking in [false, true] {
            if blocking && length > 7 {
                continue;
            }
            let board = Board::default();
            let ring = ring(&board, length, blocking);
            let mut expected: Vec<_> = (0..length).map(|nth| format!("r{nth}")).collect();
            expected.push("r0".to_owned());
            for request in &ring {
                assert_eq!(path(&request.wait().unwrap_err()), expected.join(" "));
            }
            board.clear();
        }
    }
    rt.settle();
}

#[test]
fn c11_p35_whichever_member_closes_the_circle() {
    let rt = Rt::new(2);
    for _ in 0..300 {
        let board = Board::default();
        for request in ring(&board, 3, false) {
            assert_eq!(path(&request.wait().unwrap_err()), "r0 r1 r2 r0");
        }
        board.clear();
    }
    rt.settle();
}

#[test]
fn c11_r023_a_child_that_waits_for_its_parent() {
    let rt = Rt::new(1);
    for submitted in [false, true] {
        let board = Board::default();
        let inner = board.clone();
        let parent = Request::builder().name("parent").future(async move {
            let parent = inner.get(0);
            let child = Request::builder().name("child").future(async move { parent.await });
            if submitted {
                child.submit();
            }
            child.await
        });
        board.put(&parent);
        parent.submit();
        assert_eq!(path(&parent.wait().unwrap_err()), "parent child parent");
        board.clear();
        rt.settle();
    }
}

#[test]
fn c11_a_circle_through_the_second_generation() {
    let rt = Rt::new(2);
    let board = Board::default();
    let (inside, go_on) = (Latch::new(), Latch::new());
    let generation = Counter::new();
    let again = Request::builder().name("again").repeatable({
        let (board, inside, go_on) = (board.clone(), inside.clone(), go_on.clone());
        move || {
            let (board, inside, go_on, generation) = (board.clone(), inside.clone(), go_on.clone(), generation.clone());
            async move {
                if generation.add() == 0 {
                    inside.open();
                    go_on.wait();
                    headwater::check_cancelled()?;
                }
                board.get(0).await
            }
        }
    });
    let target = again.clone();
    let waiter = Request::builder().name("waiter").future(async move { target.await });
    board.put(&waiter);
    again.submit();
    inside.wait();
    assert_eq!(again.cancel(), Cancel::Cancelled);
    // Waits for the next generation, which will wait for it.
    waiter.submit();
    until_state(&waiter, RequestState::Suspended);
    go_on.open();
    assert_eq!(path(&waiter.wait_timeout(LONG).unwrap_err()).split(' ').count(), 3);
    board.clear();
    rt.settle();
}

#[test]
fn c11_r021_waiting_for_oneself_in_a_callback_returns_the_value() {
    for slots in [1, 0] {
        let rt = Rt::new(slots);
        let seen = Log::new();
        let request = Request::new(async {
            tokio::task::yield_now().await;
            Ok(5)
        });
        let (inner, log) = (request.clone(), seen.clone());
        request.on_finished(move |_| log.push(inner.wait().unwrap()));
        assert_eq!(request.wait().unwrap(), 5);
        assert_eq!(seen.get(), [5]);
        rt.settle();
    }
}

#[test]
fn c11_r022_in_the_failed_callback_it_returns_the_error() {
    for slots in [1, 0] {
        let rt = Rt::new(slots);
        let seen = Counter::new();
        let request = Request::new(async { custom::<u32>(7) });
        let (inner, count) = (request.clone(), seen.clone());
        request.on_failed(move |_| {
            assert_eq!(inner.wait().unwrap_err().downcast_ref(), Some(&Custom(7)));
            count.add();
        });
        request.wait().unwrap_err();
        assert_eq!(seen.get(), 1);
        rt.settle();
    }
}

#[test]
fn c11_a_circle_through_a_callback() {
    let rt = Rt::new(2);
    let request = Request::builder().name("told").future(async { Ok(1) });
    let (inner, seen) = (request.clone(), Log::new());
    let log = seen.clone();
    request.on_finished(move |_| {
        // Nobody gets the value before the callbacks are over, so this one can never be.
        let other = Request::builder().name("other").future(async move { inner.await });
        other.submit();
        log.push(other.wait_timeout(LONG).map_err(|error| error.kind()));
    });
    request.submit();
    assert_eq!(request.wait().unwrap(), 1);
    assert_eq!(seen.get(), [Err(headwater::ErrorKind::Circular)]);
    rt.settle();
}

#[test]
fn c11_no_false_alarm_in_random_acyclic_waits() {
    let rt = Rt::new(2);
    let mut random = 12345u64;
    let mut next = move |below: usize| {
        random = random
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (random >> 33) as usize % below
    };
    for _ in 0..if cfg!(debug_assertions) { 20 } else { 200 } {
        let mut requests: Vec<Request<u64>> = Vec::new();
        for nth in 0..100 {
            let targets: Vec<_> = (0..nth.min(3)).map(|_| requests[next(nth)].clone()).collect();
            let blocking = next(20) == 0;
            requests.push(Request::new(async move {
                tokio::task::yield_now().await;
                let mut sum = 1u64;
                for target in &targets {
                    sum = sum.wrapping_add(if blocking { target.wait()? } else { target.await? });
                }
                Ok(sum)
            }));
        }
        for nth in (0..100).step_by(2) {
            requests[99 - nth].submit();
        }
        let results: Vec<_> = requests.iter().map(Request::wait).collect();
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    }
    rt.settle();
}

#[test]
fn c11_two_that_wait_for_a_third_are_no_circle() {
    let rt = Rt::new(2);
    for _ in 0..200 {
        let shared = slow(1);
        let left = shared.clone();
        let right = shared.clone();
        let a = Request::new(async move { left.await });
        let first = a.clone();
        let b = Request::new(async move { Ok(first.await? + right.await?) });
        b.submit();
        a.submit();
        assert_eq!(b.wait().unwrap(), 2);
    }
    rt.settle();
}

/// Polls `make`'s future `polls` times, drops it, makes another one and polls that to its end.
fn dropped_after<F: Future + Unpin>(polls: usize, make: impl Fn() -> F) -> F::Output {
    let mut future = make();
    for _ in 0..polls {
        if let Poll::Ready(output) = poll_once(&mut future) {
            return output;
        }
    }
    drop(future);
    futures::executor::block_on(make())
}

#[test]
fn c12_p11_every_future_may_be_dropped_after_any_poll() {
    let rt = Rt::new(1);
    for polls in 0..6 {
        let ran = Counter::new();
        let made = || {
            let count = ran.clone();
            Request::new(async move {
                count.add();
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
                Ok(9)
            })
        };
        let request = made();
        assert_eq!(dropped_after(polls, || request.clone().into_future()).unwrap(), 9);
        let request = made();
        assert_eq!(dropped_after(polls, || request.timeout(LONG)).unwrap(), 9);
        let request = made();
        assert_eq!(
            dropped_after(polls, || Box::pin(shield(request.clone().into_future()))).unwrap(),
            9
        );
        assert_eq!(ran.get(), 3);
    }
    rt.settle();
}

#[test]
fn c12_dropping_a_wait_for_an_event_loses_none() {
    let rt = Rt::new(1);
    let mut events = rt.events();
    {
        let mut next: Pin<Box<_>> = Box::pin(events.next());
        assert!(poll_once(&mut next).is_pending());
    }
    let request = Request::builder().name("r").future(async { Ok(1) });
    let event = futures::executor::block_on(events.next()).unwrap();
    assert_eq!((event.id, event.kind), (request.id(), headwater::EventKind::Made));
}

#[test]
fn c12_a_select_loop_inside_of_a_request_loses_nothing() {
    let rt = Rt::new(2);
    let request = Request::new(async {
        let target = Request::new(async {
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            Ok(3)
        });
        target.submit();
        let mut rounds = 0;
        loop {
            rounds += 1;
            tokio::select! {
                biased;
                value = &target => return Ok((value?, rounds)),
                () = tokio::task::yield_now() => {}
            }
        }
    });
    request.submit();
    assert_eq!(request.wait().unwrap().0, 3);
    rt.settle();
}

#[test]
fn c12_a_half_polled_wait_moves_to_another_task() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let request = gated(&gate);
    let mut wait = request.clone().into_future();
    assert!(poll_once(&mut wait).is_pending());
    let mover = thread(&rt, move || futures::executor::block_on(wait));
    until("the other thread waits", || request.info().waiters == 1);
    gate.open();
    assert_eq!(join(mover).unwrap(), 1);
    rt.settle();
}

#[test]
fn c12_a_half_polled_wait_moves_between_requests() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let target = gated(&gate);
    target.submit();
    let (give, take) = tokio::sync::oneshot::channel();
    let wait = target.clone().into_future();
    let giver = Request::new(async move {
        let mut wait = wait;
        assert!(futures::poll!(&mut wait).is_pending());
        let _ = give.send(wait);
        std::future::pending::<()>().await;
        Ok(0)
    });
    giver.submit();
    until_state(&giver, RequestState::Suspended);
    let taker = Request::new(async move {
        let wait = take.await.map_err(Error::new)?;
        wait.await
    });
    taker.submit();
    until("the taker waits, and the giver does not", || {
        taker.info().waits_for == [target.id()] && giver.info().waits_for.is_empty() && target.info().waiters == 1
    });
    // The giver's end is none of the target's business any more.
    assert_eq!(giver.cancel(), Cancel::Cancelled);
    until_state(&giver, RequestState::Cancelled);
    assert!(!target.is_cancelled());
    gate.open();
    assert_eq!(taker.wait().unwrap(), 1);
    rt.settle();
}

#[test]
fn c12_a_wait_moved_into_its_own_target_leaves_no_trace() {
    let rt = Rt::new(1);
    let (give, take) = tokio::sync::oneshot::channel::<headwater::Wait<u32>>();
    let target = Request::new(async move {
        let wait = take.await.map_err(Error::new)?;
        let mut wait = Box::pin(wait);
        let error = wait.as_mut().await.unwrap_err();
        assert!(error.is_circular());
        std::future::pending::<()>().await;
        drop(wait);
        Ok(1)
    });
    let mut wait = target.clone().into_future();
    assert!(poll_once(&mut wait).is_pending());
    let _ = give.send(wait);
    until("nobody waits any more", || target.info().waiters == 0);
    until_state(&target, RequestState::Suspended);
    assert_eq!(target.cancel(), Cancel::Cancelled);
    rt.settle();
}

#[test]
fn c12_no_wake_up_is_lost_with_join_all_and_select() {
    let rt = Rt::new(2);
    for count in [1, 5, 40, 100] {
        let request = Request::new(async move {
            let children: Vec<_> = (0..count).map(slow).collect();
            children.iter().step_by(2).for_each(Request::submit);
            // More than 30 go through FuturesUnordered, with wakers of its own.
            let values = join_all(children.iter().map(|child| child.into_future())).await;
            let sum: u32 = values.into_iter().map(|value| value.unwrap()).sum();
            let (left, right) = (slow(1), slow(2));
            let first = select(left.into_future(), right.into_future()).await.factor_first().0?;
            Ok((sum, first))
        });
        request.submit();
        let (sum, first) = request.wait().unwrap();
        assert_eq!(sum, (0..count).sum::<u32>());
        assert!(first == 1 || first == 2);
    }
    rt.settle();
}

#[test]
fn c11_a_circle_through_a_stack_that_blocks() {
    let rt = Rt::new(2);
    let board = Board::default();
    let inner = board.clone();
    let outer = Request::builder().name("outer").future(async move {
        let outer = inner.get(0);
        // Runs in this very stack, and blocks it.
        let direct = Request::builder().name("direct").future(async move { outer.wait() });
        direct.await
    });
    board.put(&outer);
    outer.submit();
    assert_eq!(path(&outer.wait().unwrap_err()), "outer direct outer");
    board.clear();
    rt.settle();
}

//! C1–C8: start and share.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::thread::ThreadId;

use expect_test::expect;
use headwater::{Cancel, Error, Request, RequestState};

use crate::support::*;

/// Sees to it that whatever stood in the queue has had its turn.
fn flush() {
    Request::builder()
        .priority(i32::MAX)
        .future(async { Ok(()) })
        .wait()
        .expect("nothing to fail");
}

#[test]
fn c01_making_a_request_runs_nothing() {
    let rt = Rt::new(1);
    let mut events = rt.events();
    let ran = Counter::new();
    {
        let counter = || ran.clone();
        let (a, b, c, d) = (counter(), counter(), counter(), counter());
        let _future = Request::builder().name("future").future(async move { Ok(a.add()) });
        let _repeatable = Request::builder().name("repeatable").repeatable(move || {
            let b = b.clone();
            b.add();
            async move { Ok(b.add()) }
        });
        let _kernel = Request::builder().name("kernel").kernel(move |_| Ok(c.add()));
        let _pinned = Request::builder()
            .name("pinned")
            .pinned(move || async move { Ok(d.add()) });
        flush();
        assert_eq!(
            rt.snapshot()
                .iter()
                .filter(|info| info.state == RequestState::Made)
                .count(),
            4
        );
    }
    flush();
    rt.settle();
    assert_eq!(ran.get(), 0);
    assert!(!drain(&mut events).contains("future Started"));
}

#[test]
fn c01_submit_await_and_wait_each_start_it() {
    let rt = Rt::new(2);
    let ran = Counter::new();
    let made = || {
        let ran = ran.clone();
        Request::new(async move { Ok(ran.add()) })
    };
    made().wait().unwrap();
    assert_eq!(ran.get(), 1);
    futures::executor::block_on(async { made().await }).unwrap();
    assert_eq!(ran.get(), 2);
    made().submit();
    until("the submitted one has run", || ran.get() == 3);
    rt.settle();
}

#[test]
fn c01_submit_twice_is_a_no_op() {
    let rt = Rt::new(1);
    let mut events = rt.events();
    let request = Request::builder().name("once").future(async { Ok(1) });
    request.submit();
    request.submit();
    assert_eq!(request.wait().unwrap(), 1);
    request.submit();
    flush();
    rt.settle();
    let log: String = drain(&mut events)
        .lines()
        .filter(|line| line.starts_with("once"))
        .map(|line| format!("{line}\n"))
        .collect();
    expect![[r#"
        once Made
        once Submitted
        once Started
        once Ended(Succeeded)
    "#]]
    .assert_eq(&log);
}

#[test]
fn c02_one_run_whatever_mix_of_submit_await_and_wait() {
    let rt = Rt::new(2);
    let tokio = multi_thread(2);
    for _ in 0..100 {
        let ran = Counter::new();
        let count = ran.clone();
        let request = Request::new(async move {
            count.add();
            tokio::task::yield_now().await;
            Ok(Arc::new(7))
        });
        let threads: Vec<_> = (0..3)
            .map(|nth| {
                let request = request.clone();
                thread(&rt, move || {
                    if nth == 0 {
                        request.submit();
                    }
                    request.wait()
                })
            })
            .collect();
        let tasks: Vec<_> = (0..3).map(|_| tokio.spawn(request.clone().into_future())).collect();
        let inner = request.clone();
        let other = Request::new(async move { inner.await });
        let mut values = vec![other.wait().unwrap()];
        values.extend(threads.into_iter().map(|thread| join(thread).unwrap()));
        values.extend(tasks.into_iter().map(|task| tokio.block_on(task).unwrap().unwrap()));
        assert!(values.iter().all(|value| Arc::ptr_eq(value, &values[0])));
        assert_eq!(ran.get(), 1);
    }
}

#[test]
fn c02_later_waits_return_the_same_value_at_once() {
    let _rt = Rt::new(1);
    let request = Request::new(async { Ok(Arc::new(vec![0u8; 1 << 20])) });
    let first = request.wait().unwrap();
    let ran = poll_once(&mut request.clone().into_future());
    let Poll::Ready(Ok(second)) = ran else {
        panic!("a finished request is ready at the first poll")
    };
    // Shared, not copied.
    assert!(Arc::ptr_eq(&first, &second));
    assert!(Arc::ptr_eq(&first, &request.wait().unwrap()));
    assert!(Arc::ptr_eq(&first, &request.try_result().unwrap().unwrap()));
}

#[test]
fn r009_there_is_no_result_before_the_end() {
    let _rt = Rt::new(1);
    let gate = Gate::new();
    let pass = gate.pass();
    let request = Request::new(async move {
        pass.await;
        Ok(1)
    });
    assert!(request.try_result().is_none());
    request.submit();
    until_state(&request, RequestState::Suspended);
    assert!(request.try_result().is_none());
    gate.open();
    assert_eq!(request.wait().unwrap(), 1);
    assert_eq!(request.try_result().unwrap().unwrap(), 1);
}

#[test]
fn c03_a_suspended_request_holds_no_slot() {
    let _rt = Rt::new(1);
    // Everybody waits for the next one, which stands behind it in the queue.
    let mut next = Request::new(async { Ok(0) });
    for _ in 0..200 {
        let inner = next.clone();
        let request = Request::new(async move { Ok(inner.await? + 1) });
        request.submit();
        next = request;
    }
    assert_eq!(next.wait().unwrap(), 200);
}

#[test]
fn c03_mutually_dependent_requests_make_progress_with_one_slot() {
    let _rt = Rt::new(1);
    let (to_b, mut from_a) = tokio::sync::mpsc::channel(1);
    let (to_a, mut from_b) = tokio::sync::mpsc::channel(1);
    let a = Request::new(async move {
        for round in 0..100 {
            to_b.send(round).await.map_err(Error::new)?;
            assert_eq!(from_b.recv().await, Some(round));
        }
        Ok(())
    });
    let b = Request::new(async move {
        while let Some(round) = from_a.recv().await {
            if to_a.send(round).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    a.submit();
    b.submit();
    a.wait().unwrap();
    b.wait().unwrap();
}

/// Notes whether two threads are ever inside at once.
fn guarded_poll(inside: &AtomicBool) {
    assert!(!inside.swap(true, Ordering::SeqCst), "two threads in one request");
    std::thread::yield_now();
    inside.store(false, Ordering::SeqCst);
}

#[test]
fn c04_never_on_two_threads_at_once() {
    let rt = Rt::new(4);
    let inside = Arc::new(AtomicBool::new(false));
    let over = Latch::new();
    let (send, receive) = std::sync::mpsc::channel::<std::task::Waker>();
    let polls = Counter::new();
    let count = polls.clone();
    let request = Request::new(poll_fn(move |cx| {
        guarded_poll(&inside);
        let _ = send.send(cx.waker().clone());
        match count.add() {
            2_000.. => Poll::Ready(Ok(())),
            _ => Poll::Pending,
        }
    }));
    request.submit();
    let stop = over.clone();
    let pest = thread(&rt, move || {
        let mut wakers = Vec::new();
        while !stop.is_open() {
            wakers.extend(receive.try_recv());
            wakers.iter().for_each(std::task::Waker::wake_by_ref);
            wakers.truncate(3);
        }
    });
    let waited = request.wait();
    over.open();
    join(pest);
    waited.unwrap();
    assert!(polls.get() > 2_000);
}

#[test]
fn c04_a_pinned_request_stays_on_one_thread() {
    let rt = Rt::new(4);
    let log: Log<ThreadId> = Log::new();
    let requests: Vec<_> = (0..4)
        .map(|_| {
            let log = log.clone();
            Request::pinned(move || async move {
                let home = std::thread::current().id();
                let seen = Rc::new(RefCell::new(vec![home]));
                for _ in 0..50 {
                    // Through the queue, so that it resumes from another thread's wake-up.
                    let other = Request::new(async {
                        tokio::task::yield_now().await;
                        Ok(())
                    });
                    other.submit();
                    other.await?;
                    seen.borrow_mut().push(std::thread::current().id());
                }
                assert!(seen.borrow().iter().all(|&id| id == home));
                log.push(home);
                Ok(seen.borrow().len())
            })
        })
        .collect();
    requests.iter().for_each(Request::submit);
    for request in &requests {
        assert_eq!(request.wait().unwrap(), 51);
    }
    assert_eq!(log.get().len(), 4);
    rt.settle();
}

#[test]
fn c05_a_value_is_complete_at_birth_and_costs_no_scheduling() {
    let rt = Rt::new(1);
    let mut events = rt.events();
    let plug = plug(&rt);
    drain(&mut events);
    let request = Request::value(Some(5));
    assert_eq!(request.state(), RequestState::Succeeded);
    assert!(request.has_ended());
    request.submit();
    // The only slot is taken: nothing of this needs it.
    assert_eq!(request.wait().unwrap(), Some(5));
    assert_eq!(
        futures::executor::block_on(request.clone().into_future()).unwrap(),
        Some(5)
    );
    assert_eq!(request.cancel(), Cancel::Ended);
    assert_eq!(request.wait().unwrap(), Some(5));
    let log = drain(&mut events);
    assert!(log.lines().all(|line| line.starts_with("plug ")), "{log}");
    plug.release();
}

#[test]
fn c05_a_callback_of_a_value_may_use_requests_of_the_runtime() {
    let rt = Rt::new(1);
    let called = Counter::new();
    let count = called.clone();
    let parent = Request::new(async move {
        Request::value(1).on_finished(move |&value| {
            let kernel = Request::kernel(move |_| Ok((value, std::thread::current().name().map(str::to_owned))));
            let (value, thread) = kernel.wait().expect("a callback may wait");
            assert_eq!(value, 1);
            assert!(thread.is_some_and(|name| name.starts_with("headwater-compute")));
            count.add();
        });
        Ok(())
    });
    parent.submit();
    parent.wait().unwrap();
    assert_eq!(called.get(), 1);
    rt.settle();
}

#[test]
fn c05_r118_values_of_any_kind() {
    let _rt = Rt::new(1);
    Request::value(()).wait().unwrap();
    assert_eq!(Request::value(None::<u8>).wait().unwrap(), None);
    let log = Log::new();
    let seen = log.clone();
    Request::value(3).on_finished(move |&value| seen.push(value));
    assert_eq!(log.get(), [3]);
}

#[test]
fn c06_a_one_shot_runs_its_future_once() {
    let _rt = Rt::new(1);
    let request = Request::new(async { Ok("future") });
    assert_eq!(request.wait().unwrap(), "future");
}

#[test]
fn c06_a_repeatable_one_makes_a_future_for_each_generation() {
    let _rt = Rt::new(1);
    let made = Counter::new();
    let count = made.clone();
    let request = Request::repeatable(move || {
        let nth = count.add();
        async move { Ok(nth) }
    });
    assert_eq!(request.cancel(), Cancel::Cancelled);
    assert_eq!(made.get(), 0);
    assert_eq!(request.wait().unwrap(), 0);
    assert_eq!(request.wait().unwrap(), 0);
    assert_eq!(made.get(), 1);
}

#[test]
fn c06_a_kernel_runs_in_the_compute_pool_with_a_checkpoint() {
    let rt = Rt::new(1);
    let request = Request::kernel(|checkpoint| {
        checkpoint.check()?;
        Ok(std::thread::current().name().unwrap_or_default().to_owned())
    });
    assert!(request.wait().unwrap().starts_with("headwater-compute"));
    assert_eq!(rt.statistics().kernels, 1);
}

#[test]
fn c06_a_pinned_one_needs_no_send() {
    let _rt = Rt::new(1);
    let request = Request::pinned(|| async {
        let shared = Rc::new(5);
        tokio::task::yield_now().await;
        Ok(*shared)
    });
    assert_eq!(request.wait().unwrap(), 5);
}

/// As many as the contract says; in a debug build a tenth, which takes about as long and overflows a stack as surely.
const MANY: u32 = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };

fn chain(length: u32) -> Request<u32> {
    Request::new(async move {
        match length {
            0 => Ok(0),
            _ => Ok(chain(length - 1).await? + 1),
        }
    })
}

fn submitted_chain(length: u32) -> Request<u32> {
    Request::new(async move {
        if length == 0 {
            return Ok(0);
        }
        let next = submitted_chain(length - 1);
        next.submit();
        Ok(next.await? + 1)
    })
}

#[test]
fn c07_p37_a_long_chain_computes() {
    on_small_stack(|| {
        let _rt = Rt::new(2);
        assert_eq!(chain(MANY).wait().unwrap(), MANY);
    });
}

#[test]
fn c07_p37_a_long_chain_of_submitted_requests_computes() {
    on_small_stack(|| {
        let _rt = Rt::new(2);
        let head = submitted_chain(MANY);
        head.submit();
        assert_eq!(head.wait().unwrap(), MANY);
    });
}

#[test]
fn c07_p37_a_long_chain_computes_inline() {
    on_small_stack(|| {
        let _rt = Rt::inline();
        assert_eq!(chain(MANY / 4).wait().unwrap(), MANY / 4);
        assert_eq!(submitted_chain(MANY / 4).wait().unwrap(), MANY / 4);
    });
}

#[test]
fn c07_a_wide_fan_computes_and_frees_its_children() {
    on_small_stack(|| {
        let rt = Rt::new(2);
        let parent = Request::new(async {
            let mut sum = 0u64;
            let children: Vec<_> = (0..MANY)
                .map(|nth| Request::new(async move { Ok(u64::from(nth)) }))
                .collect();
            children.iter().for_each(Request::submit);
            for child in children {
                sum += child.await?;
            }
            Ok(sum)
        });
        let many = u64::from(MANY);
        assert_eq!(parent.wait().unwrap(), many * (many - 1) / 2);
        rt.settle();
    });
}

/// A chain that ends in a gate, every link of it suspended.
fn waiting_chain(length: u32, dropped: Counter, bottom: Latch) -> Request<u32> {
    Request::new(async move {
        let _guard = dropped.on_drop();
        if length == 0 {
            bottom.open();
            std::future::pending::<()>().await;
        }
        waiting_chain(length - 1, dropped, bottom).await
    })
}

#[test]
fn c07_p37_a_long_chain_is_cancelled() {
    on_small_stack(|| {
        let rt = Rt::new(2);
        let (dropped, bottom) = (Counter::new(), Latch::new());
        let head = waiting_chain(MANY, dropped.clone(), bottom.clone());
        head.submit();
        bottom.wait();
        until_state(&head, RequestState::Suspended);
        assert_eq!(head.cancel(), Cancel::Cancelled);
        assert!(head.wait().unwrap_err().is_cancelled());
        until("every link is dropped", || dropped.get() == MANY as usize + 1);
        rt.settle();
    });
}

#[test]
fn c07_p37_a_long_chain_fails_and_the_error_names_every_link() {
    fn failing(length: u32) -> Request<u32> {
        Request::new(async move {
            match length {
                0 => custom(1),
                _ => failing(length - 1).await,
            }
        })
    }
    on_small_stack(|| {
        let rt = Rt::new(2);
        let error = failing(MANY).wait().unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Custom(1)));
        assert_eq!(error.chain().count(), MANY as usize + 2);
        rt.settle();
    });
}

#[test]
fn c07_p37_long_chains_that_never_ran_are_dropped() {
    on_small_stack(|| {
        let rt = Rt::new(1);
        let mut next = Request::new(async { Ok(0) });
        for _ in 0..MANY {
            let inner = next;
            next = Request::new(async move { inner.await });
        }
        drop(next);
        rt.settle();
    });
}

#[derive(Clone)]
struct Holds {
    _next: Option<Request<Holds>>,
}

#[test]
fn c07_p37_long_chains_of_values_are_dropped() {
    on_small_stack(|| {
        let _rt = Rt::new(1);
        let mut next = Request::value(Holds { _next: None });
        for _ in 0..MANY {
            next = Request::value(Holds { _next: Some(next) });
        }
        drop(next);
    });
}

#[test]
fn c08_a_submitted_request_runs_to_its_end_without_handles() {
    let rt = Rt::new(1);
    let (gate, ended) = (Gate::new(), Counter::new());
    let (pass, count) = (gate.pass(), ended.clone());
    let request = Request::new(async move {
        pass.await;
        count.add();
        Ok(())
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    drop(request);
    assert_eq!(rt.snapshot().len(), 1);
    gate.open();
    rt.settle();
    assert_eq!(ended.get(), 1);
}

#[test]
fn c08_one_started_by_an_await_is_cancelled_with_its_last_waiter() {
    let rt = Rt::new(1);
    let (dropped, cancelled) = (Counter::new(), Counter::new());
    let (guard, count) = (dropped.on_drop(), cancelled.clone());
    let request = Request::new(async move {
        let _guard = guard;
        std::future::pending::<()>().await;
        Ok(())
    });
    request.on_cancelled(move || {
        count.add();
    });
    let mut first = request.clone().into_future();
    let mut second = request.into_future();
    assert!(poll_once(&mut first).is_pending());
    assert!(poll_once(&mut second).is_pending());
    drop(first);
    assert_eq!(rt.snapshot().len(), 1);
    assert_eq!((dropped.get(), cancelled.get()), (0, 0));
    drop(second);
    rt.settle();
    assert_eq!((dropped.get(), cancelled.get()), (1, 1));
}

#[test]
fn c08_while_a_handle_remains_it_goes_on() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let pass = gate.pass();
    let request = Request::new(async move {
        pass.await;
        Ok(1)
    });
    let mut wait = request.clone().into_future();
    assert!(poll_once(&mut wait).is_pending());
    drop(wait);
    assert!(!request.is_cancelled());
    gate.open();
    // Nobody waits: it goes on in the queue.
    until_state(&request, RequestState::Succeeded);
    rt.settle();
}

#[test]
fn c08_a_weak_handle_keeps_nothing_alive() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let guard = dropped.on_drop();
    let request = Request::new(async move {
        let _guard = guard;
        std::future::pending::<()>().await;
        Ok(1)
    });
    let weak = request.downgrade();
    let mut wait = request.into_future();
    assert!(poll_once(&mut wait).is_pending());
    // Shared while somebody waits, and then not kept.
    let again = weak.upgrade().expect("somebody waits");
    assert_eq!(again.info().waiters, 1);
    drop(again);
    drop(wait);
    rt.settle();
    assert_eq!(dropped.get(), 1);
    until("the request is freed", || weak.upgrade().is_none());
}

#[test]
fn c08_r070_dropping_the_last_handle_frees_the_value() {
    let rt = Rt::new(1);
    let value = Arc::new(());
    let inner = Arc::clone(&value);
    let request = Request::new(async move { Ok(inner) });
    let weak = request.downgrade();
    drop(request.wait().unwrap());
    assert_eq!(Arc::strong_count(&value), 2);
    drop(request);
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(weak.upgrade().is_none());
    rt.settle();
}

#[test]
fn c08_r071_a_finished_child_is_free_before_its_creator_ends() {
    let _rt = Rt::new(1);
    let parent = Request::new(async {
        let value = Arc::new(());
        let inner = Arc::clone(&value);
        let child = Request::new(async move { Ok(inner) });
        child.submit();
        drop(child.await?);
        tokio::task::yield_now().await;
        Ok(Arc::strong_count(&value))
    });
    parent.submit();
    assert_eq!(parent.wait().unwrap(), 1);
}

#[test]
fn c08_r072_r073_what_was_captured_is_freed_at_the_end() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let (in_work, in_callback) = (dropped.on_drop(), dropped.on_drop());
    let request = Request::new(async move {
        let _held = in_work;
        custom::<()>(1)
    });
    request.on_failed(move |_| drop(in_callback));
    request.wait().unwrap_err();
    // The request is still there, with its error; the workload and the callback are not.
    assert_eq!(dropped.get(), 2);
    rt.settle();
}

#[test]
fn r005_random_trees_complete_and_every_callback_fires_once() {
    fn tree(depth: u32, seed: u64, made: Counter, told: Counter) -> Request<u64> {
        made.add();
        let count = told.clone();
        let request = Request::new(async move {
            let mut sum = 1;
            if depth > 0 {
                let children: Vec<_> = (0..seed % 7)
                    .map(|nth| tree(depth - 1, (seed * 31 + nth * 17 + 5) % 1009, made.clone(), told.clone()))
                    .collect();
                children.iter().step_by(2).for_each(Request::submit);
                for child in children {
                    sum += child.await?;
                }
            }
            Ok(sum)
        });
        request.on_finished(move |_| {
            count.add();
        });
        request
    }
    let rt = Rt::new(2);
    for seed in 0..20 {
        let (made, told) = (Counter::new(), Counter::new());
        let sum = tree(4, seed * 37 + 6, made.clone(), told.clone()).wait().unwrap();
        assert_eq!(sum, made.get() as u64);
        assert_eq!(told.get(), made.get());
    }
    rt.settle();
}

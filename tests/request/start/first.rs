//! C1–C4: start and share.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::thread::ThreadId;

use expect_test::expect;
use headwater::{Error, Request, RequestState};

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

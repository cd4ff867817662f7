//! C43: shutdown.

use std::future::IntoFuture;
use std::time::{Duration, Instant};

use headwater::{Error, Request, RequestState, Runtime};

use crate::support::*;

#[test]
fn c43_r109_r110_p09_shutdown_under_load_resolves_every_waiter() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1));
    let mut requests: Vec<(&str, Request<u32>)> = Vec::new();
    let suspended = endless(&Counter::new());
    requests.push(("suspended", suspended.clone()));
    let inner = suspended.clone();
    let waiting = Request::new(async move { inner.await });
    waiting.submit();
    until_state(&waiting, RequestState::Suspended);
    requests.push(("waiting", waiting));
    let pinned = Request::pinned(|| async {
        std::future::pending::<()>().await;
        Ok(1)
    });
    pinned.submit();
    until_state(&pinned, RequestState::Suspended);
    requests.push(("pinned", pinned));
    let inside = Latch::new();
    let entered = inside.clone();
    let kernel = Request::kernel(move |checkpoint| {
        entered.open();
        loop {
            checkpoint.check()?;
            std::thread::yield_now();
        }
    });
    kernel.submit();
    inside.wait();
    requests.push(("kernel", kernel));
    let queued_kernel = Request::kernel(|_| Ok(1));
    queued_kernel.submit();
    requests.push(("queued kernel", queued_kernel));
    let (inside, go_on) = (Latch::new(), Latch::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let running = Request::new(async move {
        entered.open();
        leave.wait();
        std::future::pending::<()>().await;
        Ok(1)
    });
    running.submit();
    inside.wait();
    requests.push(("running", running));
    let queued = Request::new(async { Ok(1) });
    queued.submit();
    requests.push(("queued", queued));
    let made = Request::new(async { Ok(1) });
    requests.push(("made", made));
    let waiters: Vec<_> = requests
        .iter()
        .filter(|(name, _)| *name != "made")
        .map(|(name, request)| {
            let request = request.clone();
            (*name, thread(&rt, move || request.wait()))
        })
        .collect();
    until("all wait", || {
        requests
            .iter()
            .all(|(name, request)| *name == "made" || request.info().waiters > 0)
    });
    let opener = thread(&rt, {
        let kernel = requests[3].1.clone();
        move || {
            // The poll that is under way returns when the kernel has been told.
            until("the kernel has ended", || kernel.has_ended());
            go_on.open();
        }
    });
    let runtime = rt.into_inner();
    let left = runtime.shutdown(LONG);
    assert!(left.ignored.is_empty(), "{:?}", left.ignored);
    join(opener);
    for (name, waiter) in waiters {
        let error = join(waiter).unwrap_err();
        assert!(error.is_shut_down(), "{name}: {error:?}");
    }
    for (name, request) in &requests {
        assert!(request.wait().unwrap_err().is_shut_down(), "{name}");
    }
    assert!(runtime.snapshot().is_empty());
}

#[test]
fn c43_p27_what_ignores_a_shutdown_is_named_and_its_waiters_are_told_in_time() {
    let rt = Rt::new(1);
    let (inside, go_on) = (Latch::new(), Latch::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let stuck = Request::builder().name("stuck kernel").kernel(move |_| {
        entered.open();
        leave.wait();
        Ok(1)
    });
    stuck.submit();
    inside.wait();
    let (inside, poll_go_on) = (Latch::new(), Latch::new());
    let (entered, leave) = (inside.clone(), poll_go_on.clone());
    let poll = Request::builder().name("stuck poll").future(async move {
        entered.open();
        leave.wait();
        Ok(1)
    });
    poll.submit();
    inside.wait();
    let inner = stuck.clone();
    let waiting = thread(&rt, move || inner.wait());
    until("the thread waits", || stuck.info().waiters == 1);
    let runtime = rt.into_inner();
    let began = Instant::now();
    let left = runtime.shutdown(Duration::from_millis(20));
    assert!(began.elapsed() < LONG);
    let mut names: Vec<_> = left.ignored.iter().filter_map(|info| info.name.as_deref()).collect();
    names.sort_unstable();
    assert_eq!(names, ["stuck kernel", "stuck poll"]);
    assert!(join(waiting).unwrap_err().is_shut_down());
    assert!(poll.wait().unwrap_err().is_shut_down());
    go_on.open();
    poll_go_on.open();
}

#[test]
fn c43_p09_close_at_random_points_of_a_running_graph() {
    for round in 0..30u32 {
        let rt = Rt::from(Runtime::builder().slots(2).compute_threads(1));
        let made = Counter::new();
        fn tree(depth: u32, made: Counter) -> Request<u32> {
            Request::new(async move {
                made.add();
                let children: Vec<_> = (0..if depth == 0 { 0 } else { 3 })
                    .map(|_| tree(depth - 1, made.clone()))
                    .collect();
                children.iter().step_by(2).for_each(Request::submit);
                let mut sum = 1;
                for child in &children {
                    tokio::task::yield_now().await;
                    sum += child.await?;
                }
                Ok(sum)
            })
        }
        let roots: Vec<_> = (0..4).map(|_| tree(5, made.clone())).collect();
        roots.iter().for_each(Request::submit);
        let waiters: Vec<_> = roots
            .iter()
            .map(|root| {
                let root = root.clone();
                thread(&rt, move || root.wait())
            })
            .collect();
        until("some have begun", || made.get() > 7 * round as usize);
        let runtime = rt.into_inner();
        if round % 2 == 0 {
            assert!(runtime.shutdown(LONG).ignored.is_empty());
        }
        drop(runtime);
        for waiter in waiters {
            match join(waiter) {
                Ok(sum) => assert_eq!(sum, 364),
                Err(error) => assert!(error.is_shut_down(), "{error:?}"),
            }
        }
    }
}

#[test]
fn c43_p09_after_a_shutdown_everything_fails_at_once() {
    let rt = Rt::new(1);
    let before = Request::new(async { Ok(1) });
    assert!(rt.shutdown(LONG).ignored.is_empty());
    before.submit();
    let after = [
        Request::new(async { Ok(1) }),
        Request::kernel(|_| Ok(1)),
        Request::pinned(|| async { Ok(1) }),
    ];
    for request in after.iter().chain([&before]) {
        assert!(request.wait().unwrap_err().is_shut_down());
        assert!(
            futures::executor::block_on(request.clone().into_future())
                .unwrap_err()
                .is_shut_down()
        );
        assert!(request.wait_timeout(LONG).unwrap_err().is_shut_down());
    }
    let repeatable = Request::repeatable(|| async { Ok(1) });
    let _ = repeatable.cancel();
    assert!(repeatable.wait_timeout(LONG).is_err());
    assert_eq!(Request::value(1).wait().unwrap(), 1);
    assert!(rt.shutdown(LONG).ignored.is_empty());
}

#[test]
fn c43_p28_dropping_the_last_handle_anywhere_neither_panics_nor_hangs() {
    let made = || Runtime::builder().slots(1).compute_threads(1).build().unwrap();
    let runtime = made();
    current_thread().block_on(async move { drop(runtime) });
    let runtime = made();
    multi_thread(1).block_on(async move { tokio::spawn(async move { drop(runtime) }).await.unwrap() });
    // In one of its own requests, kernels and callbacks.
    for place in 0..3 {
        let runtime = made();
        let done = Latch::new();
        let inside = done.clone();
        let held = runtime.clone();
        let drops = move || {
            drop(held);
            inside.open();
        };
        let go = Latch::new();
        let gone = go.clone();
        let builder = Request::builder().on(&runtime);
        let request = match place {
            0 => builder.future(async move {
                gone.wait();
                drops();
                Ok(())
            }),
            1 => builder.kernel(move |_| {
                gone.wait();
                drops();
                Ok(())
            }),
            _ => {
                let request = builder.future(async { Ok(()) });
                request.on_done(move |_| {
                    gone.wait();
                    drops();
                });
                request
            }
        };
        request.submit();
        drop(runtime);
        go.open();
        done.wait();
        until("it has ended", || request.has_ended());
        let _ = request.wait();
    }
}

#[test]
fn c43_p09_a_request_made_within_another_runtime_is_told_of_the_shutdown_of_its_own() {
    let (outer, inner) = (
        Rt::new(1),
        Runtime::builder().slots(1).compute_threads(1).build().unwrap(),
    );
    let (made, is_made) = std::sync::mpsc::channel();
    let other = inner.clone();
    let parent = Request::new(async move {
        let child = Request::builder()
            .on(&other)
            .future(std::future::pending::<Result<u32, Error>>());
        child.submit();
        let _ = made.send(child.clone());
        child.await
    });
    parent.submit();
    let child = is_made.recv().unwrap();
    until("the child waits", || child.state() == RequestState::Suspended);
    assert_eq!(
        inner.snapshot().len(),
        1,
        "the child stands in the list of its own runtime"
    );
    assert!(outer.snapshot().iter().all(|info| info.id != child.id()));
    assert!(inner.shutdown(Duration::from_secs(5)).ignored.is_empty());
    assert!(parent.wait().unwrap_err().is_shut_down());
    outer.settle();
}

/// tokio panics when a runtime that is shutting down is asked for a timer; kernels at work were told of it on stderr.
#[test]
fn runtimes_that_are_dropped_under_load_do_not_panic() {
    let panics = Counter::new();
    let (counted, before) = (panics.clone(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |info| {
        if info.to_string().contains("being shutdown") {
            counted.add();
        }
        before(info);
    }));
    for _ in 0..100 {
        let runtime = Runtime::builder().slots(2).compute_threads(2).build().unwrap();
        let waiters: Vec<_> = (0..64)
            .map(|_| {
                // Each end wakes a request from a thread of the pool.
                let request = Request::builder().on(&runtime).future(async {
                    let mut sum = 0_u32;
                    for n in 0..1_000 {
                        sum += Request::kernel(move |_| Ok(n)).await?;
                    }
                    Ok(sum)
                });
                request.submit();
                request
            })
            .collect();
        until("they are at work", || runtime.statistics().kernels > 20);
        drop(runtime);
        let ended = |request: Request<u32>| request.wait().is_ok_and(|sum| sum == 499_500) || request.wait().is_err();
        assert!(waiters.into_iter().all(ended));
    }
    assert_eq!(panics.get(), 0);
}

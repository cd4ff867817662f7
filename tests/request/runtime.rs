//! C43–C48: runtime.

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::{Duration, Instant};

use expect_test::expect;
use headwater::{Cancel, Error, Event, EventKind, Request, RequestContext, RequestId, RequestState, Runtime};

use crate::support::*;

#[test]
fn c43_r008_r108_n_slots_are_n_polls_at_once() {
    for slots in [1, 3] {
        let rt = Rt::new(slots);
        let (inside, most) = (Counter::new(), Log::new());
        for _ in 0..60 {
            let (inside, most) = (inside.clone(), most.clone());
            Request::new(async move {
                for _ in 0..3 {
                    most.push(inside.add() + 1);
                    std::thread::yield_now();
                    inside.sub();
                    tokio::task::yield_now().await;
                }
                Ok(())
            })
            .submit();
        }
        rt.settle();
        assert!(most.get().iter().all(|&inside| inside <= slots));
        assert_eq!(most.get().len(), 180);
    }
}

#[test]
fn c43_n_compute_threads_are_n_kernels_at_once() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(2));
    let (inside, most) = (Counter::new(), Log::new());
    for _ in 0..100 {
        let (inside, most) = (inside.clone(), most.clone());
        Request::kernel(move |_| {
            most.push(inside.add() + 1);
            std::thread::yield_now();
            inside.sub();
            Ok(())
        })
        .submit();
    }
    rt.settle();
    assert!(most.get().iter().all(|&inside| inside <= 2));
}

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
fn c43_p22_two_runtimes_and_a_host_pool_do_not_notice_each_other() {
    let (a, b) = (Rt::new(1), Rt::new(1));
    let plug = plug(&a);
    let on_b = Request::builder()
        .on(&b)
        .future(async { Ok(std::thread::current().id()) });
    on_b.submit();
    assert_ne!(on_b.wait().unwrap(), std::thread::current().id());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .thread_name(|_| "host".to_owned())
        .build()
        .unwrap();
    let shared = Rt::from(Runtime::builder().slots(1).compute_pool(Arc::new(pool)));
    let kernel = Request::kernel(|_| Ok(std::thread::current().name().map(str::to_owned)));
    assert_eq!(kernel.wait().unwrap().as_deref(), Some("host"));
    plug.release();
    // A request of one may wait for a request of the other, in every way.
    let inner = Request::builder().on(&a).future(async {
        tokio::task::yield_now().await;
        Ok(1)
    });
    let outer = Request::builder()
        .on(&b)
        .future(async move { Ok((&inner).await? + inner_wait(&inner)) });
    assert_eq!(outer.wait().unwrap(), 2);
    drop(shared);
}

fn inner_wait(request: &Request<u32>) -> u32 {
    request.wait().unwrap()
}

#[test]
fn c43_statistics_count() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1).long_poll(Duration::ZERO));
    let parent = Request::new(async {
        for _ in 0..5 {
            Request::kernel(|_| Ok(())).await?;
        }
        Ok(())
    });
    parent.submit();
    parent.wait().unwrap();
    rt.settle();
    let statistics = rt.statistics();
    assert_eq!((statistics.requests, statistics.kernels), (6, 5));
    assert!(statistics.long_polls >= 1);
}

#[test]
fn c44_r112_inline_everything_runs_in_the_callers_thread_at_submit() {
    let rt = Rt::inline();
    let here = std::thread::current().id();
    let log = Log::new();
    let told = log.clone();
    let outer = Request::new(async move {
        let child = Request::new(async move { Ok(std::thread::current().id()) });
        child.submit();
        let kernel = Request::kernel(|_| Ok(std::thread::current().id()));
        kernel.submit();
        told.push((child.await?, kernel.await?, std::thread::current().id()));
        Ok(())
    });
    outer.submit();
    // Not merely queued: it has run.
    assert_eq!(log.get(), [(here, here, here)]);
    assert_eq!(outer.state(), RequestState::Succeeded);
    let kernel = Request::kernel(|_| Ok(std::thread::current().id()));
    assert_eq!(kernel.wait().unwrap(), here);
    rt.settle();
}

#[test]
fn c44_r113_inline_keeps_the_promises() {
    let rt = Rt::inline();
    // Failure, cancellation, time-outs, wake-ups from outside, timers, pinned ones.
    let failing = Request::new(async { custom::<u32>(1) });
    failing.submit();
    assert_eq!(failing.wait().unwrap_err().downcast_ref(), Some(&Custom(1)));
    let cancelled = Request::new(async { Ok(1) });
    assert_eq!(cancelled.cancel(), Cancel::Cancelled);
    cancelled.submit();
    assert!(cancelled.wait().unwrap_err().is_cancelled());
    let never = Request::new(async {
        std::future::pending::<()>().await;
        Ok(1)
    });
    assert!(never.wait_timeout(Duration::from_millis(1)).unwrap_err().is_timeout());
    assert!(
        futures::executor::block_on(never.timeout(Duration::from_millis(1)))
            .unwrap_err()
            .is_timeout()
    );
    let inner = never.clone();
    let nested = Request::new(async move { inner.timeout(Duration::from_millis(1)).await });
    assert!(nested.wait().unwrap_err().is_timeout());
    let waiter = {
        let inner = never.clone();
        Request::new(async move { inner.await })
    };
    waiter.submit();
    assert_eq!(waiter.cancel(), Cancel::Cancelled);
    assert!(waiter.wait().unwrap_err().is_cancelled());
    let _ = never.cancel();
    let (send, receive) = tokio::sync::oneshot::channel();
    let outside = Request::new(async move { receive.await.map_err(Error::new) });
    outside.submit();
    assert_eq!(outside.state(), RequestState::Suspended);
    let sender = thread(&rt, move || send.send(5));
    assert_eq!(outside.wait().unwrap(), 5);
    join(sender).unwrap();
    let timer = Request::new(async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(6)
    });
    assert_eq!(timer.wait().unwrap(), 6);
    let pinned = Request::pinned(|| async {
        let value = std::rc::Rc::new(7);
        tokio::task::yield_now().await;
        Ok(*value)
    });
    assert_eq!(pinned.wait().unwrap(), 7);
    rt.settle();
}

#[test]
fn c44_inline_blocking_waits_nest() {
    let rt = Rt::inline();
    fn nest(depth: u32) -> Request<u32> {
        Request::new(async move {
            if depth == 0 {
                tokio::task::yield_now().await;
                return Ok(0);
            }
            let next = nest(depth - 1);
            if depth.is_multiple_of(2) {
                next.submit();
            }
            Ok(next.wait()? + Request::kernel(|_| Ok(1)).wait()?)
        })
    }
    assert_eq!(nest(10).wait().unwrap(), 10);
    assert_eq!(futures::executor::block_on(nest(10).into_future()).unwrap(), 10);
    rt.settle();
}

#[test]
fn c44_inline_on_an_async_executor() {
    let rt = Rt::inline();
    let tokio = current_thread();
    let sum = tokio.block_on(async {
        let requests: Vec<_> = (0..50)
            .map(|nth| {
                Request::new(async move {
                    tokio::task::yield_now().await;
                    Request::kernel(move |_| Ok(nth)).await
                })
            })
            .collect();
        requests.iter().step_by(2).for_each(Request::submit);
        let values = futures::future::try_join_all(requests.iter().map(|request| request.into_future())).await;
        values.map(|values| values.into_iter().sum::<u32>())
    });
    assert_eq!(sum.unwrap(), (0..50).sum::<u32>());
    rt.settle();
}

#[test]
fn c44_inline_from_several_threads() {
    let rt = Rt::inline();
    for _ in 0..50 {
        let request = Request::new(async {
            let mut sum = 0;
            for nth in 0..5 {
                tokio::task::yield_now().await;
                let child = Request::new(async move {
                    tokio::task::yield_now().await;
                    Ok(nth)
                });
                child.submit();
                sum += child.await?;
            }
            Ok(sum)
        });
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let request = request.clone();
                thread(&rt, move || request.wait())
            })
            .collect();
        for thread in threads {
            assert_eq!(join(thread).unwrap(), 10);
        }
    }
    rt.settle();
}

#[test]
fn c45_embedded_it_runs_on_the_hosts_threads() {
    for flavour in 0..2 {
        let host = if flavour == 0 {
            current_thread()
        } else {
            multi_thread(2)
        };
        let runtime = Runtime::builder()
            .slots(2)
            .compute_threads(1)
            .embedded(host.handle().clone())
            .build()
            .unwrap();
        let (values, threads) = host.block_on(async {
            let _entered = runtime.enter();
            let requests: Vec<_> = (0..20)
                .map(|nth| {
                    Request::new(async move {
                        tokio::task::yield_now().await;
                        let kernel = Request::kernel(move |_| Ok(nth));
                        let name = std::thread::current().name().map(str::to_owned);
                        Ok((kernel.await?, name))
                    })
                })
                .collect();
            requests.iter().for_each(Request::submit);
            let waits: Vec<_> = requests.iter().map(|request| request.into_future()).collect();

            let pairs = futures::future::try_join_all(waits).await.unwrap();
            pairs.into_iter().unzip::<u32, Option<String>, Vec<_>, Vec<_>>()
        });
        assert_eq!(values.iter().sum::<u32>(), 190);
        assert!(
            threads
                .iter()
                .all(|name| !name.as_deref().unwrap_or_default().starts_with("headwater-slot"))
        );
        drop(runtime);
        // The host goes on, and may be dropped.
        assert_eq!(host.block_on(async { 1 }), 1);
    }
}

#[test]
fn c45_p25_a_blocking_wait_in_a_request_on_a_current_thread_host_is_an_error() {
    let host = current_thread();
    let runtime = Runtime::builder()
        .slots(2)
        .compute_threads(1)
        .embedded(host.handle().clone())
        .build()
        .unwrap();
    let request = Request::builder().on(&runtime).future(async {
        let inner = Request::new(async {
            tokio::task::yield_now().await;
            Ok(1)
        });
        inner.submit();
        let error = inner.wait().unwrap_err();
        assert!(error.is_would_block() && error.report().contains(".await"), "{error:?}");
        inner.await
    });
    request.submit();
    assert_eq!(host.block_on(async { request.await }).unwrap(), 1);
}

#[derive(Clone, Debug, PartialEq)]
struct User(&'static str);

fn user() -> Option<User> {
    RequestContext::current().get::<User>().map(|user| (*user).clone())
}

#[test]
fn c46_p33_the_context_holds_in_polls_kernels_and_callbacks() {
    for slots in [2, 0] {
        let rt = Rt::new(slots);
        let log = Log::new();
        let told = log.clone();
        let request = RequestContext::current().with(User("ada")).scope(|| {
            Request::new(async move {
                let mut seen = vec![user()];
                tokio::task::yield_now().await;
                seen.push(user());
                seen.push(Request::kernel(|_| Ok(user())).await?);
                seen.push(Request::pinned(|| async { Ok(user()) }).await?);
                let other = Request::builder()
                    .context(RequestContext::default().with(User("grace")))
                    .future(async { Ok(user()) });
                seen.push(other.await?);
                seen.push(user());
                Ok(seen)
            })
        });
        request.on_finished(move |_| {
            told.push(user());
            let child = Request::new(async { Ok(user()) });
            told.push(child.wait().unwrap());
        });
        assert_eq!(user(), None);
        let (ada, grace) = (Some(User("ada")), Some(User("grace")));
        let expected = [ada.clone(), ada.clone(), ada.clone(), ada.clone(), grace, ada.clone()];
        assert_eq!(request.wait().unwrap(), expected);
        assert_eq!(log.get(), [ada.clone(), ada.clone()]);
        let late = Log::new();
        let told = late.clone();
        request.on_done(move |_| told.push(user()));
        assert_eq!(late.get(), [ada]);
        assert_eq!(user(), None);
        rt.settle();
    }
}

#[test]
fn c46_a_deadline_ends_waits_and_kernels() {
    let rt = Rt::new(2);
    let never = endless(&Counter::new());
    let in_time = RequestContext::current().with_deadline(Instant::now() + Duration::from_millis(5));
    let (a, b) = (never.clone(), never.clone());
    let (awaits, blocks, computes) = in_time.scope(|| {
        (
            Request::new(async move { a.await }),
            Request::new(async move { b.wait() }),
            Request::kernel(|checkpoint| {
                loop {
                    checkpoint.check()?;
                    std::thread::yield_now();
                }
            }),
        )
    });
    for request in [&awaits, &blocks, &computes] {
        request.submit();
    }
    for request in [&awaits, &blocks, &computes] {
        assert!(request.wait().unwrap_err().is_timeout());
    }
    assert!(!never.is_cancelled(), "a time-out is no cancellation");
    let _ = never.cancel();
    rt.settle();
}

#[test]
fn c46_once_the_deadline_has_passed_nothing_new_is_begun() {
    let rt = Rt::new(1);
    let ran = Counter::new();
    let (direct, kernel) = (ran.clone(), ran.clone());
    let passed = RequestContext::current().with_deadline(Instant::now());
    let request = passed.scope(|| {
        Request::new(async move {
            let direct = Request::new(async move { Ok(direct.add()) });
            assert!(direct.await.unwrap_err().is_timeout());
            let kernel = Request::kernel(move |_| Ok(kernel.add()));
            assert!(kernel.await.unwrap_err().is_timeout());
            // What is there already may be had.
            Request::value(()).await
        })
    });
    request.submit();
    request.wait().unwrap();
    rt.settle();
    assert_eq!(ran.get(), 0);
    // An earlier deadline stays.
    let early = Instant::now();
    let context = RequestContext::default()
        .with_deadline(early)
        .with_deadline(early + LONG);
    assert_eq!(context.deadline(), Some(early));
}

/// What happened to one request, in a line.
fn history(events: &[Event], id: RequestId) -> String {
    let mine = events.iter().filter(|event| event.id == id);
    mine.map(|event| format!("{:?}", event.kind))
        .collect::<Vec<_>>()
        .join(" ")
}

fn all(events: &mut headwater::EventStream) -> Vec<Event> {
    std::iter::from_fn(|| events.try_next()).collect()
}

/// A waiter in a slot may take a request out of the queue as soon as it is there; its `Started` was told first at times.
#[test]
fn c47_submitted_is_told_before_started_however_quick_the_other_thread_is() {
    let rt = Rt::new(2);
    let mut events = rt.events();
    for _ in 0..500 {
        let child = Request::builder().name("child").future(async { Ok(1) });
        let barrier = Arc::new(std::sync::Barrier::new(2));
        let submitter = {
            let (child, barrier) = (child.clone(), Arc::clone(&barrier));
            thread(&rt, move || {
                barrier.wait();
                child.submit();
            })
        };
        let waiting = child.clone();
        let parent = Request::new(async move {
            barrier.wait();
            waiting.await
        });
        assert_eq!(parent.wait().unwrap(), 1);
        join(submitter);
        let of_child: Vec<_> = std::iter::from_fn(|| events.try_next())
            .filter(|event| event.id == child.id())
            .map(|event| event.kind)
            .collect();
        let at = |kind| of_child.iter().position(|other| *other == kind);
        let started = at(EventKind::Started).expect("it ran");
        assert!(
            at(EventKind::Submitted).is_none_or(|submitted| submitted < started),
            "{of_child:?}"
        );
    }
    rt.settle();
}

#[test]
fn c47_events_of_each_way_through_life() {
    let rt = Rt::new(1);
    let mut events = rt.events();
    let submitted = Request::new(async {
        tokio::task::yield_now().await;
        Ok(())
    });
    submitted.submit();
    rt.settle();
    let direct = Request::new(async { Ok(()) });
    direct.wait().unwrap();
    let failed = Request::new(async { custom::<()>(1) });
    failed.wait().unwrap_err();
    let unstarted = Request::new(async { Ok(()) });
    let _ = unstarted.cancel();
    let kernel = Request::kernel(|_| Ok(()));
    kernel.wait().unwrap();
    let suspended = endless(&Counter::new());
    let _ = suspended.cancel();
    let pinned = Request::pinned(|| async { Ok(()) });
    pinned.wait().unwrap();
    rt.settle();
    let events = all(&mut events);
    let mut log = String::new();
    for (name, id) in [
        ("submitted", submitted.id()),
        ("direct", direct.id()),
        ("failed", failed.id()),
        ("unstarted", unstarted.id()),
        ("kernel", kernel.id()),
        ("suspended", suspended.id()),
        ("pinned", pinned.id()),
    ] {
        log.push_str(&format!("{name}: {}\n", history(&events, id)));
    }
    expect![[r#"
        submitted: Made Submitted Started Suspended Resumed Ended(Succeeded)
        direct: Made Started Ended(Succeeded)
        failed: Made Started Ended(Failed)
        unstarted: Made CancelAsked Ended(Cancelled)
        kernel: Made Submitted Started Ended(Succeeded)
        suspended: Made Submitted Started Suspended CancelAsked Resumed Ended(Cancelled)
        pinned: Made Submitted Started Ended(Succeeded)
    "#]]
    .assert_eq(&log);
}

#[test]
fn c47_events_keep_their_documented_order_under_load() {
    let rt = Rt::new(4);
    let mut events = rt.events();
    let requests: Vec<_> = (0..if cfg!(debug_assertions) { 300 } else { 3_000 })
        .map(|_| {
            let request = Request::new(async {
                for _ in 0..5 {
                    let child = Request::new(async {
                        tokio::task::yield_now().await;
                        Ok(())
                    });
                    child.submit();
                    child.await?;
                }
                Ok(())
            });
            request.submit();
            request
        })
        .collect();
    rt.settle();
    drop(requests);
    let events = all(&mut events);
    let mut last: std::collections::HashMap<RequestId, EventKind> = std::collections::HashMap::new();
    for event in &events {
        let before = last.insert(event.id, event.kind);
        let is_right = match event.kind {
            EventKind::Made => before.is_none(),
            EventKind::Submitted => before == Some(EventKind::Made),
            EventKind::Started => matches!(before, Some(EventKind::Submitted | EventKind::Made)),
            EventKind::Suspended => matches!(before, Some(EventKind::Started | EventKind::Resumed)),
            EventKind::Resumed => before == Some(EventKind::Suspended),
            EventKind::Ended(_) => matches!(before, Some(EventKind::Started | EventKind::Resumed)),
            _ => true,
        };
        assert!(is_right, "{:?} after {before:?}", event.kind);
    }
    assert!(
        last.values()
            .all(|kind| matches!(kind, EventKind::Ended(RequestState::Succeeded)))
    );
}

#[test]
fn c47_whoever_resumes_does_so_after_the_end_of_what_it_waited_for() {
    let rt = Rt::new(2);
    let mut events = rt.events();
    for _ in 0..100 {
        let child = Request::new(async {
            tokio::task::yield_now().await;
            Ok(())
        });
        let inner = child.clone();
        let parent = Request::new(async move { inner.await });
        child.submit();
        parent.submit();
        rt.settle();
        let events = all(&mut events);
        let at = |id, kind| events.iter().position(|event| event.id == id && event.kind == kind);
        if let Some(resumed) = at(parent.id(), EventKind::Resumed) {
            assert!(at(child.id(), EventKind::Ended(RequestState::Succeeded)).unwrap() < resumed);
        }
    }
}

#[test]
fn c48_a_snapshot_lists_who_is_alive_and_what_each_waits_for() {
    let rt = Rt::new(1);
    assert!(rt.snapshot().is_empty());
    let target = endless(&Counter::new());
    let inner = target.clone();
    let waiter = Request::builder()
        .name("waiter")
        .priority(3)
        .bytes(4096)
        .future(async move { inner.await });
    waiter.submit();
    until_state(&waiter, RequestState::Suspended);
    let line = line!() + 1;
    let made = Request::builder().name("made").future(async { Ok(1) });
    let live = rt.snapshot();
    assert_eq!(
        live.iter().map(|info| info.id).collect::<Vec<_>>(),
        [target.id(), waiter.id(), made.id()]
    );
    let info = &live[1];
    assert_eq!(info.name.as_deref(), Some("waiter"));
    assert_eq!(
        (info.state, info.waiters, info.bytes, info.cancelled),
        (RequestState::Suspended, 0, 4096, false)
    );
    assert_eq!(info.waits_for, [target.id()]);
    assert_eq!(info.priority.level(), 3);
    assert!(info.age >= info.unchanged_for);
    assert_eq!(live[0].waiters, 1);
    assert_eq!((live[2].state, live[2].place.line()), (RequestState::Made, line));
    assert!(live[2].place.file().ends_with("runtime.rs"));
    drop(made);
    let _ = waiter.cancel();
    rt.settle();
    assert!(rt.snapshot().is_empty());
}

#[test]
fn c48_explain_says_why_it_is_not_running() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1));
    let target = endless(&Counter::new());
    let inner = target.clone();
    let waiter = Request::builder().name("waiter").future(async move { inner.await });
    assert!(waiter.explain().contains("nobody has submitted it"));
    waiter.submit();
    until_state(&waiter, RequestState::Suspended);
    assert!(
        waiter.explain().contains(&format!("waits for {}", target.id())),
        "{}",
        waiter.explain()
    );
    assert!(
        target.explain().contains("no request or lock of ours"),
        "{}",
        target.explain()
    );
    assert!(target.explain().contains("one waits for it"), "{}", target.explain());
    let plug = plug(&rt);
    let queued = Request::new(async { Ok(1) });
    queued.submit();
    assert!(
        queued.explain().contains("waits for one of 1 slots"),
        "{}",
        queued.explain()
    );
    plug.release();
    queued.wait().unwrap();
    assert!(queued.explain().contains("succeeded"));
    let _ = waiter.cancel();
    rt.settle();
    assert!(waiter.explain().contains("was cancelled"));
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

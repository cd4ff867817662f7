//! C39, and what must hold although a request that only its maker knows of stands in no list: nobody can tell the
//! difference but by the clock.

use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use headwater::{Error, EventKind, Request, RequestState, check_cancelled};

use crate::support::*;

/// Runs `work` in a request of its own, in a slot.
fn within<T, F>(work: F) -> Result<T, Error>
where
    T: Clone + Send + Sync + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    let request = Request::new(work);
    request.submit();
    request.wait()
}

#[test]
fn c39_a_request_made_and_awaited_on_the_spot_runs_in_the_turn_of_its_maker() {
    let _rt = Rt::new(2);
    let polls = Counter::new();
    let counted = polls.clone();
    let sum = Request::new(async move {
        let mut sum = 0;
        for i in 0..100_u64 {
            sum += Request::new(async move { Ok(i) }).await?;
        }
        Ok(sum)
    });
    let outer = Request::new(async move {
        let mut inner = std::pin::pin!((&sum).into_future());
        poll_fn(|cx| {
            counted.add();
            inner.as_mut().poll(cx)
        })
        .await
    });
    outer.submit();
    assert_eq!(outer.wait().unwrap(), 99 * 100 / 2);
    assert_eq!(polls.get(), 1, "nothing was ever pending");
}

#[test]
fn c47_who_watches_is_told_of_all_of_it() {
    let rt = Rt::new(1);
    let mut events = rt.events();
    within(async { Request::new(async { Ok(1) }).await }).unwrap();
    rt.settle();
    let mut made = 0;
    let mut ended = 0;
    while let Some(event) = events.try_next() {
        made += usize::from(event.kind == EventKind::Made);
        ended += usize::from(event.kind == EventKind::Ended(RequestState::Succeeded));
    }
    assert_eq!((made, ended), (2, 2));
}

#[test]
fn c48_one_that_is_pending_is_listed_with_what_it_waits_for() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let wait = gate.clone();
    let outer = Request::new(async move {
        Request::new(async move {
            Request::new(async move {
                wait.pass().await;
                Ok(3)
            })
            .await
        })
        .await
    });
    outer.submit();
    until("three requests are suspended", || {
        let all = rt.snapshot();
        all.len() == 3 && all.iter().all(|one| one.state == RequestState::Suspended)
    });
    let waiting = rt.snapshot();
    assert_eq!(waiting[0].waits_for, [waiting[1].id]);
    assert_eq!(waiting[1].waits_for, [waiting[2].id]);
    gate.open();
    assert_eq!(outer.wait().unwrap(), 3);
}

#[test]
fn c48_one_that_blocks_its_thread_is_listed() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let wait = gate.clone();
    let other = Request::new(async move {
        wait.pass().await;
        Ok(4)
    });
    let outer = Request::new(async move { Request::new(async move { other.wait() }).await });
    outer.submit();
    until("all three are there", || rt.snapshot().len() == 3);
    let running = rt
        .snapshot()
        .into_iter()
        .filter(|one| one.state == RequestState::Running);
    assert_eq!(
        running.count(),
        2,
        "the one that blocks, and the one in whose turn it does"
    );
    gate.open();
    assert_eq!(outer.wait().unwrap(), 4);
}

/// A request that is made in another one and carried out of it.
fn carried_out(end: Result<(), Error>) -> (Request<()>, Request<u32>) {
    let place = Arc::new(Mutex::new(None));
    let inside = Arc::clone(&place);
    let maker = Request::new(async move {
        *inside.lock().unwrap() = Some(Request::new(async { Ok(5) }));
        end
    });
    maker.submit();
    let _ = maker.wait();
    let carried = place.lock().unwrap().take().unwrap();
    (maker, carried)
}

#[test]
fn c14_one_that_was_carried_out_of_a_request_that_succeeded_runs() {
    let rt = Rt::new(1);
    let (maker, carried) = carried_out(Ok(()));
    maker.wait().unwrap();
    assert_eq!(carried.state(), RequestState::Made);
    assert_eq!(rt.snapshot().len(), 1);
    assert_eq!(carried.wait().unwrap(), 5);
}

#[test]
fn c27_one_that_was_carried_out_of_a_request_that_failed_is_cancelled() {
    let _rt = Rt::new(1);
    let (maker, carried) = carried_out(Err(Error::msg("no")));
    assert!(maker.wait().is_err());
    assert!(carried.wait().unwrap_err().is_cancelled());
}

#[test]
fn c14_one_whose_maker_is_gone_is_a_root() {
    let rt = Rt::new(1);
    let (maker, carried) = carried_out(Ok(()));
    drop(maker);
    rt.settle();
    assert_eq!(carried.wait().unwrap(), 5);
}

#[test]
fn c08_one_in_the_value_of_its_maker_keeps_nothing_alive() {
    let _rt = Rt::new(1);
    let dropped = Counter::new();
    let inside = dropped.clone();
    let maker = Request::new(async move {
        let guard = inside.on_drop();
        let kept = Request::new(async move {
            let _guard = guard;
            Ok(1)
        });
        Ok(Arc::new(kept))
    });
    maker.submit();
    drop(maker.wait().unwrap());
    drop(maker);
    until("the value and what it holds are gone", || dropped.get() == 1);
}

#[test]
fn c20_a_waiter_that_is_cancelled_by_what_it_runs_gets_no_value() {
    let _rt = Rt::new(1);
    for listed in [false, true] {
        let place = Arc::new(Mutex::new(None::<Request<()>>));
        let inside = Arc::clone(&place);
        let seen = Arc::new(Mutex::new(None));
        let seeing = Arc::clone(&seen);
        let outer = Request::new(async move {
            let inner = Request::new(async move {
                let outer = inside.lock().unwrap().take().unwrap();
                assert_eq!(outer.cancel(), headwater::Cancel::Cancelled);
                Ok(1)
            });
            let outcome = match listed {
                true => (&inner).await,
                false => inner.await,
            };
            *seeing.lock().unwrap() = Some(outcome);
            Ok(())
        });
        *place.lock().unwrap() = Some(outer.clone());
        outer.submit();
        until("it has ended", || outer.has_ended());
        let outcome = seen.lock().unwrap().take().unwrap();
        assert!(outcome.unwrap_err().is_interrupted(), "listed: {listed}");
    }
}

#[test]
fn c14_one_that_was_carried_out_of_a_request_that_was_cancelled_is_cancelled() {
    let _rt = Rt::new(1);
    let place = Arc::new(Mutex::new(None));
    let inside = Arc::clone(&place);
    let maker = Request::new(async move {
        *inside.lock().unwrap() = Some(Request::new(async { Ok(5) }));
        std::future::pending::<Result<(), Error>>().await
    });
    maker.submit();
    until("it has made one", || inside_is_some(&place));
    let _ = maker.cancel();
    let carried = place.lock().unwrap().take().unwrap();
    assert!(carried.wait().unwrap_err().is_cancelled());
}

fn inside_is_some<T>(place: &Mutex<Option<T>>) -> bool {
    place.lock().unwrap().is_some()
}

#[test]
fn c17_one_that_computes_in_the_turn_of_its_maker_sees_its_cancellation() {
    let _rt = Rt::new(1);
    let computing = Arc::new(AtomicBool::new(false));
    let inside = Arc::clone(&computing);
    let seen = Arc::new(AtomicUsize::new(0));
    let seeing = Arc::clone(&seen);
    let outer = Request::new(async move {
        Request::new(async move {
            Request::new(async move {
                inside.store(true, Ordering::SeqCst);
                let mut checked = check_cancelled();
                while checked.is_ok() {
                    std::hint::spin_loop();
                    checked = check_cancelled();
                }
                assert!(checked.unwrap_err().is_interrupted());
                seeing.fetch_add(1, Ordering::SeqCst);
                // Swallowed, it comes back at the next await.
                let next = Request::new(async { Ok(1) }).await;
                assert!(next.unwrap_err().is_interrupted());
                seeing.fetch_add(1, Ordering::SeqCst);
                Ok(1)
            })
            .await
        })
        .await
    });
    outer.submit();
    until("it computes", || computing.load(Ordering::SeqCst));
    let _ = outer.cancel();
    assert!(outer.wait().unwrap_err().is_cancelled());
    until("it has seen the end", || seen.load(Ordering::SeqCst) == 2);
}

#[test]
fn c43_one_that_was_carried_out_is_told_of_the_shutdown() {
    let rt = Rt::new(1);
    let (_maker, carried) = carried_out(Ok(()));
    let runtime = rt.into_inner();
    assert!(runtime.shutdown(LONG).ignored.is_empty());
    let error = carried.wait().unwrap_err();
    assert!(error.is_shut_down(), "{error}");
}

#[test]
fn c02_several_threads_may_come_upon_it_at_once() {
    let rt = Rt::new(2);
    for _ in 0..200 {
        let ran = Counter::new();
        let inside = ran.clone();
        let shared = Arc::new(Mutex::new(None));
        let place = Arc::clone(&shared);
        within(async move {
            let request = Request::new(async move { Ok(inside.add()) });
            *place.lock().unwrap() = Some(Arc::new(request));
            Ok(())
        })
        .unwrap();
        let request = shared.lock().unwrap().take().unwrap();
        let barrier = Arc::new(std::sync::Barrier::new(3));
        let threads: Vec<_> = (0..3)
            .map(|nth| {
                let (request, barrier) = (Arc::clone(&request), Arc::clone(&barrier));
                thread(&rt, move || {
                    barrier.wait();
                    match nth {
                        0 => request.submit(),
                        1 => drop((*request).clone().wait().unwrap()),
                        _ => drop(request.wait().unwrap()),
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(join);
        request.wait().unwrap();
        assert_eq!(ran.get(), 1);
    }
}

#[test]
fn c07_a_million_inside_of_each_other_are_dropped_or_computed() {
    let _rt = Rt::new(1);
    let nested = |depth: u32| {
        let mut request = Request::new(async { Ok(0_u32) });
        for _ in 0..depth {
            let inner = request;
            request = Request::new(async move { Ok(inner.await? + 1) });
        }
        request
    };
    within(async move {
        drop(nested(1_000_000));
        Ok(())
    })
    .unwrap();
    assert_eq!(within(async move { nested(100_000).await }).unwrap(), 100_000);
}

#[test]
fn c34_the_order_of_making_counts_not_that_of_listing() {
    let _rt = Rt::new(1);
    let order = Arc::new(Mutex::new(Vec::new()));
    let inside = Arc::clone(&order);
    within(async move {
        let note = |nth: u32| {
            let order = Arc::clone(&inside);
            Request::new(async move {
                order.lock().unwrap().push(nth);
                Ok(nth)
            })
        };
        let (first, second, third) = (note(1), note(2), note(3));
        third.submit();
        second.submit();
        first.submit();
        // The one slot is taken until this ends.
        Ok([first, second, third])
    })
    .unwrap()
    .iter()
    .for_each(|request| assert!(request.wait().is_ok()));
    assert_eq!(*order.lock().unwrap(), [1, 2, 3]);
}

#[test]
fn c26_a_panic_in_it_is_a_failure_with_its_place() {
    let _rt = Rt::new(1);
    let line = line!() + 1;
    let error = within(async { Request::new(async { panic_now() }).await.map(|_: u32| ()) }).unwrap_err();
    assert!(error.is_panic());
    let report = error.report();
    assert!(report.contains("just because"), "{report}");
    assert!(report.contains(&format!("listing.rs:{line}")), "{report}");
}

fn panic_now() -> Result<u32, Error> {
    panic!("just because")
}

#[test]
fn c12_polled_again_after_its_value_it_says_so() {
    let _rt = Rt::new(1);
    within(async {
        let mut wait = Box::pin(Request::new(async { Ok(6) }).into_future());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(wait.as_mut().poll(&mut cx), Poll::Ready(Ok(6))));
        let again = wait.as_mut().poll(&mut cx);
        assert!(
            matches!(&again, Poll::Ready(Err(error)) if error.to_string().contains("polled after")),
            "{again:?}"
        );
        assert!(format!("{wait:?}").contains("Wait"));
        Ok(())
    })
    .unwrap();
}

#[test]
fn c10_a_time_limit_inside_of_it_works() {
    let _rt = Rt::new(1);
    let error = within(async {
        Request::new(async {
            let never = Request::new(std::future::pending::<Result<u32, Error>>());
            never.timeout(Duration::from_millis(1)).await
        })
        .await
    });
    assert!(error.unwrap_err().is_timeout());
}

#[test]
fn c46_what_it_makes_is_of_the_same_runtime_and_context() {
    let rt = Rt::new(1);
    let requests = within(async {
        Request::new(async { Request::new(async { Request::new(async { Ok(1) }).await }).await }).await
    });
    assert_eq!(requests.unwrap(), 1);
    rt.settle();
    assert_eq!(rt.statistics().requests, 4);
}

#[test]
fn c32_a_callback_in_a_wave_of_cancellation_may_wait_for_what_the_wave_has_reached() {
    let _rt = Rt::new(2);
    let parent = Request::new(async {
        let slow = Request::new(std::future::pending::<Result<u32, Error>>());
        slow.submit();
        let blocked = slow.clone();
        // Made after `slow`, so that the wave reaches that first; never submitted, so that it ends inside of the wave.
        let last = Request::new(async { Ok(0) });
        last.on_cancelled(move || {
            assert!(blocked.wait().unwrap_err().is_cancelled());
        });
        let never = std::future::pending::<Result<u32, Error>>();
        never.await?;
        drop((slow, last));
        Ok(())
    });
    parent.submit();
    until_state(&parent, RequestState::Suspended);
    let _ = parent.cancel();
    assert!(parent.wait().unwrap_err().is_cancelled());
}

//! C5, C6: the kinds of requests.

use std::rc::Rc;

use headwater::{Cancel, Request, RequestState};

use crate::support::*;

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

//! C48: what is alive, and why it does not run.

use headwater::{Cancel, Request, RequestState, Runtime};

use crate::support::*;

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
    assert!(live[2].place.file().ends_with("snapshot.rs"));
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
fn c48_who_was_seen_in_a_snapshot_can_be_asked_about_and_cancelled() {
    let rt = Rt::new(1);
    let target = endless(&Counter::new());
    let inner = target.clone();
    let waiter = Request::builder().name("waiter").future(async move { inner.await });
    waiter.submit();
    until_state(&waiter, RequestState::Suspended);
    assert_eq!(rt.explain(waiter.id()), Some(waiter.explain()));
    assert_eq!(rt.cancel(target.id()), Some(Cancel::Pending { waiters: 1 }));
    assert_eq!(rt.cancel(waiter.id()), Some(Cancel::Cancelled));
    until_state(&waiter, RequestState::Cancelled);
    until_state(&target, RequestState::Cancelled);
    assert_eq!((rt.cancel(waiter.id()), rt.explain(waiter.id())), (None, None));
    rt.settle();
}

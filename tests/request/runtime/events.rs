//! C47: events.

use std::sync::Arc;

use expect_test::expect;
use headwater::{Event, EventKind, Request, RequestId, RequestState};

use crate::support::*;

fn all(events: &mut headwater::EventStream) -> Vec<Event> {
    std::iter::from_fn(|| events.try_next()).collect()
}

/// What happened to one request, in a line.
fn history(events: &[Event], id: RequestId) -> String {
    let mine = events.iter().filter(|event| event.id == id);
    mine.map(|event| format!("{:?}", event.kind))
        .collect::<Vec<_>>()
        .join(" ")
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
fn c47_events_within_a_bound_count_what_they_miss() {
    let rt = Rt::new(1);
    let (mut all_of_them, mut few) = (rt.events(), rt.events_within(3));
    Request::new(async { Ok(1) }).wait().unwrap();
    Request::new(async { Ok(2) }).wait().unwrap();
    let (told, kept) = (all(&mut all_of_them), all(&mut few));
    assert_eq!(told[..3], kept);
    assert_eq!(few.missed(), told.len() as u64 - 3);
    assert_eq!((few.missed(), all_of_them.missed()), (0, 0));
    Request::new(async { Ok(3) }).wait().unwrap();
    assert_eq!(all(&mut few), all(&mut all_of_them)[..3]);
    rt.settle();
}

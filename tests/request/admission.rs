//! Admission by bytes (C43; P38, P39).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use headwater::{Checkpoint, Error, Request, RequestState, Runtime};

use crate::{until, until_empty};

fn runtime(bytes: u64) -> Result<Runtime, Error> {
    Runtime::builder().slots(2).compute_threads(2).memory(bytes).build()
}

#[test]
fn c43_p38_work_in_flight_never_exceeds_the_budget() -> Result<(), Error> {
    let rt = runtime(100)?;
    let (now, most) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let work: Vec<_> = (0..200)
        .map(|_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            let request = Request::builder().on(&rt).bytes(40).future(async move {
                most.fetch_max(now.fetch_add(40, Ordering::SeqCst) + 40, Ordering::SeqCst);
                tokio::task::yield_now().await;
                now.fetch_sub(40, Ordering::SeqCst);
                Ok(())
            });
            request.submit();
            request
        })
        .collect();
    work.iter().try_for_each(Request::wait)?;
    assert!(most.load(Ordering::SeqCst) <= 100, "{most:?} bytes at once");
    assert_eq!((rt.memory().used, rt.memory().peak), (0, 80));
    until_empty(&rt);
    Ok(())
}

#[test]
fn p39_work_larger_than_the_budget_runs_alone() -> Result<(), Error> {
    let rt = runtime(10)?;
    let large: Vec<_> = (0..5)
        .map(|i| {
            Request::builder()
                .on(&rt)
                .bytes(1_000)
                .kernel(move |_: &Checkpoint| Ok(i))
        })
        .collect();
    large.iter().for_each(Request::submit);
    for (i, request) in large.iter().enumerate() {
        assert_eq!(request.wait()?, i);
    }
    assert_eq!(rt.memory().peak, 1_000);
    until_empty(&rt);
    Ok(())
}

#[test]
fn p39_a_chain_under_a_budget_of_one_block_finishes() -> Result<(), Error> {
    fn link(depth: u32) -> Request<u32> {
        Request::builder().bytes(1).future(async move {
            match depth {
                0 => Ok(0),
                _ => Ok(link(depth - 1).await? + 1),
            }
        })
    }
    let rt = runtime(1)?;
    let roots: Vec<_> = {
        let _entered = rt.enter();
        (0..4).map(|_| link(20)).collect()
    };
    roots.iter().for_each(Request::submit);
    for root in roots {
        assert_eq!(root.wait()?, 20);
    }
    assert_eq!(rt.memory().used, 0);
    until_empty(&rt);
    Ok(())
}

#[test]
fn p38_what_is_cancelled_in_the_lobby_takes_nothing() -> Result<(), Error> {
    let rt = runtime(10)?;
    let (open, gate) = tokio::sync::oneshot::channel::<()>();
    let first = Request::builder()
        .on(&rt)
        .bytes(10)
        .future(async move { gate.await.map_err(Error::new) });
    first.submit();
    until(|| first.state() == RequestState::Suspended);
    let second = Request::builder().on(&rt).bytes(10).future(async { Ok(()) });
    second.submit();
    assert_eq!(second.state(), RequestState::Queued);
    assert!(second.explain().contains("budget"), "{}", second.explain());
    let _ = second.cancel();
    assert!(second.wait().is_err_and(|error| error.is_cancelled()));
    let _ = open.send(());
    first.wait()?;
    assert_eq!((rt.memory().used, rt.memory().peak), (0, 10));
    until_empty(&rt);
    Ok(())
}

#[test]
fn p38_a_newcomer_that_would_fit_does_not_pass_those_who_wait() -> Result<(), Error> {
    let rt = runtime(100)?;
    let (gate, order) = (
        Arc::new(tokio::sync::Notify::new()),
        Arc::new(std::sync::Mutex::new(Vec::new())),
    );
    let holder = {
        let gate = Arc::clone(&gate);
        Request::builder().on(&rt).bytes(60).future(async move {
            gate.notified().await;
            Ok(())
        })
    };
    holder.submit();
    until(|| holder.state() == RequestState::Suspended);
    let work = |name: &'static str, bytes| {
        let order = Arc::clone(&order);
        Request::builder().on(&rt).bytes(bytes).future(async move {
            order.lock().unwrap().push(name);
            Ok(())
        })
    };
    // The large one does not fit beside the holder; the small one would.
    let (large, small) = (work("large", 100), work("small", 10));
    large.submit();
    small.submit();
    assert_eq!(
        (large.state(), small.state()),
        (RequestState::Queued, RequestState::Queued)
    );
    gate.notify_one();
    large.wait()?;
    small.wait()?;
    assert_eq!(*order.lock().unwrap(), ["large", "small"]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c21_p38_every_generation_asks_for_its_bytes() -> Result<(), Error> {
    let rt = runtime(100)?;
    let gate = Arc::new(tokio::sync::Notify::new());
    let repeatable = {
        let gate = Arc::clone(&gate);
        Request::builder().on(&rt).bytes(70).repeatable(move || {
            let gate = Arc::clone(&gate);
            async move {
                gate.notified().await;
                Ok(7)
            }
        })
    };
    repeatable.submit();
    until(|| repeatable.state() == RequestState::Suspended);
    let _ = repeatable.cancel();
    until(|| repeatable.has_ended());
    assert_eq!(rt.memory().used, 0);
    // Another takes the room meanwhile: the next generation has to wait for it.
    let rival = {
        let gate = Arc::clone(&gate);
        Request::builder().on(&rt).bytes(50).future(async move {
            gate.notified().await;
            Ok(())
        })
    };
    rival.submit();
    until(|| rival.state() == RequestState::Suspended);
    repeatable.submit();
    assert_eq!((repeatable.state(), rt.memory().used), (RequestState::Queued, 50));
    gate.notify_one();
    rival.wait()?;
    until(|| repeatable.state() == RequestState::Suspended);
    assert_eq!(rt.memory().used, 70);
    gate.notify_one();
    assert_eq!(repeatable.wait()?, 7);
    until_empty(&rt);
    assert_eq!((rt.memory().used, rt.memory().peak), (0, 70));
    Ok(())
}

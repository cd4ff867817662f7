//! Clauses of C8, C24, C40, C43, C44 and C46, where several kinds of requests meet.

use std::future::IntoFuture;
use std::time::{Duration, Instant};

use futures::StreamExt;
use headwater::{Cancel, Request, RequestBatch, RequestContext, RequestPool, RequestState, Retry};

use crate::support::*;

#[test]
fn c08_a_queued_kernel_that_was_only_awaited_never_runs_when_all_are_gone() {
    let rt = Rt::from(headwater::Runtime::builder().slots(1).compute_threads(1));
    let (inside, go_on, ran) = (Latch::new(), Latch::new(), Counter::new());
    let (entered, leave, count) = (inside.clone(), go_on.clone(), ran.clone());
    let plug = Request::kernel(move |_| {
        entered.open();
        leave.wait();
        Ok(())
    });
    plug.submit();
    inside.wait();
    let mut wait = Request::kernel(move |_| Ok(count.add())).into_future();
    assert!(poll_once(&mut wait).is_pending());
    assert_eq!(rt.snapshot().len(), 2);
    drop(wait);
    until("it has ended", || rt.snapshot().len() == 1);
    go_on.open();
    rt.settle();
    assert_eq!(ran.get(), 0);
}

/// The creator ends at once; its child lives for its own time of grace, and may be asked for.
#[test]
fn c24_a_child_with_a_grace_outlives_its_cancelled_creator() {
    let rt = Rt::new(1);
    let (give, take) = std::sync::mpsc::channel();
    let gate = Gate::new();
    let pass = gate.pass();
    let parent = Request::new(async move {
        let child = Request::builder().grace(LONG).future(async move {
            pass.await;
            Ok(3)
        });
        child.submit();
        let _ = give.send(child.clone());
        child.await
    });
    parent.submit();
    let child = take.recv_timeout(LONG).unwrap();
    until("the parent waits", || child.info().waiters == 1);
    assert_eq!(parent.cancel(), Cancel::Cancelled);
    until_state(&parent, RequestState::Cancelled);
    assert!(!child.is_cancelled());
    let inner = child.clone();
    let waiting = thread(&rt, move || inner.wait());
    until("a thread waits", || child.info().waiters == 1);
    gate.open();
    assert_eq!(join(waiting).unwrap(), 3);
    rt.settle();
}

#[test]
fn c40_of_two_failures_the_first_comes_back_to_everybody() {
    let rt = Rt::new(2);
    let pool = RequestPool::new().max_active(2);
    let (first, second) = (Gate::new(), Gate::new());
    let (a, b) = (first.pass(), second.pass());
    let one = Request::new(async move {
        a.await;
        custom::<u32>(1)
    });
    let two = Request::new(async move {
        b.await;
        custom::<u32>(2)
    });
    pool.add(two.clone());
    pool.add(one.clone());
    pool.submit();
    until_state(&one, RequestState::Suspended);
    until_state(&two, RequestState::Suspended);
    first.open();
    let error = pool.wait().unwrap_err();
    // Before its gate opens: one that gets through it in time fails by itself.
    until_state(&two, RequestState::Cancelled);
    second.open();
    assert_eq!(error.downcast_ref(), Some(&Custom(1)));
    assert_eq!(pool.wait().unwrap_err().downcast_ref(), Some(&Custom(1)));
    rt.settle();
}

#[test]
fn c43_a_shutdown_resolves_who_reads_a_stream_or_a_batch() {
    let rt = Rt::new(1);
    let pool = RequestPool::new().max_active(1);
    pool.add(endless(&Counter::new()));
    pool.submit();
    let mut results = pool.results();
    let reader = thread(&rt, move || futures::executor::block_on(results.next()));
    let member = endless(&Counter::new());
    let watched = member.clone();
    let batch = thread(&rt, move || RequestBatch::new([member]).wait(|_| Ok(())));
    until("the batch waits", || watched.info().waiters > 0);
    let limited = endless(&Counter::new());
    let inner = limited.clone();
    let timed = thread(&rt, move || futures::executor::block_on(inner.timeout(LONG)));
    until("a time-out waits", || limited.info().waiters == 1);
    let runtime = rt.into_inner();
    assert!(runtime.shutdown(LONG).ignored.is_empty());
    let read = join(reader);
    assert!(
        read.as_ref()
            .is_none_or(|result| result.as_ref().is_err_and(headwater::Error::is_shut_down)),
        "{read:?}"
    );
    assert!(join(batch).unwrap_err().is_shut_down());
    assert!(join(timed).unwrap_err().is_shut_down());
}

#[test]
fn c46_a_deadline_reaches_grandchildren_kernels_and_callbacks() {
    for slots in [1, 0] {
        let rt = Rt::new(slots);
        let deadline = Instant::now() + Duration::from_secs(1_000);
        let log = Log::new();
        let told = log.clone();
        let now = || RequestContext::current().deadline();
        let request = RequestContext::default().with_deadline(deadline).scope(|| {
            Request::new(async move {
                let grandchild = Request::new(async move { Ok(now()) });
                let child =
                    Request::new(async move { Ok((grandchild.await?, Request::kernel(move |_| Ok(now())).await?)) });
                child.submit();
                child.await
            })
        });
        request.on_done(move |_| told.push(now()));
        assert_eq!(request.wait().unwrap(), (Some(deadline), Some(deadline)));
        rt.settle();
        assert_eq!((log.get(), now()), (vec![Some(deadline)], None));
    }
}

#[test]
fn c44_c29_an_inline_retry_runs_at_once() {
    let rt = Rt::inline();
    let runs = Counter::new();
    let count = runs.clone();
    let again = Request::repeatable(move || {
        let nth = count.add();
        async move { if nth == 0 { custom(0) } else { Ok(nth) } }
    });
    again.submit();
    assert_eq!(again.state(), RequestState::Failed);
    assert_eq!(again.retry(), Retry::Started);
    // Nothing else drives an inline runtime.
    assert_eq!((again.state(), runs.get()), (RequestState::Succeeded, 2));
    rt.settle();
}

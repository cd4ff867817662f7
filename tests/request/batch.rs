//! Batches: C40 for requests that an iterator makes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use futures::StreamExt;
use headwater::{Error, Request, RequestBatch, RequestBatchProgress, RequestState};
use tokio::sync::oneshot;

use crate::{runtime, until, until_empty};

#[test]
fn c40_every_result_of_a_batch_comes_once_with_progress() -> Result<(), Error> {
    let rt = runtime(2)?;
    let seen: Arc<Mutex<Vec<RequestBatchProgress>>> = Arc::default();
    let blocks = (0..200_u32).map({
        let rt = rt.clone();
        move |block| Request::builder().on(&rt).kernel(move |_| Ok(block))
    });
    let mut results = Vec::new();
    RequestBatch::new(blocks)
        .on(&rt)
        .on_progress({
            let seen = Arc::clone(&seen);
            move |progress| seen.lock().unwrap().push(progress)
        })
        .wait(|block| {
            results.push(block);
            Ok(())
        })?;
    results.sort_unstable();
    assert_eq!(results, (0..200).collect::<Vec<_>>());
    let seen = seen.lock().unwrap();
    let fractions: Vec<f64> = seen.iter().filter_map(RequestBatchProgress::fraction).collect();
    assert_eq!(
        seen.iter().map(|progress| progress.done).collect::<Vec<_>>(),
        (1..=200).collect::<Vec<_>>()
    );
    assert!(fractions.len() == 200 && fractions.is_sorted() && fractions[199] == 1.0);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_an_endless_batch_is_never_pulled_more_than_the_bound_ahead() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pulled = Arc::new(AtomicUsize::new(0));
    let endless = {
        let (rt, pulled) = (rt.clone(), Arc::clone(&pulled));
        (0_usize..).map(move |nth| {
            pulled.fetch_add(1, Ordering::SeqCst);
            Request::builder().on(&rt).future(async move { Ok(nth) })
        })
    };
    let reader = {
        let (rt, pulled) = (rt.clone(), Arc::clone(&pulled));
        Request::builder().on(&rt.clone()).future(async move {
            let mut batch = RequestBatch::new(endless).on(&rt).max_active(3);
            assert_eq!(pulled.load(Ordering::SeqCst), 0);
            for read in 1..=100 {
                batch.next().await.transpose()?;
                assert!(
                    pulled.load(Ordering::SeqCst) <= read + 2,
                    "{read} read, {pulled:?} pulled"
                );
            }
            assert_eq!(batch.progress().total.map(|_| ()), None);
            Ok(batch.progress().done)
        })
    };
    assert_eq!(reader.wait()?, 100);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_the_first_failure_of_a_batch_stops_the_rest() -> Result<(), Error> {
    let rt = runtime(2)?;
    let (in_flight, never) = (Arc::new(Mutex::new(None)), Arc::new(AtomicUsize::new(0)));
    let requests = (0..10_u32).map({
        let (rt, in_flight, never) = (rt.clone(), Arc::clone(&in_flight), Arc::clone(&never));
        move |nth| match nth {
            0 => {
                let request = Request::builder().on(&rt).future(std::future::pending());
                *in_flight.lock().unwrap() = Some(request.clone());
                request
            }
            1 => Request::builder()
                .on(&rt)
                .future(async { Err(Error::msg("no such tile")) }),
            _ => {
                never.fetch_add(1, Ordering::SeqCst);
                Request::value(nth)
            }
        }
    });
    let error = RequestBatch::new(requests)
        .on(&rt)
        .max_active(2)
        .wait(|_| Ok(()))
        .unwrap_err();
    assert!(error.report().ends_with("no such tile"));
    let in_flight = in_flight.lock().unwrap().take().unwrap();
    assert!(in_flight.wait().unwrap_err().is_cancelled());
    assert_eq!(never.load(Ordering::SeqCst), 0);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_an_error_of_the_reader_stops_the_batch() -> Result<(), Error> {
    let rt = runtime(1)?;
    let made = Arc::new(AtomicUsize::new(0));
    let requests = (0_u32..).map({
        let made = Arc::clone(&made);
        move |nth| {
            made.fetch_add(1, Ordering::SeqCst);
            Request::value(nth)
        }
    });
    let error = RequestBatch::new(requests).on(&rt).max_active(1).wait(|nth| match nth {
        0..5 => Ok(()),
        _ => Err(Error::msg("disk full")),
    });
    assert_eq!(error.unwrap_err().report(), "disk full");
    assert_eq!(made.load(Ordering::SeqCst), 6);
    until_empty(&rt);
    Ok(())
}

/// A batch of one request that never ends, and that request.
fn stuck(rt: &headwater::Runtime) -> (impl Iterator<Item = Request<u32>> + Send + use<>, Request<u32>) {
    let request = Request::builder().on(rt).future(std::future::pending());
    (
        std::iter::once(request.clone()).chain(std::iter::repeat_with(|| Request::value(0)).take(3)),
        request,
    )
}

#[test]
fn c40_a_batch_is_cancelled_from_anywhere() -> Result<(), Error> {
    let rt = runtime(1)?;
    let (requests, member) = stuck(&rt);
    let batch = RequestBatch::new(requests).on(&rt).max_active(1);
    let canceller = batch.canceller();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| batch.wait(|_| Ok(())));
        until(|| member.info().waiters == 1);
        canceller.cancel();
        assert!(reader.join().unwrap().unwrap_err().is_cancelled());
    });
    assert!(member.wait().unwrap_err().is_cancelled());
    canceller.cancel();
    until_empty(&rt);
    Ok(())
}

#[test]
fn r105_a_request_cancelled_while_it_reads_a_batch_ends_cancelled() -> Result<(), Error> {
    let rt = runtime(2)?;
    let (requests, member) = stuck(&rt);
    let (say, heard) = mpsc::channel();
    let reader = {
        let rt = rt.clone();
        Request::builder().on(&rt.clone()).future(async move {
            let outcome = RequestBatch::new(requests).on(&rt).max_active(1).run(|_| Ok(())).await;
            let _ = say.send(outcome.as_ref().is_err_and(Error::is_interrupted));
            outcome
        })
    };
    reader.submit();
    until(|| member.info().waiters == 1);
    let _ = reader.cancel();
    assert!(reader.wait().unwrap_err().is_cancelled());
    until(|| reader.state() == RequestState::Cancelled);
    assert_eq!(heard.recv(), Ok(true));
    assert!(member.wait().unwrap_err().is_cancelled());
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_dropping_a_batch_leaves_what_others_want() -> Result<(), Error> {
    let rt = runtime(2)?;
    let (open, gate) = oneshot::channel::<()>();
    let shared = Request::builder().on(&rt).future(async move {
        let _ = gate.await;
        Ok(7)
    });
    let other = {
        let shared = shared.clone();
        Request::builder().on(&rt).future(async move { shared.await })
    };
    other.submit();
    until(|| shared.info().waiters == 1);
    let (requests, mine) = stuck(&rt);
    let mut batch = RequestBatch::new(std::iter::once(shared).chain(requests))
        .on(&rt)
        .max_active(2);
    let read = Request::builder().on(&rt).future(async move {
        let first = batch.next();
        futures::pin_mut!(first);
        let is_pending = futures::poll!(first).is_pending();
        drop(batch);
        Ok(is_pending)
    });
    assert!(read.wait()?);
    assert!(mine.wait().unwrap_err().is_cancelled());
    let _ = open.send(());
    assert_eq!(other.wait()?, 7);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c44_an_inline_batch_runs_in_the_thread_that_reads() -> Result<(), Error> {
    let rt = runtime(0)?;
    let here = std::thread::current().id();
    let requests = (0..10_u32).map({
        let rt = rt.clone();
        move |nth| {
            Request::builder().on(&rt).future(async move {
                tokio::task::yield_now().await;
                assert_eq!(std::thread::current().id(), here);
                Ok(nth)
            })
        }
    });
    let batch = RequestBatch::new(requests).on(&rt);
    let all: Vec<u32> = futures::executor::block_on(batch.map(Result::unwrap).collect());
    assert_eq!(all, (0..10).collect::<Vec<_>>());
    until_empty(&rt);
    Ok(())
}

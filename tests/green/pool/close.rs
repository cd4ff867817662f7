//! The end of a pool: H47.

use std::pin::pin;
use std::task::Poll;

use futures::StreamExt;
use futures::stream::FusedStream;
use headwater::green::{Close, Pool};
use headwater::{Error, Request};

use super::Gates;
use crate::stage::*;

/// Items wait at their gates.
fn gated(gates: &Gates, width: usize) -> Pool<u32, u32> {
    let gates = gates.clone();
    Pool::ordered(width, move |n: u32| {
        let gate = gates.of(n);
        async move {
            gate.wait().await?;
            Ok(n)
        }
    })
}

#[test]
fn h47_close_leaves_no_result_behind_and_then_tells_all_getters() -> Result<(), Error> {
    let rt = runtime(2);
    let gates = Gates::default();
    let pool = gated(&gates, 1).on(&rt);
    (0..2).try_for_each(|n| pool.put_wait(n))?;
    let getters: Vec<Request<Option<u32>>> = (0..4)
        .map(|_| {
            let pool = pool.clone();
            Request::builder()
                .on(&rt)
                .future(async move { pool.get().await?.transpose() })
        })
        .collect();
    getters.iter().for_each(Request::submit);
    pool.close(Close::Drain);
    (0..2).for_each(|n| gates.open(n));
    let mut got = getters.iter().map(Request::wait).collect::<Result<Vec<_>, _>>()?;
    got.sort_unstable();
    assert_eq!(got, [None, None, Some(0), Some(1)]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn h47_iteration_ends_when_the_pool_is_closed_and_empty() -> Result<(), Error> {
    let rt = runtime(2);
    let pool = Pool::new(2, |n: u32| async move { Ok(n) }).on(&rt);
    let reader = {
        let results = pool.results();
        Request::builder().on(&rt).future(async move {
            Ok(results
                .map(|result| result.unwrap_or(u32::MAX))
                .collect::<Vec<_>>()
                .await)
        })
    };
    reader.submit();
    (0..10).try_for_each(|n| pool.put_wait(n))?;
    pool.close(Close::Drain);
    let mut read = reader.wait()?;
    read.sort_unstable();
    assert_eq!(read, (0..10).collect::<Vec<_>>());
    assert!(pool.iter_wait().next().is_none());
    pool.open();
    pool.put_wait(10)?;
    pool.close(Close::Drain);
    let again: Vec<u32> = pool.iter_wait().collect::<Result<_, _>>()?;
    assert_eq!(again, [10]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn a_stream_of_results_that_has_ended_stays_so() -> Result<(), Error> {
    let rt = runtime(1);
    let pool = Pool::new(1, |n: u32| async move { Ok(n) }).on(&rt);
    let (mut results, mut iter) = (pool.results(), pool.iter_wait());
    pool.close(Close::Drain);
    assert!(!results.is_terminated());
    assert!(matches!(poll(pin!(results.next())), Poll::Ready(None)));
    assert!(results.is_terminated());
    assert!(iter.next().is_none());
    pool.open();
    pool.put_wait(1)?;
    pool.join_wait()?;
    assert!(matches!(poll(pin!(results.next())), Poll::Ready(None)));
    assert!(iter.next().is_none());
    assert!(matches!(poll(pin!(pool.results().next())), Poll::Ready(Some(Ok(1)))));
    until_empty(&rt);
    Ok(())
}

#[test]
fn h47_closing_an_idle_pool_wakes_those_who_wait() {
    let rt = runtime(1);
    let pool = gated(&Gates::default(), 1).on(&rt);
    let mut get = pin!(pool.get());
    assert!(poll(get.as_mut()).is_pending());
    pool.close(Close::Drain);
    assert!(matches!(poll(get), Poll::Ready(Ok(None))));
}

#[test]
fn h47_an_aborted_pool_delivers_what_is_there_and_nothing_else() -> Result<(), Error> {
    let rt = runtime(2);
    let gates = Gates::default();
    let pool = gated(&gates, 2).on(&rt);
    (0..6).try_for_each(|n| pool.put_wait(n))?;
    (0..2).for_each(|n| gates.open(n));
    // Two are ready, two wait at their gates, two have not begun.
    until("two results", || rt.snapshot().len() == 2 && pool.len() == 6);
    until("the next two run", || {
        rt.snapshot()
            .iter()
            .all(|info| info.state == headwater::RequestState::Suspended)
    });
    pool.close(Close::Abort);
    let results: Vec<u32> = pool.iter_wait().collect::<Result<_, _>>()?;
    assert_eq!(results, [0, 1]);
    assert!(pool.is_empty());
    until_empty(&rt);
    Ok(())
}

#[test]
fn h47_putters_that_wait_get_their_items_back() -> Result<(), Error> {
    let rt = runtime(1);
    let pool = gated(&Gates::default(), 1).on(&rt).window(1);
    pool.try_put(0)?;
    let mut put = pin!(pool.put(1));
    assert!(poll(put.as_mut()).is_pending());
    pool.close(Close::Abort);
    let Poll::Ready(Err(refused)) = poll(put) else {
        panic!("the put is refused");
    };
    assert!(refused.is_closed());
    assert_eq!(refused.into_item(), 1);
    until_empty(&rt);
    Ok(())
}

#[test]
fn dropping_the_last_clone_aborts_and_a_stream_keeps_the_pool() -> Result<(), Error> {
    let rt = runtime(2);
    let gates = Gates::default();
    let pool = gated(&gates, 1).on(&rt);
    (0..3).try_for_each(|n| pool.put_wait(n))?;
    let mut results = pool.results();
    drop(pool);
    gates.open(0);
    let first = Request::builder().on(&rt).future(async move {
        let first = results.next().await;
        first.unwrap_or_else(|| Err(Error::msg("the end")))
    });
    assert_eq!(first.wait()?, 0);
    until_empty(&rt);
    Ok(())
}

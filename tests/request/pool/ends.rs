//! R99–R107: failures, cancellation, drop.

use std::sync::mpsc;
use std::time::Duration;

use futures::StreamExt;
use headwater::{Error, Request, RequestState, Runtime};

use super::{collect, gated, pool};
use crate::{runtime, until, until_empty};

fn failing(rt: &Runtime) -> Request<u32> {
    Request::builder().on(rt).future(async { Err(Error::msg("disk full")) })
}

#[test]
fn r99_r100_the_first_failure_comes_back_and_the_rest_is_cancelled() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt).max_active(2);
    let (in_flight, _open) = gated(&rt, 1);
    let (wanted, open_wanted) = gated(&rt, 2);
    let unlaunched = Request::builder().on(&rt).future(async { Ok(3) });
    pool.add(in_flight.clone());
    pool.add(failing(&rt));
    pool.add(unlaunched.clone());
    let error = pool.wait().unwrap_err();
    assert!(error.report().ends_with("disk full"), "{}", error.report());
    assert!(in_flight.wait().unwrap_err().is_cancelled());
    assert_eq!(unlaunched.state(), RequestState::Made);
    // Each time they ask (C25), and nothing starts any more.
    assert!(pool.wait().unwrap_err().same_root(&error));
    pool.add(wanted.clone());
    assert!(pool.wait().is_err());
    assert_eq!(wanted.state(), RequestState::Made);
    drop(open_wanted);
    drop((unlaunched, wanted));
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_a_failure_cancels_nothing_that_somebody_else_waits_for() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt).max_active(2);
    let (shared, open) = gated(&rt, 1);
    let reader = {
        let shared = shared.clone();
        Request::builder().on(&rt).future(async move { shared.await })
    };
    reader.submit();
    until(|| shared.info().waiters == 1);
    pool.add(shared);
    pool.add(failing(&rt));
    assert!(pool.wait().is_err());
    let _ = open.send(());
    assert_eq!(reader.wait()?, 1);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_a_stream_gives_what_was_finished_before_the_failure() -> Result<(), Error> {
    let rt = runtime(1)?;
    let pool = pool(&rt).max_active(1);
    pool.add(Request::value(1));
    pool.add(failing(&rt));
    pool.add(Request::value(3));
    let mut results = pool.results();
    let reader = Request::builder().on(&rt).future(async move {
        let one = results.next().await.transpose()?;
        let error = results.next().await.is_some_and(|result| result.is_err());
        Ok((one, error, results.next().await.is_none()))
    });
    assert_eq!(reader.wait()?, (Some(1), true, true));
    until_empty(&rt);
    Ok(())
}

#[test]
fn r103_a_pool_that_is_dropped_before_it_ran_starts_nothing() -> Result<(), Error> {
    let rt = runtime(1)?;
    let request = Request::builder().on(&rt).future(async { Ok(1) });
    let pool = pool(&rt);
    pool.add(request.clone());
    drop(pool);
    assert_eq!(request.state(), RequestState::Made);
    drop(request);
    until_empty(&rt);
    Ok(())
}

#[test]
fn r104_a_cancelled_member_gives_the_cancelled_error() -> Result<(), Error> {
    let rt = runtime(1)?;
    let pool = pool(&rt);
    let (member, _open) = gated(&rt, 1);
    let _ = member.cancel();
    pool.add(member);
    let error = pool.wait().unwrap_err();
    assert!(error.is_cancelled() && !error.is_interrupted(), "{}", error.report());
    until_empty(&rt);
    Ok(())
}

#[test]
fn r105_a_request_cancelled_while_it_waits_for_a_pool_ends_cancelled_and_so_do_its_members() -> Result<(), Error> {
    let rt = runtime(2)?;
    for _ in 0..60 {
        let (member, _open) = gated(&rt, 1);
        let (say, heard) = mpsc::channel();
        let waiter = {
            let (rt, member) = (rt.clone(), member.clone());
            Request::builder().on(&rt.clone()).future(async move {
                let pool = pool(&rt);
                pool.add(member);
                let outcome = pool.run().await;
                let _ = say.send(outcome.as_ref().is_err_and(Error::is_interrupted));
                outcome
            })
        };
        waiter.submit();
        until(|| member.info().waiters == 1);
        let _ = waiter.cancel();
        assert!(waiter.wait().unwrap_err().is_cancelled());
        until(|| waiter.state() == RequestState::Cancelled);
        assert_eq!(heard.recv(), Ok(true));
        // Not waited for before that: a wait would be a new interest in it.
        until(|| member.is_cancelled());
        assert!(member.wait().unwrap_err().is_cancelled());
    }
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_one_of_two_waiters_may_leave() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt);
    let (member, open) = gated(&rt, 1);
    pool.add(member);
    let wait = || {
        let pool = pool.clone();
        let request = Request::builder().on(&rt).future(async move { pool.run().await });
        request.submit();
        until(|| request.state() == RequestState::Suspended && !request.info().waits_for.is_empty());
        request
    };
    let (leaves, stays) = (wait(), wait());
    let _ = leaves.cancel();
    assert!(leaves.wait().unwrap_err().is_cancelled());
    assert!(pool.wait_timeout(Duration::from_millis(1)).unwrap_err().is_timeout());
    let _ = open.send(());
    stays.wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn r106_cancelling_a_pool_resolves_everybody_who_waits_for_it() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt).max_active(1);
    let (member, _open) = gated(&rt, 1);
    let unlaunched = Request::builder().on(&rt).future(async { Ok(2) });
    pool.add(member.clone());
    pool.add(unlaunched.clone());
    let in_request = {
        let pool = pool.clone();
        Request::builder().on(&rt).future(async move { pool.run().await })
    };
    in_request.submit();
    let stream = collect(&rt, &pool, false);
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| pool.wait());
        until(|| {
            member.info().waiters == 1 && !in_request.info().waits_for.is_empty() && !stream.info().waits_for.is_empty()
        });
        pool.cancel();
        assert!(thread.join().unwrap().unwrap_err().is_cancelled());
    });
    for error in [in_request.wait().unwrap_err(), stream.wait().map(drop).unwrap_err()] {
        assert!(error.is_cancelled() && !error.is_interrupted(), "{}", error.report());
    }
    // Cancelled, not failed.
    assert!(member.wait().is_err());
    until(|| member.state() == RequestState::Cancelled);
    assert_eq!(unlaunched.state(), RequestState::Made);
    drop(unlaunched);
    until_empty(&rt);
    Ok(())
}

#[test]
fn r107_a_callback_of_a_member_may_ask_and_change_the_pool() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt);
    let member = Request::builder().on(&rt).future(async { Ok(1) });
    let late = {
        let pool = pool.clone();
        move |_: &i32| {
            assert_eq!(pool.len(), 1);
            pool.add(Request::value(2));
        }
    };
    member.on_finished(late);
    pool.add(member);
    assert_eq!(collect(&rt, &pool, true).wait()?, [1, 2]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c40_dropping_a_running_pool_cancels_what_it_launched_and_nobody_else_wants() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt).max_active(2);
    let (mine, _open) = gated(&rt, 1);
    let (shared, open) = gated(&rt, 2);
    let never = Request::builder().on(&rt).future(async { Ok(3) });
    let reader = {
        let shared = shared.clone();
        Request::builder().on(&rt).future(async move { shared.await })
    };
    reader.submit();
    for member in [mine.clone(), shared, never.clone()] {
        pool.add(member);
    }
    pool.submit();
    until(|| mine.info().waiters == 1);
    drop(pool);
    assert!(mine.wait().unwrap_err().is_cancelled());
    assert_eq!(never.state(), RequestState::Made);
    let _ = open.send(());
    assert_eq!(reader.wait()?, 2);
    drop(never);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c11_a_member_that_waits_for_its_pool_is_a_circle() -> Result<(), Error> {
    let rt = runtime(2)?;
    let pool = pool(&rt).named("ring");
    let member = {
        let pool = pool.clone();
        Request::builder()
            .on(&rt)
            .name("member")
            .future(async move { pool.run().await })
    };
    pool.add(member);
    let error = pool.wait().unwrap_err();
    assert!(
        error.is_circular() && error.report().contains("`ring`"),
        "{}",
        error.report()
    );
    until_empty(&rt);
    Ok(())
}

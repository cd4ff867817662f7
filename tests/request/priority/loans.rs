//! C35: waiters lend their priority.

use std::future::IntoFuture;
use std::time::Duration;

use headwater::{Request, RequestState, Runtime};

use super::writes;
use crate::support::*;

/// A chain of `depth` requests of low priority that suspends at the bottom until `gate`, and then writes down each link.
fn chain(depth: usize, gate: &Gate, log: &Log<String>) -> Request<()> {
    let (pass, log) = (gate.pass(), log.clone());
    let mut next = Request::builder().priority(9).future({
        let log = log.clone();
        async move {
            pass.await;
            log.push("low 0".to_owned());
            Ok(())
        }
    });
    next.submit();
    until_state(&next, RequestState::Suspended);
    for nth in 1..depth {
        let (inner, log) = (next.clone(), log.clone());
        next = Request::builder().priority(9).future(async move {
            inner.await?;
            log.push(format!("low {nth}"));
            Ok(())
        });
        next.submit();
        until_state(&next, RequestState::Suspended);
    }
    next
}

#[test]
fn c35_r079_p32_a_waiter_lends_its_priority_through_any_depth() {
    let rt = Rt::new(1);
    let (gate, log) = (Gate::new(), Log::new());
    let bottom = chain(3, &gate, &log);
    let (inner, told) = (bottom.clone(), log.clone());
    let high = Request::builder().priority(-9).future(async move {
        inner.await?;
        told.push("high".to_owned());
        Ok(())
    });
    high.submit();
    until_state(&high, RequestState::Suspended);
    assert_eq!(bottom.info().priority, high.info().priority);
    let plug = plug(&rt);
    gate.open();
    writes(&log, "middle", 0).submit();
    plug.release();
    rt.settle();
    assert_eq!(log.get(), ["low 0", "low 1", "low 2", "high", "middle"]);
}

#[test]
fn c35_the_loan_ends_with_the_wait() {
    let rt = Rt::new(1);
    let (gate, log) = (Gate::new(), Log::new());
    let bottom = chain(3, &gate, &log);
    let own = bottom.info().priority;
    // A waiter without a rank keeps the chain alive.
    let mut keep = bottom.clone().into_future();
    assert!(poll_once(&mut keep).is_pending());
    for how in 0..2 {
        let inner = bottom.clone();
        let high = Request::builder().priority(-9).future(async move {
            match how {
                0 => inner.await,
                _ => inner.timeout(Duration::from_millis(1)).await,
            }
        });
        high.submit();
        if how == 0 {
            until_state(&high, RequestState::Suspended);
            assert_ne!(bottom.info().priority, own);
            let _ = high.cancel();
        }
        until("it has ended", || high.has_ended());
        assert_eq!(bottom.info().priority, own);
    }
    let plug = plug(&rt);
    gate.open();
    writes(&log, "middle", 0).submit();
    plug.release();
    futures::executor::block_on(keep).unwrap();
    rt.settle();
    assert_eq!(log.get(), ["middle", "low 0", "low 1", "low 2"]);
}

#[test]
fn c35_a_loan_that_comes_while_the_borrower_is_inside_of_its_poll_is_passed_on() {
    let rt = Rt::new(2);
    let (inside, go_on) = (Latch::new(), Latch::new());
    let target = endless(&Counter::new());
    let (entered, leave, inner) = (inside.clone(), go_on.clone(), target.clone());
    let borrower = Request::builder().priority(9).future(async move {
        entered.open();
        leave.wait();
        inner.await
    });
    borrower.submit();
    inside.wait();
    let lender = {
        let inner = borrower.clone();
        Request::builder().priority(-9).future(async move { inner.await })
    };
    lender.submit();
    until("the loan is made", || {
        borrower.info().priority == lender.info().priority
    });
    go_on.open();
    until("the loan has arrived", || {
        target.info().priority == lender.info().priority
    });
    let _ = lender.cancel();
    rt.settle();
}

#[test]
fn c35_a_kernel_that_is_waited_for_overtakes() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1));
    let (inside, go_on, log) = (Latch::new(), Latch::new(), Log::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    Request::kernel(move |_| {
        entered.open();
        leave.wait();
        Ok(())
    })
    .submit();
    inside.wait();
    let kernel = |name: &'static str, priority| {
        let log = log.clone();
        let kernel = Request::builder().priority(priority).kernel(move |_| {
            log.push(name);
            Ok(())
        });
        kernel.submit();
        kernel
    };
    let low = kernel("low", 9);
    let _middle = kernel("middle", 0);
    let high = Request::builder().priority(-9).future(async move { low.await });
    high.submit();
    until_state(&high, RequestState::Suspended);
    go_on.open();
    rt.settle();
    assert_eq!(log.get(), ["low", "middle"]);
}

#[test]
fn c35_a_loan_to_one_that_is_run_out_of_the_queue_reaches_what_it_waits_for() {
    let rt = Rt::new(1);
    let target = endless(&Counter::new());
    let gate = Gate::new();
    let (inner, pass) = (target.clone(), gate.pass());
    // Waits for the target and for the gate; the gate makes it ready while it goes on waiting for the target.
    let borrower = Request::builder().priority(9).future(async move {
        let both = futures::future::join(inner.into_future(), pass).await;
        both.0
    });
    borrower.submit();
    until_state(&borrower, RequestState::Suspended);
    let plug = plug(&rt);
    let wanted = borrower.clone();
    let lender = Request::builder().priority(-9).future(async move { wanted.await });
    lender.submit();
    gate.open();
    until_state(&borrower, RequestState::Queued);
    plug.release();
    until("the loan has arrived", || {
        target.info().priority == lender.info().priority
    });
    let _ = lender.cancel();
    rt.settle();
}

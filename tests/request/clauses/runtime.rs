//! Clauses of C43, C44, C46 and C48.

use std::time::Duration;

use headwater::{
    Cancel, Request, RequestCondition, RequestContext, RequestLock, RequestPool, RequestState, Retry, Runtime, shield,
};

use crate::support::*;

#[test]
fn c43_a_shutdown_resolves_threads_that_wait_for_pools_and_locks() {
    let rt = Rt::new(1);
    let pool = RequestPool::new().max_active(1);
    pool.add(endless(&Counter::new()));
    pool.add(Request::new(async { Ok(1) }));
    pool.submit();
    let lock = RequestLock::new(());
    let inner = lock.clone();
    let holder = Request::new(async move {
        let _guard = inner.lock().await?;
        std::future::pending::<()>().await;
        Ok(())
    });
    holder.submit();
    until_state(&holder, RequestState::Suspended);
    let inside = lock.clone();
    let queued = Request::new(async move { inside.lock().await.map(drop) });
    queued.submit();
    until_state(&queued, RequestState::Suspended);
    let for_pool = thread(&rt, move || pool.wait());
    let for_lock = thread(&rt, move || lock.lock_wait().map(drop));
    let for_queued = {
        let queued = queued.clone();
        thread(&rt, move || queued.wait())
    };
    until("a thread waits", || queued.info().waiters == 1);
    let runtime = rt.into_inner();
    assert!(runtime.shutdown(LONG).ignored.is_empty());
    // If the thread comes to its wait after the shutdown, the pool has been cancelled by then.
    let error = join(for_pool).unwrap_err();
    assert!(error.is_shut_down() || error.is_cancelled(), "{}", error.report());
    // Its holder is gone, and a lock belongs to no runtime.
    join(for_lock).unwrap();
    assert!(join(for_queued).unwrap_err().is_shut_down());
}

#[test]
fn c43_a_reset_is_another_runtime() {
    let first = Runtime::builder().slots(1).compute_threads(1).build().unwrap();
    let old = Request::builder().on(&first).future(async { Ok(1) });
    assert!(first.shutdown(LONG).ignored.is_empty());
    let rt = Rt::new(1);
    assert!(old.wait().unwrap_err().is_shut_down());
    let new = Request::new(async move { Ok(old.await.unwrap_err().is_shut_down()) });
    assert!(new.wait().unwrap());
    rt.settle();
}

#[test]
fn c44_inline_circles_chains_retries_and_shields() {
    let rt = Rt::inline();
    // A circle.
    let (give, take) = std::sync::mpsc::channel::<Request<u32>>();
    let itself = Request::new(async move { take.recv().unwrap().await });
    give.send(itself.clone()).unwrap();
    assert!(itself.wait().unwrap_err().is_circular());
    drop(give);
    // A chain of names.
    let inner = Request::builder().name("inner").future(async { custom::<u32>(4) });
    let outer = Request::builder().name("outer").future(async move { inner.await });
    outer.submit();
    let chain: Vec<_> = outer.wait().unwrap_err().chain().collect();
    assert!(
        chain.len() == 3 && chain[0].contains("`outer`") && chain[1].contains("`inner`"),
        "{chain:?}"
    );
    // Another generation on purpose.
    let runs = Counter::new();
    let count = runs.clone();
    let again = Request::repeatable(move || {
        let nth = count.add();
        async move { if nth == 0 { custom(0) } else { Ok(nth) } }
    });
    again.submit();
    assert_eq!(again.state(), RequestState::Failed);
    assert_eq!(again.retry(), Retry::Started);
    assert_eq!(again.wait().unwrap(), 1);
    // A tree is cancelled, and a shielded section is not.
    let (gate, log) = (Gate::new(), Log::new());
    let (pass, told) = (gate.pass(), log.clone());
    let child = Request::new(async move {
        shield(pass).await;
        told.push("finished its section");
        std::future::pending::<()>().await;
        Ok(1)
    });
    let target = child.clone();
    let parent = Request::new(async move { target.await });
    parent.submit();
    assert_eq!(parent.cancel(), Cancel::Cancelled);
    assert!(parent.wait().unwrap_err().is_cancelled());
    assert!(child.is_cancelled() && !child.has_ended());
    gate.open();
    assert!(child.wait().unwrap_err().is_cancelled());
    assert_eq!(log.get(), ["finished its section"]);
    rt.settle();
}

#[test]
fn c44_c42_inline_requests_share_a_condition() {
    let rt = Rt::inline();
    let (lock, condition) = (RequestLock::new(0), RequestCondition::new());
    let (its, told) = (lock.clone(), condition.clone());
    let waiter = Request::new(async move {
        let guard = told.wait_while(its.lock().await?, |count| *count < 2).await?;
        Ok(*guard)
    });
    waiter.submit();
    assert_eq!(waiter.state(), RequestState::Suspended);
    for _ in 0..2 {
        let (lock, condition) = (lock.clone(), condition.clone());
        let adder = Request::new(async move {
            *lock.lock().await? += 1;
            condition.notify_all();
            Ok(())
        });
        adder.submit();
        adder.wait().unwrap();
    }
    assert_eq!(waiter.wait().unwrap(), 2);
    rt.settle();
}

#[derive(Debug)]
struct User(&'static str);

fn user() -> &'static str {
    RequestContext::current().get::<User>().map_or("nobody", |user| user.0)
}

#[test]
fn c46_the_context_is_that_of_the_making_not_of_the_start() {
    for slots in [1, 0] {
        let rt = Rt::new(slots);
        let maker = RequestContext::default().with(User("maker"));
        let starter = RequestContext::default().with(User("starter"));
        let made = || maker.scope(|| Request::new(async { Ok(user()) }));
        let (submitted, awaited, blocked) = (made(), made(), made());
        starter.scope(|| submitted.submit());
        assert_eq!(submitted.wait().unwrap(), "maker");
        starter.scope(|| assert_eq!(blocked.wait().unwrap(), "maker"));
        let other = starter.scope(|| Request::new(async move { Ok((awaited.await?, user())) }));
        other.submit();
        assert_eq!(other.wait().unwrap(), ("maker", "starter"));
        assert_eq!(user(), "nobody");
        rt.settle();
    }
}

#[test]
fn c46_the_context_holds_in_every_generation_its_maker_and_each_kind_of_callback() {
    for slots in [1, 0] {
        let rt = Rt::new(slots);
        let log = Log::new();
        let context = RequestContext::default().with(User("ada"));
        let runs = Counter::new();
        let request = context.scope(|| {
            let (log, runs) = (log.clone(), runs.clone());
            Request::repeatable(move || {
                log.push(("maker", user()));
                let (nth, log) = (runs.add(), log.clone());
                async move {
                    log.push(("poll", user()));
                    if nth == 0 { custom(0) } else { Ok(nth) }
                }
            })
        });
        let (a, b, c) = (log.clone(), log.clone(), log.clone());
        request.on_failed(move |_| a.push(("failed", user())));
        request.wait().unwrap_err();
        assert_eq!(request.retry(), Retry::Started);
        request.wait().unwrap();
        request.on_finished(move |_| b.push(("finished", user())));
        let cancelled = context.scope(|| Request::new(async { Ok(1) }));
        cancelled.on_cancelled(move || c.push(("cancelled", user())));
        assert_eq!(cancelled.cancel(), Cancel::Cancelled);
        rt.settle();
        let entries = ["maker", "poll", "failed", "maker", "poll", "finished", "cancelled"];
        assert_eq!(log.get(), entries.map(|entry| (entry, "ada")));
    }
}

#[test]
fn c48_a_snapshot_shows_each_state_a_loan_and_a_cancellation() {
    let rt = Rt::new(1);
    let (gate, shielded) = (Gate::new(), Gate::new());
    let (pass, section) = (gate.pass(), shielded.pass());
    let stubborn = Request::builder().name("stubborn").future(async move {
        shield(section).await;
        Ok(1)
    });
    stubborn.submit();
    until_state(&stubborn, RequestState::Suspended);
    assert_eq!(stubborn.cancel(), Cancel::Cancelled);
    until_state(&stubborn, RequestState::Suspended);
    let borrower = Request::builder().name("borrower").priority(4).future(async move {
        pass.await;
        Ok(1)
    });
    borrower.submit();
    let inner = borrower.clone();
    let lender = Request::builder()
        .name("lender")
        .priority(-4)
        .future(async move { inner.await });
    lender.submit();
    until("the loan is made", || borrower.info().waiters == 1);
    let plug = plug(&rt);
    let queued = Request::builder().name("queued").future(async { Ok(1) });
    queued.submit();
    let live = rt.snapshot();
    let named = |name: &str| {
        let mut found = live.iter().filter(|info| info.name.as_deref() == Some(name));
        found.next().cloned().unwrap_or_else(|| panic!("no {name}: {live:#?}"))
    };
    assert_eq!(live.len(), 5);
    assert_eq!(named("plug").state, RequestState::Running);
    assert_eq!(named("queued").state, RequestState::Queued);
    assert!(named("stubborn").cancelled && !named("borrower").cancelled);
    assert_eq!((named("borrower").waiters, named("lender").waiters), (1, 0));
    assert_eq!(named("lender").waits_for, [borrower.id()]);
    assert_eq!(named("borrower").priority, named("lender").priority, "lent");
    assert_eq!((named("borrower").bytes, named("queued").waits_for.len()), (0, 0));
    assert!(named("stubborn").age >= named("queued").age, "older");
    // What was merely made is not stuck; what has begun is, when no time at all is allowed.
    let made = Request::builder().name("made").future(async { Ok(1) });
    let stalled: Vec<_> = rt.stalled(Duration::ZERO).iter().map(|info| info.id).collect();
    assert!(stalled.contains(&stubborn.id()) && stalled.contains(&queued.id()));
    assert!(!stalled.contains(&made.id()));
    assert!(rt.stalled(LONG).is_empty());
    plug.release();
    queued.wait().unwrap();
    gate.open();
    shielded.open();
    assert_eq!(lender.wait().unwrap(), 1);
    drop(made);
    rt.settle();
}

#[test]
fn c48_explain_names_the_budget_the_compute_pool_the_callbacks_and_the_cancellation() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1).memory(100));
    let gate = Gate::new();
    let pass = gate.pass();
    let big = Request::builder().bytes(80).future(async move {
        pass.await;
        Ok(1)
    });
    big.submit();
    until_state(&big, RequestState::Suspended);
    let next = Request::builder().bytes(80).future(async { Ok(2) });
    next.submit();
    assert!(
        next.explain().contains("80 of 100 bytes are taken"),
        "{}",
        next.explain()
    );
    gate.open();
    next.wait().unwrap();

    let (inside, go_on) = (Latch::new(), Latch::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let kernel = Request::kernel(move |_| {
        entered.open();
        leave.wait();
        Ok(1)
    });
    kernel.submit();
    inside.wait();
    let behind = Request::kernel(|_| Ok(1));
    behind.submit();
    assert!(kernel.explain().contains("is running"), "{}", kernel.explain());
    assert!(
        behind.explain().contains("a thread of the compute pool"),
        "{}",
        behind.explain()
    );
    go_on.open();
    behind.wait().unwrap();

    let (inside, go_on) = (Latch::new(), Latch::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let request = Request::new(async { Ok(1) });
    request.on_done(move |_| {
        entered.open();
        leave.wait();
    });
    request.submit();
    inside.wait();
    assert!(
        request.explain().contains("its callbacks are running"),
        "{}",
        request.explain()
    );
    assert_eq!(rt.snapshot().len(), 1);
    assert_eq!(rt.snapshot()[0].state, RequestState::Finishing);
    go_on.open();
    request.wait().unwrap();

    let shielded = Gate::new();
    let section = shielded.pass();
    let stubborn = Request::new(async move {
        shield(section).await;
        Ok(1)
    });
    stubborn.submit();
    until_state(&stubborn, RequestState::Suspended);
    let _ = stubborn.cancel();
    assert!(
        stubborn.explain().contains("it has been cancelled"),
        "{}",
        stubborn.explain()
    );
    shielded.open();
    rt.settle();
}

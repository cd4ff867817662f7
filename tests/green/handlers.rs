//! Errors that nobody takes.

use headwater::green::{self, Task};
use headwater::{Error, Runtime};

use crate::support::*;
use crate::tracing_log;

/// A log of what a handler was told.
fn listen(log: &Log<String>, who: &'static str) -> impl Fn(&Error) + Send + Sync + 'static {
    let log = log.clone();
    move |error| log.push(format!("{who}: {}", error.brief()))
}

#[test]
fn h09_without_a_handler_an_uncaught_error_goes_to_the_log() {
    tracing_log::install();
    let rt = Rt::new(1);
    Task::builder()
        .name("h09 lonely")
        .future(async { custom::<()>(9) })
        .detach();
    rt.settle();
    let told = || {
        let lines = tracing_log::lines().into_iter();
        lines
            .filter(|line| line.contains("h09 lonely") && line.starts_with("ERROR"))
            .collect::<Vec<_>>()
    };
    until("it is in the log", || !told().is_empty());
    let told = told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("custom failure 9"), "{told:?}");
}

#[test]
fn h13_local_handlers_come_before_global_ones_each_in_order() {
    let rt = Rt::new(1);
    let log = Log::new();
    let _first = green::on_error(listen(&log, "global 1"));
    let _second = green::on_error(listen(&log, "global 2"));
    let plug = plug(&rt);
    let task: Task<()> = Task::builder()
        .on_error(listen(&log, "local 1"))
        .future(async { Err(Error::msg("x")) });
    task.on_error(listen(&log, "local 2")).keep();
    let other: Task<()> = green::schedule(async { panic!("y") });
    task.detach();
    other.detach();
    plug.release();
    rt.settle();
    until("all are told", || log.get().len() == 6);
    assert_eq!(
        log.get(),
        [
            "local 1: x",
            "local 2: x",
            "global 1: x",
            "global 2: x",
            "global 1: y",
            "global 2: y"
        ]
    );
}

#[test]
fn h13_a_handler_is_there_until_its_guard_is_dropped() {
    let rt = Rt::new(1);
    let log = Log::new();
    let kept = green::on_error(listen(&log, "kept"));
    let dropped = green::on_error(listen(&log, "dropped"));
    drop(dropped);
    let fail = || {
        let task: Task<()> = green::schedule(async { Err(Error::msg("x")) });
        until("it has ended", || task.has_ended());
        drop(task);
    };
    fail();
    assert_eq!(log.get(), ["kept: x"]);
    assert!(kept.remove());
    fail();
    assert_eq!(log.get().len(), 1);
    rt.settle();
}

#[test]
fn h13_a_handler_that_panics_is_removed_and_the_others_are_told() {
    let _rt = Rt::new(1);
    let (log, calls) = (Log::new(), Counter::new());
    let inside = calls.clone();
    let bad = green::on_error(move |_| {
        inside.add();
        panic!("a bad handler");
    });
    let _good = green::on_error(listen(&log, "good"));
    green::handle_error(&Error::msg("one"));
    green::handle_error(&Error::msg("two"));
    assert_eq!((calls.get(), log.get().len()), (1, 2));
    assert!(!bad.remove(), "it is gone already");
}

#[test]
fn h13_what_somebody_took_is_not_told_and_what_nobody_took_is_told_once() {
    let rt = Rt::new(1);
    let log = Log::new();
    let _guard = green::on_error(listen(&log, "told"));
    let fail = |text: &'static str| -> Task<()> { green::schedule(async move { Err(Error::msg(text)) }) };
    let (mut waited, mut looked, awaited) = (fail("waited"), fail("looked"), fail("awaited"));
    waited.wait().unwrap_err();
    until("it has ended", || looked.has_ended());
    looked.try_result().expect("ended").unwrap_err();
    let awaiting = green::schedule(async move { Ok(awaited.await.is_err()) });
    assert!({ awaiting }.wait().unwrap());
    drop((waited, looked));
    let late = fail("late");
    until("it has ended", || late.has_ended());
    assert_eq!(log.get(), [""; 0], "while somebody may still take it");
    drop(late);
    assert_eq!(log.get(), ["told: late"]);
    rt.settle();
    assert_eq!(log.get().len(), 1);
}

#[test]
fn h13_being_cancelled_is_no_error() {
    let rt = Rt::new(1);
    let log = Log::new();
    let _guard = green::on_error(listen(&log, "told"));
    let task: Task<()> = green::schedule(async {
        headwater::cancellable(std::future::pending::<()>()).await?;
        Ok(())
    });
    until("it is pending", || task.state() == headwater::RequestState::Suspended);
    let _ = task.cancel();
    drop(task);
    rt.settle();
    assert_eq!(log.get(), [""; 0]);
}

#[test]
fn h13_a_panic_while_a_cancelled_task_is_dropped_is_told() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("boom");
        }
    }
    let rt = Rt::new(1);
    let log = Log::new();
    let _guard = green::on_error(listen(&log, "told"));
    let bomb = Bomb;
    let task: Task<()> = green::schedule(async move {
        let _bomb = bomb;
        std::future::pending().await
    });
    until("it is pending", || task.state() == headwater::RequestState::Suspended);
    let _ = task.cancel();
    rt.settle();
    until("it is told", || {
        log.get() == ["told: a task panicked when it was dropped: boom"]
    });
}

#[test]
fn h14_handlers_can_be_called_by_hand() {
    let _rt = Rt::new(1);
    let log = Log::new();
    let _guard = green::on_error(listen(&log, "global"));
    green::handle_error(&Error::msg("outside"));
    let mut task = Task::builder().on_error(listen(&log, "local")).future(async {
        green::handle_error(&Error::msg("inside"));
        Ok(())
    });
    task.wait().unwrap();
    assert_eq!(log.get(), ["global: outside", "local: inside", "global: inside"]);
}

#[test]
fn h13_handlers_hear_of_their_own_runtime_only() {
    let _rt = Rt::new(1);
    let other = Runtime::builder().slots(1).compute_threads(1).build().unwrap();
    let log = Log::new();
    let _guard = green::on_error(listen(&log, "here"));
    let guard = {
        let _entered = other.enter();
        green::on_error(listen(&log, "there"))
    };
    let task: Task<()> = Task::builder().on(&other).future(async { Err(Error::msg("x")) });
    until("it has ended", || task.has_ended());
    drop(task);
    assert_eq!(log.get(), ["there: x"]);
    assert!(guard.remove());
}

#[test]
fn h13_a_waiter_that_is_cancelled_has_not_been_told_of_the_failure() {
    let rt = Rt::new(2);
    let log = Log::new();
    let _guard = green::on_error(listen(&log, "told"));
    let task: Task<()> = green::schedule(async { Err(Error::msg("x")) });
    until("it has ended", || task.has_ended());
    let (at_work, is_at_work) = std::sync::mpsc::channel();
    let (go, goes) = std::sync::mpsc::channel();
    let (tells, seen) = std::sync::mpsc::channel();
    let waiter = headwater::Request::new(async move {
        // In one poll, so that it is cancelled under way.
        at_work.send(()).map_err(Error::new)?;
        goes.recv().map_err(Error::new)?;
        tells.send(task.await.unwrap_err().is_interrupted()).map_err(Error::new)
    });
    waiter.submit();
    is_at_work.recv().unwrap();
    let _ = waiter.cancel();
    go.send(()).unwrap();
    assert_eq!(seen.recv(), Ok(true), "it hears of its own end");
    rt.settle();
    until("it is told", || !log.get().is_empty());
    assert_eq!(log.get(), ["told: x"]);
}

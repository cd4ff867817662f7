//! How tasks end other than by themselves, and what does not end them.

use std::sync::mpsc;

use headwater::green::{self, Task};
use headwater::{Cancel, Error, Request, RequestState};

use crate::support::*;

#[test]
fn h12_a_task_that_is_cancelled_before_its_start_never_runs() {
    let rt = Rt::new(1);
    let plug = plug(&rt);
    let ran = Counter::new();
    let inside = ran.clone();
    let mut task = green::schedule(async move {
        inside.add();
        Ok(())
    });
    assert_eq!(task.cancel(), Cancel::Cancelled);
    plug.release();
    assert!(task.wait().unwrap_err().is_cancelled());
    assert_eq!(ran.get(), 0);
    assert_eq!(task.state(), RequestState::Cancelled);
}

#[test]
fn h12_cancelling_ends_a_task_whoever_waits_for_it() {
    let rt = Rt::new(2);
    let dropped = Counter::new();
    let guard = dropped.on_drop();
    let task: Task<()> = green::schedule(async move {
        let _guard = guard;
        std::future::pending().await
    });
    let handle = task.handle();
    let waiter = Request::new(async move {
        let error = task.await.unwrap_err();
        Ok((error.is_cancelled(), error.is_interrupted()))
    });
    waiter.submit();
    until("it is waited for", || handle.info().waiters == 1);
    assert_eq!(handle.cancel(), Cancel::Cancelled);
    assert_eq!(waiter.wait().unwrap(), (true, false));
    until("its future is gone", || dropped.get() == 1);
    assert_eq!(handle.cancel(), Cancel::Cancelled, "once more changes nothing");
    let mut ended = green::schedule(async { Ok(()) });
    ended.wait().unwrap();
    assert_eq!(ended.cancel(), Cancel::Ended);
    rt.settle();
}

#[test]
fn h12_a_cancelled_task_may_clean_up_at_the_awaits_of_this_crate() {
    let _rt = Rt::new(1);
    let cleaned = Counter::new();
    let (never, inside) = (Gate::new(), cleaned.clone());
    let mut task: Task<()> = green::schedule(async move {
        let error = headwater::cancellable(never.pass()).await.unwrap_err();
        assert!(error.is_interrupted());
        inside.add();
        Err(error)
    });
    until("it is suspended", || task.state() == RequestState::Suspended);
    assert_eq!(task.cancel(), Cancel::Cancelled);
    assert!(task.wait().unwrap_err().is_cancelled());
    assert_eq!((cleaned.get(), task.state()), (1, RequestState::Cancelled));
}

#[test]
fn a_task_outlives_whoever_made_it() {
    let _rt = Rt::new(2);
    let gate = Gate::new();
    let (sender, receiver) = mpsc::channel();
    let inside = gate.clone();
    let maker = Request::new(async move {
        let task = green::schedule(async move {
            inside.pass().await;
            Ok("alive")
        });
        sender.send(task).map_err(|_| Error::msg("nobody listens"))?;
        std::future::pending::<Result<(), Error>>().await
    });
    maker.submit();
    let mut task = receiver.recv_timeout(LONG).unwrap();
    until("the maker is suspended", || maker.state() == RequestState::Suspended);
    assert_eq!(maker.cancel(), Cancel::Cancelled);
    assert!(maker.wait().unwrap_err().is_cancelled());
    gate.open();
    assert_eq!(task.wait().unwrap(), "alive");
}

#[test]
fn a_waiter_who_gives_up_does_not_speak_against_the_task() {
    let _rt = Rt::new(2);
    let gate = Gate::new();
    let inside = gate.clone();
    let task = green::schedule(async move {
        inside.pass().await;
        Ok("alive")
    });
    let (handle, (sender, receiver)) = (task.handle(), mpsc::channel());
    let waiter = Request::new(async move {
        let mut task = task;
        let waited = (&mut task).await;
        sender.send(task).map_err(|_| Error::msg("nobody listens"))?;
        waited
    });
    waiter.submit();
    until("it is waited for", || handle.info().waiters == 1);
    assert_eq!(waiter.cancel(), Cancel::Cancelled);
    let mut task = receiver.recv_timeout(LONG).unwrap();
    assert!(waiter.wait().unwrap_err().is_cancelled());
    gate.open();
    assert_eq!(task.wait().unwrap(), "alive");
}

#[test]
fn a_deadline_stays_with_the_maker_and_other_values_go_along() {
    let _rt = Rt::new(1);
    let context = headwater::RequestContext::current()
        .with(String::from("ada"))
        .with_deadline(std::time::Instant::now());
    let mut task = context.scope(|| {
        green::schedule(async {
            let context = headwater::RequestContext::current();
            Ok((context.get::<String>().map(|name| name.to_string()), context.deadline()))
        })
    });
    assert_eq!(task.wait().unwrap(), (Some(String::from("ada")), None));
}

#[test]
fn h18_dropping_the_runtime_ends_what_is_pending_and_tells_who_waits() {
    let rt = Rt::new(1);
    let mut task: Task<()> = green::schedule(std::future::pending());
    until("it is suspended", || task.state() == RequestState::Suspended);
    drop(rt.into_inner());
    assert!(task.wait().unwrap_err().is_shut_down());
}

#[test]
fn h18_tasks_that_wait_for_each_other_are_told_so() {
    let _rt = Rt::new(2);
    let (to_first, from_second) = tokio::sync::oneshot::channel::<Task<()>>();
    let first: Task<()> = Task::builder().name("first").future(async move {
        let second = from_second.await.map_err(Error::new)?;
        second.await
    });
    let (handle, gate) = (first.handle(), Gate::new());
    let open = gate.clone();
    let second: Task<()> = Task::builder().name("second").future(async move {
        open.pass().await;
        first.await
    });
    let mut ended = second.handle();
    to_first.send(second).map_err(drop).unwrap();
    until("the first one waits", || ended.info().waiters == 1);
    gate.open();
    until("both have ended", || ended.has_ended() && handle.has_ended());
    ended = handle;
    assert_eq!(ended.state(), RequestState::Failed);
}

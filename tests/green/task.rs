//! Tasks: started at once, owned by nobody, their outcome taken once.

use std::sync::mpsc;

use headwater::green::{self, Task, pause};
use headwater::{Cancel, Error, Request, RequestState};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::*;

#[test]
fn h01_a_task_starts_at_once_and_gives_its_outcome_to_its_owner() {
    let _rt = Rt::new(2);
    let (sender, receiver) = mpsc::channel();
    let mut task = green::schedule(async move {
        sender.send("started").map_err(Error::new)?;
        Ok(String::from("value"))
    });
    assert_eq!(receiver.recv_timeout(LONG), Ok("started"), "before anybody waits");
    assert_eq!(task.wait().unwrap(), "value");
    let again = task.wait().unwrap_err();
    assert_eq!(again.report(), "the outcome of the task has been taken");
}

#[test]
fn h01_a_task_runs_to_its_end_without_a_handle() {
    let rt = Rt::new(1);
    let (gate, done) = (Gate::new(), Counter::new());
    {
        let (gate, done) = (gate.clone(), done.clone());
        green::schedule(async move {
            gate.pass().await;
            done.add();
            Ok(())
        })
        .detach();
    }
    until("it is suspended", || {
        rt.snapshot().iter().any(|info| info.state == RequestState::Suspended)
    });
    gate.open();
    until("it is done", || done.get() == 1);
}

#[test]
fn h01_the_value_of_a_task_need_not_be_clone_or_sync() {
    let _rt = Rt::new(1);
    let mut task = green::schedule(async { Ok(std::cell::Cell::new(7)) });
    assert_eq!(task.wait().unwrap().get(), 7);
}

#[test]
fn a_value_that_nobody_takes_is_dropped_with_the_handle_or_at_the_end() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let (early, late) = (dropped.on_drop(), dropped.on_drop());
    green::schedule(async move { Ok(early) }).detach();
    rt.settle();
    until("the value is dropped", || dropped.get() == 1);
    let task = green::schedule(async move { Ok(late) });
    until("it has ended", || task.has_ended());
    assert_eq!(dropped.get(), 1);
    drop(task);
    assert_eq!(dropped.get(), 2);
}

#[test]
fn h02_tasks_start_in_the_order_in_which_they_were_scheduled() {
    let rt = Rt::new(1);
    let plug = plug(&rt);
    let log = Log::new();
    let tasks: Vec<_> = (0..100)
        .map(|nth| {
            let log = log.clone();
            green::schedule(async move {
                log.push(nth);
                Ok(())
            })
        })
        .collect();
    plug.release();
    for mut task in tasks {
        task.wait().unwrap();
    }
    assert_eq!(log.get(), (0..100).collect::<Vec<_>>());
}

#[test]
fn h06_a_pause_lets_every_other_ready_task_run_once() {
    let rt = Rt::new(1);
    let plug = plug(&rt);
    let log = Log::new();
    // More than a slot takes in one go.
    let tasks: Vec<_> = (0..100)
        .map(|nth| {
            let log = log.clone();
            green::schedule(async move {
                for round in 0..3 {
                    log.push((round, nth));
                    pause().await;
                }
                Ok(())
            })
        })
        .collect();
    plug.release();
    for mut task in tasks {
        task.wait().unwrap();
    }
    let expected: Vec<_> = (0..3).flat_map(|round| (0..100).map(move |nth| (round, nth))).collect();
    assert_eq!(log.get(), expected);
}

#[test]
fn h06_a_pause_outside_of_tasks_is_tokios() {
    current_thread().block_on(async {
        let other = tokio::spawn(async { 7 });
        pause().await;
        assert!(other.is_finished());
    });
}

#[test]
fn h08_a_failure_ends_its_own_task_only() {
    let _rt = Rt::new(1);
    let mut failing = green::schedule(async { custom::<u32>(3) });
    let mut other = green::schedule(async { Ok(4) });
    let error = failing.wait().unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Custom(3)));
    assert!(
        error.report().contains("tests/green/task.rs"),
        "it says where: {}",
        error.report()
    );
    assert_eq!(other.wait().unwrap(), 4);
}

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
fn h16_a_panic_is_the_failure_of_its_task_and_nothing_else_ends() {
    let rt = Rt::new(1);
    let mut message: Task<()> = green::schedule(async { panic!("process exits? {}", "no") });
    let mut payload: Task<()> = green::schedule(async { std::panic::panic_any(7_u64) });
    let mut other = green::schedule(async {
        pause().await;
        Ok(1)
    });
    let error = message.wait().unwrap_err();
    assert!(
        error.is_panic() && error.report().ends_with("process exits? no"),
        "{}",
        error.report()
    );
    assert!(payload.wait().unwrap_err().is_panic());
    assert_eq!(other.wait().unwrap(), 1);
    rt.settle();
    assert_eq!(
        green::schedule(async { Ok(2) }).wait().unwrap(),
        2,
        "the slot is still there"
    );
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

#[test]
fn h20_a_socket_wakes_the_task_that_reads_it() {
    let _rt = Rt::new(1);
    let mut server = green::schedule(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let client = green::schedule(async move {
            let mut stream = tokio::net::TcpStream::connect(address).await?;
            stream.write_all(b"ping").await?;
            let mut answer = [0; 4];
            stream.read_exact(&mut answer).await?;
            Ok(answer)
        });
        let (mut stream, _) = listener.accept().await?;
        let mut word = [0; 4];
        stream.read_exact(&mut word).await?;
        word.reverse();
        stream.write_all(&word).await?;
        client.await
    });
    assert_eq!(&server.wait().unwrap(), b"gnip");
}

#[test]
fn a_task_says_what_it_is() {
    let rt = Rt::new(1);
    let plug = plug(&rt);
    let mut task = Task::builder()
        .name("named")
        .priority(-3)
        .on(&rt)
        .future(async { Ok(1) });
    let info = task.info();
    assert_eq!((info.name.as_deref(), info.priority.level()), (Some("named"), -3));
    assert_eq!(rt.snapshot().iter().filter(|info| info.id == task.id()).count(), 1);
    assert!(task.try_result().is_none());
    assert!(task.wait_timeout(std::time::Duration::ZERO).unwrap_err().is_timeout());
    plug.release();
    assert_eq!(task.wait().unwrap(), 1);
}

#[test]
fn tasks_work_in_inline_mode() {
    let _rt = Rt::inline();
    assert_eq!(
        green::schedule(async {
            pause().await;
            green::schedule(async { Ok(5) }).await
        })
        .wait()
        .unwrap(),
        5
    );
}

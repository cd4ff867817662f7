//! Tasks: started at once, owned by nobody, their outcome taken once.

use std::sync::mpsc;

use headwater::green::{self, Task, pause};
use headwater::{Error, RequestState};
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
fn h36_a_task_that_waits_for_itself_gets_an_error() {
    let _rt = Rt::new(1);
    let (give, get) = tokio::sync::oneshot::channel::<Task<()>>();
    let (say, hear) = mpsc::channel();
    let task = green::schedule(async move {
        let mut own = get.await.map_err(Error::new)?;
        let awaited = (&mut own).await.unwrap_err();
        let blocked = own.wait().unwrap_err();
        say.send((awaited, blocked)).map_err(Error::new)
    });
    give.send(task).unwrap();
    let (awaited, blocked) = hear.recv_timeout(LONG).unwrap();
    assert!(awaited.is_circular(), "{awaited:?}");
    assert!(blocked.is_circular(), "{blocked:?}");
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

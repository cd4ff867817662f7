//! Errors that are raised in a task from outside.

use headwater::green::{self, Interrupted, Interruption, Task, interruptible, pause, pause_for};
use headwater::{Error, Request};
use tokio::time::Instant;

use crate::clock::{ms, paused, since};
use crate::support::*;

fn given(error: &Error) -> String {
    let interrupted: &Interrupted = error.downcast_ref().expect("an interrupt");
    interrupted.error().report()
}

fn queued(interruption: &Interruption) -> bool {
    matches!(interruption, Interruption::Queued)
}

#[test]
fn h10_an_interrupt_is_raised_at_the_pending_await_and_the_task_may_go_on() {
    paused(|_| async {
        let task = green::schedule(async {
            let error = interruptible(pause_for(ms(1_000))).await.unwrap_err();
            interruptible(pause_for(ms(5))).await?;
            Ok((given(&error), error.report()))
        });
        let start = Instant::now();
        pause_for(ms(10)).await;
        assert!(queued(&task.interrupt(Error::msg("wake up"))));
        let (given, report) = task.await.unwrap();
        assert_eq!((given.as_str(), since(start)), ("wake up", 15));
        assert_eq!(report, "the task was interrupted: wake up");
    });
}

#[test]
fn h10_handed_on_it_is_the_failure_of_the_task() {
    let _rt = Rt::new(1);
    let mut task: Task<()> = green::schedule(async {
        interruptible(std::future::pending::<()>()).await?;
        Ok(())
    });
    assert!(queued(&task.interrupt(Error::new(Custom(4)))));
    let error = task.wait().unwrap_err();
    assert_eq!(given(&error), "custom failure 4");
    assert!(error.report().contains("custom failure 4"), "{}", error.report());
}

#[test]
fn h10_it_waits_for_the_next_await_that_is_pending() {
    let rt = Rt::new(1);
    let plug = plug(&rt);
    let mut task = green::schedule(async {
        // Ready at once: nothing is lost.
        let value = interruptible(async { 7 }).await?;
        let error = interruptible(pause()).await.unwrap_err();
        Ok((value, given(&error)))
    });
    assert!(queued(&task.interrupt(Error::msg("before the start"))));
    plug.release();
    assert_eq!(task.wait().unwrap(), (7, String::from("before the start")));
}

#[test]
fn h10_an_await_that_is_not_interruptible_is_left_alone() {
    let _rt = Rt::new(1);
    let gate = Gate::new();
    let inside = gate.clone();
    let mut task = green::schedule(async move {
        inside.pass().await;
        Ok(interruptible(std::future::pending::<()>())
            .await
            .map_err(|error| given(&error)))
    });
    assert!(queued(&task.interrupt(Error::msg("later"))));
    assert!(task.wait_timeout(ms(0)).unwrap_err().is_timeout());
    gate.open();
    assert_eq!(task.wait().unwrap(), Err(String::from("later")));
}

#[test]
fn h10_a_task_that_was_built_so_ends_where_it_is_pending() {
    let _rt = Rt::new(1);
    let dropped = Counter::new();
    let guard = dropped.on_drop();
    let mut task: Task<()> = Task::builder().interrupt_ends().future(async move {
        let _guard = guard;
        // An await that can raise it comes first.
        let error = interruptible(std::future::pending::<()>()).await.unwrap_err();
        assert_eq!(given(&error), "first");
        std::future::pending().await
    });
    assert!(queued(&task.interrupt(Error::msg("first"))));
    assert!(queued(&task.interrupt(Error::msg("second"))));
    assert_eq!(given(&task.wait().unwrap_err()), "second");
    assert_eq!(dropped.get(), 1);
}

#[test]
fn h10_a_task_that_was_built_so_ends_before_its_time() {
    paused(|_| async {
        let ran = Counter::new();
        let inside = ran.clone();
        let task = Task::builder().interrupt_ends().start_in(ms(100)).future(async move {
            inside.add();
            Ok(())
        });
        let start = Instant::now();
        pause_for(ms(10)).await;
        assert!(queued(&task.interrupt(Error::msg("too late"))));
        assert_eq!(given(&task.await.unwrap_err()), "too late");
        assert_eq!((since(start), ran.get()), (10, 0));
    });
}

#[test]
fn h10_an_await_within_a_combinator_raises_it_too() {
    let _rt = Rt::new(1);
    let mut task = green::schedule(async {
        use futures::StreamExt;
        // Polls only what has been woken.
        let mut awaits = futures::stream::FuturesUnordered::new();
        awaits.push(interruptible(std::future::pending::<()>()));
        let error = awaits.next().await.expect("one await").unwrap_err();
        Ok(given(&error))
    });
    until("it is pending", || task.state() == headwater::RequestState::Suspended);
    assert!(queued(&task.interrupt(Error::msg("heard"))));
    assert_eq!(task.wait().unwrap(), "heard");
}

#[test]
fn h10_it_does_not_reach_the_requests_that_the_task_made() {
    let _rt = Rt::new(2);
    let (gate, raised) = (Gate::new(), Counter::new());
    let (inside, count) = (gate.clone(), raised.clone());
    let mut task = green::schedule(async move {
        let child = Request::new(async move { Ok(interruptible(inside.pass()).await.is_ok()) });
        child.submit();
        let interrupted = interruptible(&child).await.is_err();
        count.add();
        Ok((interrupted, child.await?))
    });
    until("it is pending", || task.state() == headwater::RequestState::Suspended);
    assert!(queued(&task.interrupt(Error::msg("for the task"))));
    until("it is raised", || raised.get() == 1);
    gate.open();
    assert_eq!(task.wait().unwrap(), (true, true));
}

#[test]
fn h11_a_delayed_interrupt_does_not_fire_early() {
    paused(|_| async {
        let start = Instant::now();
        let task = green::schedule(async move {
            let mut raised = Vec::new();
            // Wakes up many times before.
            for _ in 0..100 {
                if let Err(error) = interruptible(pause_for(ms(3))).await {
                    raised.push((since(start), given(&error)));
                }
            }
            Ok(raised)
        });
        let late = task.interrupt_in(ms(100), Error::msg("100"));
        let early = task.interrupt_at(start + ms(50), Error::msg("50"));
        assert!(matches!(
            (&late, &early),
            (Interruption::Delayed(_), Interruption::Delayed(_))
        ));
        drop((late, early));
        let raised = task.await.unwrap();
        assert_eq!(raised, [(50, String::from("50")), (100, String::from("100"))]);
    });
}

#[test]
fn h11_interrupts_queue_up_and_none_replaces_another() {
    let rt = Rt::new(1);
    let plug = plug(&rt);
    let mut task = green::schedule(async {
        let mut raised = Vec::new();
        for _ in 0..3 {
            raised.push(given(&interruptible(std::future::pending::<()>()).await.unwrap_err()));
        }
        Ok(raised)
    });
    for word in ["a", "b", "c"] {
        assert!(queued(&task.interrupt(Error::msg(word))));
    }
    plug.release();
    assert_eq!(task.wait().unwrap(), ["a", "b", "c"]);
}

#[test]
fn h11_a_delayed_interrupt_can_be_called_off() {
    paused(|_| async {
        let task = green::schedule(async { Ok(interruptible(pause_for(ms(100))).await.is_ok()) });
        let Interruption::Delayed(timer) = task.interrupt_in(ms(50), Error::msg("no")) else {
            panic!("the task has not ended");
        };
        pause_for(ms(10)).await;
        assert!(timer.cancel());
        assert!(!timer.cancel(), "once");
        assert!(task.await.unwrap());
        let task = green::schedule(async { Ok(interruptible(pause_for(ms(100))).await.is_ok()) });
        let Interruption::Delayed(timer) = task.interrupt_in(ms(50), Error::msg("yes")) else {
            panic!("the task has not ended");
        };
        assert!(!task.await.unwrap());
        assert!(!timer.cancel(), "too late");
    });
}

#[test]
fn h10_h12_who_interrupts_a_task_that_has_ended_is_told() {
    paused(|_| async {
        let mut task = green::schedule(async { Ok(()) });
        (&mut task).await.unwrap();
        assert!(matches!(task.interrupt(Error::msg("late")), Interruption::Ended));
        assert!(matches!(
            task.interrupt_in(ms(5), Error::msg("late")),
            Interruption::Ended
        ));
        // One that ends before the interrupt's time.
        let task = green::schedule(async { Ok(()) });
        let handle = task.handle();
        let delayed = handle.interrupt_in(ms(50), Error::msg("late"));
        task.await.unwrap();
        pause_for(ms(100)).await;
        assert!(matches!(delayed, Interruption::Delayed(timer) if !timer.cancel()));
    });
}

#[test]
fn an_interruptible_await_outside_of_tasks_is_a_plain_one() {
    let _rt = Rt::new(1);
    let request = Request::new(async { interruptible(pause()).await.map(|()| 3) });
    assert_eq!(request.wait().unwrap(), 3);
}

#[test]
fn a_task_that_nothing_can_wake_any_more_is_not_kept_by_its_own_interrupts() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let guard = dropped.on_drop();
    let task: Task<()> = green::schedule(async move {
        let _guard = guard;
        interruptible(std::future::pending::<()>()).await
    });
    until("it is pending", || task.state() == headwater::RequestState::Suspended);
    let handle = task.handle();
    drop(task);
    assert_eq!(dropped.get(), 0, "somebody may still interrupt it");
    drop(handle);
    assert_eq!(dropped.get(), 1);
    rt.settle();
}

#[test]
fn h10_one_that_comes_while_the_task_is_polled_is_for_the_await_that_was_polled_before() {
    let rt = Rt::new(1);
    let plug = plug(&rt);
    let own = std::sync::Arc::new(std::sync::OnceLock::<green::TaskHandle>::new());
    let inside = std::sync::Arc::clone(&own);
    let mut task = Task::builder().interrupt_ends().future(async move {
        let mut awaited = std::pin::pin!(interruptible(std::future::pending::<()>()));
        let mut is_sent = false;
        let error = std::future::poll_fn(|cx| {
            let polled = awaited.as_mut().poll(cx);
            if !std::mem::replace(&mut is_sent, true) {
                let handle = inside.get().expect("it was set before the start");
                assert!(queued(&handle.interrupt(Error::msg("in between"))));
            }
            polled
        });
        let error = error.await.unwrap_err();
        // None comes twice.
        pause().await;
        Ok(given(&error))
    });
    assert!(own.set(task.handle()).is_ok());
    plug.release();
    assert_eq!(task.wait().unwrap(), "in between");
}

#[test]
fn h11_a_delayed_interrupt_does_not_outlive_its_task() {
    #[derive(Debug)]
    struct Late(std::sync::Arc<()>);
    impl std::fmt::Display for Late {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("late")
        }
    }
    impl std::error::Error for Late {}
    let _rt = Rt::new(1);
    let alive = std::sync::Arc::new(());
    let mut task = green::schedule(async {
        pause().await;
        Ok(())
    });
    let hour = std::time::Duration::from_secs(3600);
    let late = |alive: &std::sync::Arc<()>| Error::new(Late(std::sync::Arc::clone(alive)));
    let timers = [(); 3].map(|()| task.interrupt_in(hour, late(&alive)));
    task.wait().unwrap();
    until("nothing waits for the hour", || {
        std::sync::Arc::strong_count(&alive) == 1
    });
    for timer in timers {
        if let Interruption::Delayed(timer) = timer {
            assert!(!timer.cancel(), "it has been called off");
        }
    }
    assert!(matches!(task.interrupt_in(hour, late(&alive)), Interruption::Ended));
}

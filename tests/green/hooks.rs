//! Hooks around polls.

use std::sync::Arc;

use headwater::green::{self, Direction, Switch, Task, pause};

use crate::support::*;

fn note(log: &Log<String>, who: &'static str) -> impl Fn(&Switch) + Send + Sync + 'static {
    let log = log.clone();
    move |switch| log.push(format!("{who} {:?}", switch.direction))
}

#[test]
fn h15_hooks_stand_around_every_poll() {
    let rt = Rt::new(1);
    let log = Log::new();
    let guard = green::on_switch(note(&log, "global"));
    let inside = log.clone();
    let mut task = Task::builder().on_switch(note(&log, "local")).future(async move {
        inside.push("first".into());
        pause().await;
        inside.push("second".into());
        Ok(())
    });
    task.wait().unwrap();
    rt.settle();
    let poll = |word| ["global Enter", "local Enter", word, "local Leave", "global Leave"];
    let expected = [poll("first"), poll("second")].concat();
    until("the last hook has run", || log.get().len() == expected.len());
    assert_eq!(log.get(), expected);
    assert!(guard.remove());
    green::schedule(async { Ok(()) }).wait().unwrap();
    assert_eq!(log.get().len(), expected.len());
}

#[test]
fn h15_a_panic_leaves_too() {
    let rt = Rt::new(1);
    let log = Log::new();
    let mut task: Task<()> = Task::builder()
        .on_switch(note(&log, "local"))
        .future(async { panic!("on purpose") });
    assert!(task.wait().unwrap_err().is_panic());
    rt.settle();
    assert_eq!(log.get(), ["local Enter", "local Leave"]);
}

#[test]
fn h15_a_local_hook_sees_its_own_task_only() {
    let _rt = Rt::new(1);
    let seen = Log::new();
    let inside = seen.clone();
    let mut task = Task::builder()
        .on_switch(move |switch| inside.push((switch.task, switch.place.line())))
        .future(async { green::schedule(async { Ok(1) }).await });
    task.wait().unwrap();
    let place = task.info().place.line();
    assert!(!seen.get().is_empty());
    assert!(
        seen.get().iter().all(|switch| *switch == (task.id(), place)),
        "{seen:?}"
    );
}

#[test]
fn h15_a_hook_that_panics_is_removed() {
    let _rt = Rt::new(1);
    let calls = Arc::new(Counter::new());
    let inside = Arc::clone(&calls);
    let bad = green::on_switch(move |switch| {
        inside.add();
        assert!(switch.direction == Direction::Leave, "a bad hook");
    });
    assert_eq!(green::schedule(async { Ok(1) }).wait().unwrap(), 1);
    assert_eq!(calls.get(), 1);
    assert!(!bad.remove());
}

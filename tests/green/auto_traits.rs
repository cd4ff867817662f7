//! Which types of tasks are `Send`, `Sync` and `Unpin`: a change here is a breaking one.

use std::cell::Cell;
use std::future::Ready;

use headwater::PollWatch;
use headwater::green::{
    self, BlockingPool, BlockingPoolBuilder, BlockingUsage, ErrorHandlerGuard, InterruptTimer, Interrupted,
    Interruptible, Interruption, Moment, Recurring, Switch, SwitchHookGuard, Task, TaskBuilder, TaskHandle,
};

fn all<T: Send + Sync + Unpin>() {}
fn send<T: Send>(_: &T) {}

#[test]
fn handles_go_everywhere() {
    all::<Task<u32>>();
    // The value need not be shared: it has one owner.
    all::<Task<Cell<u32>>>();
    all::<(TaskHandle, TaskBuilder, Recurring, Moment)>();
    all::<(Interruption, InterruptTimer, Interrupted, Interruptible<Ready<u32>>)>();
    all::<(ErrorHandlerGuard, SwitchHookGuard, Switch, PollWatch)>();
    all::<(BlockingPool, BlockingPoolBuilder, BlockingUsage)>();
}

#[test]
fn pauses_go_between_threads() {
    send(&green::pause());
    send(&green::pause_for(std::time::Duration::ZERO));
    send(&green::pause_until(Moment::now()));
}

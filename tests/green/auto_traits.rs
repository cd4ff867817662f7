//! Which types of the toolkit are `Send`, `Sync` and `Unpin`: a change here is a breaking one.

use std::cell::Cell;
use std::future::Ready;

use futures::stream;
use headwater::PollWatch;
use headwater::green::{
    self, BlockingPool, BlockingPoolBuilder, BlockingUsage, Close, Condition, Counter, CounterGuard, ErrorHandlerGuard,
    Event, InterruptTimer, Interrupted, Interruptible, Interruption, LifoQueue, Moment, OneWayPool, Pool, PoolIter,
    PoolResults, PriorityQueue, PutError, Queue, RLock, RLockGuard, Recurring, Switch, SwitchHookGuard, Task,
    TaskBuilder, TaskHandle, Timer, TimerCancel, TryGetError, Until,
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

#[test]
fn pools_and_primitives_are_shared_and_their_items_need_not_be() {
    all::<(Condition, Counter, CounterGuard, Event, RLock, RLockGuard, Timer)>();
    all::<(Close, Until, TimerCancel, TryGetError, PutError<u32>)>();
    all::<(Queue<Cell<u32>>, LifoQueue<Cell<u32>>, PriorityQueue<Cell<u32>>)>();
    all::<(OneWayPool<Cell<u32>>, Pool<Cell<u32>, Cell<u32>>)>();
    all::<(PoolResults<u32, Cell<u32>>, PoolIter<u32, Cell<u32>>)>();
}

#[test]
fn waits_go_between_threads() {
    let (queue, pool) = (Queue::bounded(1), Pool::new(1, |n: u32| async move { Ok(n) }));
    send(&queue.put("a borrowed item"));
    send(&queue.get());
    send(&queue.join());
    send(&pool.put(1));
    send(&pool.get());
    send(&Event::new().wait());
    send(&Counter::new(0).wait(Until::Exactly(1)));
    send(&RLock::new().lock());
    send(&Condition::new().wait());
    send(&green::map(|n: u32| async move { Ok(n) }, 0..3, 2));
    send(&green::map_stream(|n: u32| async move { Ok(n) }, stream::empty(), 2).iter_wait());
}

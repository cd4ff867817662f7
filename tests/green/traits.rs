//! Which types of pools, primitives and their waits may be sent and shared.

use futures::stream;
use headwater::green::*;

fn sendable<T: Send>(_: &T) {}
fn shared<T: Send + Sync + Unpin + 'static>() {}

#[test]
fn handles_are_shared_between_threads() {
    shared::<Close>();
    shared::<Condition>();
    shared::<Counter>();
    shared::<CounterGuard>();
    shared::<Event>();
    shared::<LifoQueue<std::cell::Cell<u32>>>();
    shared::<OneWayPool<std::cell::Cell<u32>>>();
    shared::<Pool<std::cell::Cell<u32>, std::cell::Cell<u32>>>();
    shared::<PoolResults<u32, std::cell::Cell<u32>>>();
    shared::<PriorityQueue<std::cell::Cell<u32>>>();
    shared::<PutError<u32>>();
    shared::<Queue<std::cell::Cell<u32>>>();
    shared::<RLock>();
    shared::<RLockGuard>();
    shared::<Timer>();
    shared::<TryGetError>();
    shared::<Until>();
}

#[test]
fn waits_may_be_sent() {
    let (queue, pool) = (Queue::bounded(1), Pool::new(1, |n: u32| async move { Ok(n) }));
    sendable(&queue.put("a borrowed item"));
    sendable(&queue.get());
    sendable(&queue.join());
    sendable(&pool.put(1));
    sendable(&pool.get());
    sendable(&pool.results());
    sendable(&Event::new().wait());
    sendable(&Counter::new(0).wait(Until::Exactly(1)));
    sendable(&RLock::new().lock());
    sendable(&Condition::new().wait());
    sendable(&map(|n: u32| async move { Ok(n) }, 0..3, 2));
    sendable(&map_stream(|n: u32| async move { Ok(n) }, stream::empty(), 2).iter_wait());
}

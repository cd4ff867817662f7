//! Which public types and futures are `Send`, `Sync` and `Unpin`: a change here is a breaking one.

use std::cell::Cell;
use std::future::{IntoFuture, Ready};

use headwater::array::{Array, Axes, DType};
use headwater::graph::{self, Input, List, Output};
use headwater::operators::{BlockCache, BlockCacheSlots, CacheStatistics, PinGuard};
use headwater::roi::{
    Block, BlockGrid, Blocks, Difference, Enlarged, Padded, RegionSet, RequestBudget, Roi, RoiError, Shape, Slicing,
};
use headwater::*;

fn send<T: ?Sized + Send>() {}
fn sync<T: ?Sized + Sync>() {}
fn unpin<T: ?Sized + Unpin>() {}
fn send_value<T: Send>(_: &T) {}

macro_rules! all {
    ($($type:ty),* $(,)?) => { $( send::<$type>(); sync::<$type>(); unpin::<$type>(); )* };
}

#[test]
fn handles_go_everywhere() {
    all!(
        Request<u32>,
        WeakRequest<u32>,
        RequestBuilder,
        RequestContext,
        RequestId,
        RequestInfo,
        RequestState
    );
    all!(
        RequestPool<u32>,
        RequestLock<u32>,
        RequestCondition,
        RequestBatchCanceller,
        RequestBatchProgress
    );
    all!(
        Runtime,
        RuntimeBuilder,
        Discipline,
        Priority,
        Memory,
        Statistics,
        Shutdown,
        Event,
        EventKind,
        EventStream
    );
    all!(Error, ErrorKind, Checkpoint, Cancel, Retry, Outcome<'static, u32>);
    all!(Charge);
    // What is locked may be sent between threads, but need not be shared by them.
    send::<RequestLock<Cell<u32>>>();
    sync::<RequestLock<Cell<u32>>>();
}

#[test]
fn futures_can_be_awaited_on_any_executor() {
    all!(Wait<u32>, Timeout<u32>);
    send::<Cancellable<Ready<()>>>();
    send::<Shield<Ready<()>>>();
    send::<RequestPoolResults<u32>>();
    send::<RequestLockGuard<u32>>();
    let (lock, condition, pool) = (
        RequestLock::new(0_u32),
        RequestCondition::new(),
        RequestPool::<u32>::new(),
    );
    send_value(&lock.lock());
    send_value(&lock.lock_timeout(std::time::Duration::ZERO));
    send_value(&pool.run());
    let batch = RequestBatch::new(std::iter::empty::<Request<u32>>());
    send_value(&batch);
    send_value(&batch.run(|_| Ok(())));
    let mut events = Runtime::global().events();
    send_value(&events.next());
    let mut events = graph::Graph::new().subscribe();
    send_value(&events.next());
    if let Some(guard) = lock.try_lock() {
        send_value(&condition.wait(guard));
    }
    let request = Request::value(1_u32);
    send_value(&(&request).into_future());
    send_value(&request.into_future());
}

#[test]
fn data_goes_everywhere() {
    all!(Array, Axes, DType);
    all!(
        Roi,
        Shape,
        Block,
        BlockGrid,
        Blocks,
        Difference,
        Enlarged,
        Padded,
        RegionSet,
        RequestBudget,
        RoiError,
        Slicing
    );
    all!(kernels::Gaussian, kernels::Sigma);
}

#[test]
fn the_graph_goes_everywhere() {
    all!(
        graph::Graph,
        graph::Snapshot,
        graph::Meta,
        graph::Data,
        graph::Opaque<str>,
        graph::PixelSize
    );
    all!(graph::Node<BlockCache>, Input<Array>, Output<Array>, List<Input<u32>>);
    all!(graph::RawSlot, graph::HandleDirection);
    all!(
        graph::LaneKey,
        graph::OperatorId,
        graph::Revision,
        graph::SlotId,
        graph::Durability
    );
    all!(
        graph::Batch,
        graph::GraphEvent,
        graph::GraphEventKind,
        graph::GraphEvents
    );
    all!(graph::Dirt, graph::NotReady, graph::Readiness, graph::Execute);
    all!(BlockCache, BlockCacheSlots, CacheStatistics, PinGuard);
    // A pull is awaited within the request that made it, wherever that resumes.
    send::<graph::Pull<Array>>();
}

/// A guard of an entered runtime stays on its thread.
#[test]
fn an_enter_guard_stays_on_its_thread() {
    trait Ambiguous<A> {
        fn check() {}
    }
    struct IsSend;
    impl<T: ?Sized> Ambiguous<()> for T {}
    impl<T: ?Sized + Send> Ambiguous<IsSend> for T {}
    // Does not compile if `EnterGuard` is `Send`: both apply then.
    let _ = <EnterGuard as Ambiguous<_>>::check;
}

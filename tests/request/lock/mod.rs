//! Locks: C41, R82–R91.

mod leaving;
mod order;
mod parties;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use headwater::{Request, RequestLock, RequestState, Runtime};

type Log = Arc<Mutex<Vec<u32>>>;

/// One poll by nobody in particular.
fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn log(log: &Log, entry: u32) {
    log.lock().unwrap().push(entry);
}

fn entries(log: &Log) -> Vec<u32> {
    log.lock().unwrap().clone()
}

fn waits_for_lock<T: Clone + Send + Sync + 'static>(request: &Request<T>) -> bool {
    request.state() == RequestState::Suspended && !request.info().waits_for_locks.is_empty()
}

/// A request that takes the lock, says so, and ends.
fn taker(rt: &Runtime, lock: &RequestLock<()>, served: &Log, name: u32, priority: i32) -> Request<()> {
    let (lock, served) = (lock.clone(), Arc::clone(served));
    let request = Request::builder().on(rt).priority(priority).future(async move {
        let _guard = lock.lock().await?;
        log(&served, name);
        Ok(())
    });
    request.submit();
    request
}

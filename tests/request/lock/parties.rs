//! C41, R82–R84: who may take it, from where.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use headwater::{Error, Request, RequestLock, RequestLockGuard};
use tokio::sync::oneshot;

use super::{Log, taker, waits_for_lock};
use crate::{runtime, until, until_empty};

#[test]
fn c41_r82_requests_tasks_and_threads_exclude_each_other() -> Result<(), Error> {
    const EACH: usize = 40;
    let rt = runtime(2)?;
    let lock = RequestLock::new(Vec::new());
    let inside = Arc::new(AtomicUsize::new(0));
    let host = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let append = {
        let inside = Arc::clone(&inside);
        move |list: &mut Vec<usize>, entry| {
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
            list.push(entry);
            inside.fetch_sub(1, Ordering::SeqCst);
        }
    };
    let requests: Vec<_> = (0..EACH)
        .map(|nth| {
            let (lock, append) = (lock.clone(), append.clone());
            let request = Request::builder().on(&rt).future(async move {
                let mut guard = lock.lock().await?;
                tokio::task::yield_now().await;
                append(&mut guard, nth);
                Ok(())
            });
            request.submit();
            request
        })
        .collect();
    let tasks: Vec<_> = (0..EACH)
        .map(|nth| {
            let (lock, append) = (lock.clone(), append.clone());
            host.spawn(async move { append(&mut lock.lock().await.unwrap(), EACH + nth) })
        })
        .collect();
    std::thread::scope(|scope| {
        for nth in 0..EACH {
            let (lock, append) = (lock.clone(), append.clone());
            scope.spawn(move || append(&mut lock.lock_wait().unwrap(), 2 * EACH + nth));
        }
    });
    requests.iter().try_for_each(Request::wait)?;
    tasks.into_iter().for_each(|task| host.block_on(task).unwrap());
    let mut all = lock.lock_wait()?.clone();
    all.sort_unstable();
    assert_eq!(all, (0..3 * EACH).collect::<Vec<_>>());
    assert!(!lock.is_locked());
    until_empty(&rt);
    Ok(())
}

#[test]
fn r83_the_holder_cannot_take_it_again() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(());
    let request = Request::builder().on(&rt).future(async move {
        let guard = lock.lock().await?;
        let second = lock.try_lock().is_some();
        let timed = lock
            .lock_timeout(Duration::from_millis(1))
            .await
            .unwrap_err()
            .is_timeout();
        drop(guard);
        Ok((second, timed, lock.try_lock().is_some()))
    });
    assert_eq!(request.wait()?, (false, true, true));
    until_empty(&rt);
    Ok(())
}

#[test]
fn r84_any_party_may_release_in_two_rings_of_a_thousand() -> Result<(), Error> {
    let rt = runtime(2)?;
    let lock = RequestLock::new(0_u32);
    // Each request takes the lock and gives the guard to one that only releases it.
    let makers: Vec<_> = (0..1_000)
        .map(|_| {
            let lock = lock.clone();
            let (give, take) = oneshot::channel::<RequestLockGuard<u32>>();
            let releaser = Request::builder().on(&rt).future(async move {
                if let Ok(mut guard) = take.await {
                    *guard += 1;
                }
                Ok(())
            });
            let owner = Request::builder().on(&rt).future(async move {
                let _ = give.send(lock.lock().await?);
                Ok(())
            });
            releaser.submit();
            owner.submit();
            (owner, releaser)
        })
        .collect();
    for (owner, releaser) in makers {
        owner.wait()?;
        releaser.wait()?;
    }
    assert_eq!(*lock.lock_wait()?, 1_000);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c48_explanation_and_snapshot_name_the_lock_and_its_holder() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(()).named("block 3/7");
    let (open, gate) = oneshot::channel::<()>();
    let owner = {
        let lock = lock.clone();
        Request::builder().on(&rt).name("writer").future(async move {
            let _guard = lock.lock().await?;
            let _ = gate.await;
            Ok(())
        })
    };
    owner.submit();
    until(|| lock.is_locked());
    let waiter = taker(&rt, &lock, &Log::default(), 1, 0);
    until(|| waits_for_lock(&waiter));
    let told = waiter.explain();
    assert!(told.contains("the lock `block 3/7`, held by `writer`"), "{told}");
    let listed = rt.snapshot().into_iter().find(|info| info.id == waiter.id()).unwrap();
    assert_eq!(listed.waits_for_locks, [Arc::from("block 3/7")]);
    let _ = open.send(());
    waiter.wait()?;
    owner.wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn c41_a_panic_releases_the_lock_without_poison() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(1);
    let request = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move {
            let mut guard = lock.lock().await?;
            *guard = 2;
            panic!("with the lock");
            #[allow(unreachable_code, reason = "the type of the future")]
            Ok(())
        })
    };
    assert!(request.wait().unwrap_err().is_panic());
    let in_thread = catch_unwind(AssertUnwindSafe(|| {
        let _guard = lock.lock_wait();
        panic!("with the lock");
    }));
    assert!(in_thread.is_err());
    assert_eq!(*lock.lock_wait()?, 2);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c41_c09_a_request_may_block_its_thread_for_a_lock_but_a_kernel_may_not() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(0);
    let held = lock.lock_wait()?;
    let blocking = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move { Ok(*lock.lock_wait()?) })
    };
    blocking.submit();
    until(|| !blocking.info().waits_for_locks.is_empty());
    // Its slot has been handed over.
    Request::builder().on(&rt).future(async { Ok(()) }).wait()?;
    let kernel = {
        let lock = lock.clone();
        Request::builder().on(&rt).kernel(move |_| {
            assert!(lock.try_lock().is_none());
            lock.lock_wait().map(drop)
        })
    };
    assert!(kernel.wait().unwrap_err().is_would_block());
    drop(held);
    assert_eq!(blocking.wait()?, 0);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c44_inline_requests_share_a_lock() -> Result<(), Error> {
    let rt = runtime(0)?;
    let lock = RequestLock::new(0);
    let (open, gate) = oneshot::channel::<()>();
    let first = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move {
            let mut guard = lock.lock().await?;
            let _ = gate.await;
            *guard += 1;
            Ok(())
        })
    };
    first.submit();
    assert!(lock.is_locked());
    let second = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move {
            *lock.lock().await? += 1;
            Ok(())
        })
    };
    second.submit();
    let _ = open.send(());
    // Whoever waits does the work, for a lock too.
    assert_eq!(*lock.lock_wait()?, 2);
    second.wait()?;
    first.wait()?;
    until_empty(&rt);
    Ok(())
}

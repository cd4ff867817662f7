//! Beginning to wait beside everything that can happen to the target.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use futures::task::waker;

use crate::error::Error;
use crate::request::request::Request;
use crate::request::tests::world::{Bell, Count, Gate, World, explore, poll_once, thread};
use crate::runtime::task::Task;
use crate::sync::{Arc, Mutex};

/// P16: a waiter that moves to another waker while the target ends is woken through the new one.
#[test]
fn loom_p16_register_beside_wake() {
    explore(5, || {
        let world = World::new(1);
        let request = world.request(async { Ok(7) });
        request.submit();
        let mut wait = request.clone().into_future();
        let first = Arc::new(Bell::default());
        let first = waker(first);
        let before = Pin::new(&mut wait).poll(&mut Context::from_waker(&first));
        assert!(before.is_pending());
        let slot = thread::spawn({
            let world = world.clone();
            move || world.drain()
        });
        let second = Arc::new(Bell::default());
        let after = Pin::new(&mut wait).poll(&mut Context::from_waker(&waker(Arc::clone(&second))));
        if after.is_pending() {
            second.sleep();
            assert_eq!(second.count(), 1);
        }
        assert!(matches!(poll_once(&mut wait), std::task::Poll::Ready(Ok(7))) || after.is_ready());
        slot.join().unwrap();
        world.assert_quiet();
    });
}

/// P1: the first waiter runs the request in its own stack and is never polled again; its wake-up and a second waiter come at
/// any moment, and the second waiter gets the value.
#[test]
fn loom_p1_forgotten_leader_beside_second_waiter() {
    explore(3, || {
        let world = World::new(1);
        let (runs, gate) = (Count::default(), Gate::default());
        let (ran, wait) = (runs.clone(), gate.clone());
        let request = world.request(async move {
            ran.add();
            wait.await;
            Ok(7)
        });
        let leader = thread::spawn({
            let (world, request) = (world.clone(), request.clone());
            move || {
                let mut wait = request.into_future();
                let _ = poll_once(&mut wait);
                world.drain();
                wait
            }
        });
        let outside = thread::spawn({
            let world = world.clone();
            move || {
                gate.open();
                world.drain();
            }
        });
        assert_eq!(world.block_on(&request).unwrap(), 7);
        assert_eq!(runs.get(), 1);
        let forgotten = leader.join().unwrap();
        outside.join().unwrap();
        drop(forgotten);
        world.assert_quiet();
    });
}

/// P1 within slots: two requests come to wait for a third that stands in the queue; one of them may take it out and run it
/// there. It runs once, and both get the value.
#[test]
fn loom_p1_two_waiters_beside_the_queue() {
    explore(5, || {
        let world = World::new(2);
        let runs = Count::default();
        let ran = runs.clone();
        let shared = world.request(async move {
            ran.add();
            Ok(7)
        });
        let waiters = [(); 2].map(|()| {
            let shared = shared.clone();
            world.request(async move { shared.await })
        });
        waiters.iter().for_each(Request::submit);
        shared.submit();
        let slot = thread::spawn({
            let world = world.clone();
            move || world.drain()
        });
        world.drain();
        slot.join().unwrap();
        world.drain();
        assert!(
            waiters
                .iter()
                .all(|waiter| waiter.try_result().expect("lost wake-up").unwrap() == 7)
        );
        assert_eq!(runs.get(), 1);
        world.assert_quiet();
    });
}

/// P34, P35: two requests come to wait for each other at the same time. At least one of them gets the error, in the same
/// words as the other would, and nobody hangs.
#[test]
fn loom_p34_two_waits_close_a_circle_at_once() {
    explore(5, || {
        let world = World::new(2);
        let other: Arc<Mutex<Option<Request<i32>>>> = Arc::default();
        let late = Arc::clone(&other);
        let a = world.builder().name("a").future(async move {
            let b = late.lock().clone().unwrap();
            b.await
        });
        let awaited = a.clone();
        let b = world.builder().name("b").future(async move { awaited.await });
        *other.lock() = Some(b.clone());
        a.submit();
        b.submit();
        let slot = thread::spawn({
            let world = world.clone();
            move || world.drain()
        });
        world.drain();
        slot.join().unwrap();
        world.drain();
        let errors = [&a, &b].map(|request| request.try_result().expect("the circle was not seen").unwrap_err());
        assert!(errors.iter().all(|error| error.is_circular()), "{errors:?}");
        let roots = errors.map(|error| error.chain().last());
        assert_eq!(roots[0], roots[1]);
        other.lock().take();
        world.assert_quiet();
    });
}

/// P34, C31: a callback waits for a request that comes to wait for the one that is calling back. Either it came too late to
/// be kept waiting, or the circle is seen.
#[test]
fn loom_p34_circle_through_a_callback() {
    explore(3, || {
        circle_through_a_callback(|a| async move { a.timeout(Duration::from_secs(3_600)).await })
    });
}

/// The same, but `b` may run `a` in its own stack: then the callback blocks on top of `b`, which waits for what it runs.
#[test]
fn loom_p34_circle_through_a_lease() {
    explore(3, || circle_through_a_callback(IntoFuture::into_future));
}

fn circle_through_a_callback<F>(wait: impl FnOnce(Request<i32>) -> F)
where
    F: Future<Output = Result<i32, Error>> + Send + 'static,
{
    let world = World::new(2);
    let a = world.request(async { Ok(1) });
    let b = world.request(wait(a.clone()));
    let told: Arc<Mutex<Option<Result<i32, Error>>>> = Arc::default();
    let (tell, stage, end) = (Arc::clone(&told), world.clone(), b.clone());
    a.on_done(move |_| {
        let answer = stage.block_on(&end);
        *tell.lock() = Some(answer);
    });
    a.submit();
    b.submit();
    let slot = thread::spawn({
        let world = world.clone();
        move || world.drain()
    });
    world.drain();
    slot.join().unwrap();
    world.drain();
    let told = told.lock().take().expect("the callback has returned");
    let waited = b.try_result().expect("the circle was not seen");
    for answer in [told, waited] {
        assert!(answer.as_ref().is_ok_and(|value| *value == 1) || answer.is_err_and(|error| error.is_circular()));
    }
    assert_eq!(a.try_result().unwrap().unwrap(), 1);
    world.assert_quiet();
}

/// C43: the runtime shuts down while somebody joins and while the value arrives: everybody gets an answer.
#[test]
fn loom_p9_shutdown_beside_join() {
    explore(3, || {
        let world = World::new(1);
        let gate = Gate::default();
        let wait = gate.clone();
        let request = world.repeatable(move || {
            let wait = wait.clone();
            async move {
                wait.await;
                Ok(7)
            }
        });
        let closer = thread::spawn({
            let world = world.clone();
            move || {
                world.engine.close();
                for _ in 0..2 {
                    world.engine.live().into_iter().for_each(|task| task.shut_down(false));
                    world.drain();
                }
            }
        });
        let outside = thread::spawn({
            let world = world.clone();
            move || {
                gate.open();
                world.drain();
            }
        });
        match world.block_on(&request) {
            Ok(7) => {}
            Err(error) if error.is_shut_down() => {}
            other => panic!("{other:?}"),
        }
        closer.join().unwrap();
        outside.join().unwrap();
        world.assert_quiet();
    });
}

/// P6, P27: a turn that is given up at the shutdown finishes at the same time. One outcome, for good.
#[test]
fn loom_p27_abandon_beside_finish() {
    explore(3, || {
        let world = World::new(1);
        let request = world.request(async { Ok(7) });
        request.submit();
        let slot = thread::spawn({
            let world = world.clone();
            move || world.drain()
        });
        let closer = thread::spawn({
            let (world, cell) = (world.clone(), Arc::clone(request.cell()));
            move || {
                world.engine.close();
                cell.shut_down(true);
            }
        });
        let first = world.block_on(&request);
        slot.join().unwrap();
        closer.join().unwrap();
        let second = request.try_result().unwrap();
        assert_eq!(first.is_ok(), second.is_ok());
        assert!(first.is_ok() || first.is_err_and(|error| error.is_shut_down()));
        world.assert_quiet();
    });
}

/// P16 in inline mode: two threads wait, each of them runs what is ready; a wake-up from outside reaches one that does.
#[test]
fn loom_p16_inline_waiters_beside_wake() {
    explore(3, || {
        let world = World::new(0);
        let gate = Gate::default();
        let wait = gate.clone();
        let request = world.request(async move {
            wait.await;
            Ok(7)
        });
        let waiter = thread::spawn({
            let request = request.clone();
            move || request.wait()
        });
        let outside = thread::spawn(move || gate.open());
        assert_eq!(request.wait().unwrap(), 7);
        assert_eq!(waiter.join().unwrap().unwrap(), 7);
        outside.join().unwrap();
        world.assert_quiet();
    });
}

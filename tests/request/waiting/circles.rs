//! C11: circles.

use std::sync::{Arc, Mutex};

use headwater::{Cancel, Request, RequestState};

use super::{path, slow};
use crate::support::*;

/// A place where requests find each other, to close a circle.
#[derive(Clone, Default)]
struct Board(Arc<Mutex<Vec<Request<u32>>>>);

impl Board {
    fn put(&self, request: &Request<u32>) {
        self.0.lock().unwrap().push(request.clone());
    }

    fn get(&self, nth: usize) -> Request<u32> {
        self.0.lock().unwrap()[nth].clone()
    }

    fn clear(&self) {
        let all = std::mem::take(&mut *self.0.lock().unwrap());
        drop(all);
    }
}

fn ring(board: &Board, length: usize, blocking: bool) -> Vec<Request<u32>> {
    let gate = Gate::new();
    let ring: Vec<_> = (0..length)
        .map(|nth| {
            let (board, pass) = (board.clone(), gate.pass());

            Request::builder().name(format!("r{nth}")).future(async move {
                pass.await;
                let next = board.get((nth + 1) % length);
                if blocking { next.wait() } else { next.await }
            })
        })
        .collect();
    ring.iter().for_each(|request| board.put(request));
    ring.iter().for_each(Request::submit);
    until("all stand at the gate", || {
        ring.iter().all(|request| request.state() == RequestState::Suspended)
    });
    gate.open();
    ring
}

#[test]
fn c11_r020_a_request_that_waits_for_itself_gets_an_error() {
    let rt = Rt::new(1);
    for blocking in [false, true] {
        let board = Board::default();
        let request = ring(&board, 1, blocking).remove(0);
        let error = request.wait().unwrap_err();
        assert_eq!(path(&error), "r0 r0");
        board.clear();
        rt.settle();
    }
}

#[test]
fn c11_r020_also_when_it_runs_directly_in_a_foreign_thread() {
    let rt = Rt::new(1);
    let board = Board::default();
    let inner = board.clone();
    let request = Request::builder().name("me").future(async move { inner.get(0).await });
    board.put(&request);
    assert_eq!(path(&request.wait().unwrap_err()), "me me");
    board.clear();
    rt.settle();
}

#[test]
fn c11_p34_p35_every_member_tells_the_same_path() {
    let rt = Rt::new(2);
    for length in [2, 3, 7, 50] {
        for blocking in [false, true] {
            if blocking && length > 7 {
                continue;
            }
            let board = Board::default();
            let ring = ring(&board, length, blocking);
            let mut expected: Vec<_> = (0..length).map(|nth| format!("r{nth}")).collect();
            expected.push("r0".to_owned());
            for request in &ring {
                assert_eq!(path(&request.wait().unwrap_err()), expected.join(" "));
            }
            board.clear();
        }
    }
    rt.settle();
}

#[test]
fn c11_p35_whichever_member_closes_the_circle() {
    let rt = Rt::new(2);
    for _ in 0..300 {
        let board = Board::default();
        for request in ring(&board, 3, false) {
            assert_eq!(path(&request.wait().unwrap_err()), "r0 r1 r2 r0");
        }
        board.clear();
    }
    rt.settle();
}

#[test]
fn c11_r023_a_child_that_waits_for_its_parent() {
    let rt = Rt::new(1);
    for submitted in [false, true] {
        let board = Board::default();
        let inner = board.clone();
        let parent = Request::builder().name("parent").future(async move {
            let parent = inner.get(0);
            let child = Request::builder().name("child").future(async move { parent.await });
            if submitted {
                child.submit();
            }
            child.await
        });
        board.put(&parent);
        parent.submit();
        assert_eq!(path(&parent.wait().unwrap_err()), "parent child parent");
        board.clear();
        rt.settle();
    }
}

#[test]
fn c11_a_circle_through_the_second_generation() {
    let rt = Rt::new(2);
    let board = Board::default();
    let (inside, go_on) = (Latch::new(), Latch::new());
    let generation = Counter::new();
    let again = Request::builder().name("again").repeatable({
        let (board, inside, go_on) = (board.clone(), inside.clone(), go_on.clone());
        move || {
            let (board, inside, go_on, generation) = (board.clone(), inside.clone(), go_on.clone(), generation.clone());
            async move {
                if generation.add() == 0 {
                    inside.open();
                    go_on.wait();
                    headwater::check_cancelled()?;
                }
                board.get(0).await
            }
        }
    });
    let target = again.clone();
    let waiter = Request::builder().name("waiter").future(async move { target.await });
    board.put(&waiter);
    again.submit();
    inside.wait();
    assert_eq!(again.cancel(), Cancel::Cancelled);
    // Waits for the next generation, which will wait for it.
    waiter.submit();
    until_state(&waiter, RequestState::Suspended);
    go_on.open();
    assert_eq!(path(&waiter.wait_timeout(LONG).unwrap_err()).split(' ').count(), 3);
    board.clear();
    rt.settle();
}

#[test]
fn c11_r021_waiting_for_oneself_in_a_callback_returns_the_value() {
    for slots in [1, 0] {
        let rt = Rt::new(slots);
        let seen = Log::new();
        let request = Request::new(async {
            tokio::task::yield_now().await;
            Ok(5)
        });
        let (inner, log) = (request.clone(), seen.clone());
        request.on_finished(move |_| log.push(inner.wait().unwrap()));
        assert_eq!(request.wait().unwrap(), 5);
        assert_eq!(seen.get(), [5]);
        rt.settle();
    }
}

#[test]
fn c11_r022_in_the_failed_callback_it_returns_the_error() {
    for slots in [1, 0] {
        let rt = Rt::new(slots);
        let seen = Counter::new();
        let request = Request::new(async { custom::<u32>(7) });
        let (inner, count) = (request.clone(), seen.clone());
        request.on_failed(move |_| {
            assert_eq!(inner.wait().unwrap_err().downcast_ref(), Some(&Custom(7)));
            count.add();
        });
        request.wait().unwrap_err();
        assert_eq!(seen.get(), 1);
        rt.settle();
    }
}

#[test]
fn c11_a_circle_through_a_callback() {
    let rt = Rt::new(2);
    let request = Request::builder().name("told").future(async { Ok(1) });
    let (inner, seen) = (request.clone(), Log::new());
    let log = seen.clone();
    request.on_finished(move |_| {
        // Nobody gets the value before the callbacks are over, so this one can never be.
        let other = Request::builder().name("other").future(async move { inner.await });
        other.submit();
        log.push(other.wait_timeout(LONG).map_err(|error| error.kind()));
    });
    request.submit();
    assert_eq!(request.wait().unwrap(), 1);
    assert_eq!(seen.get(), [Err(headwater::ErrorKind::Circular)]);
    rt.settle();
}

#[test]
fn c11_no_false_alarm_in_random_acyclic_waits() {
    let rt = Rt::new(2);
    let mut random = 12345u64;
    let mut next = move |below: usize| {
        random = random
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (random >> 33) as usize % below
    };
    for _ in 0..if cfg!(debug_assertions) { 20 } else { 200 } {
        let mut requests: Vec<Request<u64>> = Vec::new();
        for nth in 0..100 {
            let targets: Vec<_> = (0..nth.min(3)).map(|_| requests[next(nth)].clone()).collect();
            let blocking = next(20) == 0;
            requests.push(Request::new(async move {
                tokio::task::yield_now().await;
                let mut sum = 1u64;
                for target in &targets {
                    sum = sum.wrapping_add(if blocking { target.wait()? } else { target.await? });
                }
                Ok(sum)
            }));
        }
        for nth in (0..100).step_by(2) {
            requests[99 - nth].submit();
        }
        let results: Vec<_> = requests.iter().map(Request::wait).collect();
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    }
    rt.settle();
}

#[test]
fn c11_two_that_wait_for_a_third_are_no_circle() {
    let rt = Rt::new(2);
    for _ in 0..200 {
        let shared = slow(1);
        let left = shared.clone();
        let right = shared.clone();
        let a = Request::new(async move { left.await });
        let first = a.clone();
        let b = Request::new(async move { Ok(first.await? + right.await?) });
        b.submit();
        a.submit();
        assert_eq!(b.wait().unwrap(), 2);
    }
    rt.settle();
}

#[test]
fn c11_a_circle_through_a_stack_that_blocks() {
    let rt = Rt::new(2);
    let board = Board::default();
    let inner = board.clone();
    let outer = Request::builder().name("outer").future(async move {
        let outer = inner.get(0);
        // Runs in this very stack, and blocks it.
        let direct = Request::builder().name("direct").future(async move { outer.wait() });
        direct.await
    });
    board.put(&outer);
    outer.submit();
    assert_eq!(path(&outer.wait().unwrap_err()), "outer direct outer");
    board.clear();
    rt.settle();
}

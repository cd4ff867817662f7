//! C14, C15, C23: whom a cancellation reaches.

use std::future::IntoFuture;
use std::sync::{Arc, Mutex};

use futures::future::try_join_all;
use headwater::{Cancel, Request, RequestState, check_cancelled};

use super::gated;
use crate::support::*;

/// Waits for `target`, submitted, and suspended there by the time this returns.
#[track_caller]
fn waiter_of(target: &Request<u32>) -> Request<u32> {
    let inner = target.clone();
    let waiter = Request::new(async move { inner.await });
    waiter.submit();
    until("the waiter waits", || waiter.info().waits_for == [target.id()]);
    waiter
}

#[test]
fn c14_r036_it_reaches_what_the_request_waits_for_not_only_what_it_made() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let target = endless(&dropped);
    let first = waiter_of(&target);
    let second = waiter_of(&target);
    assert_eq!(first.cancel(), Cancel::Cancelled);
    until_state(&first, RequestState::Cancelled);
    assert!(!target.is_cancelled());
    assert_eq!(second.cancel(), Cancel::Cancelled);
    until_state(&target, RequestState::Cancelled);
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c14_r034_it_reaches_the_children_submitted_or_not() {
    let rt = Rt::new(2);
    let (dropped, ran) = (Counter::new(), Counter::new());
    let kept = Arc::new(Mutex::new(Vec::new()));
    let (children, guard, count) = (Arc::clone(&kept), dropped.clone(), ran.clone());
    let parent = Request::new(async move {
        let unsubmitted = Request::new(async move { Ok(count.add() as u32) });
        let submitted = {
            let guard = guard.on_drop();
            Request::new(async move {
                let _guard = guard;
                std::future::pending::<()>().await;
                Ok(0)
            })
        };
        submitted.submit();
        *children.lock().unwrap() = vec![unsubmitted, submitted];
        std::future::pending::<()>().await;
        Ok(())
    });
    parent.submit();
    until_state(&parent, RequestState::Suspended);
    let kept = std::mem::take(&mut *kept.lock().unwrap());
    until_state(&kept[1], RequestState::Suspended);
    assert_eq!(parent.cancel(), Cancel::Cancelled);
    for child in &kept {
        until_state(child, RequestState::Cancelled);
        assert!(child.wait().unwrap_err().is_cancelled());
    }
    rt.settle();
    assert_eq!((dropped.get(), ran.get()), (1, 0));
}

#[test]
fn c14_p15_r037_a_shared_child_survives_and_is_looked_at_again() {
    let rt = Rt::new(2);
    let dropped = Counter::new();
    let (give, take) = std::sync::mpsc::channel();
    let guard = dropped.clone();
    let parent = Request::new(async move {
        let child = {
            let guard = guard.on_drop();
            Request::new(async move {
                let _guard = guard;
                std::future::pending::<()>().await;
                Ok(0)
            })
        };
        child.submit();
        let _ = give.send(child.clone());
        child.await
    });
    parent.submit();
    let child = take.recv_timeout(LONG).unwrap();
    until("the parent waits", || child.info().waiters == 1);
    let friend = waiter_of(&child);
    assert_eq!(parent.cancel(), Cancel::Cancelled);
    until_state(&parent, RequestState::Cancelled);
    assert!(!child.is_cancelled());
    assert_eq!(child.info().waiters, 1);
    assert_eq!(friend.cancel(), Cancel::Cancelled);
    until_state(&child, RequestState::Cancelled);
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c14_a_mere_handle_is_no_interest() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let target = endless(&dropped);
    let _handle = target.clone();
    let waiter = waiter_of(&target);
    assert_eq!(waiter.cancel(), Cancel::Cancelled);
    until_state(&target, RequestState::Cancelled);
    rt.settle();
}

#[test]
fn c14_r046_cancelling_one_waiter_leaves_the_others_their_result() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let shared = gated(&gate);
    let (left, right) = (waiter_of(&shared), waiter_of(&shared));
    assert_eq!(left.cancel(), Cancel::Cancelled);
    assert!(left.wait().unwrap_err().is_cancelled());
    gate.open();
    assert_eq!(right.wait().unwrap(), 1);
    assert_eq!(shared.wait().unwrap(), 1);
    rt.settle();
}

#[test]
fn c14_p15_random_graphs_follow_the_rule() {
    // Layers: whoever loses its last waiter ends, everybody else goes on.
    let mut random = 99u64;
    let mut next = move |below: usize| {
        random = random
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (random >> 33) as usize % below
    };
    let rt = Rt::new(2);
    for _ in 0..20 {
        let gate = Gate::new();
        let mut layers: Vec<Vec<(Request<u32>, Vec<usize>)>> =
            vec![(0..4).map(|_| (gated(&gate), Vec::new())).collect()];
        layers[0].iter().for_each(|(request, _)| request.submit());
        for above in 1..4 {
            let layer = (0..4)
                .map(|_| {
                    let mut targets: Vec<usize> = (0..1 + next(3)).map(|_| next(4)).collect();
                    targets.sort_unstable();
                    targets.dedup();
                    let below: Vec<_> = targets.iter().map(|&at| layers[above - 1][at].0.clone()).collect();
                    let request = Request::new(async move {
                        Ok(try_join_all(below.iter().map(|target| target.into_future()))
                            .await?
                            .len() as u32)
                    });
                    request.submit();
                    until("all its waits stand", || {
                        request.info().waits_for.len() == targets.len()
                    });
                    (request, targets)
                })
                .collect();
            layers.push(layer);
        }
        let doomed: Vec<usize> = (0..4).filter(|_| next(2) == 0).collect();
        let mut dead = [[false; 4]; 4];
        for &at in &doomed {
            dead[3][at] = true;
            let _ = layers[3][at].0.cancel();
        }
        for layer in (0..3).rev() {
            for at in 0..4 {
                let had: Vec<usize> = (0..4).filter(|&up| layers[layer + 1][up].1.contains(&at)).collect();
                dead[layer][at] = !had.is_empty() && had.iter().all(|&up| dead[layer + 1][up]);
            }
        }
        for (layer, requests) in layers.iter().enumerate() {
            for (at, (request, _)) in requests.iter().enumerate() {
                if dead[layer][at] {
                    until_state(request, RequestState::Cancelled);
                }
            }
        }
        for (layer, requests) in layers.iter().enumerate() {
            for (at, (request, _)) in requests.iter().enumerate() {
                assert_eq!(
                    request.is_cancelled(),
                    dead[layer][at],
                    "{layer} {at}: {}",
                    request.explain()
                );
            }
        }
        gate.open();
        for (layer, requests) in layers.iter().enumerate() {
            for (at, (request, _)) in requests.iter().enumerate() {
                assert_eq!(request.wait().is_err(), dead[layer][at]);
            }
        }
    }
    rt.settle();
}

#[test]
fn c15_r031_a_creator_cancels_one_child_and_uses_another() {
    let rt = Rt::new(2);
    let dropped = Counter::new();
    let guard = dropped.on_drop();
    let parent = Request::new(async move {
        let slow = Request::new(async move {
            let _guard = guard;
            std::future::pending::<()>().await;
            Ok(0)
        });
        slow.submit();
        let fast = Request::new(async { Ok(5) });
        let value = fast.await?;
        assert_eq!(slow.cancel(), Cancel::Cancelled);
        assert!(slow.await.unwrap_err().is_cancelled());
        check_cancelled()?;
        Ok(value)
    });
    parent.submit();
    assert_eq!(parent.wait().unwrap(), 5);
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c23_p02_any_subset_of_waiters_may_leave_in_any_order() {
    let rt = Rt::new(1);
    for subset in 0..16u32 {
        for reversed in [false, true] {
            let (gate, ran) = (Gate::new(), Counter::new());
            let (pass, count) = (gate.pass(), ran.clone());
            let request = Request::new(async move {
                count.add();
                pass.await;
                Ok(1)
            });
            // The first one starts it, as the leader would elsewhere.
            let mut waits: Vec<_> = (0..5).map(|_| Some(request.clone().into_future())).collect();
            assert!(waits.iter_mut().flatten().all(|wait| poll_once(wait).is_pending()));
            let mut leaving: Vec<usize> = (0..4).filter(|nth| subset >> nth & 1 == 1).collect();
            if reversed {
                leaving.reverse();
            }
            for nth in leaving {
                waits[nth] = None;
                let _ = request.cancel();
            }
            gate.open();
            for wait in waits.into_iter().flatten() {
                assert_eq!(futures::executor::block_on(wait).unwrap(), 1);
            }
            assert_eq!(ran.get(), 1);
        }
    }
    rt.settle();
}

#[test]
fn c23_p02_the_creator_may_leave_too() {
    let rt = Rt::new(2);
    let (gate, ran) = (Gate::new(), Counter::new());
    let (give, take) = std::sync::mpsc::channel();
    let (pass, count) = (gate.pass(), ran.clone());
    let creator = Request::new(async move {
        let child = Request::new(async move {
            count.add();
            pass.await;
            Ok(1)
        });
        let _ = give.send(child.clone());
        child.await
    });
    creator.submit();
    let child: Request<u32> = take.recv_timeout(LONG).unwrap();
    until("the creator waits", || child.info().waiters == 1);
    let friend = waiter_of(&child);
    let _ = creator.cancel();
    until_state(&creator, RequestState::Cancelled);
    gate.open();
    assert_eq!(friend.wait().unwrap(), 1);
    assert_eq!(ran.get(), 1);
    rt.settle();
}

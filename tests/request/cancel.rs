//! C13–C24: cancel.

use std::future::IntoFuture;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{join_all, try_join_all};
use headwater::{Cancel, Error, Request, RequestState, Runtime, check_cancelled, shield};

use crate::support::*;

fn gated(gate: &Gate) -> Request<u32> {
    let pass = gate.pass();
    Request::new(async move {
        pass.await;
        Ok(1)
    })
}

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
fn c13_without_waiters_it_takes_effect_at_once() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let request = endless(&dropped);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    assert!(request.is_cancelled());
    assert!(request.wait().unwrap_err().is_cancelled());
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c13_r030_with_waiters_it_is_pending_until_the_last_one_leaves() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let request = endless(&dropped);
    let mut waits: Vec<_> = (0..3).map(|_| request.clone().into_future()).collect();
    assert!(waits.iter_mut().all(|wait| poll_once(wait).is_pending()));
    for left in (1..=3).rev() {
        assert_eq!(request.cancel(), Cancel::Pending { waiters: left });
        assert!(!request.is_cancelled());
        waits.pop();
    }
    assert!(request.is_cancelled());
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c13_r032_a_thread_is_a_waiter_too_as_long_as_it_waits() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let request = gated(&gate);
    let inner = request.clone();
    let waiting = thread(&rt, move || inner.wait());
    until("the thread waits", || request.info().waiters == 1);
    assert_eq!(request.cancel(), Cancel::Pending { waiters: 1 });
    gate.open();
    assert_eq!(join(waiting).unwrap(), 1);
    rt.settle();
}

#[test]
fn c13_after_the_end_it_says_so() {
    let rt = Rt::new(1);
    let request = Request::new(async { Ok(1) });
    request.wait().unwrap();
    assert_eq!(request.cancel(), Cancel::Ended);
    let failed = Request::new(async { custom::<u32>(1) });
    failed.wait().unwrap_err();
    assert_eq!(failed.cancel(), Cancel::Ended);
    let cancelled = Request::new(async { Ok(1) });
    assert_eq!(cancelled.cancel(), Cancel::Cancelled);
    assert_eq!(cancelled.cancel(), Cancel::Cancelled);
    rt.settle();
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
fn c16_r040_a_pending_wait_returns_at_once_and_the_workload_cleans_up_in_place() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let target = gated(&gate);
    let mut keep = target.clone().into_future();
    assert!(poll_once(&mut keep).is_pending());
    let (log, inner) = (Log::new(), target.clone());
    let told = log.clone();
    let request = Request::new(async move {
        let error = inner.await.unwrap_err();
        assert!(error.is_interrupted());
        told.push("cleaned up");
        Err::<u32, _>(error)
    });
    request.submit();
    until("it waits", || target.info().waiters == 2);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    until_state(&request, RequestState::Cancelled);
    // The other side goes on undisturbed.
    assert_eq!(log.get(), ["cleaned up"]);
    assert!(!target.is_cancelled());
    assert_eq!(target.info().waiters, 1);
    gate.open();
    assert_eq!(futures::executor::block_on(keep).unwrap(), 1);
    rt.settle();
}

#[test]
fn c16_each_kind_of_wait_is_interrupted() {
    let rt = Rt::new(2);
    let dropped = Counter::new();
    let target = endless(&dropped);
    let mut keep = target.clone().into_future();
    assert!(poll_once(&mut keep).is_pending());
    type Wait = fn(Request<u32>) -> futures::future::BoxFuture<'static, Result<u32, Error>>;
    let kinds: [(&str, Wait); 6] = [
        ("await", |target| Box::pin(async move { target.await })),
        ("timeout", |target| Box::pin(async move { target.timeout(LONG).await })),
        ("wait", |target| Box::pin(async move { target.wait() })),
        ("wait_timeout", |target| {
            Box::pin(async move { target.wait_timeout(LONG) })
        }),
        ("few joined", |target| {
            Box::pin(async move {
                let waits = (0..3).map(|_| target.clone().into_future());
                let errors = join_all(waits).await;
                assert!(
                    errors
                        .iter()
                        .all(|error| error.as_ref().is_err_and(Error::is_interrupted))
                );
                errors.into_iter().next().unwrap()
            })
        }),
        ("many joined", |target| {
            Box::pin(async move {
                // Polls only what has been woken.
                let waits = (0..100).map(|_| target.clone().into_future());
                let errors = join_all(waits).await;
                assert!(
                    errors
                        .iter()
                        .all(|error| error.as_ref().is_err_and(Error::is_interrupted))
                );
                errors.into_iter().next().unwrap()
            })
        }),
    ];
    for (kind, wait) in kinds {
        let cleaned = Counter::new();
        let (count, inner) = (cleaned.clone(), target.clone());
        let request = Request::builder().name(kind).future(async move {
            let outcome = wait(inner).await;
            assert!(outcome.as_ref().is_err_and(Error::is_interrupted), "{outcome:?}");
            count.add();
            outcome
        });
        request.submit();
        until("it waits", || {
            !request.info().waits_for.is_empty() && target.info().waiters > 1
        });
        until("all of it waits", || {
            kind != "many joined" || target.info().waiters == 101
        });
        assert_eq!(request.cancel(), Cancel::Cancelled);
        until_state(&request, RequestState::Cancelled);
        assert_eq!(cleaned.get(), 1, "{kind}");
    }
    assert!(!target.is_cancelled());
    assert_eq!(target.cancel(), Cancel::Pending { waiters: 1 });
    drop(keep);
    rt.settle();
}

#[test]
fn c16_on_a_foreign_future_it_is_dropped_there() {
    let rt = Rt::new(1);
    let (dropped, later) = (Counter::new(), Counter::new());
    let (guard, count) = (dropped.on_drop(), later.clone());
    let request = Request::new(async move {
        let _guard = guard;
        std::future::pending::<()>().await;
        count.add();
        Ok(())
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    rt.settle();
    assert_eq!((dropped.get(), later.get()), (1, 0));
}

#[test]
fn c16_a_clean_up_that_awaits_is_dropped_at_that_await() {
    let rt = Rt::new(1);
    let target = endless(&Counter::new());
    let log = Log::new();
    let (steps, inner) = (log.clone(), target.clone());
    let request = Request::new(async move {
        let error = inner.await.unwrap_err();
        steps.push("told");
        // Ready at once: no reason to drop anything.
        std::future::ready(()).await;
        steps.push("after what was ready");
        tokio::task::yield_now().await;
        steps.push("after what was pending");
        Err::<u32, _>(error)
    });
    request.submit();
    until("it waits", || target.info().waiters == 1);
    until_state(&request, RequestState::Suspended);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    rt.settle();
    assert_eq!(log.get(), ["told", "after what was ready"]);
}

#[test]
fn c16_r024_work_after_the_next_await_does_not_run() {
    let rt = Rt::new(1);
    let (inside, go_on, later) = (Latch::new(), Latch::new(), Counter::new());
    let (entered, leave, count) = (inside.clone(), go_on.clone(), later.clone());
    let request = Request::new(async move {
        entered.open();
        leave.wait();
        // Cancelled by now, and told at the next await of ours, whatever that waits for.
        let ready = Request::value(1);
        ready.await?;
        count.add();
        Ok(())
    });
    let finished = Counter::new();
    let counted = finished.clone();
    request.on_finished(move |()| {
        counted.add();
    });
    request.submit();
    inside.wait();
    assert_eq!(request.cancel(), Cancel::Cancelled);
    go_on.open();
    until_state(&request, RequestState::Cancelled);
    assert_eq!((later.get(), finished.get()), (0, 0));
    rt.settle();
}

#[test]
fn c16_a_shielded_section_finishes() {
    let rt = Rt::new(2);
    let gate = Gate::new();
    let log = Log::new();
    let (steps, pass) = (log.clone(), gate.pass());
    let request = Request::new(async move {
        let steps_inside = steps.clone();
        let value = shield(async move {
            steps_inside.push("begun");
            pass.await;
            // Made inside, awaited inside: neither born cancelled nor reached by the wave.
            let child = Request::new(async { Ok(3) });
            child.submit();
            tokio::task::yield_now().await;
            let value = child.await;
            steps_inside.push("finished");
            value
        })
        .await?;
        steps.push("shield over");
        Request::value(()).await?;
        steps.push("never");
        Ok(value)
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    assert_eq!(log.get(), ["begun"]);
    gate.open();
    until_state(&request, RequestState::Cancelled);
    assert_eq!(log.get(), ["begun", "finished", "shield over"]);
    rt.settle();
}

#[test]
fn c16_children_made_in_a_shield_before_the_cancellation_survive_it() {
    let rt = Rt::new(2);
    let gate = Gate::new();
    let pass = gate.pass();
    let log = Log::new();
    let steps = log.clone();
    let request = Request::new(async move {
        shield(async move {
            let later = Request::new(async { Ok(1) });
            let running = Request::new(async {
                tokio::task::yield_now().await;
                Ok(2)
            });
            pass.await;
            let sum = running.await? + later.await?;
            steps.push(sum);
            Ok(sum)
        })
        .await
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    gate.open();
    rt.settle();
    assert_eq!(log.get(), [3]);
}

#[test]
fn c16_two_shields_at_once() {
    let rt = Rt::new(1);
    let (first, second) = (Gate::new(), Gate::new());
    let log = Log::new();
    let (a, b) = (log.clone(), log.clone());
    let (one, two) = (first.pass(), second.pass());
    let request = Request::new(async move {
        let left = shield(async move {
            one.await;
            a.push("one");
        });
        let right = shield(async move {
            two.await;
            b.push("two");
        });
        futures::join!(left, right);
        Ok(())
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    first.open();
    until("the first is over", || log.get() == ["one"]);
    second.open();
    rt.settle();
    assert_eq!(log.get(), ["one", "two"]);
}

#[test]
fn c17_check_cancelled_tells_async_code() {
    let rt = Rt::new(1);
    assert!(check_cancelled().is_ok(), "outside of requests nobody is cancelled");
    let (inside, go_on) = (Latch::new(), Latch::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let log = Log::new();
    let steps = log.clone();
    let request = Request::new(async move {
        steps.push(check_cancelled().is_ok());
        entered.open();
        leave.wait();
        steps.push(check_cancelled().is_err_and(|error| error.is_interrupted()));
        steps.push(shield(async { check_cancelled().is_ok() }).await);
        Ok(())
    });
    request.submit();
    inside.wait();
    let _ = request.cancel();
    go_on.open();
    rt.settle();
    assert_eq!(log.get(), [true, true, true]);
}

#[test]
fn c17_p12_a_kernel_sees_it_at_its_next_checkpoint() {
    let rt = Rt::new(1);
    let (inside, checks) = (Latch::new(), Counter::new());
    let (entered, count) = (inside.clone(), checks.clone());
    let kernel = Request::kernel(move |checkpoint| {
        entered.open();
        loop {
            if let Err(error) = checkpoint.check() {
                assert!(error.is_interrupted() && checkpoint.is_interrupted());
                count.add();
                return Err::<u32, _>(error);
            }
            std::thread::yield_now();
        }
    });
    kernel.submit();
    inside.wait();
    assert_eq!(kernel.cancel(), Cancel::Cancelled);
    until_state(&kernel, RequestState::Cancelled);
    assert_eq!(checks.get(), 1);
    rt.settle();
}

#[test]
fn c17_r041_a_kernel_that_ignores_it_ends_cancelled_and_its_value_is_dropped() {
    let rt = Rt::new(1);
    let (inside, go_on, dropped) = (Latch::new(), Latch::new(), Counter::new());
    let (entered, leave, guard) = (inside.clone(), go_on.clone(), dropped.on_drop());
    let kernel = Request::kernel(move |_| {
        entered.open();
        leave.wait();
        Ok(Arc::new(guard))
    });
    kernel.submit();
    inside.wait();
    assert_eq!(kernel.cancel(), Cancel::Cancelled);
    assert!(kernel.wait_timeout(Duration::ZERO).unwrap_err().is_timeout());
    assert!(!kernel.has_ended());
    go_on.open();
    assert!(kernel.wait().unwrap_err().is_cancelled());
    until_state(&kernel, RequestState::Cancelled);
    until("the value is dropped", || dropped.get() == 1);
    rt.settle();
}

#[test]
fn c18_r026_cancelled_before_its_start_it_never_runs() {
    let rt = Rt::new(1);
    let plug = plug(&rt);
    let ran = Counter::new();
    let cancelled = Counter::new();
    let mut requests = Vec::new();
    for kind in 0..3 {
        for submitted in [false, true] {
            let (count, told) = (ran.clone(), cancelled.clone());
            let request = match kind {
                0 => Request::new(async move { Ok(count.add()) }),
                1 => Request::repeatable(move || {
                    let count = count.clone();
                    async move { Ok(count.add()) }
                }),
                _ => Request::pinned(move || async move { Ok(count.add()) }),
            };
            request.on_cancelled(move || {
                told.add();
            });
            if submitted && kind < 2 {
                request.submit();
            }
            // The only slot is taken: this ends without one.
            assert_eq!(request.cancel(), Cancel::Cancelled);
            assert_eq!(request.state(), RequestState::Cancelled);
            requests.push(request);
        }
    }
    assert_eq!(cancelled.get(), 6);
    plug.release();
    rt.settle();
    assert_eq!(ran.get(), 0);
}

#[test]
fn c18_a_kernel_cancelled_in_its_queue_never_runs() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1));
    let (inside, go_on, ran) = (Latch::new(), Latch::new(), Counter::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let busy = Request::kernel(move |_| {
        entered.open();
        leave.wait();
        Ok(())
    });
    busy.submit();
    inside.wait();
    let count = ran.clone();
    let kernel = Request::kernel(move |_| Ok(count.add()));
    kernel.submit();
    assert_eq!(kernel.cancel(), Cancel::Cancelled);
    assert_eq!(kernel.state(), RequestState::Cancelled);
    go_on.open();
    busy.wait().unwrap();
    rt.settle();
    assert_eq!(ran.get(), 0);
}

#[test]
fn c18_a_queued_pinned_one_never_runs() {
    let rt = Rt::new(1);
    let (inside, go_on, ran) = (Latch::new(), Latch::new(), Counter::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let busy = Request::pinned(move || async move {
        entered.open();
        leave.wait();
        Ok(())
    });
    busy.submit();
    inside.wait();
    let count = ran.clone();
    let request = Request::pinned(move || async move { Ok(count.add()) });
    request.submit();
    assert_eq!(request.cancel(), Cancel::Cancelled);
    assert_eq!(request.state(), RequestState::Cancelled);
    go_on.open();
    busy.wait().unwrap();
    rt.settle();
    assert_eq!(ran.get(), 0);
}

#[test]
fn c18_a_pinned_one_is_interrupted_while_it_waits() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let target = endless(&dropped);
    let log = Log::new();
    let (steps, inner) = (log.clone(), target.clone());
    let pinned = Request::pinned(move || async move {
        let _not_send = std::rc::Rc::new(());
        let error = inner.await.unwrap_err();
        steps.push(error.is_interrupted());
        std::future::pending::<()>().await;
        Ok(())
    });
    pinned.submit();
    until("it waits", || target.info().waiters == 1);
    assert_eq!(pinned.cancel(), Cancel::Cancelled);
    until_state(&pinned, RequestState::Cancelled);
    assert_eq!(log.get(), [true]);
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c19_r035_a_child_of_a_cancelled_request_is_born_cancelled() {
    let rt = Rt::new(2);
    let (inside, go_on, ran, told) = (Latch::new(), Latch::new(), Counter::new(), Counter::new());
    let (entered, leave, count, cancelled) = (inside.clone(), go_on.clone(), ran.clone(), told.clone());
    let states = Log::new();
    let log = states.clone();
    let request = Request::new(async move {
        entered.open();
        leave.wait();
        for kind in 0..3 {
            let count = count.clone();
            let child = match kind {
                0 => Request::new(async move { Ok(count.add()) }),
                1 => Request::kernel(move |_| Ok(count.add())),
                _ => Request::repeatable(move || {
                    let count = count.clone();
                    async move { Ok(count.add()) }
                }),
            };
            log.push(child.state());
            let cancelled = cancelled.clone();
            child.on_cancelled(move || {
                cancelled.add();
            });
        }
        Ok(())
    });
    request.submit();
    inside.wait();
    let _ = request.cancel();
    go_on.open();
    rt.settle();
    assert_eq!(states.get(), [RequestState::Cancelled; 3]);
    assert_eq!((ran.get(), told.get()), (0, 3));
}

#[test]
fn c20_r029_r038_after_the_end_a_cancel_changes_nothing() {
    let rt = Rt::new(1);
    let (finished, cancelled) = (Counter::new(), Counter::new());
    let request = Request::new(async { Ok(4) });
    let (a, b) = (finished.clone(), cancelled.clone());
    request.on_finished(move |_| {
        a.add();
    });
    request.on_cancelled(move || {
        b.add();
    });
    assert_eq!(request.wait().unwrap(), 4);
    for _ in 0..2 {
        assert_eq!(request.cancel(), Cancel::Ended);
        assert_eq!(request.wait().unwrap(), 4);
        assert_eq!(request.try_result().unwrap().unwrap(), 4);
        assert!(!request.is_cancelled());
    }
    request.on_cancelled({
        let cancelled = cancelled.clone();
        move || {
            cancelled.add();
        }
    });
    assert_eq!((finished.get(), cancelled.get()), (1, 0));
    rt.settle();
}

#[test]
fn c20_r038_r039_a_cancelled_one_stays_cancelled() {
    let rt = Rt::new(1);
    let request = Request::new(async { Ok(4) });
    assert_eq!(request.cancel(), Cancel::Cancelled);
    for _ in 0..3 {
        assert!(request.wait().unwrap_err().is_cancelled());
        assert_eq!(request.cancel(), Cancel::Cancelled);
        request.submit();
        assert_eq!(request.state(), RequestState::Cancelled);
    }
    rt.settle();
}

#[test]
fn c20_r042_a_failure_is_never_downgraded_to_cancelled() {
    let rt = Rt::new(1);
    let (inside, go_on) = (Latch::new(), Latch::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let request = Request::new(async move {
        entered.open();
        leave.wait();
        custom::<u32>(5)
    });
    let log = Log::new();
    let (failed, cancelled) = (log.clone(), log.clone());
    request.on_failed(move |_| failed.push("failed"));
    request.on_cancelled(move || cancelled.push("cancelled"));
    request.submit();
    inside.wait();
    let _ = request.cancel();
    go_on.open();
    until_state(&request, RequestState::Failed);
    assert_eq!(request.wait().unwrap_err().downcast_ref(), Some(&Custom(5)));
    assert_eq!(log.get(), ["failed"]);
    rt.settle();
}

#[test]
fn c20_p14_a_value_committed_before_the_cancel_is_a_success() {
    let rt = Rt::new(1);
    let (inside, go_on) = (Latch::new(), Latch::new());
    let request = Request::new(async { Ok(6) });
    let (entered, leave) = (inside.clone(), go_on.clone());
    request.on_finished(move |_| {
        entered.open();
        leave.wait();
    });
    request.submit();
    inside.wait();
    assert_eq!(request.state(), RequestState::Finishing);
    assert_eq!(request.cancel(), Cancel::Ended);
    go_on.open();
    assert_eq!(request.wait().unwrap(), 6);
    rt.settle();
}

#[test]
fn c20_r047_a_cancelled_waiter_never_receives_a_value() {
    let rt = Rt::new(1);
    let (inside, go_on) = (Latch::new(), Latch::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let log = Log::new();
    let told = log.clone();
    let done = Request::value(1);
    let request = Request::new(async move {
        entered.open();
        leave.wait();
        let first = done.clone().await;
        let second = done.wait();
        let third = Request::new(async { Ok(1) }).await;
        told.push([first, second, third].iter().all(Result::is_err));
        Ok(())
    });
    request.submit();
    inside.wait();
    let _ = request.cancel();
    go_on.open();
    rt.settle();
    assert_eq!(log.get(), [true]);
}

#[test]
fn c20_p14_cancel_beside_completion_has_one_outcome() {
    let rt = Rt::new(2);
    for _ in 0..500 {
        let (finished, cancelled) = (Counter::new(), Counter::new());
        let request = Request::new(async { Ok(1) });
        let (a, b) = (finished.clone(), cancelled.clone());
        request.on_finished(move |_| {
            a.add();
        });
        request.on_cancelled(move || {
            b.add();
        });
        request.submit();
        let answer = request.cancel();
        let outcome = request.wait();
        until("it has ended", || request.has_ended());
        match answer {
            Cancel::Cancelled => assert!(outcome.unwrap_err().is_cancelled()),
            Cancel::Ended => assert_eq!(outcome.unwrap(), 1),
            other => panic!("nobody waits: {other:?}"),
        }
        assert_eq!(
            (finished.get(), cancelled.get()),
            if answer == Cancel::Ended { (1, 0) } else { (0, 1) }
        );
    }
    rt.settle();
}

#[test]
fn c21_r027_cancelled_is_distinct_from_being_cancelled_oneself() {
    let rt = Rt::new(1);
    let target = Request::new(async { Ok(1) });
    let _ = target.cancel();
    let parent = Request::new(async move { target.await });
    let error = parent.wait().unwrap_err();
    assert!(error.is_cancelled() && !error.is_interrupted(), "{error:?}");
    // It was the other one that was cancelled: this one failed of it.
    assert_eq!(parent.state(), RequestState::Failed);
    rt.settle();
}

/// A repeatable request whose first generation blocks inside of its poll until let go.
struct Again {
    request: Request<usize>,
    inside: Latch,
    go_on: Latch,
    generations: Counter,
}

fn again(ignores: bool) -> Again {
    let (inside, go_on, generations) = (Latch::new(), Latch::new(), Counter::new());
    let request = Request::repeatable({
        let (inside, go_on, generations) = (inside.clone(), go_on.clone(), generations.clone());
        move || {
            let (inside, go_on, nth) = (inside.clone(), go_on.clone(), generations.add());
            async move {
                if nth == 0 {
                    inside.open();
                    go_on.wait();
                    if !ignores {
                        check_cancelled()?;
                    }
                }
                Ok(nth)
            }
        }
    });
    Again {
        request,
        inside,
        go_on,
        generations,
    }
}

#[test]
fn c21_p05_who_waits_for_a_cancelled_repeatable_one_gets_the_next_generation() {
    let rt = Rt::new(2);
    let Again {
        request,
        inside,
        go_on,
        generations,
    } = again(false);
    request.submit();
    inside.wait();
    assert_eq!(request.cancel(), Cancel::Cancelled);
    let inner = request.clone();
    let waiting = thread(&rt, move || inner.wait());
    until("the thread waits", || request.info().waiters == 1);
    // Not before the old generation has really ended.
    assert_eq!(generations.get(), 1);
    go_on.open();
    assert_eq!(join(waiting).unwrap(), 1);
    assert_eq!(generations.get(), 2);
    rt.settle();
}

#[test]
fn c21_after_its_end_submit_await_and_wait_each_start_the_next_generation() {
    let rt = Rt::new(1);
    for how in 0..3 {
        let request = Request::repeatable(|| async { Ok(1) });
        assert_eq!(request.cancel(), Cancel::Cancelled);
        assert!(request.try_result().unwrap().unwrap_err().is_cancelled());
        match how {
            0 => request.submit(),
            1 => assert_eq!(futures::executor::block_on(request.clone().into_future()).unwrap(), 1),
            _ => assert_eq!(request.wait().unwrap(), 1),
        }
        until_state(&request, RequestState::Succeeded);
        assert!(!request.is_cancelled());
    }
    rt.settle();
}

#[test]
fn c21_callbacks_of_both_generations() {
    let rt = Rt::new(1);
    let log = Log::new();
    let request = Request::repeatable(|| async { Ok(1) });
    let (a, b) = (log.clone(), log.clone());
    request.on_cancelled(move || a.push("first cancelled"));
    assert_eq!(request.cancel(), Cancel::Cancelled);
    request.on_cancelled({
        let log = log.clone();
        move || log.push("late")
    });
    let next = request.clone().into_future();
    request.submit();
    request.on_finished(move |_| b.push("second finished"));
    assert_eq!(futures::executor::block_on(next).unwrap(), 1);
    until("all are told", || log.get().len() == 3);
    assert_eq!(log.get(), ["first cancelled", "late", "second finished"]);
    rt.settle();
}

#[test]
fn c22_p06_if_the_old_generation_finished_after_all_the_next_takes_its_value() {
    let rt = Rt::new(2);
    let Again {
        request,
        inside,
        go_on,
        generations,
    } = again(true);
    request.submit();
    inside.wait();
    assert_eq!(request.cancel(), Cancel::Cancelled);
    let mut wait = request.clone().into_future();
    assert!(poll_once(&mut wait).is_pending());
    go_on.open();
    assert_eq!(futures::executor::block_on(wait).unwrap(), 0);
    assert_eq!(generations.get(), 1);
    assert!(!request.is_cancelled());
    rt.settle();
}

#[test]
fn c22_without_interest_a_stale_value_is_dropped() {
    let rt = Rt::new(2);
    let Again {
        request,
        inside,
        go_on,
        generations,
    } = again(true);
    request.submit();
    inside.wait();
    assert_eq!(request.cancel(), Cancel::Cancelled);
    go_on.open();
    until_state(&request, RequestState::Cancelled);
    assert_eq!(request.wait().unwrap(), 1);
    assert_eq!(generations.get(), 2);
    rt.settle();
}

#[test]
fn c22_p05_p06_cancel_and_wait_in_a_random_history() {
    let rt = Rt::new(2);
    let running = Counter::new();
    let request = Request::repeatable({
        let running = running.clone();
        move || {
            let running = running.clone();
            async move {
                assert_eq!(running.add(), 0, "two generations at once");
                struct Leave(Counter);
                impl Drop for Leave {
                    fn drop(&mut self) {
                        self.0.sub();
                    }
                }
                let _leave = Leave(running);
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
                std::future::pending::<()>().await;
                Ok(1)
            }
        }
    });
    let threads: Vec<_> = (0..3u64)
        .map(|seed| {
            let request = request.clone();
            thread(&rt, move || {
                let mut random = seed + 1;
                for _ in 0..300 {
                    random = random
                        .wrapping_mul(6364136223846793005)
                        .wrapping_add(1442695040888963407);
                    let mut wait = request.clone().into_future();
                    match (random >> 33) % 3 {
                        0 => drop(request.cancel()),
                        1 => assert!(poll_once(&mut wait).is_pending()),
                        _ => {
                            let outcome = request.wait_timeout(Duration::from_micros(50));
                            assert!(
                                outcome.unwrap_err().is_timeout(),
                                "a cancellation that nobody here asked for"
                            );
                        }
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(join);
    let _ = request.cancel();
    rt.settle();
    assert_eq!(running.get(), 0);
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

#[test]
fn c24_p13_grace_delays_a_cancellation_for_lack_of_interest() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let pass = gate.pass();
    let request = Request::builder().grace(LONG).future(async move {
        pass.await;
        Ok(1)
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    for _ in 0..3 {
        let mut wait = request.clone().into_future();
        assert!(poll_once(&mut wait).is_pending());
        drop(wait);
        assert_eq!(request.cancel(), Cancel::Delayed);
        assert!(!request.is_cancelled());
    }
    gate.open();
    assert_eq!(request.wait().unwrap(), 1);
    rt.settle();
}

#[test]
fn c24_when_the_grace_is_over_it_is_cancelled() {
    let rt = Rt::from(
        Runtime::builder()
            .slots(1)
            .compute_threads(1)
            .grace(Duration::from_millis(1)),
    );
    let dropped = Counter::new();
    let request = endless(&dropped);
    assert_eq!(request.cancel(), Cancel::Delayed);
    until_state(&request, RequestState::Cancelled);
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c24_interest_that_comes_back_in_time_keeps_it() {
    let rt = Rt::new(1);
    let request = Request::builder().grace(Duration::from_millis(1)).future(async {
        std::future::pending::<()>().await;
        Ok(1)
    });
    request.submit();
    let mut wait = request.clone().into_future();
    assert_eq!(request.cancel(), Cancel::Delayed);
    if poll_once(&mut wait).is_pending() {
        // As long as somebody waits, the time of grace may pass as it likes.
        assert!(
            futures::executor::block_on(request.timeout(Duration::from_millis(20)))
                .unwrap_err()
                .is_timeout()
        );
        assert!(!request.is_cancelled());
    }
    drop(wait);
    until_state(&request, RequestState::Cancelled);
    rt.settle();
}

#[test]
fn c24_the_grace_begins_anew_with_each_loss_of_interest() {
    let host = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let runtime = Runtime::builder()
        .slots(1)
        .compute_threads(1)
        .embedded(host.handle().clone())
        .build()
        .unwrap();
    host.block_on(async {
        let request = Request::builder()
            .on(&runtime)
            .grace(Duration::from_secs(10))
            .future(async {
                std::future::pending::<()>().await;
                Ok(1)
            });
        request.submit();
        while request.state() != RequestState::Suspended {
            tokio::task::yield_now().await;
        }
        assert_eq!(request.cancel(), Cancel::Delayed);
        tokio::time::sleep(Duration::from_secs(6)).await;
        let mut wait = request.clone().into_future();
        assert!(poll_once(&mut wait).is_pending());
        drop(wait);
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert!(!request.is_cancelled(), "six seconds without interest, not twelve");
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert!(request.is_cancelled());
        while !runtime.snapshot().is_empty() {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn r088_c57_a_subtree_that_is_queued_costs_no_slot() {
    let rt = Rt::new(1);
    let plug = plug(&rt);
    let ran = Counter::new();
    let requests: Vec<_> = (0..1_000)
        .map(|_| {
            let count = ran.clone();
            let request = Request::new(async move { Ok(count.add()) });
            request.submit();
            request
        })
        .collect();
    for request in &requests {
        assert_eq!(request.cancel(), Cancel::Cancelled);
    }
    assert_eq!(rt.snapshot().len(), 1, "all but the plug have ended, without a slot");
    plug.release();
    rt.settle();
    assert_eq!(ran.get(), 0);
}

#[test]
fn r045_a_cache_that_shares_repeatable_work_never_fails_an_innocent_waiter() {
    let rt = Rt::new(2);
    let value = Request::repeatable(|| async {
        tokio::task::yield_now().await;
        Ok(1)
    });
    let stop = Arc::new(AtomicBool::new(false));
    let (pest, over) = (value.clone(), Arc::clone(&stop));
    let canceller = thread(&rt, move || {
        while !over.load(Ordering::SeqCst) {
            let _ = pest.cancel();
        }
    });
    for _ in 0..200 {
        let inner = value.clone();
        assert_eq!(Request::new(async move { inner.await }).wait().unwrap(), 1);
    }
    stop.store(true, Ordering::SeqCst);
    join(canceller);
    rt.settle();
}

#[test]
fn c24_submitting_in_the_time_of_grace_takes_the_cancellation_back() {
    let host = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let runtime = Runtime::builder()
        .slots(1)
        .compute_threads(1)
        .grace(Duration::from_secs(10))
        .embedded(host.handle().clone())
        .build()
        .unwrap();
    host.block_on(async {
        let gate = Gate::new();
        let pass = gate.pass();
        let request = Request::builder().on(&runtime).future(async move {
            pass.await;
            Ok(1)
        });
        request.submit();
        while request.state() != RequestState::Suspended {
            tokio::task::yield_now().await;
        }
        assert_eq!(request.cancel(), Cancel::Delayed);
        request.submit();
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(
            !request.is_cancelled(),
            "a cancellation that was taken back came all the same"
        );
        // The next one has a time of grace of its own.
        assert_eq!(request.cancel(), Cancel::Delayed);
        tokio::time::sleep(Duration::from_secs(9)).await;
        assert!(!request.is_cancelled());
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(request.is_cancelled());
        gate.open();
    });
}

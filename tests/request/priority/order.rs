//! C34, C36, C37: the order of the queue.

use std::future::IntoFuture;
use std::time::Duration;

use expect_test::expect;
use headwater::{Discipline, Request, RequestState, Runtime};

use super::writes;
use crate::support::*;

#[test]
fn c34_r074_roots_run_in_the_order_of_their_creation() {
    let rt = Rt::new(1);
    let log = Log::new();
    let plug = plug(&rt);
    let requests: Vec<_> = (0..8).map(|nth| writes(&log, &nth.to_string(), 0)).collect();
    requests.iter().rev().for_each(Request::submit);
    plug.release();
    rt.settle();
    assert_eq!(log.get(), ["0", "1", "2", "3", "4", "5", "6", "7"]);
}

#[test]
fn c34_r075_the_priority_of_a_root_comes_before_its_age() {
    let rt = Rt::new(1);
    let log = Log::new();
    let plug = plug(&rt);
    for (name, priority) in [
        ("later", 1),
        ("normal", 0),
        ("urgent", -1),
        ("normal too", 0),
        ("most urgent", -9),
    ] {
        writes(&log, name, priority).submit();
    }
    plug.release();
    rt.settle();
    assert_eq!(log.get(), ["most urgent", "urgent", "normal", "normal too", "later"]);
}

#[test]
fn c34_r076_descendants_of_an_older_root_outrank_everything_of_a_newer_one() {
    let rt = Rt::new(1);
    let log = Log::new();
    let family = |name: &'static str| {
        let log = log.clone();
        Request::new(async move {
            log.push(name.to_owned());
            for child in 0..2 {
                let (log, name) = (log.clone(), format!("{name}.{child}"));
                Request::new(async move {
                    log.push(name.clone());
                    writes(&log, &format!("{name}.0"), 0).submit();
                    Ok(())
                })
                .submit();
            }
            Ok(())
        })
    };
    let plug = plug(&rt);
    let (a, b) = (family("a"), family("b"));
    b.submit();
    a.submit();
    plug.release();
    rt.settle();
    assert_eq!(
        log.get(),
        ["a", "a.0", "a.0.0", "a.1", "a.1.0", "b", "b.0", "b.0.0", "b.1", "b.1.0"]
    );
}

#[test]
fn c34_among_siblings_a_priority_comes_before_creation() {
    let rt = Rt::new(1);
    let log = Log::new();
    let told = log.clone();
    Request::new(async move {
        for (name, priority) in [("second", 0), ("last", 5), ("first", -5), ("third", 0)] {
            writes(&told, name, priority).submit();
        }
        Ok(())
    })
    .submit();
    rt.settle();
    assert_eq!(log.get(), ["first", "second", "third", "last"]);
}

#[test]
fn c34_r077_resumed_and_new_requests_stand_in_the_same_queue() {
    let rt = Rt::new(1);
    let log = Log::new();
    let gate = Gate::new();
    let (pass, told) = (gate.pass(), log.clone());
    let resumed = Request::builder().priority(1).future(async move {
        pass.await;
        told.push("resumed, low".to_owned());
        Ok(())
    });
    resumed.submit();
    until_state(&resumed, RequestState::Suspended);
    let plug = plug(&rt);
    gate.open();
    until_state(&resumed, RequestState::Queued);
    writes(&log, "new, high", 0).submit();
    writes(&log, "new, lowest", 2).submit();
    plug.release();
    rt.settle();
    assert_eq!(log.get(), ["new, high", "resumed, low", "new, lowest"]);
}

#[test]
fn c34_p31_kernels_too() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1));
    let (inside, go_on, log) = (Latch::new(), Latch::new(), Log::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    Request::kernel(move |_| {
        entered.open();
        leave.wait();
        Ok(())
    })
    .submit();
    inside.wait();
    for (name, priority) in [("later", 1), ("normal", 0), ("urgent", -1)] {
        let log = log.clone();
        Request::builder()
            .priority(priority)
            .kernel(move |_| {
                log.push(name);
                Ok(())
            })
            .submit();
    }
    go_on.open();
    rt.settle();
    assert_eq!(log.get(), ["urgent", "normal", "later"]);
}

/// Keeps one urgent request in the queue for `rounds` rounds.
fn load(rounds: usize, last: Counter) -> Request<()> {
    Request::builder().priority(-1).future(async move {
        last.add();
        if rounds > 0 {
            // Not a child of this one, whose rank would sink: as urgent as ever.
            load(rounds - 1, last).submit();
        }
        Ok(())
    })
}

#[test]
fn c36_p32_ageing_bounds_the_wait_under_endless_load() {
    for (bound, starves) in [(Duration::ZERO, false), (Duration::from_secs(1 << 30), true)] {
        let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1).ageing(bound));
        let (rounds, seen) = (Counter::new(), Log::new());
        let plug = plug(&rt);
        let (count, log) = (rounds.clone(), seen.clone());
        Request::builder()
            .priority(9)
            .future(async move {
                log.push(count.get());
                Ok(())
            })
            .submit();
        load(2_000, rounds.clone()).submit();
        plug.release();
        rt.settle();
        let at = seen.get()[0];
        assert_eq!(at == 2_001, starves, "ran after {at} rounds");
        if !starves {
            assert!(at <= 100, "ran after {at} rounds");
        }
    }
}

#[test]
fn c36_equal_priorities_are_first_come_first_served() {
    let rt = Rt::new(1);
    let log = Log::new();
    let gate = Gate::new();
    // Resumed in another order than that of their creation, with ranks of their own: rank counts. With the same rank,
    // lent by one waiter, the order of arrival does.
    let requests: Vec<_> = (0..3)
        .map(|nth| {
            let (pass, log) = (gate.pass(), log.clone());
            let request = Request::new(async move {
                pass.await;
                log.push(nth);
                Ok(())
            });
            request.submit();
            until_state(&request, RequestState::Suspended);
            request
        })
        .collect();
    let all = requests.clone();
    let waiter = Request::builder().priority(-1).future(async move {
        futures::future::join_all(all.iter().rev().map(|request| request.into_future())).await;
        Ok(())
    });
    waiter.submit();
    until_state(&waiter, RequestState::Suspended);
    let plug = plug(&rt);
    gate.open();
    plug.release();
    rt.settle();
    assert_eq!(log.get(), [0, 1, 2]);
}

#[test]
fn c37_fifo_and_lifo_with_one_slot_are_exact() {
    for (discipline, expected) in [(Discipline::Fifo, [2, 0, 1]), (Discipline::Lifo, [1, 0, 2])] {
        let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1).discipline(discipline));
        let log = Log::new();
        let plug = plug(&rt);
        let requests: Vec<_> = (0..3)
            .map(|nth| {
                let log = log.clone();
                Request::builder().priority(nth).future(async move {
                    log.push(nth);
                    Ok(())
                })
            })
            .collect();
        for nth in [2, 0, 1] {
            requests[nth].submit();
        }
        plug.release();
        rt.settle();
        assert_eq!(log.get(), expected, "{discipline:?}");
    }
}

#[test]
fn c37_the_order_of_a_tree_under_each_discipline() {
    let order = |discipline| {
        let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1).discipline(discipline));
        let log = Log::new();
        let plug = plug(&rt);
        for root in ["a", "b"] {
            let log = log.clone();
            Request::new(async move {
                log.push(root.to_owned());
                for child in 0..2 {
                    writes(&log, &format!("{root}{child}"), 0).submit();
                }
                Ok(())
            })
            .submit();
        }
        plug.release();
        rt.settle();
        log.get().join(" ")
    };
    expect!["a a0 a1 b b0 b1"].assert_eq(&order(Discipline::Priority));
    expect!["a b a0 a1 b0 b1"].assert_eq(&order(Discipline::Fifo));
    expect!["b b1 b0 a a1 a0"].assert_eq(&order(Discipline::Lifo));
}

//! C7: a million of them.

use headwater::{Cancel, Request, RequestState};

use crate::support::*;

/// As many as the contract says; in a debug build a tenth, which takes about as long and overflows a stack as surely.
const MANY: u32 = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };

fn chain(length: u32) -> Request<u32> {
    Request::new(async move {
        match length {
            0 => Ok(0),
            _ => Ok(chain(length - 1).await? + 1),
        }
    })
}

fn submitted_chain(length: u32) -> Request<u32> {
    Request::new(async move {
        if length == 0 {
            return Ok(0);
        }
        let next = submitted_chain(length - 1);
        next.submit();
        Ok(next.await? + 1)
    })
}

#[test]
fn c07_p37_a_long_chain_computes() {
    on_small_stack(|| {
        let _rt = Rt::new(2);
        assert_eq!(chain(MANY).wait().unwrap(), MANY);
    });
}

#[test]
fn c07_p37_a_long_chain_of_submitted_requests_computes() {
    on_small_stack(|| {
        let _rt = Rt::new(2);
        let head = submitted_chain(MANY);
        head.submit();
        assert_eq!(head.wait().unwrap(), MANY);
    });
}

#[test]
fn c07_p37_a_long_chain_computes_inline() {
    on_small_stack(|| {
        let _rt = Rt::inline();
        assert_eq!(chain(MANY / 4).wait().unwrap(), MANY / 4);
        assert_eq!(submitted_chain(MANY / 4).wait().unwrap(), MANY / 4);
    });
}

#[test]
fn c07_a_wide_fan_computes_and_frees_its_children() {
    on_small_stack(|| {
        let rt = Rt::new(2);
        let parent = Request::new(async {
            let mut sum = 0u64;
            let children: Vec<_> = (0..MANY)
                .map(|nth| Request::new(async move { Ok(u64::from(nth)) }))
                .collect();
            children.iter().for_each(Request::submit);
            for child in children {
                sum += child.await?;
            }
            Ok(sum)
        });
        let many = u64::from(MANY);
        assert_eq!(parent.wait().unwrap(), many * (many - 1) / 2);
        rt.settle();
    });
}

/// A chain that ends in a gate, every link of it suspended.
fn waiting_chain(length: u32, dropped: Counter, bottom: Latch) -> Request<u32> {
    Request::new(async move {
        let _guard = dropped.on_drop();
        if length == 0 {
            bottom.open();
            std::future::pending::<()>().await;
        }
        waiting_chain(length - 1, dropped, bottom).await
    })
}

#[test]
fn c07_p37_a_long_chain_is_cancelled() {
    on_small_stack(|| {
        let rt = Rt::new(2);
        let (dropped, bottom) = (Counter::new(), Latch::new());
        let head = waiting_chain(MANY, dropped.clone(), bottom.clone());
        head.submit();
        bottom.wait();
        until_state(&head, RequestState::Suspended);
        assert_eq!(head.cancel(), Cancel::Cancelled);
        assert!(head.wait().unwrap_err().is_cancelled());
        until("every link is dropped", || dropped.get() == MANY as usize + 1);
        rt.settle();
    });
}

#[test]
fn c07_p37_a_long_chain_fails_and_the_error_names_every_link() {
    fn failing(length: u32) -> Request<u32> {
        Request::new(async move {
            match length {
                0 => custom(1),
                _ => failing(length - 1).await,
            }
        })
    }
    on_small_stack(|| {
        let rt = Rt::new(2);
        let error = failing(MANY).wait().unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Custom(1)));
        assert_eq!(error.chain().count(), MANY as usize + 2);
        rt.settle();
    });
}

#[test]
fn c07_p37_long_chains_that_never_ran_are_dropped() {
    on_small_stack(|| {
        let rt = Rt::new(1);
        let mut next = Request::new(async { Ok(0) });
        for _ in 0..MANY {
            let inner = next;
            next = Request::new(async move { inner.await });
        }
        drop(next);
        rt.settle();
    });
}

#[derive(Clone)]
struct Holds {
    _next: Option<Request<Holds>>,
}

#[test]
fn c07_p37_long_chains_of_values_are_dropped() {
    on_small_stack(|| {
        let _rt = Rt::new(1);
        let mut next = Request::value(Holds { _next: None });
        for _ in 0..MANY {
            next = Request::value(Holds { _next: Some(next) });
        }
        drop(next);
    });
}

//! Dropping without recursion: a chain of a million requests, each holding the next, is freed in constant stack (C7, P37).
//!
//! The first drop on a thread opens a bin; whatever wants to be dropped while it is open goes into the bin and is dropped
//! when the stack has been unwound.

use std::cell::RefCell;

use crate::error::Error;
use crate::request::cell::{Node, Work};
use crate::request::guard::{self, guarded};
use crate::sync::Arc;

/// What is thrown away. Nothing is ever read back from it.
#[expect(dead_code, reason = "it is kept only to be dropped")]
pub(crate) enum Trash {
    Work(Work),
    Node(Arc<dyn Node>),
}

crate::sync::local! {
    static BIN: RefCell<Option<Vec<Trash>>> = RefCell::new(None);
}

/// Drops `trash`, now or when the drop in progress on this thread is done. A panic on the way is an error if it was now,
/// and goes to the log if it was later.
pub(crate) fn discard(trash: Trash) -> Result<(), Error> {
    let mut trash = Some(trash);
    let opened = BIN.try_with(|bin| {
        let mut bin = bin.borrow_mut();
        match &mut *bin {
            Some(open) => open.extend(trash.take()),
            None => *bin = Some(Vec::new()),
        }
    });
    let Some(first) = trash else { return Ok(()) };
    if opened.is_err() {
        // The thread is ending and its bin is gone: drop in place.
        return guarded(|| drop(first));
    }
    let result = guarded(|| drop(first));
    empty_bin();
    result
}

fn empty_bin() {
    loop {
        let next = BIN.with(|bin| {
            let mut bin = bin.borrow_mut();
            let next = bin.as_mut().and_then(Vec::pop);
            if next.is_none() {
                *bin = None;
            }
            next
        });
        let Some(next) = next else { return };
        if let Err(error) = guarded(|| drop(next)) {
            guard::report(None, &error, "a value or future panicked when it was dropped");
        }
    }
}

//! Whom a request has made.

use crate::request::cell::Node;
use crate::sync::Weak;

/// The requests that one request made. Ended ones are swept when the list has doubled. Most requests make none.
#[derive(Default)]
pub(crate) struct Children(Option<Box<Brood>>);

#[derive(Default)]
struct Brood {
    list: Vec<Weak<dyn Node>>,
    sweep_at: usize,
}

impl Children {
    /// Adds a child. Returns the list to be swept outside of the lock if it is time for that.
    #[must_use]
    pub(crate) fn push(&mut self, child: Weak<dyn Node>) -> Option<Vec<Weak<dyn Node>>> {
        let brood = self.0.get_or_insert_default();
        let full = brood.list.len() >= brood.sweep_at.max(64);
        let old = full.then(|| std::mem::take(&mut brood.list));
        brood.list.push(child);
        old
    }

    /// Takes out the youngest child if it is `child`: one that ran directly ends before its creator makes the next one,
    /// and its memory is free for that.
    pub(crate) fn pop_if(&mut self, child: *const ()) -> Option<Weak<dyn Node>> {
        let list = &mut self.0.as_mut()?.list;
        let is_last = list.last().is_some_and(|last| std::ptr::addr_eq(last.as_ptr(), child));
        if is_last { list.pop() } else { None }
    }

    /// Puts back what a sweep left over.
    pub(crate) fn put_back(&mut self, mut rest: Vec<Weak<dyn Node>>) {
        let brood = self.0.get_or_insert_default();
        rest.append(&mut brood.list);
        brood.sweep_at = 2 * rest.len();
        brood.list = rest;
    }

    pub(crate) fn list(&self) -> &[Weak<dyn Node>] {
        self.0.as_ref().map_or(&[], |brood| &brood.list)
    }

    pub(crate) fn take(&mut self) -> Vec<Weak<dyn Node>> {
        self.0.take().map_or_else(Vec::new, |brood| brood.list)
    }
}

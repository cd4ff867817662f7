//! The operators that a wave has still to look at, the lowest first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use smallvec::SmallVec;

use crate::graph::dirt::Dirt;
use crate::graph::id::{OperatorId, SlotId};

/// What an operator has to look at.
#[derive(Default)]
pub(crate) struct Pending {
    pub(crate) setup: bool,
    pub(crate) changed: SmallVec<[(SlotId, Dirt); 1]>,
}

impl Pending {
    pub(crate) fn note(&mut self, slot: SlotId, dirt: &Dirt) {
        if dirt.is_nothing() {
            return;
        }
        match self.changed.iter_mut().find(|(known, _)| *known == slot) {
            Some((_, known)) => known.merge(dirt),
            None => self.changed.push((slot, dirt.clone())),
        }
    }
}

/// An operator with its height when it was queued: a step of the wave can raise it.
pub(crate) struct Place {
    pub(crate) height: u32,
    pub(crate) id: OperatorId,
    pub(crate) pending: Pending,
}

/// One of which comes out what is lowest, each operator once.
///
/// The lowest is kept apart: in a chain, of which most graphs are made, there is never another, and heap and map stay empty.
#[derive(Default)]
pub(crate) struct Queue {
    /// Not above anything in `heap`.
    lowest: Option<Place>,
    heap: BinaryHeap<Reverse<(u32, OperatorId)>>,
    pending: HashMap<OperatorId, Pending, foldhash::fast::FixedState>,
}

impl Queue {
    /// What an operator has to look at so far. `height` says where it is, should it be new here.
    #[inline]
    pub(crate) fn of(&mut self, id: OperatorId, height: impl FnOnce() -> u32) -> &mut Pending {
        if self.lowest.as_ref().is_none_or(|lowest| lowest.id != id) {
            if self.pending.contains_key(&id) {
                return self.pending.entry(id).or_default();
            }
            let height = height();
            if !self.goes_first(height, id) {
                self.heap.push(Reverse((height, id)));
                return self.pending.entry(id).or_default();
            }
            let pending = Pending::default();
            if let Some(other) = self.lowest.replace(Place { height, id, pending }) {
                self.push(other);
            }
        }
        &mut self
            .lowest
            .as_mut()
            .expect("invariant: it is this one, or has just been put there")
            .pending
    }

    /// Puts back what came out too early.
    pub(crate) fn put(&mut self, place: Place) {
        if !self.goes_first(place.height, place.id) {
            self.push(place);
        } else if let Some(other) = self.lowest.replace(place) {
            self.push(other);
        }
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Place> {
        if let Some(lowest) = self.lowest.take() {
            return Some(lowest);
        }
        let Reverse((height, id)) = self.heap.pop()?;
        let pending = self
            .pending
            .remove(&id)
            .expect("invariant: what is in the heap is in the map");
        Some(Place { height, id, pending })
    }

    fn goes_first(&self, height: u32, id: OperatorId) -> bool {
        match (&self.lowest, self.heap.peek()) {
            (Some(lowest), _) => (height, id) < (lowest.height, lowest.id),
            (None, Some(Reverse(least))) => (height, id) < *least,
            (None, None) => true,
        }
    }

    fn push(&mut self, place: Place) {
        self.heap.push(Reverse((place.height, place.id)));
        self.pending.insert(place.id, place.pending);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(index: u32) -> OperatorId {
        OperatorId { index, generation: 0 }
    }

    #[test]
    fn each_comes_out_once_and_the_lowest_first_whatever_the_order() {
        let mut dice = 12_345_u32;
        for _ in 0..200 {
            let (mut queue, mut left) = (Queue::default(), std::collections::BTreeSet::new());
            for _ in 0..100 {
                dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let index = dice >> 27;
                if dice.is_multiple_of(3) {
                    let out = queue.pop().map(|place| (place.height, place.id, place.pending.setup));
                    let lowest = left.pop_first();
                    assert_eq!(out, lowest.map(|(height, id)| (height, id, true)));
                } else {
                    // The height is a function of the operator, so that a second mention is the same place.
                    queue.of(id(index), || index * 7 % 5).setup = true;
                    left.insert((index * 7 % 5, id(index)));
                }
            }
            let rest: Vec<_> = std::iter::from_fn(|| queue.pop())
                .map(|place| (place.height, place.id))
                .collect();
            assert_eq!(rest, left.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_was_raised_comes_later() {
        let mut queue = Queue::default();
        let _ = queue.of(id(1), || 0);
        let _ = queue.of(id(2), || 3);
        let mut first = queue.pop().unwrap();
        first.height = 5;
        queue.put(first);
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|place| place.id.index).collect();
        assert_eq!(order, [2, 1]);
    }
}

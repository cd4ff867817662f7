//! What is to be flooded next.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::filled;

/// How many places, or words of bits, are looked through between two looks at the checkpoint.
const PATIENCE: usize = 1 << 14;

/// Elements by the places of an [`order`](super::order), the lowest class first, and of a class the first pushed.
///
/// The level never sinks: what is pushed into a class that is at its end, or past it, waits behind those of the class that
/// is at the turn. All else goes to the next free place of its class. There are as many places as elements, and each is
/// pushed once, so that one array holds everything:
///
/// ```text
/// 0 ──── taken out ────▶ head ── their turn ──▶ tail   free   end ── classes to come: elements, free places ──▶
/// ```
///
/// `tail` never gets past `end`: all that came before it are elements of the classes before `end`. The free places of a class
/// to come are counted in its last place, which is needed for an element only when there is nothing left to count.
pub(super) struct Queue {
    places: Vec<u32>,
    /// The first place of each class.
    begins: Bits,
    /// Places of classes to come that hold an element.
    taken: Bits,
    head: usize,
    tail: usize,
    end: usize,
}

impl Queue {
    /// Without classes, and so many places.
    pub(super) fn new(places: usize, checkpoint: &Checkpoint) -> Result<Self, Error> {
        Ok(Self {
            places: filled(places, 0, checkpoint)?,
            begins: Bits::new(places, checkpoint)?,
            taken: Bits::new(places, checkpoint)?,
            head: 0,
            tail: 0,
            end: 0,
        })
    }

    /// Says that the places `first..=last` are a class.
    #[inline]
    pub(super) fn class(&mut self, first: u32, last: u32) {
        self.begins.set(first as usize);
        self.places[last as usize] = first;
    }

    /// Adds an element of the class that ends with `last`.
    #[inline(always)]
    pub(super) fn push(&mut self, last: u32, element: u32) {
        let last = last as usize;
        if last < self.end {
            self.places[self.tail] = element;
            self.tail += 1;
            return;
        }
        let place = self.places[last] as usize;
        if place == last {
            self.places[last] = element;
        } else {
            self.places[last] = place as u32 + 1;
            self.places[place] = element;
        }
        self.taken.set(place);
    }

    /// Takes the next element out.
    #[inline(always)]
    pub(super) fn pop(&mut self, checkpoint: &Checkpoint) -> Result<Option<u32>, Error> {
        if self.head == self.tail && !self.advance(checkpoint)? {
            return Ok(None);
        }
        let element = self.places[self.head];
        self.head += 1;
        Ok(Some(element))
    }

    /// Turns to the next class that has an element, if there is one. All of an image may be one class.
    #[inline]
    fn advance(&mut self, checkpoint: &Checkpoint) -> Result<bool, Error> {
        let Some(first) = self.taken.next(self.end, checkpoint)? else {
            return Ok(false);
        };
        self.end = self.begins.next(first + 1, checkpoint)?.unwrap_or(self.places.len());
        let mut place = first;
        while place < self.end && self.taken.has(place) {
            self.places[self.tail] = self.places[place];
            self.tail += 1;
            place += 1;
            if (place - first).is_multiple_of(PATIENCE) {
                checkpoint.check()?;
            }
        }
        Ok(true)
    }
}

/// A bit for each place.
struct Bits(Vec<u64>);

impl Bits {
    fn new(len: usize, checkpoint: &Checkpoint) -> Result<Self, Error> {
        Ok(Self(filled(len.div_ceil(64), 0, checkpoint)?))
    }

    #[inline(always)]
    fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    #[inline(always)]
    fn has(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    /// The first that is set from `from` on.
    #[inline(always)]
    fn next(&self, from: usize, checkpoint: &Checkpoint) -> Result<Option<usize>, Error> {
        let mut nth = from / 64;
        let Some(mut word) = self.0.get(nth).map(|word| word & (u64::MAX << (from % 64))) else {
            return Ok(None);
        };
        while word == 0 {
            nth += 1;
            let Some(next) = self.0.get(nth) else {
                return Ok(None);
            };
            word = *next;
            if nth.is_multiple_of(PATIENCE) {
                checkpoint.check()?;
            }
        }
        Ok(Some(nth * 64 + word.trailing_zeros() as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_class_is_first_and_the_first_pushed_of_a_class() {
        let never = Checkpoint::never();
        let mut queue = Queue::new(5000, &never).unwrap();
        for (first, last) in [(0, 0), (1, 3), (4, 4998), (4999, 4999)] {
            queue.class(first, last);
        }
        for (last, element) in [(4998, 7), (3, 9), (4998, 8), (3, 4), (4999, 6)] {
            queue.push(last, element);
        }
        assert_eq!(queue.pop(&never).unwrap(), Some(9));
        // Lower than the level: after what waits for it already.
        queue.push(0, 1);
        queue.push(3, 2);
        let rest: Vec<_> = std::iter::from_fn(|| queue.pop(&never).unwrap()).collect();
        assert_eq!(rest, [4, 1, 2, 7, 8, 6]);
    }
}

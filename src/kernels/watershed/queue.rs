//! What is to be flooded next.

/// Elements by the places of an [`order`](super::order): the lowest place first.
///
/// An element is pushed to the next free place of its class, so of equal values the one that was pushed first is first. As
/// many places as elements are enough, since each is pushed once. The free places of a class are counted in its last
/// place, which is needed for an element only when there is nothing left to count. Which places are taken is kept in bits,
/// with a bit above for each word of them that has any, and so on up: the lowest is found by a look at one word of each
/// level.
pub(super) struct Queue {
    places: Vec<u32>,
    /// From the bits of the places up to a single word.
    levels: Vec<Vec<u64>>,
}

impl Queue {
    /// Without classes, and so many places.
    pub(super) fn new(places: usize) -> Self {
        let mut levels = vec![vec![0; places.div_ceil(64).max(1)]];
        while let [.., above] = &levels[..]
            && above.len() > 1
        {
            levels.push(vec![0; above.len().div_ceil(64)]);
        }
        Self {
            places: vec![0; places],
            levels,
        }
    }

    /// Says that the places `first..=last` are a class.
    #[inline]
    pub(super) fn class(&mut self, first: u32, last: u32) {
        self.places[last as usize] = first;
    }

    /// Adds an element to the class that ends with `last`.
    #[inline(always)]
    pub(super) fn push(&mut self, last: u32, element: u32) {
        let place = self.places[last as usize];
        if place == last {
            self.places[last as usize] = element;
        } else {
            self.places[last as usize] = place + 1;
            self.places[place as usize] = element;
        }
        let mut bit = place as usize;
        for level in &mut self.levels {
            let word = &mut level[bit / 64];
            let before = *word;
            *word |= 1 << (bit % 64);
            if before != 0 {
                break;
            }
            bit /= 64;
        }
    }

    /// Takes the element at the lowest place.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<u32> {
        let top = self.levels.last()?[0];
        if top == 0 {
            return None;
        }
        let lowest = self
            .levels
            .iter()
            .rev()
            .fold(0, |at, level| at * 64 + level[at].trailing_zeros() as usize);
        let mut bit = lowest;
        for level in &mut self.levels {
            let word = &mut level[bit / 64];
            *word &= *word - 1;
            if *word != 0 {
                break;
            }
            bit /= 64;
        }
        Some(self.places[lowest])
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn the_lowest_class_is_first_and_the_first_pushed_of_a_class() {
        let mut queue = Queue::new(5000);
        for (first, last) in [(0, 0), (1, 3), (4, 4999)] {
            queue.class(first, last);
        }
        for (last, element) in [(4999, 7), (3, 9), (4999, 8), (3, 4)] {
            queue.push(last, element);
        }
        assert_eq!(queue.pop(), Some(9));
        queue.push(0, 1);
        queue.push(3, 2);
        let rest: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(rest, [1, 4, 2, 7, 8]);
    }
}

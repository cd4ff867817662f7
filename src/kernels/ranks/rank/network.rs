//! Which comparisons find the element of a rank.
//!
//! A network is a list of comparisons that does not depend on the data, so that it runs on whole vectors of windows at once
//! (Batcher 1968). Ours are made for the footprint at hand: sorted lists are merged two by two; before each merge, what
//! cannot have the wanted rank any more is left out; the last two lists are not merged, for the element of rank `k` of both
//! is the least, over all `i + j = k + 1`, of the greater of the `i`th of one and the `j`th of the other; and of a comparison
//! only what is looked at later is kept.
//!
//! Boxes share work: the elements at one place along the last axis are a column, which is sorted once for all windows that
//! it is part of (Adams 2021).

use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// A value: an input, or what a comparison found.
type Value = usize;

/// Where a comparison reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Input(usize),
    Slot(usize),
}

/// Which results of a comparison are wanted, and the slots where they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    Less(usize),
    Greater(usize),
    Both { less: usize, greater: usize },
}

/// A comparison of two values. Slots that are written are none of those that are read, and an input comes first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) of: [Place; 2],
    pub(super) keep: Keep,
}

/// Comparisons in order, and where their results are in the end.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) steps: Vec<Step>,
    pub(super) slots: usize,
    pub(super) results: Vec<Place>,
}

impl Network {
    /// Finds the `rank`th least, from 0, of `count` lists of `length` inputs each, the inputs of a list being sorted.
    pub(super) fn select(count: usize, length: usize, rank: usize, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let lists = (0..count).map(|list| (list * length..(list + 1) * length).collect());
        let mut draft = Draft::new(count * length);
        let result = draft.select(lists.collect(), rank, checkpoint)?;
        Ok(draft.finish(&[result]))
    }

    /// Sorts `count` inputs.
    pub(super) fn sort(count: usize) -> Self {
        let mut draft = Draft::new(count);
        let sorted = draft.sort((0..count).collect());
        draft.finish(&sorted)
    }

    /// How many results are wanted of all comparisons together: what running the network costs.
    pub(super) fn cost(&self) -> usize {
        let cost = |step: &Step| match step.keep {
            Keep::Both { .. } => 2,
            Keep::Less(_) | Keep::Greater(_) => 1,
        };
        self.steps.iter().map(cost).sum()
    }
}

/// A network as it grows: each comparison makes two values of its own.
struct Draft {
    inputs: usize,
    /// Comparison `n` makes the values `inputs + 2 n`, the lesser, and the one after that.
    compared: Vec<[Value; 2]>,
}

impl Draft {
    fn new(inputs: usize) -> Self {
        Self {
            inputs,
            compared: Vec::new(),
        }
    }

    fn compare(&mut self, a: Value, b: Value) -> [Value; 2] {
        let less = self.inputs + 2 * self.compared.len();
        self.compared.push([a, b]);
        [less, less + 1]
    }

    fn sort(&mut self, values: Vec<Value>) -> Vec<Value> {
        if values.len() < 2 {
            return values;
        }
        let (left, right) = values.split_at(values.len() / 2);
        let (left, right) = (self.sort(left.to_vec()), self.sort(right.to_vec()));
        self.merge(&left, &right)
    }

    /// Batcher's odd-even merge of sorted lists of any lengths (Knuth, The Art of Computer Programming 3, 5.3.4).
    fn merge(&mut self, a: &[Value], b: &[Value]) -> Vec<Value> {
        match (a, b) {
            ([], list) | (list, []) => return list.to_vec(),
            ([a], [b]) => return self.compare(*a, *b).to_vec(),
            _ => {}
        }
        let every_other = |list: &[Value], from: usize| list.iter().skip(from).step_by(2).copied().collect::<Vec<_>>();
        let even = self.merge(&every_other(a, 0), &every_other(b, 0));
        let odd = self.merge(&every_other(a, 1), &every_other(b, 1));
        let mut merged = vec![even[0]];
        let pairs = odd.len().min(even.len() - 1);
        for nth in 0..pairs {
            merged.extend(self.compare(odd[nth], even[nth + 1]));
        }
        merged.extend(&odd[pairs..]);
        merged.extend(&even[pairs + 1..]);
        merged
    }

    fn select(&mut self, mut lists: Vec<Vec<Value>>, mut rank: usize, checkpoint: &Checkpoint) -> Result<Value, Error> {
        loop {
            checkpoint.check()?;
            forget(&mut lists, &mut rank);
            lists.sort_by_key(Vec::len);
            match &lists[..] {
                [list] => return Ok(list[rank]),
                [a, b] => return Ok(self.select_of_two(&a.clone(), &b.clone(), rank)),
                [a, b, ..] => {
                    let merged = self.merge(&a.clone(), &b.clone());
                    lists.splice(..2, [merged]);
                }
                [] => unreachable!("a window has at least one element, and that of the wanted rank is never left out"),
            }
        }
    }

    /// The least, over all ways to take `rank + 1` elements from both lists, of the greatest taken.
    fn select_of_two(&mut self, a: &[Value], b: &[Value], rank: usize) -> Value {
        let mut least = None;
        for from_a in 0..=rank + 1 {
            let from_b = rank + 1 - from_a;
            if from_a > a.len() || from_b > b.len() {
                continue;
            }
            let greatest = match (from_a, from_b) {
                (0, _) => b[from_b - 1],
                (_, 0) => a[from_a - 1],
                _ => self.compare(a[from_a - 1], b[from_b - 1])[1],
            };
            least = Some(least.map_or(greatest, |least| self.compare(least, greatest)[0]));
        }
        least.expect("invariant: the rank is less than the number of elements")
    }

    /// The comparison after which each value is not needed any more; 0 if it never is.
    fn last_uses(&self, results: &[Value]) -> Vec<usize> {
        let mut last_use = vec![0; self.inputs + 2 * self.compared.len()];
        results.iter().for_each(|&value| last_use[value] = usize::MAX);
        for (nth, of) in self.compared.iter().enumerate().rev() {
            let made = self.inputs + 2 * nth;
            if last_use[made].max(last_use[made + 1]) > 0 {
                of.iter()
                    .for_each(|&value| last_use[value] = last_use[value].max(nth + 1));
            }
        }
        last_use
    }

    /// Keeps of each comparison what `results` depend on, and gives values slots that are free again after their last use.
    fn finish(self, results: &[Value]) -> Network {
        let last_use = self.last_uses(results);
        let mut place: Vec<_> = (0..last_use.len()).map(Place::Input).collect();
        let (mut free, mut slots, mut steps) = (Vec::new(), 0, Vec::new());
        for (nth, &of) in self.compared.iter().enumerate() {
            let mut slot_for = |value: Value, place: &mut Vec<Place>| {
                let slot = free.pop().unwrap_or_else(|| {
                    slots += 1;
                    slots - 1
                });
                place[value] = Place::Slot(slot);
                slot
            };
            let made = self.inputs + 2 * nth;
            let keep = match (last_use[made] > 0, last_use[made + 1] > 0) {
                (false, false) => continue,
                (true, false) => Keep::Less(slot_for(made, &mut place)),
                (false, true) => Keep::Greater(slot_for(made + 1, &mut place)),
                (true, true) => Keep::Both {
                    less: slot_for(made, &mut place),
                    greater: slot_for(made + 1, &mut place),
                },
            };
            let mut places = of.map(|value| place[value]);
            if matches!(places, [Place::Slot(_), Place::Input(_)]) {
                places.reverse();
            }
            steps.push(Step { of: places, keep });
            for value in of.into_iter().filter(|&value| last_use[value] == nth + 1) {
                if let Place::Slot(slot) = place[value] {
                    free.push(slot);
                }
            }
        }
        Network {
            steps,
            slots,
            results: results.iter().map(|&value| place[value]).collect(),
        }
    }
}

/// Leaves out what has too many elements of its own list before it, or behind it, to be of the wanted rank among all.
fn forget(lists: &mut Vec<Vec<Value>>, rank: &mut usize) {
    loop {
        let before: usize = lists.iter().map(Vec::len).sum();
        let mut total = before;
        for list in lists.iter_mut() {
            let others = total - list.len();
            list.truncate(*rank + 1);
            let too_small = rank.saturating_sub(others).min(list.len());
            list.drain(..too_small);
            *rank -= too_small;
            total = others + list.len();
        }
        lists.retain(|list| !list.is_empty());
        if lists.iter().map(Vec::len).sum::<usize>() == before {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(count: usize, length: usize, rank: usize) -> Network {
        Network::select(count, length, rank, &Checkpoint::never()).unwrap()
    }

    fn run(network: &Network, inputs: &[u32]) -> Vec<u32> {
        let mut slots = vec![0; network.slots];
        for step in &network.steps {
            let [a, b] = step.of.map(|place| read(place, inputs, &slots));
            match step.keep {
                Keep::Less(less) => slots[less] = a.min(b),
                Keep::Greater(greater) => slots[greater] = a.max(b),
                Keep::Both { less, greater } => (slots[less], slots[greater]) = (a.min(b), a.max(b)),
            }
        }
        network
            .results
            .iter()
            .map(|&place| read(place, inputs, &slots))
            .collect()
    }

    fn read(place: Place, inputs: &[u32], slots: &[u32]) -> u32 {
        match place {
            Place::Input(nth) => inputs[nth],
            Place::Slot(nth) => slots[nth],
        }
    }

    fn noise(count: usize, seed: u32) -> Vec<u32> {
        let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state % 50
        };
        (0..count).map(|_| next()).collect()
    }

    /// By the principle of zero and one: a network that sorts those sorts all.
    #[test]
    fn any_number_of_inputs_is_sorted() {
        for count in 1..=12 {
            let network = Network::sort(count);
            for bits in 0u32..1 << count {
                let inputs: Vec<_> = (0..count).map(|nth| bits >> nth & 1).collect();
                let sorted = run(&network, &inputs);
                assert!(
                    sorted.is_sorted() && sorted.iter().sum::<u32>() == bits.count_ones(),
                    "{inputs:?}"
                );
            }
        }
    }

    #[test]
    fn every_rank_of_any_lists_is_found() {
        for (count, length) in [(1, 1), (1, 5), (3, 3), (3, 9), (5, 5), (4, 1), (27, 1), (7, 2)] {
            for rank in 0..count * length {
                let network = select(count, length, rank);
                for seed in 0..20 {
                    let mut inputs = noise(count * length, seed);
                    inputs.chunks_mut(length).for_each(<[u32]>::sort);
                    let found = run(&network, &inputs);
                    inputs.sort();
                    assert_eq!(found, [inputs[rank]], "rank {rank} of {count} lists of {length}");
                }
            }
        }
    }

    #[test]
    fn medians_take_about_as_many_comparisons_as_are_known_to_suffice() {
        // Two results a comparison; the best known networks for 9 and 25 elements have 19 and 99 comparisons.
        assert!(select(9, 1, 4).cost() <= 44, "{}", select(9, 1, 4).cost());
        assert!(select(25, 1, 12).cost() <= 230, "{}", select(25, 1, 12).cost());
        // Once the columns are sorted.
        assert!(select(3, 3, 4).cost() <= 20, "{}", select(3, 3, 4).cost());
        assert!(select(3, 9, 13).cost() <= 90, "{}", select(3, 9, 13).cost());
    }

    #[test]
    fn no_step_writes_where_it_reads() {
        for step in select(5, 25, 62).steps {
            let written = match step.keep {
                Keep::Less(slot) | Keep::Greater(slot) => vec![slot],
                Keep::Both { less, greater } => vec![less, greater],
            };
            assert!(written.iter().all(|&slot| !step.of.contains(&Place::Slot(slot))));
            assert!(!matches!(step.of, [Place::Slot(_), Place::Input(_)]));
        }
    }
}

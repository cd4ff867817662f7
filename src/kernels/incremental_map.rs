//! A hash map that grows a little at a time.

use std::collections::{HashMap, hash_map};
use std::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;

/// How many entries a part has on average before one of them is split.
const FULL: usize = 1 << 11;

/// Which part an entry is in; within a part it is hashed by another seed, else all of a part would stand together.
const BY_PART: u64 = 0x6865_6164_7761_7465;

type Part<K, V> = HashMap<K, V, FixedState>;

/// A map of which an insertion moves a few thousand entries at most.
///
/// A `HashMap` that is full moves all that is in it into one of twice the size: of ten million labels that is half a second
/// in which nobody looks at a checkpoint. This one consists of small ones, of which the next in turn is split in two whenever
/// there are [`FULL`] entries for each (Litwin 1980, linear hashing). The number of a part is that of the low bits of the
/// hash, one bit fewer for those whose turn has not come.
#[derive(Clone, Debug)]
pub(crate) struct IncrementalMap<K, V> {
    parts: Vec<Part<K, V>>,
    len: usize,
}

impl<K, V> Default for IncrementalMap<K, V> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            len: 0,
        }
    }
}

impl<K: Hash + Eq, V> IncrementalMap<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.parts.get(place(key, self.parts.len()))?.get(key)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = place(key, self.parts.len());
        self.parts.get_mut(at)?.get_mut(key)
    }

    /// The value of a key, which is `fresh` if it had none.
    #[inline]
    pub(crate) fn get_or_insert_with(&mut self, key: K, fresh: impl FnOnce() -> V) -> &mut V {
        let at = self.place_for(&key);
        match self.parts[at].entry(key) {
            hash_map::Entry::Occupied(entry) => entry.into_mut(),
            hash_map::Entry::Vacant(entry) => {
                self.len += 1;
                entry.insert(fresh())
            }
        }
    }

    /// Gives a key this value; the one that it had.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let at = self.place_for(&key);
        let old = self.parts[at].insert(key, value);
        self.len += usize::from(old.is_none());
        old
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let at = place(key, self.parts.len());
        let removed = self.parts.get_mut(at)?.remove(key);
        self.len -= usize::from(removed.is_some());
        removed
    }

    /// In no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.parts.iter().flatten()
    }

    /// The size of this in memory, in bytes, to within a factor of two, without what its entries refer to.
    pub(crate) fn nbytes(&self) -> usize {
        let room: usize = self.parts.iter().map(HashMap::capacity).sum();
        room * (size_of::<(K, V)>() + 1) + size_of_val(&self.parts[..])
    }

    /// The number of the part that a key is in, when there is room for one more.
    #[inline]
    fn place_for(&mut self, key: &K) -> usize {
        if self.len >= FULL * self.parts.len() {
            self.split();
        }
        place(key, self.parts.len())
    }

    /// One part more, with what of the part whose turn it is has the next bit.
    #[cold]
    fn split(&mut self) {
        let mut new = Part::default();
        if let Some((bit, old)) = turn(self.parts.len()) {
            let moved = self.parts[old].extract_if(|key, _| hash(key) & bit != 0);
            new.extend(moved);
        }
        self.parts.push(new);
    }
}

impl<K: Hash + Eq, V: PartialEq> PartialEq for IncrementalMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: Hash + Eq, V: Eq> Eq for IncrementalMap<K, V> {}

impl<K, V> IntoIterator for IncrementalMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Part<K, V>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.parts.into_iter().flatten()
    }
}

fn hash<K: Hash>(key: &K) -> usize {
    FixedState::with_seed(BY_PART).hash_one(key) as usize
}

/// The number of the part of `count` that a key is in.
#[inline]
fn place<K: Hash>(key: &K, count: usize) -> usize {
    match turn(count) {
        // Most maps are small.
        None | Some((1, 0)) => 0,
        Some((bit, _)) => {
            let wide = hash(key) & (2 * bit - 1);
            if wide < count { wide } else { wide - bit }
        }
    }
}

/// Of `count` parts the one that is split next, and the bit that tells its halves apart.
#[inline]
fn turn(count: usize) -> Option<(usize, usize)> {
    let bit = 1 << count.checked_ilog2()?;
    Some((bit, count - bit))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Labels as they come: in a row, far apart, and as pairs.
    fn keys() -> [Vec<(u64, u64)>; 3] {
        let all = 0..100 * FULL as u64;
        [
            all.clone().map(|nth| (nth, 0)).collect(),
            all.clone().map(|nth| (nth << 40, nth)).collect(),
            all.map(|nth| (nth % 64, nth / 64)).collect(),
        ]
    }

    #[test]
    fn no_part_is_ever_large() {
        for keys in keys() {
            let mut map = IncrementalMap::default();
            for key in keys {
                map.insert(key, ());
                let last = map.parts.last().map_or(0, HashMap::len);
                assert!(last <= 3 * FULL, "{last} of {}", map.len());
            }
            let largest = map.parts.iter().map(HashMap::len).max();
            assert!(largest <= Some(3 * FULL), "{largest:?}");
            assert!(map.parts.len() * FULL <= map.len() + FULL);
        }
    }

    #[test]
    fn it_knows_what_a_map_knows() {
        for keys in keys() {
            let (mut map, mut model) = (IncrementalMap::default(), HashMap::new());
            for (nth, key) in keys.iter().enumerate() {
                let other = keys[nth * 7919 % keys.len()];
                *map.get_or_insert_with(*key, || 1) += nth;
                *model.entry(*key).or_insert(1) += nth;
                assert_eq!(map.insert(other, nth), model.insert(other, nth));
                if nth % 3 == 0 {
                    assert_eq!(map.remove(key), model.remove(key));
                    assert_eq!(map.get(key), None);
                }
            }
            assert_eq!(map.len(), model.len());
            assert!(model.iter().all(|(key, value)| map.get(key) == Some(value)));
            let same: HashMap<_, _> = map.clone().into_iter().collect();
            assert_eq!((map.iter().count(), same), (model.len(), model));
        }
    }

    #[test]
    fn maps_are_equal_whatever_order_they_were_made_in() {
        let [keys, ..] = keys();
        let (mut one, mut other) = (IncrementalMap::default(), IncrementalMap::default());
        for key in &keys {
            one.insert(*key, 1);
        }
        for key in keys.iter().rev() {
            other.insert(*key, 1);
        }
        assert!(one == other);
        other.insert(keys[5], 2);
        assert!(one != other);
    }
}

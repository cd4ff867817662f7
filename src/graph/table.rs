//! A persistent vector: a clone shares everything, a change copies the chunk that it is in.
//!
//! Two levels are enough here. A graph of 10,000 operators has some hundred chunks, whose reference counts are what a new
//! version costs beside what it changes; a tree of more levels would cost every read another cache miss.

use crate::sync::Arc;

/// Elements in a chunk: what a first change copies, against how many chunks a version counts.
const CHUNK: usize = 64;

#[derive(Clone)]
pub(crate) struct Table<T> {
    chunks: Vec<Arc<Vec<T>>>,
    len: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            len: 0,
        }
    }
}

impl<T: Clone> Table<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        let index = index as usize;
        self.chunks.get(index / CHUNK)?.get(index % CHUNK)
    }

    /// The element to change, of this version alone.
    #[inline]
    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        let index = index as usize;
        Arc::make_mut(self.chunks.get_mut(index / CHUNK)?).get_mut(index % CHUNK)
    }

    pub(crate) fn push(&mut self, value: T) -> u32 {
        let index = u32::try_from(self.len).expect("invariant: a graph has fewer than 2^32 slots");
        if self.len.is_multiple_of(CHUNK) {
            self.chunks.push(Arc::new(Vec::with_capacity(CHUNK)));
        }
        let last = self
            .chunks
            .last_mut()
            .expect("invariant: a chunk was pushed when the last was full");
        Arc::make_mut(last).push(value);
        self.len += 1;
        index
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_by_its_own_version_alone() {
        let mut first = Table::default();
        for value in 0..1000 {
            assert_eq!(first.push(value), value);
        }
        let mut second = first.clone();
        *second.get_mut(777).unwrap() = 0;
        second.push(1000);
        assert_eq!((first.get(777), second.get(777)), (Some(&777), Some(&0)));
        assert_eq!((first.len(), second.len()), (1000, 1001));
        assert_eq!((first.get(1000), second.get(1000)), (None, Some(&1000)));
        assert_eq!(first.iter().copied().sum::<u32>(), 499_500);
    }

    #[test]
    fn a_change_copies_one_chunk() {
        let mut first = Table::default();
        for value in 0..640_u32 {
            first.push(value);
        }
        let mut second = first.clone();
        *second.get_mut(70).unwrap() = 1;
        let shared = first.chunks.iter().zip(&second.chunks);
        assert_eq!(shared.filter(|(a, b)| Arc::ptr_eq(a, b)).count(), 9);
    }
}

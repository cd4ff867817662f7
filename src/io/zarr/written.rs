//! Which chunks have been written.

use crate::error::Error;
use crate::sync::atomic::{AtomicU32, Ordering};

const BITS: usize = u32::BITS as usize;

/// A bit for each chunk.
pub(super) struct Written(Vec<AtomicU32>);

impl Written {
    /// None of `count` chunks.
    ///
    /// # Errors
    ///
    /// No memory for so many bits.
    pub(super) fn none_of(count: usize) -> Result<Self, Error> {
        let (mut words, length) = (Vec::new(), count.div_ceil(BITS));
        words
            .try_reserve_exact(length)
            .map_err(|_| Error::msg(format!("no memory to remember which of {count} chunks are written")))?;
        words.resize_with(length, || AtomicU32::new(0));
        Ok(Self(words))
    }

    /// Tells that chunk `number` is there for everybody who asks from now on.
    pub(super) fn set(&self, number: usize) {
        // In one order with all others: of those who write the chunks of a coarser one and then look, one has to see all.
        self.0[number / BITS].fetch_or(1 << (number % BITS), Ordering::SeqCst);
    }

    /// Tells that chunk `number` is not there.
    pub(super) fn clear(&self, number: usize) {
        self.0[number / BITS].fetch_and(!(1 << (number % BITS)), Ordering::SeqCst);
    }

    /// Whether chunk `number` is there.
    pub(super) fn has(&self, number: usize) -> bool {
        self.0[number / BITS].load(Ordering::SeqCst) & (1 << (number % BITS)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chunk_has_a_bit_of_its_own() {
        let written = Written::none_of(130).unwrap();
        let set = [0, 63, 64, 129];
        set.iter().for_each(|&number| written.set(number));
        assert!((0..130).all(|number| written.has(number) == set.contains(&number)));
        written.clear(63);
        assert!(!written.has(63) && written.has(64));
    }

    #[test]
    fn more_chunks_than_memory_are_an_error() {
        assert!(Written::none_of(usize::MAX).is_err());
    }
}

//! The inner loop: many rows through one tree.

use pulp::{Arch, Simd, WithSimd};

use super::blocks::{Block, Blocks, EXITS, LEVELS, TOP_EXITS, TOP_LEVELS, Top};
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// The keys of a row come in vectors of this many.
pub(super) const VECTOR: usize = 16;

/// How many rows go through the top of a tree side by side.
const LANES: usize = 64;

/// The keys of some rows, twice: by feature for the tops of trees, where all rows compare the same feature, and by row for
/// what is below, where each compares others.
pub(super) struct Keys {
    rows: usize,
    by_feature: Vec<[u32; LANES]>,
    by_row: Vec<[u32; VECTOR]>,
    /// How many vectors a row has: 2 or another power of two, of which the last may be filled up.
    per_row: usize,
}

impl Keys {
    /// Zeros for `rows` rows of `features` features.
    pub(super) fn new(rows: usize, features: usize) -> Self {
        let per_row = vectors(features);
        Self {
            rows,
            by_feature: vec![[0; LANES]; rows.div_ceil(LANES) * features],
            by_row: vec![[0; VECTOR]; rows * per_row],
            per_row,
        }
    }

    /// How much memory the keys of a row take, in bytes.
    pub(super) fn bytes_per_row(features: usize) -> usize {
        4 * (features + VECTOR * vectors(features))
    }

    /// Where the key of one feature of each row goes.
    pub(super) fn column_mut(&mut self, feature: usize) -> impl Iterator<Item = [&mut u32; 2]> {
        let (vector, lane) = (feature / VECTOR, feature % VECTOR);
        let rows = self.by_row.chunks_exact_mut(self.per_row);
        let lanes = self.rows.div_ceil(LANES);
        let column = self.by_feature[feature * lanes..][..lanes].as_flattened_mut();
        rows.zip(column).map(move |(row, key)| [key, &mut row[vector][lane]])
    }
}

/// How many vectors the keys of a row take.
fn vectors(features: usize) -> usize {
    features.div_ceil(VECTOR).next_power_of_two().max(2)
}

/// Some rows on their way through one tree after the other; the memory is used again for each.
pub(super) struct Walk {
    /// The rows that are still on their way, and those that will be after the next block.
    here: Travellers,
    next: Travellers,
    /// By which way each row leaves its block.
    exits: Vec<u32>,
    /// The leaf at which each row arrived.
    leaves: Vec<u32>,
}

/// Which rows, and at which blocks they are.
struct Travellers {
    who: Vec<u32>,
    at: Vec<u32>,
}

impl Travellers {
    fn new(rows: usize) -> Self {
        Self {
            who: vec![0; rows],
            at: vec![0; rows.next_multiple_of(LANES)],
        }
    }
}

impl Walk {
    pub(super) fn new(rows: usize) -> Self {
        Self {
            here: Travellers::new(rows),
            next: Travellers::new(rows),
            exits: vec![0; rows],
            leaves: vec![0; rows],
        }
    }

    /// Walks all rows from the root of a tree to their leaves.
    pub(super) fn tree(
        &mut self,
        arch: Arch,
        blocks: &Blocks,
        top: &Top,
        keys: &Keys,
        checkpoint: &Checkpoint,
    ) -> Result<&[u32], Error> {
        let mut count = self.leaves.len();
        checkpoint.check()?;
        arch.dispatch(Start {
            top,
            keys,
            at: self.here.at.as_chunks_mut().0,
        });
        (0..).zip(&mut self.here.who).for_each(|(row, who)| *who = row);
        while count > 0 {
            checkpoint.check()?;
            let (who, at) = (&self.here.who[..count], &self.here.at[..count]);
            let exits = &mut self.exits[..count];
            compare(arch, &blocks.all, keys, who, at, exits);
            arch.dispatch(Leave { at, exits });
            count = move_on(blocks, who, exits, &mut self.leaves, &mut self.next);
            std::mem::swap(&mut self.here, &mut self.next);
        }
        Ok(&self.leaves)
    }
}

/// Moves rows to the next blocks, and keeps those that are not at a leaf: returns how many.
///
/// A function of its own, since its loop needs all registers; to lists of their own, since reading what was just written
/// takes longer.
#[inline(never)]
fn move_on(blocks: &Blocks, who: &[u32], exits: &[u32], leaves: &mut [u32], kept: &mut Travellers) -> usize {
    let (all, first) = (&blocks.exits[..], blocks.leaves);
    let (kept_who, kept_at) = (&mut kept.who[..who.len()], &mut kept.at[..who.len()]);
    let mut count = 0;
    for (who, exit) in who.iter().zip(exits) {
        let next = all[*exit as usize];
        leaves[*who as usize] = next;
        // Written in any case, and written over if the row has arrived: a branch would be guessed wrong too often.
        kept_who[count] = *who;
        kept_at[count] = next;
        count += usize::from(next >= first);
    }
    count
}

/// Takes all rows through the top of a tree.
struct Start<'a> {
    top: &'a Top,
    keys: &'a Keys,
    at: &'a mut [[u32; LANES]],
}

impl WithSimd for Start<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { top, keys, at } = self;
        let lanes = at.len();
        for (nth, at) in at.iter_mut().enumerate() {
            let mut bits = [0_u32; LANES];
            for node in 1..TOP_EXITS {
                let (threshold, feature) = (top.thresholds[node], usize::from(top.features[node]));
                let keys = &keys.by_feature[feature * lanes + nth];
                let bit = 1 << node;
                for (bits, key) in bits.iter_mut().zip(keys) {
                    *bits |= if *key > threshold { bit } else { 0 };
                }
            }
            for bits in &mut bits {
                *bits = exit::<TOP_LEVELS>(*bits);
            }
            for (at, exit) in at.iter_mut().zip(bits) {
                *at = top.exits[exit as usize % TOP_EXITS];
            }
        }
    }
}

/// The way out for a row whose bits these are.
#[inline(always)]
fn exit<const LEVELS: usize>(bits: u32) -> u32 {
    let mut place = 1;
    for _ in 0..LEVELS {
        place = 2 * place + (bits >> place & 1);
    }
    place & ((1 << LEVELS) - 1)
}

/// Turns the bits of each row into the number of the exit by which it leaves the block `at`.
struct Leave<'a> {
    at: &'a [u32],
    exits: &'a mut [u32],
}

impl WithSimd for Leave<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (at, exit) in self.at.iter().zip(self.exits) {
            *exit = at * EXITS as u32 + self::exit::<LEVELS>(*exit);
        }
    }
}

/// Compares the rows `who` at the blocks `at`: bit `n` of their `bits` is set if they are above the threshold of node `n`.
fn compare(arch: Arch, blocks: &[Block], keys: &Keys, who: &[u32], at: &[u32], bits: &mut [u32]) {
    #[cfg(target_arch = "x86_64")]
    if let Arch::V4(simd) = arch {
        match keys.per_row {
            2 => return v4::compare::<2>(simd, blocks, &keys.by_row, who, at, bits),
            4 => return v4::compare::<4>(simd, blocks, &keys.by_row, who, at, bits),
            8 => return v4::compare::<8>(simd, blocks, &keys.by_row, who, at, bits),
            _ => {}
        }
    }
    let (keys, vectors) = (keys.by_row.as_flattened(), keys.per_row);
    for ((who, at), bits) in who.iter().zip(at).zip(bits) {
        let row = &keys[*who as usize * vectors * VECTOR..][..vectors * VECTOR];
        *bits = plain(&blocks[*at as usize], row);
    }
}

/// The bits of the four nodes on the way; the others do not matter.
#[inline(always)]
fn plain(block: &Block, row: &[u32]) -> u32 {
    let (mut place, mut bits) = (1, 0);
    for _ in 0..LEVELS {
        let above = u32::from(row[usize::from(block.features[place])] > block.thresholds[place]);
        bits |= above << place;
        place = 2 * place % EXITS + above as usize;
    }
    bits
}

/// With AVX-512: all nodes of a block at once. Their features say which of the row's keys each is compared with.
#[cfg(target_arch = "x86_64")]
mod v4 {
    use pulp::x86::V4;
    use pulp::{NullaryFnOnce, cast};

    use super::{Block, VECTOR};

    pub(super) fn compare<const VECTORS: usize>(
        simd: V4,
        blocks: &[Block],
        keys: &[[u32; VECTOR]],
        who: &[u32],
        at: &[u32],
        bits: &mut [u32],
    ) {
        simd.vectorize(Compare::<VECTORS> {
            simd,
            blocks,
            keys: keys.as_chunks().0,
            who,
            at,
            bits,
        });
    }

    struct Compare<'a, const VECTORS: usize> {
        simd: V4,
        blocks: &'a [Block],
        keys: &'a [[[u32; VECTOR]; VECTORS]],
        who: &'a [u32],
        at: &'a [u32],
        bits: &'a mut [u32],
    }

    impl<const VECTORS: usize> NullaryFnOnce for Compare<'_, VECTORS> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            for ((who, at), bits) in self.who.iter().zip(self.at).zip(self.bits) {
                *bits = one(self.simd, &self.blocks[*at as usize], &self.keys[*who as usize]);
            }
        }
    }

    #[inline(always)]
    fn one<const VECTORS: usize>(simd: V4, block: &Block, row: &[[u32; VECTOR]; VECTORS]) -> u32 {
        let avx = simd.avx512f;
        let features = avx._mm512_cvtepu16_epi32(cast(block.features));
        let pick = |pair: &[[u32; VECTOR]; 2]| avx._mm512_permutex2var_epi32(cast(pair[0]), features, cast(pair[1]));
        let pairs = row.as_chunks::<2>().0;
        let mut keys = pick(&pairs[0]);
        if VECTORS > 2 {
            let pair_of = avx._mm512_srli_epi32::<5>(features);
            for (number, pair) in pairs.iter().enumerate().skip(1) {
                let here = avx._mm512_cmpeq_epi32_mask(pair_of, avx._mm512_set1_epi32(number as i32));
                keys = avx._mm512_mask_mov_epi32(keys, here, pick(pair));
            }
        }
        avx._mm512_cmpgt_epu32_mask(keys, cast(block.thresholds)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::forest::RandomForest;
    use crate::kernels::forest::key::key;

    /// Every set of instructions that this machine has: only the best is used otherwise.
    fn archs() -> Vec<Arch> {
        let mut archs = vec![Arch::Scalar, Arch::new()];
        #[cfg(target_arch = "x86_64")]
        archs.extend(pulp::x86::V3::try_new().map(Arch::V3));
        archs
    }

    #[test]
    fn rows_arrive_at_the_same_leaves_on_all_instructions() {
        for features in [1, 20, 40, 100, 200] {
            let mixed = |(row, feature): (usize, usize)| ((row * 7919 + feature * 104_729) % 1009) as f32;
            let values = ndarray::Array2::from_shape_fn((150, features), mixed);
            let labels: Vec<u32> = (0..150).map(|row| 1 + row * row % 3).collect();
            let never = Checkpoint::never();
            let forest = RandomForest::new()
                .trees(3)
                .train(values.view(), &labels, &never)
                .unwrap();
            let mut keys = Keys::new(150, features);
            for (feature, column) in values.columns().into_iter().enumerate() {
                for (value, places) in column.iter().zip(keys.column_mut(feature)) {
                    places.into_iter().for_each(|place| *place = key(*value));
                }
            }
            for top in &forest.blocks.tops {
                let arrive = |arch| {
                    let mut walk = Walk::new(150);
                    walk.tree(arch, &forest.blocks, top, &keys, &never).unwrap().to_vec()
                };
                let leaves: Vec<_> = archs().into_iter().map(arrive).collect();
                assert!(
                    leaves.windows(2).all(|pair| pair[0] == pair[1]),
                    "{features} features: {leaves:?}"
                );
            }
        }
    }
}

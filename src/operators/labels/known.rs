//! The labels of objects of a volume, as far as they were followed.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::incremental_map::IncrementalMap;
use crate::runtime::{Charge, Runtime};
use crate::sync::Mutex;

/// Pieces between two looks at the checkpoint.
const PATIENCE: usize = 1 << 12;

/// What a piece takes, in bytes.
const PIECE: usize = 2 * size_of::<((usize, u32), u64)>();

/// The labels of pieces that were found out, by block and piece.
///
/// What is in it is charged for, however the kernel ends that adds it. One that is stopped may leave an object with some of its
/// pieces: who asks for the others follows it again, and finds the same label.
#[derive(Default)]
pub(super) struct Known(Mutex<Labels>);

#[derive(Default)]
struct Labels {
    by_piece: IncrementalMap<(usize, u32), u64>,
    /// For what was added each time.
    charges: Vec<Charge>,
}

impl Known {
    /// Adds labels: of blocks, their pieces. Those that are known already cost nothing.
    pub(super) fn add(
        &self,
        labels: &[(usize, u32, u64)],
        runtime: &Runtime,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        for labels in labels.chunks(PATIENCE) {
            checkpoint.check()?;
            let count = {
                let own = &mut self.0.lock().by_piece;
                let before = own.len();
                for (block, piece, label) in labels {
                    own.insert((*block, *piece), *label);
                }
                own.len() - before
            };
            // Not under the lock: to charge may wake those that wait for memory.
            let charge = runtime.charge(count * PIECE);
            self.0.lock().charges.push(charge);
        }
        Ok(())
    }

    /// Calls `f` with each of `pieces` of a block, and its label if that is known.
    pub(super) fn look_up(
        &self,
        block: usize,
        pieces: &[u32],
        checkpoint: &Checkpoint,
        mut f: impl FnMut(u32, Option<u64>),
    ) -> Result<(), Error> {
        for pieces in pieces.chunks(PATIENCE) {
            checkpoint.check()?;
            let labels: Vec<_> = {
                let own = self.0.lock();
                let label = |piece: &u32| own.by_piece.get(&(block, *piece)).copied();
                pieces.iter().map(label).collect()
            };
            pieces.iter().zip(labels).for_each(|(piece, label)| f(*piece, label));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::probe::stops_after;

    #[test]
    fn what_is_known_is_charged_for_once_however_it_ended() {
        let runtime = Runtime::builder().slots(1).build().unwrap();
        let labels: Vec<_> = (0..5 * PATIENCE as u32).map(|piece| (3, piece, 7)).collect();
        let (known, used) = (Known::default(), |pieces: usize| (pieces * PIECE) as u64);
        let stopped = known.add(&labels, &runtime, &stops_after(2));
        assert_eq!(stopped.unwrap_err().report(), "enough");
        let mut found = 0;
        let all: Vec<u32> = labels.iter().map(|(_, piece, _)| *piece).collect();
        let count = |_, label: Option<u64>| found += usize::from(label == Some(7));
        known.look_up(3, &all, &Checkpoint::never(), count).unwrap();
        assert_eq!((found, runtime.memory().used), (2 * PATIENCE, used(2 * PATIENCE)));
        // Again, and all of it.
        known.add(&labels, &runtime, &Checkpoint::never()).unwrap();
        assert_eq!(runtime.memory().used, used(5 * PATIENCE));
        drop(known);
        assert_eq!(runtime.memory().used, 0);
    }
}

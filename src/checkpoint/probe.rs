//! Checkpoints for tests: ones that count, and ones that stop.

use super::{Checkpoint, Interrupt};
use crate::error::Error;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicUsize, Ordering};

struct Looks {
    so_far: AtomicUsize,
    most: usize,
}

impl Interrupt for Looks {
    fn interrupted(&self) -> Option<Error> {
        let before = self.so_far.fetch_add(1, Ordering::SeqCst);
        (before >= self.most).then(|| Error::msg("enough"))
    }
}

/// Stops whoever has looked `looks` times, with the reason "enough".
pub(crate) fn stops_after(looks: usize) -> Checkpoint {
    let so_far = AtomicUsize::new(0);
    Checkpoint::new(Arc::new(Looks { so_far, most: looks }))
}

/// What `run` makes, and how often it looked.
pub(crate) fn counted<R>(run: impl FnOnce(&Checkpoint) -> R) -> (R, usize) {
    let (so_far, most) = (AtomicUsize::new(0), usize::MAX);
    let looks = Arc::new(Looks { so_far, most });
    let interrupt: Arc<dyn Interrupt> = Arc::<Looks>::clone(&looks);
    let result = run(&Checkpoint::new(interrupt));
    (result, looks.so_far.load(Ordering::SeqCst))
}

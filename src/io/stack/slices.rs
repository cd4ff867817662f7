//! The files of a stack of which something is written.

use std::collections::HashMap;

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::covered::Covered;
use crate::io::sink::Sink;
use crate::io::turn::Turn;
use crate::roi::Roi;
use crate::sync::{Arc, Mutex};

/// The most files that are begun and not whole at a time: systems allow a process some hundred open ones, and others need theirs.
pub(super) const MOST_OPEN: usize = 128;

/// Files that have been begun and are not whole yet, by their number.
#[derive(Default)]
pub(super) struct Slices {
    begun: Mutex<HashMap<usize, Arc<Slice>>>,
}

struct Slice {
    /// Made by the first who writes to it. One writes to a file at a time.
    sink: Turn<Option<Box<dyn Sink>>>,
    written: Covered,
}

impl Slices {
    /// Writes `block` as the content of `part` of file `n`, which is all of `whole`. `make` begins the file; with the last part, it is
    /// finished.
    ///
    /// # Errors
    ///
    /// Too many files that are not whole; those of the file, the checkpoint's reason.
    pub(super) fn write(
        &self,
        (n, whole): (usize, Roi),
        make: impl FnOnce() -> Result<Box<dyn Sink>, Error>,
        (part, block): (&Roi, &Array),
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let slice = self.slice(n, whole)?;
        let mut sink = slice.sink.take(checkpoint)?;
        let open = match sink.take() {
            Some(open) => open,
            None => make()?,
        };
        let open = sink.insert(open);
        slice.written.remove(part)?;
        open.write_region(part, block, checkpoint)?;
        slice.written.add(part)?;
        if slice.written.is_whole()
            && let Some(sink) = sink.take()
        {
            self.begun.lock().remove(&n);
            sink.finish(checkpoint)?;
        }
        Ok(())
    }

    fn slice(&self, n: usize, whole: Roi) -> Result<Arc<Slice>, Error> {
        let mut begun = self.begun.lock();
        if begun.len() >= MOST_OPEN && !begun.contains_key(&n) {
            return Err(Error::invalid(format!(
                "{MOST_OPEN} files have been begun and none is whole: the blocks have to come file by file"
            )));
        }
        let new = || {
            Arc::new(Slice {
                sink: Turn::new(None),
                written: Covered::new(whole),
            })
        };
        Ok(Arc::clone(begun.entry(n).or_insert_with(new)))
    }
}

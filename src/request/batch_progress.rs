//! How far a batch is.

/// How far a [`RequestBatch`](crate::RequestBatch) is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestBatchProgress {
    /// Results so far.
    pub done: u64,
    /// How many there will be, if the iterator said so or has come to its end.
    pub total: Option<u64>,
}

impl RequestBatchProgress {
    /// The share that is done, from 0 to 1, if the total is known.
    pub fn fraction(&self) -> Option<f64> {
        self.total.map(|total| {
            if total == 0 {
                1.0
            } else {
                self.done as f64 / total as f64
            }
        })
    }
}

//! Fetching parts of keys while the thread that needs them does something else.

use crate::error::Error;
use crate::io::object::pool::Transfer;
use crate::io::object::remote::Remote;

/// What is fetched of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// So many bytes from there on.
    Range {
        /// The first byte.
        start: u64,
        /// How many.
        length: u64,
    },
    /// The last bytes; all, if there are not as many.
    Last(u64),
}

/// What has been fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    /// Of the whole key.
    pub(crate) length: u64,
}

/// Is told what has become of a transfer; `None` is a key that is not there.
pub(crate) type Arrival = Box<dyn FnOnce(Result<Option<Fetched>, Error>) + Send>;

/// A store whose gets take so long that many should be under way at once.
pub(crate) trait Fetch: Send + Sync {
    /// Begins to fetch `part` of `key`, at most `most` bytes, and tells `arrival` of the outcome: once, from any thread. Dropping
    /// what is returned ends the transfer, and `arrival` hears that it was lost, if that is still anybody's concern.
    fn begin(&self, key: &str, part: Part, most: u64, arrival: Arrival) -> Option<Transfer>;
}

impl Fetch for Remote {
    fn begin(&self, key: &str, part: Part, most: u64, arrival: Arrival) -> Option<Transfer> {
        Some(self.pool().begin(self.fetch(key, part, most), arrival))
    }
}

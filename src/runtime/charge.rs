//! Bytes that somebody holds.

use std::fmt;

use crate::runtime::Runtime;
use crate::runtime::engine::Engine;
use crate::sync::Arc;

/// Bytes in the account of a [`Runtime`], from [`Runtime::charge`].
///
/// Dropping it gives them back and lets in work that was waiting for them.
#[must_use = "dropping it gives the bytes back at once"]
pub struct Charge {
    engine: Arc<Engine>,
    bytes: u64,
}

impl Runtime {
    /// Counts `bytes` as used until the result is dropped, whatever the limit says: for memory that is taken already, or is
    /// about to be by work that was admitted. The work of others waits while it does not fit beside them; some work is
    /// admitted always, so bytes that are held for good make a runtime slow, never stuck.
    ///
    /// # Examples
    ///
    /// A buffer that counts until its last clone is dropped:
    ///
    /// ```
    /// use headwater::{Array, DType, Runtime};
    ///
    /// let runtime = Runtime::builder().slots(1).build()?;
    /// let tile = Array::zeros_in("yx", &[256, 256], DType::F32, |bytes| Ok(runtime.charge(bytes)))?;
    /// let copy = tile.clone();
    /// drop(tile);
    /// assert_eq!(runtime.memory().used, 4 * 256 * 256);
    /// drop(copy);
    /// assert_eq!(runtime.memory().used, 0);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn charge(&self, bytes: usize) -> Charge {
        Charge::new(self.engine(), bytes as u64)
    }
}

impl Charge {
    pub(crate) fn new(engine: Arc<Engine>, bytes: u64) -> Self {
        engine.account.hold(bytes);
        Self { engine, bytes }
    }

    /// How many bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.engine.account.release(self.bytes);
        self.engine.let_in();
    }
}

impl fmt::Debug for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Charge({} bytes)", self.bytes)
    }
}

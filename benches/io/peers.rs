//! The peers in Python: a script that runs one call of one library at a time.

use std::cell::RefCell;

use crate::python::Python;

/// Libraries of others, if this machine has them: `pip install -r benches/io/requirements.txt`.
pub(crate) struct Peers(RefCell<Option<Python>>);

impl Peers {
    pub(crate) fn start() -> Self {
        Self(RefCell::new(Python::start("benches/io/peers.py")))
    }

    /// Nanoseconds that the peer takes for `call`, a name and its arguments; `None` if it is not there.
    pub(crate) fn time(&self, call: &str) -> Option<f64> {
        self.0.borrow_mut().as_mut()?.ask(call)?.trim().parse().ok()
    }
}

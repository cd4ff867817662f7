//! The peers in Python: a process beside the bench that runs one call of one library at a time.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Libraries of others, if this machine has them: `pip install -r benches/io/requirements.txt`.
///
/// `HEADWATER_PYTHON` names the interpreter, else it is `python3`.
pub(crate) struct Peers(RefCell<Option<Process>>);

struct Process {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Peers {
    pub(crate) fn start() -> Self {
        Self(RefCell::new(Process::start()))
    }

    /// Nanoseconds that the peer takes for `call`, a name and its arguments; `None` if it is not there.
    pub(crate) fn time(&self, call: &str) -> Option<f64> {
        let mut process = self.0.borrow_mut();
        let process = process.as_mut()?;
        writeln!(process.to, "{call}").ok()?;
        let mut answer = String::new();
        process.from.read_line(&mut answer).ok()?;
        answer.trim().parse().ok()
    }
}

impl Process {
    fn start() -> Option<Self> {
        let python = std::env::var_os("HEADWATER_PYTHON").unwrap_or_else(|| "python3".into());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/io/peers.py");
        let mut command = Command::new(python);
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        let (to, from) = (child.stdin.take()?, child.stdout.take()?);
        let from = BufReader::new(from);
        Some(Self { child, to, from })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It ends by itself when nobody writes to it any more; a call that hangs must not keep the bench.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

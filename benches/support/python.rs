//! A script in Python beside a bench, which runs what it is asked to and answers with a line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The script's process.
pub(crate) struct Python {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Python {
    /// Starts the script at `path`, seen from the root of the package. `HEADWATER_PYTHON`
    /// names the interpreter, else it is `python3`; `None` if there is none.
    pub(crate) fn start(path: &str) -> Option<Self> {
        let python = std::env::var_os("HEADWATER_PYTHON").unwrap_or_else(|| "python3".into());
        let mut command = Command::new(python);
        // As many threads as we have, whatever the peer computes with.
        for library in ["OMP", "OPENBLAS", "MKL"] {
            command.env(format!("{library}_NUM_THREADS"), "2");
        }
        command.arg(format!("{}/{path}", env!("CARGO_MANIFEST_DIR")));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let (to, from) = (child.stdin.take()?, child.stdout.take()?);
        let from = BufReader::new(from);
        Some(Self { child, to, from })
    }

    /// The script's answer to `line`; `None` if it is gone.
    pub(crate) fn ask(&mut self, line: &str) -> Option<String> {
        writeln!(self.to, "{line}").ok()?;
        let mut answer = String::new();
        self.from.read_line(&mut answer).ok()?;
        Some(answer)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It ends by itself when nobody writes to it any more; a call that hangs must not keep the bench.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

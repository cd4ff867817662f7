//! The peers: a Python process beside the bench that runs one call of one library at a time.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Libraries of others, if this machine has them: `pip install -r benches/kernels/requirements.txt`.
///
/// `HEADWATER_PYTHON` names the interpreter, else it is `python3`.
pub(crate) struct Peers {
    process: RefCell<Option<Process>>,
    folder: tempfile::TempDir,
    files: RefCell<HashMap<String, PathBuf>>,
}

struct Process {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Peers {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for what the peers read");
        let process = RefCell::new(Process::start());
        let files = RefCell::default();
        Self { process, folder, files }
    }

    /// Nanoseconds that `peer` takes for `data`, once; `None` if it is not there. `name` tells data from other data.
    pub(crate) fn time<T: bytemuck::NoUninit>(
        &self,
        peer: &str,
        name: &str,
        dtype: &str,
        shape: &[usize],
        data: &[T],
    ) -> Option<f64> {
        let mut process = self.process.borrow_mut();
        let process = process.as_mut()?;
        let path = self.file(name, data);
        let lengths: Vec<_> = shape.iter().map(usize::to_string).collect();
        writeln!(process.to, "{peer} {} {dtype} {}", path.display(), lengths.join(" ")).ok()?;
        let mut answer = String::new();
        process.from.read_line(&mut answer).ok()?;
        answer.trim().parse().ok()
    }

    fn file<T: bytemuck::NoUninit>(&self, name: &str, data: &[T]) -> PathBuf {
        let mut files = self.files.borrow_mut();
        let path = files.entry(name.to_owned()).or_insert_with(|| {
            let path = self.folder.path().join(name);
            std::fs::write(&path, bytemuck::cast_slice::<T, u8>(data)).expect("room for what the peers read");
            path
        });
        path.clone()
    }
}

impl Process {
    fn start() -> Option<Self> {
        let python = std::env::var_os("HEADWATER_PYTHON").unwrap_or_else(|| "python3".into());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/kernels/peers.py");
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

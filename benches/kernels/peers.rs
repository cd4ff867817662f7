//! The peers: a Python process beside the bench that runs one call of one library at a time.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;

use crate::python::Python;

/// Libraries of others, if this machine has them: `pip install -r benches/kernels/requirements.txt`.
///
/// `HEADWATER_PYTHON` names the interpreter, else it is `python3`.
pub(crate) struct Peers {
    process: RefCell<Option<Python>>,
    folder: tempfile::TempDir,
    files: RefCell<HashMap<String, PathBuf>>,
}

impl Peers {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for what the peers read");
        let process = RefCell::new(Python::start("benches/kernels/peers.py"));
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
        let answer = process.ask(&format!("{peer} {} {dtype} {}", path.display(), lengths.join(" ")))?;
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

//! Files that libraries of others write are read, and those that we write are read by them.
//!
//! It runs where the environment variable `HEADWATER_PYTHON` names a Python that has the modules of a script; elsewhere each
//! test says that it was left out. `pip install -r tests/io/interop/requirements.txt` gets them.

mod small;
mod tiff;
mod zarr;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A script beside this file, and the Python that runs it. Its name must not be that of a module: it would hide it.
pub(crate) struct Script {
    python: PathBuf,
    path: PathBuf,
}

impl Script {
    /// The script called `name`, if there is a Python that has all of `modules`; else says that `test` is left out.
    pub(crate) fn find(test: &str, name: &str, modules: &[&str]) -> Option<Self> {
        let Some(python) = std::env::var_os("HEADWATER_PYTHON").map(PathBuf::from) else {
            println!("LEFT OUT: {test}: HEADWATER_PYTHON does not name a Python");
            return None;
        };
        let import = format!("import {}", modules.join(", "));
        let has = Command::new(&python).args(["-c", &import]).output();
        match has {
            Ok(output) if output.status.success() => {}
            Ok(_) => {
                println!("LEFT OUT: {test}: {} lacks one of {modules:?}", python.display());
                return None;
            }
            // A name that is wrong is a mistake of whoever set it, not a machine without Python.
            Err(error) => panic!("HEADWATER_PYTHON is {}: {error}", python.display()),
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/io/interop")
            .join(name);
        Some(Self { python, path })
    }

    /// Runs it with `arguments`, and returns what it prints.
    ///
    /// # Panics
    ///
    /// If it fails: with all that it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new(&self.python).arg(&self.path).args(arguments).output();
        let output = output.expect("the script starts");
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        assert!(
            output.status.success(),
            "{name} {arguments:?}: {}\n{out}\n{err}",
            output.status
        );
        out.into_owned()
    }
}

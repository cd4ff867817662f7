//! Files of other libraries are read, and ours by them. It runs where `HEADWATER_PYTHON` names a Python that has NumPy, nibabel, h5py
//! and imageio.

use std::path::Path;
use std::process::Command;

use headwater::Array;
use headwater::graph::Meta;
use headwater::io::{Compression, Create};

use crate::support::{load, save};

fn image() -> Array {
    let value = |n: u16| 100 * (n / 30) + 10 * (n / 6 % 5) + n % 6;
    Array::from_vec("zyx", &[4, 5, 6], (0..120).map(value).collect()).unwrap()
}

/// What the script says, if there is a Python to run it.
fn script(task: &str, folder: &Path) -> Option<String> {
    let Ok(python) = std::env::var("HEADWATER_PYTHON") else {
        println!("left out: HEADWATER_PYTHON names no Python");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/io/interop_small.py");
    let output = Command::new(python).arg(script).arg(task).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Not every build has N5 and HDF5.
fn known(name: &str) -> bool {
    let built = |feature, ending| feature || !name.contains(ending);
    built(cfg!(feature = "n5"), ".n5") && built(cfg!(feature = "hdf5"), ".h5")
}

#[test]
fn files_of_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let Some(names) = script("write", folder.path()) else {
        return;
    };
    let mut count = 0;
    for name in names.lines().filter(|name| known(name)) {
        let read = load(folder.path().join(name).to_str().unwrap()).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        // What the axes are called is not at stake here.
        let read = read.with_axes("zyx").unwrap();
        assert_eq!(read, image(), "{name}");
        count += 1;
    }
    assert!(count >= 10, "{names}");
}

#[test]
fn our_files_are_read_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let write = |how: &Create, name: &str| {
        let path = folder.path().join(name);
        save(how, path.to_str().unwrap(), &image(), &Meta::of(&image())).unwrap();
    };
    let plain = Create::new();
    let deflate = Create::new().compression(Compression::Deflate(6));
    for name in ["a.npy", "stored.npz", "a.raw", "a{z}.png"] {
        write(&plain, name);
    }
    write(&deflate, "deflated.npz");
    if cfg!(feature = "hdf5") {
        write(&plain, "a.h5");
    }
    if cfg!(feature = "n5") {
        write(&plain.compression(Compression::None), "a.n5/none");
        write(&deflate, "a.n5/deflate");
    }
    if let Some(said) = script("check", folder.path()) {
        assert!(said.lines().count() >= 5, "{said}");
    }
}

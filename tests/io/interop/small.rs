//! NPY, NPZ, NIfTI, raw, PNG, HDF5 and N5, with NumPy, nibabel, imageio, h5py and z5py.

use headwater::Array;
use headwater::graph::Meta;
use headwater::io::{Compression, Create};

use super::Script;
use crate::support::{load, save};

fn image() -> Array {
    let value = |n: u16| 100 * (n / 30) + 10 * (n / 6 % 5) + n % 6;
    Array::from_vec("zyx", &[4, 5, 6], (0..120).map(value).collect()).unwrap()
}

/// What the libraries of the smaller formats do here, if there is a Python that has them.
fn script(test: &str) -> Option<Script> {
    Script::find(test, "by_others.py", &["numpy", "nibabel", "h5py", "imageio"])
}

/// Not every build has N5 and HDF5.
fn known(name: &str) -> bool {
    let built = |feature, ending| feature || !name.contains(ending);
    built(cfg!(feature = "n5"), ".n5") && built(cfg!(feature = "hdf5"), ".h5")
}

#[test]
fn files_of_others_are_read() {
    let Some(script) = script("NPY, NIfTI, HDF5 and PNG by others") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let names = script.run(&["write", folder.path().to_str().unwrap()]);
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
    if let Some(script) = script("our NPY, HDF5, N5 and PNG in others") {
        let said = script.run(&["check", folder.path().to_str().unwrap()]);
        assert!(said.lines().count() >= 5, "{said}");
    }
}

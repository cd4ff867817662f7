//! Targets that cannot be, and files that are whole or not there.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::Interrupt;

use super::*;

fn refused(path: &Path, cause: &str) {
    let report = Target::check(path).unwrap_err().report();
    assert!(
        report.starts_with(&format!("cannot write `{}`: ", path.display())),
        "{report}"
    );
    assert!(report.contains(cause) && !report.contains('\n'), "{report}");
}

fn small() -> Image {
    image("yx", &[1, 2], Samples::F32(vec![1.0, 2.0]))
}

#[test]
fn a_target_that_cannot_be_written_is_refused_before_there_is_a_result() {
    let folder = Folder::new();
    refused(
        &folder.path("result.gif"),
        "`.gif` is not supported: use .tif, .tiff or .png",
    );
    refused(&folder.path("result"), "no extension: use .tif, .tiff or .png");
    refused(&folder.path("missing/result.tif"), "missing`: No such file");
    refused(&folder.put("file", b"").join("result.tif"), "Not a directory");
    fs::create_dir(folder.path("folder.tif")).unwrap();
    refused(&folder.path("folder.tif"), "it is a directory");
    let locked = folder.put("locked.tif", b"mine");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o444)).unwrap();
    refused(&locked, "it exists and is read-only");
    symlink("/dev/null", folder.path("null.tif")).unwrap();
    refused(&folder.path("null.tif"), "it is not a regular file");
    // Nobody, not even root, can make a file there.
    refused(Path::new("/proc/result.tif"), "is not writable");
}

#[test]
fn checking_leaves_nothing_behind() {
    let folder = Folder::new();
    Target::check(&folder.path("result.tif")).unwrap();
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_stack_is_refused_for_png_with_the_cure() {
    let folder = Folder::new();
    let stack = image("zyx", &[2, 1, 1], Samples::U8(vec![1, 2]));
    let path = folder.path("stack.png");
    let accepted = Target::check(&path).unwrap().accept(&stack).unwrap_err().report();
    assert!(
        accepted.contains("PNG holds one page and the image has 2: use an OUTPUT that ends in .tif"),
        "{accepted}"
    );
    assert_eq!(save(&path, &stack).unwrap_err().report(), accepted);
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn an_image_whose_parts_do_not_fit_is_refused() {
    let folder = Folder::new();
    let good = small();
    for bad in [
        Image {
            shape: vec![2, 2],
            ..good.clone()
        },
        Image {
            shape: vec![2],
            ..good.clone()
        },
        Image {
            axes: "xy".to_owned(),
            ..good.clone()
        },
        Image {
            shape: vec![0, 2],
            samples: Samples::U8(Vec::new()),
            ..good.clone()
        },
        Image {
            axes: "yxc".to_owned(),
            shape: vec![1, 1, 2],
            ..good.clone()
        },
        Image {
            shape: vec![usize::MAX, 2],
            ..good
        },
    ] {
        assert!(save(&folder.path("bad.tif"), &bad).is_err(), "{bad:?}");
    }
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_result_replaces_the_old_file_and_keeps_its_permissions() {
    let folder = Folder::new();
    let path = folder.put("result.tif", b"old");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    save(&path, &small()).unwrap();
    assert_eq!(load(&path).unwrap(), small());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(folder.names(), ["result.tif"]);
}

#[test]
fn a_new_file_has_the_permissions_of_any_new_file() {
    let folder = Folder::new();
    let plain = folder.put("plain", b"");
    let path = folder.path("result.png");
    save(&path, &small()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path), mode(&plain));
}

#[test]
fn a_symbolic_link_stays_one() {
    let folder = Folder::new();
    let file = folder.put("file.tif", b"old");
    let link = folder.path("link.tif");
    symlink(&file, &link).unwrap();
    save(&link, &small()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(load(&file).unwrap(), small());
}

/// Fails from the `calls`th question on.
struct After {
    calls: AtomicUsize,
}

impl Interrupt for After {
    fn interrupted(&self) -> Option<Error> {
        // Relaxed: one thread, and only the count matters.
        let left = self
            .calls
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        left.err().map(|_| Error::msg("enough"))
    }
}

#[test]
fn a_write_stopped_anywhere_leaves_the_old_file_and_nothing_else() {
    let folder = Folder::new();
    let stack = image("zyx", &[3, 64, 64], Samples::F32(Random(20).floats(3 * 64 * 64)));
    let path = folder.put("result.tif", b"old");
    let target = Target::check(&path).unwrap();
    for calls in 0.. {
        let stop = Arc::new(After {
            calls: AtomicUsize::new(calls),
        });
        match write(&target, &stack, &Checkpoint::new(stop), &Progress::hidden()) {
            Err(error) => {
                assert_eq!(error.report(), "enough");
                assert_eq!(fs::read(&path).unwrap(), b"old");
                assert_eq!(folder.names(), ["result.tif"]);
            }
            Ok(_) => {
                assert!(calls > 3, "the checkpoint was asked {calls} times only");
                break;
            }
        }
    }
    assert_eq!(load(&path).unwrap(), stack);
}

#[test]
fn a_folder_that_vanishes_meanwhile_is_an_error_that_names_the_file() {
    let folder = Folder::new();
    fs::create_dir(folder.path("inner")).unwrap();
    let path = folder.path("inner/result.tif");
    let target = Target::check(&path).unwrap();
    fs::remove_dir(folder.path("inner")).unwrap();
    let error = write(&target, &small(), &Checkpoint::never(), &Progress::hidden()).unwrap_err();
    assert!(
        error
            .report()
            .starts_with(&format!("cannot write `{}`: ", path.display())),
        "{error:?}"
    );
}

//! Failures: a line for each, which names the file, the place in it, the node or the slot.

use std::fs;

use expect_test::expect;

use crate::support::{CELLS, Folder, cells};

#[test]
fn all_that_is_wrong_with_a_pipeline_is_told_with_its_places() {
    let folder = Folder::with_cells();
    let wrong = CELLS
        .replace("sigma = 1.5", "sgima = 1.5")
        .replace("Threshold", "Treshold")
        .replace("\"parts\"", "\"part\"");
    folder.write("cells.toml", &wrong);
    expect![[r#"
        headwater: cells.toml:9:1: node `smooth`: unknown key `sgima`; did you mean `sigma`?
        headwater: cells.toml:12:12: node `bright`, `operator`: unknown operator `Treshold`; did you mean `Threshold`?
        headwater: cells.toml:22:10: node `measured`, `labels`: unknown input or node `part`; did you mean `parts`?
    "#]]
    .assert_eq(&folder.failed(&["run", "cells.toml"]));
    folder.write("cells.toml", "version = 1\n[nodes.a\n");
    let err = folder.failed(&["run", "cells.toml"]);
    assert!(
        err.starts_with("headwater: cells.toml:2:") && err.lines().count() == 1,
        "{err}"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = Folder::with_cells();
    folder.write("text.npy", "not an image at all");
    folder.write("empty.npy", "");
    folder.write("two\nlines.npy", "no");
    let whole = fs::read(folder.path("cells.npy")).unwrap();
    fs::write(folder.path("half.npy"), &whole[..whole.len() / 2]).unwrap();
    for (name, said) in [
        ("missing.npy", "No such file"),
        (".", "it is a folder"),
        ("empty.npy", "the file is empty"),
        ("text.npy", ""),
        ("half.npy", ""),
    ] {
        for command in [&["info", name][..], &["convert", name, "out.npy"]] {
            let err = folder.failed(command);
            let named = err.starts_with(&format!("headwater: cannot read `{name}`: "));
            assert!(named && err.contains(said) && err.lines().count() == 1, "{err}");
        }
        let input = format!("image={name}");
        let err = folder.failed(&["run", "cells.toml", "--input", &input]);
        let named = err.starts_with(&format!(
            "headwater: cells.toml:4:1: input `image`, `path`: cannot read `{name}`: "
        ));
        assert!(named, "{err}");
    }
    assert!(folder.failed(&["info", "two\nlines.npy"]).contains("two\\nlines.npy"));
    let err = folder.failed(&["run", "missing.toml"]);
    assert!(
        err.contains("cannot read the pipeline `missing.toml`: No such file"),
        "{err}"
    );
}

#[test]
fn an_output_that_cannot_be_written_fails_before_anything_is_computed() {
    let folder = Folder::with_cells();
    let before = folder.names();
    for (place, said) in [
        (
            "smooth=missing/s.npy",
            "cannot write `missing/s.npy`: the folder `missing`: No such file",
        ),
        ("smooth=/proc/s.npy", "cannot write `/proc/s.npy`: the folder `/proc`: "),
        (
            "smooth=s.xyz",
            "output `smooth`: cannot write `s.xyz`: `.xyz` is no known ending",
        ),
        (
            "smooth=cells.csv",
            "the outputs `smooth` and `cells` would both be `cells.csv`",
        ),
        (
            "other=s.npy",
            "cells.toml: there is no output `other`; there are `smooth`, `cells`",
        ),
    ] {
        let err = folder.failed(&["run", "cells.toml", "--output", place]);
        assert!(err.contains(said) && err.lines().count() == 1, "{err}");
    }
    let err = folder.failed(&["run", "cells.toml", "--out-dir", "cells.npy/x"]);
    assert!(err.contains("cannot make `cells.npy/x`: "), "{err}");
    assert_eq!(folder.names(), before);
}

/// A limit on the length of files does what a full disk does.
#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    let folder = Folder::with_cells();
    let before = folder.names();
    for output in ["out.npy", "out.tif", "out.zarr"] {
        let convert = format!(
            "trap '' XFSZ; ulimit -f 1; {} convert cells.npy {output} --dtype f64 --compression none",
            crate::support::PROGRAM
        );
        let mut shell = std::process::Command::new("bash");
        let ended = shell
            .args(["-c", &convert])
            .current_dir(folder.path("."))
            .output()
            .unwrap();
        let err = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{err}");
        let said = format!("headwater: cannot export to `{output}`: ");
        assert!(err.starts_with(&said) && err.contains("File too large"), "{err}");
        assert_eq!(folder.names(), before);
    }
}

#[test]
fn nodes_that_do_not_fit_are_named() {
    let folder = Folder::with_cells();
    let wrong = CELLS.replace("sigma = 1.5", "sigma = [1.5, 2, 3]");
    folder.write("cells.toml", &wrong);
    let err = folder.failed(&["run", "cells.toml"]);
    assert!(
        err.starts_with("headwater: cells.toml:6:") && err.contains("node `smooth`: "),
        "{err}"
    );
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = Folder::new();
    folder.save("cells.npy", &cells());
    for arguments in [
        &["run"][..],
        &["fly"],
        &["run", "a.toml", "--threads", "0"],
        &["run", "a.toml", "--memory", "0"],
        &["run", "a.toml", "--memory", "much"],
        &["run", "a.toml", "--set", "smooth"],
        &["run", "a.toml", "--quiet", "--json"],
        &["convert", "a.npy", "b.npy", "--dtype", "u7"],
        &["convert", "a.npy", "b.npy", "--region", "1..x"],
        &["convert", "a.npy", "b.npy", "--normalise", "1"],
        &["features", "a.npy", "b.npy", "--scales", "0"],
        &["completions", "dos"],
    ] {
        let ended = folder.run(arguments);
        assert_eq!((ended.code, &*ended.out), (Some(2), ""), "{arguments:?}: {}", ended.err);
        assert!(ended.err.contains("--help"), "{}", ended.err);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = Folder::with_cells();
    let script = format!("{} operators --json | head -c 10", crate::support::PROGRAM);
    let mut shell = std::process::Command::new("sh");
    let output = shell
        .args(["-c", &script])
        .current_dir(folder.path("."))
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

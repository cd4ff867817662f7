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
            "cells.toml:31:1: output `cells`: cannot write `cells.csv`: output `smooth` is written there",
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

/// A file has many names, and a folder that is written is made as a whole.
#[test]
fn outputs_that_would_be_in_one_place_are_refused_before_anything_is_computed() {
    let folder = Folder::with_cells();
    fs::create_dir(folder.path("sub")).unwrap();
    std::os::unix::fs::symlink(".", folder.path("here")).unwrap();
    let before = folder.names();
    for (smooth, cells, said) in [
        ("./c.csv", "c.csv", "`c.csv`: output `smooth` is written there"),
        ("sub/../c.csv", "c.csv", "`c.csv`: output `smooth` is written there"),
        ("c.csv", "here/c.csv", "`here/c.csv`: output `smooth` is written there"),
        (
            "s.zarr",
            "here/s.zarr/c.csv",
            "`here/s.zarr/c.csv`: it lies within `s.zarr`, which output `smooth` is written to",
        ),
    ] {
        let [smooth, cells] = [format!("smooth={smooth}"), format!("cells={cells}")];
        for more in [&[][..], &["--dry-run"]] {
            let run = ["run", "cells.toml", "--output", &smooth, "--output", &cells];
            let err = folder.failed(&[&run[..], more].concat());
            assert_eq!(
                err,
                format!("headwater: cells.toml:31:1: output `cells`: cannot write {said}\n")
            );
        }
    }
    assert_eq!(folder.names(), before);
}

#[test]
fn what_is_read_is_never_written() {
    let folder = Folder::with_cells();
    folder.save("plane_1.npy", &cells());
    let (image, pipeline) = (fs::read(folder.path("cells.npy")).unwrap(), folder.path("cells.toml"));
    for file in ["cells.toml", "./cells.toml", "cells.npy"] {
        for arguments in [
            &["run", "cells.toml", "--replace", "--trace", file][..],
            &["run", "cells.toml", "--replace", "--trace", file, "--dry-run"],
            &["graph", "cells.toml", "--replace", "--output", file],
        ] {
            let err = folder.failed(arguments);
            assert!(
                err.contains(&format!("`{file}`: it is ")) && err.lines().count() == 1,
                "{err}"
            );
        }
    }
    folder.write(
        "npy.toml",
        &CELLS.replace("path = \"smooth.npy\"", "path = \"npy.toml\"\nformat = \"npy\""),
    );
    let err = folder.failed(&["run", "npy.toml", "--replace"]);
    assert!(err.contains("cannot write `npy.toml`: it is what is read"), "{err}");
    // A pattern names all files that it matches.
    let err = folder.failed(&["convert", "plane_*.npy", "plane_1.npy", "--replace"]);
    assert!(err.contains("cannot write `plane_1.npy`: it is what is read"), "{err}");
    assert_eq!(fs::read(folder.path("cells.npy")).unwrap(), image);
    assert_eq!(fs::read_to_string(pipeline).unwrap(), CELLS);
}

#[test]
fn a_pipeline_that_is_not_utf_8_or_writes_nothing_is_told() {
    let folder = Folder::with_cells();
    fs::write(folder.path("latin.toml"), b"version = 1\n# Gr\xc3\xbc\xdfe\n").unwrap();
    expect![[r#"
        headwater: latin.toml:2:6: the text is not UTF-8
    "#]]
    .assert_eq(&folder.failed(&["run", "latin.toml"]));
    folder.write("none.toml", CELLS.split("[outputs").next().unwrap());
    let ended = folder.run(&["run", "none.toml"]);
    assert_eq!(ended.code, Some(0));
    expect![[r#"
        headwater: warning: none.toml: no outputs, so nothing is computed
    "#]]
    .assert_eq(&ended.err);
}

#[test]
fn what_an_input_has_not_is_no_way_to_open_it() {
    let folder = Folder::with_cells();
    for (options, said) in [
        (
            ["--scale", "1"],
            "NPY has no scales, so there is no `1`; Zarr and TIFF have",
        ),
        (
            ["--sequence-axis", "z"],
            "it is no pattern of files, of which some would follow each other along `z`",
        ),
    ] {
        let err = folder.failed(&["info", "cells.npy", options[0], options[1]]);
        assert_eq!(err, format!("headwater: cannot read `cells.npy`: {said}\n"));
    }
    let told = folder.json(&["info", "cell*.npy", "--sequence-axis", "t"]);
    assert_eq!(
        (&told["axes"], &told["shape"]),
        (&"tyx".into(), &serde_json::json!([1, 64, 64]))
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
        &["run", "a.toml", "--threads", "-1"],
        &["run", "a.toml", "--memory", "-1"],
        &["run", "a.toml", "--memory", "0"],
        &["run", "a.toml", "--memory", "much"],
        &["run", "a.toml", "--set", "smooth"],
        &["run", "a.toml", "--quiet", "--json"],
        &["convert", "a.npy", "b.npy", "--dtype", "u7"],
        &["convert", "a.npy", "b.npy", "--region", "1..x"],
        &["convert", "a.npy", "b.npy", "--normalise", "1"],
        &["convert", "a.npy", "b.npy", "--chunk", "-1"],
        &["convert", "a.npy", "b.npy", "--scales", "-1"],
        &["features", "a.npy", "b.npy", "--scales", "0"],
        &["completions", "dos"],
    ] {
        let ended = folder.run(arguments);
        assert_eq!((ended.code, &*ended.out), (Some(2), ""), "{arguments:?}: {}", ended.err);
        assert!(ended.err.contains("--help"), "{}", ended.err);
        assert!(!ended.err.contains("unexpected argument '-1'"), "{}", ended.err);
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

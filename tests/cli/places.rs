//! Places that are written: none of them is read, and no two are one.

use std::fs;

use crate::support::{CELLS, Folder, cells};

/// An archive is one file, whatever is read of it or written to it; a folder has places of their own.
#[test]
fn what_is_read_within_a_file_or_by_a_pattern_is_not_written() {
    let folder = Folder::new();
    folder.save("cells.npz", &cells());
    folder.save("cells.npy", &cells());
    folder.save("p_1.png", &cells());
    folder.done(&["convert", "cells.npy", "a.zarr", "-q", "--scales", "2"]);
    let bytes = ["cells.npz", "p_1.png", "a.zarr/0/c/0/0"].map(|name| fs::read(folder.path(name)).unwrap());
    for (input, output) in [
        ("cells.npz", "cells.npz/b"),
        ("cells.npz/data", "cells.npz/b"),
        ("a.zarr/0", "a.zarr/0"),
        ("a.zarr", "a.zarr/0"),
        ("a.zarr/0", "a.zarr"),
        ("p_*.png", "p_{z}.png"),
        ("p_1.png", "./p_{z:03}.png"),
    ] {
        let err = folder.failed(&["convert", input, output, "--replace"]);
        assert_eq!(
            err,
            format!("headwater: cannot write `{output}`: it is what is read: it would be overwritten\n"),
            "{input}"
        );
    }
    let after = ["cells.npz", "p_1.png", "a.zarr/0/c/0/0"].map(|name| fs::read(folder.path(name)).unwrap());
    assert!(bytes == after);
    // What lies beside it there is not what is read.
    for (input, output) in [
        ("a.zarr/0", "a.zarr/copy"),
        ("a.zarr", "a.zarr/parts"),
        ("p_*.png", "q_{t}.png"),
    ] {
        folder.done(&["convert", input, output, "--replace", "-q"]);
    }
}

#[test]
fn two_outputs_in_one_archive_are_refused() {
    let folder = Folder::with_cells();
    let two = |first: &str, second: &str| {
        let outputs = format!(
            "[outputs.a]\nfrom = \"smooth\"\npath = \"{first}\"\n[outputs.b]\nfrom = \"bright\"\npath = \"{second}\"\n"
        );
        let nodes = CELLS.split("[outputs").next().unwrap();
        folder.write("two.toml", &format!("{nodes}{outputs}"));
    };
    for (first, second) in [("o.npz/a", "o.npz/b"), ("o.h5/a", "./o.h5/b"), ("o_{z}.npy", "o_1.npy")] {
        two(first, second);
        let err = folder.failed(&["run", "two.toml", "--dry-run"]);
        assert!(
            err.contains(&format!("cannot write `{second}`: output `a` is written there")),
            "{err}"
        );
    }
    two("o.zarr/in/a", "o.zarr/in");
    let err = folder.failed(&["run", "two.toml", "--dry-run"]);
    assert!(
        err.contains("output `a`: cannot write `o.zarr/in/a`: it lies within `o.zarr/in`"),
        "{err}"
    );
    two("o.zarr/a", "o.zarr/b");
    fs::create_dir(folder.path("o.zarr")).unwrap();
    folder.done(&["run", "two.toml", "--dry-run", "-q"]);
}

/// Whatever its name looks like.
#[test]
fn a_timeline_and_a_drawing_are_plain_files() {
    let folder = Folder::with_cells();
    folder.done(&["convert", "cells.npy", "out.zarr", "-q"]);
    for name in ["out.zarr/t.json", "t{1}.json"] {
        folder.write(name, "mine");
        let said = format!("headwater: cannot write `{name}`: it exists; --replace replaces it\n");
        assert_eq!(folder.failed(&["run", "cells.toml", "--trace", name]), said);
        assert_eq!(folder.failed(&["graph", "cells.toml", "-o", name]), said);
        assert_eq!(fs::read_to_string(folder.path(name)).unwrap(), "mine");
    }
    let convert = [
        "convert",
        "cells.npy",
        "out.zarr",
        "--replace",
        "--trace",
        "out.zarr/t.json",
    ];
    let err = folder.failed(&convert);
    assert_eq!(
        err,
        "headwater: cannot write the timeline `out.zarr/t.json`: it lies within `out.zarr`\n"
    );
}

/// A pipeline with a forest, whose file a parameter names.
fn with_forest() -> Folder {
    let folder = Folder::with_cells();
    let label = |at: usize| if at < 64 { 1_u8 } else { u8::from(at % 64 == 41) * 2 };
    let labels = headwater::Array::from_vec("yx", &[64, 64], (0..64 * 64).map(label).collect());
    folder.save("labels.npy", &labels.unwrap());
    for (seed, name) in [("1", "deep/cells.forest"), ("2", "other.forest")] {
        fs::create_dir_all(folder.path("deep")).unwrap();
        folder.done(&[
            "train",
            "cells.npy",
            "labels.npy",
            "-o",
            name,
            "--trees",
            "3",
            "--seed",
            seed,
            "-q",
            "--features",
            "gaussian",
            "--scales",
            "0.7",
        ]);
    }
    folder.write(
        "deep/predict.toml",
        r#"version = 1
inputs.image.path = "../features.npy"
nodes.forest = { operator = "LoadForest", path = "cells.forest" }
nodes.shares = { operator = "PredictForest", image = "image", classifier = "forest", classes = 2 }
outputs.shares = { from = "shares", path = "../shares.npy", format = "npy" }
outputs.again = { from = "shares", path = "../again.npy" }
"#,
    );
    folder.done(&[
        "features",
        "cells.npy",
        "features.npy",
        "-q",
        "--features",
        "gaussian",
        "--scales",
        "0.7",
    ]);
    folder
}

#[test]
fn a_file_that_a_parameter_names_is_never_written() {
    let folder = with_forest();
    let forest = fs::read(folder.path("deep/cells.forest")).unwrap();
    for more in [
        &["run", "deep/predict.toml", "--replace", "--trace", "deep/cells.forest"][..],
        &[
            "run",
            "deep/predict.toml",
            "--replace",
            "--output",
            "shares=./deep/cells.forest",
        ],
        &[
            "graph",
            "deep/predict.toml",
            "--replace",
            "--output",
            "deep/cells.forest",
        ],
    ] {
        let err = folder.failed(more);
        assert!(err.contains("deep/cells.forest`: it is "), "{err}");
    }
    assert_eq!(fs::read(folder.path("deep/cells.forest")).unwrap(), forest);
}

#[test]
fn a_run_is_not_gone_on_with_by_another_forest() {
    let folder = with_forest();
    let run = ["run", "deep/predict.toml", "--resume"];
    // The second output fails after the first is whole.
    let lock = folder.path(".again.npy.headwater-lock");
    let stop = || {
        fs::create_dir(&lock).unwrap();
        folder.failed(&run);
        fs::remove_dir(&lock).unwrap();
    };
    stop();
    let told = folder.json(&run);
    assert_eq!(told["outputs"][0]["kept"], true);
    for name in ["shares.npy", "again.npy"] {
        fs::remove_file(folder.path(name)).unwrap();
    }
    stop();
    fs::copy(folder.path("other.forest"), folder.path("deep/cells.forest")).unwrap();
    // What is there is of the earlier forest, and nobody said that it may be replaced.
    let err = folder.failed(&run);
    assert!(err.contains("shares.npy`: it exists"), "{err}");
}

#[test]
fn images_are_added_to_a_group_of_a_store_one_after_the_other() {
    let folder = Folder::with_cells();
    folder.done(&["convert", "cells.npy", "a.zarr", "-q"]);
    fs::create_dir(folder.path("a.zarr/labels")).unwrap();
    folder.write("a.zarr/labels/zarr.json", r#"{"zarr_format": 3, "node_type": "group"}"#);
    for name in ["parts", "wholes"] {
        let place = format!("a.zarr/labels/{name}");
        folder.done(&["convert", "cells.npy", &place, "-q"]);
        assert_eq!(folder.load(&place), folder.load("cells.npy"));
    }
}

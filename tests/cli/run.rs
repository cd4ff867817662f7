//! `headwater run`: what is written, what is told of it.

use std::fs;

use expect_test::expect;
use serde_json::Value;

use crate::support::{CELLS, Folder, masked};

#[test]
fn a_pipeline_is_run_and_its_objects_are_counted() {
    let folder = Folder::with_cells();
    let told = folder.done(&["run", "cells.toml"]);
    expect![[r#"
        read      image: cells.npy, 64 x 64 (yx) u8
        written   smooth: smooth.npy, 64 x 64 (yx) f32, 16.12 KiB
        written   cells: cells.csv, 3 rows, 22 columns, 542 B
        found     3 objects (cells.csv)
        time #
        memory #
    "#]]
    .assert_eq(&masked(&told));
    assert_eq!(folder.names(), ["cells.csv", "cells.npy", "cells.toml", "smooth.npy"]);
    assert_eq!(fs::read_to_string(folder.path("cells.csv")).unwrap().lines().count(), 4);
    assert_eq!(folder.load("smooth.npy").shape(), [64, 64]);
}

#[test]
fn files_lie_relative_to_the_pipeline_unless_a_folder_or_a_place_is_given() {
    let folder = Folder::with_cells();
    fs::create_dir(folder.path("deep")).unwrap();
    for name in ["cells.toml", "cells.npy"] {
        fs::rename(folder.path(name), folder.path("deep").join(name)).unwrap();
    }
    folder.done(&["run", "deep/cells.toml", "--quiet"]);
    assert!(folder.path("deep/cells.csv").exists() && folder.path("deep/smooth.npy").exists());
    let arguments = [
        "run",
        "deep/cells.toml",
        "--out-dir",
        "new/one",
        "--output",
        "smooth=s.npy",
    ];
    folder.done(&arguments);
    assert!(folder.path("new/one/cells.csv").exists() && folder.path("s.npy").exists());
    assert_eq!(folder.names(), ["deep", "new", "s.npy"]);
}

#[test]
fn parameters_and_inputs_are_set_from_outside() {
    let folder = Folder::with_cells();
    fs::rename(folder.path("cells.npy"), folder.path("other.npy")).unwrap();
    let arguments = [
        "run",
        "cells.toml",
        "--input",
        "image=other.npy",
        "--set",
        "bright.level=1000",
    ];
    let told = folder.json(&arguments);
    assert_eq!(told["inputs"][0]["path"], "other.npy");
    assert_eq!(told["outputs"][1]["rows"], 0);
    for (set, said) in [
        (
            "smooth.sgima=2",
            "headwater: --set smooth.sgima=2: cells.toml:6:8: node `smooth`: unknown parameter `sgima`; did you mean `sigma`?",
        ),
        ("smoth.sigma=2", "unknown node `smoth`; did you mean `smooth`?"),
        ("smooth.sigma=wide", "node `smooth`, `sigma`: it takes"),
        ("sigma=2", "unknown node `sigma`"),
        ("smooth.input=bright", "unknown parameter `input`"),
    ] {
        let err = folder.failed(&["run", "cells.toml", "--set", set]);
        assert!(err.contains(said), "{err}");
    }
}

#[test]
fn the_json_report_says_what_was_read_and_written() {
    let folder = Folder::with_cells();
    let told = folder.json(&["run", "cells.toml", "--threads", "1", "--memory", "100M"]);
    assert_eq!(told["pipeline"], "cells.toml");
    let [smooth, cells] = &told["outputs"].as_array().unwrap()[..] else {
        panic!("{told}")
    };
    assert_eq!((&smooth["dtype"], &smooth["bytes"]), (&"f32".into(), &16_512.into()));
    assert_eq!((&cells["name"], &cells["rows"]), (&"cells".into(), &3.into()));
    assert!(told["seconds"].as_f64().unwrap() > 0.0 && told["kernels"].as_u64().unwrap() > 0);
}

#[test]
fn a_dry_run_tells_the_plan_and_touches_nothing() {
    let folder = Folder::with_cells();
    let told = folder.done(&["run", "cells.toml", "--dry-run", "--threads", "2"]);
    expect![[r#"
        read      image: cells.npy, 64 x 64 (yx) u8
        plan      smooth: smooth.npy, 64 x 64 (yx) f32, 1 block of 64 x 64, 1 at a time, 108.00 KiB
        plan      cells: cells.csv, a table
        bound #
    "#]]
    .assert_eq(&masked(&told));
    assert_eq!(folder.names(), ["cells.npy", "cells.toml"]);
    let told = folder.json(&["run", "cells.toml", "--dry-run", "--memory", "32M"]);
    assert_eq!(told["memory_bound"], 33 << 20);
    assert!(told.get("seconds").is_none() && told["dry_run"] == true);
}

#[test]
fn what_exists_is_replaced_only_if_the_user_or_the_pipeline_says_so() {
    let folder = Folder::with_cells();
    folder.write("smooth.npy", "mine");
    let err = folder.failed(&["run", "cells.toml"]);
    let said =
        "headwater: cells.toml:27:1: output `smooth`: cannot write `smooth.npy`: it exists; --replace replaces it\n";
    assert_eq!(err, said);
    assert_eq!(folder.names(), ["cells.npy", "cells.toml", "smooth.npy"]);
    folder.done(&["run", "cells.toml", "--replace"]);
    let replacing = CELLS.replace(".npy\"\n\n[outputs.cells", ".npy\"\nreplace = true\n\n[outputs.cells");
    folder.write("cells.toml", &replacing);
    let err = folder.failed(&["run", "cells.toml"]);
    assert!(err.contains("`cells.csv`: it exists"), "{err}");
    // Not even then what is read.
    let err = folder.failed(&["run", "cells.toml", "--replace", "--output", "smooth=./cells.npy"]);
    assert!(err.contains("`./cells.npy`: it is what is read"), "{err}");
}

#[test]
fn a_timeline_has_the_kernels_in_lanes() {
    let folder = Folder::with_cells();
    folder.done(&["run", "cells.toml", "--trace", "trace.json", "-q"]);
    let text = fs::read_to_string(folder.path("trace.json")).unwrap();
    let trace: Value = serde_json::from_str(&text).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let of = |kind: &'static str| events.iter().filter(move |event| event["ph"] == kind);
    let is_compute = |event: &&Value| {
        let name = event["args"]["name"].as_str();
        name.is_some_and(|name| name.starts_with("headwater-compute"))
    };
    let lanes: Vec<_> = of("M").filter(is_compute).map(|event| &event["tid"]).collect();
    let kernels = of("X").filter(|event| lanes.contains(&&event["tid"]));
    assert!(!lanes.is_empty() && kernels.count() > 3, "{text}");
    assert!(of("X").all(|event| event["dur"].as_f64().unwrap() >= 0.0 && event["ts"].is_f64()));
}

#[test]
fn quiet_says_nothing_and_a_node_that_nobody_needs_is_told() {
    let folder = Folder::with_cells();
    assert_eq!(folder.done(&["run", "cells.toml", "--quiet"]), "");
    let spare = "[nodes.spare]\noperator = \"Gaussian\"\ninput = \"image\"\n\n[outputs.smooth]";
    folder.write("cells.toml", &CELLS.replace("[outputs.smooth]", spare));
    let ended = folder.run(&["run", "cells.toml", "--replace"]);
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.err.starts_with("headwater: warning: cells.toml:25:"),
        "{}",
        ended.err
    );
    assert_eq!(folder.run(&["run", "cells.toml", "--replace", "-q"]).err, "");
}

#[test]
fn a_timeline_is_there_after_success_alone_and_replaces_nothing_unasked() {
    let folder = Folder::with_cells();
    folder.write("smooth.npy", "mine");
    let before = folder.names();
    let traced = ["run", "cells.toml", "--trace", "trace.json"];
    folder.failed(&traced);
    assert_eq!(folder.names(), before, "a run that fails leaves none");
    fs::remove_file(folder.path("smooth.npy")).unwrap();
    folder.write("trace.json", "mine");
    let err = folder.failed(&traced);
    assert_eq!(
        err,
        "headwater: cannot write `trace.json`: it exists; --replace replaces it\n"
    );
    assert_eq!(fs::read_to_string(folder.path("trace.json")).unwrap(), "mine");
    folder.done(&[&traced[..], &["--replace"]].concat());
    assert_ne!(fs::read_to_string(folder.path("trace.json")).unwrap(), "mine");
    for file in ["cells.npy", "smooth.npy", "new.npy"] {
        let both = [
            "run",
            "cells.toml",
            "--replace",
            "--output",
            "smooth=new.npy",
            "--trace",
            file,
        ];
        let err = folder.run(&both).err;
        let is_taken = err.contains(&format!("cannot write the timeline `{file}`: it is `"));
        assert_eq!(is_taken, file != "smooth.npy", "{err}");
    }
}

#[test]
fn a_pipeline_says_how_many_scales_there_are() {
    let folder = Folder::with_cells();
    let scaled = CELLS.replace(
        "path = \"smooth.npy\"",
        "path = \"smooth.zarr\"\nscales = 4\nchunk = [32, 32]",
    );
    folder.write("cells.toml", &scaled);
    folder.done(&["run", "cells.toml"]);
    let told = folder.json(&["info", "smooth.zarr"]);
    let lengths: Vec<_> = told["scales"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scale| &scale["shape"])
        .collect();
    assert_eq!(
        serde_json::json!(lengths),
        serde_json::json!([[64, 64], [32, 32], [16, 16], [8, 8]])
    );
    folder.write(
        "cells.toml",
        &CELLS.replace("\"smooth.npy\"", "\"smooth.npy\"\nscales = 2"),
    );
    let err = folder.failed(&["run", "cells.toml"]);
    assert!(
        err.contains("output `smooth`") && err.contains("NPY has no scales; Zarr has"),
        "{err}"
    );
}

//! `headwater convert` and `headwater info`.

use std::fs;

use expect_test::expect;
use headwater::graph::{Meta, PixelSize};
use headwater::io::Create;
use headwater::{Array, Checkpoint, DType, Shape};

use crate::support::{Folder, masked};

#[test]
fn a_part_is_cut_out_mapped_and_reordered() {
    let folder = Folder::with_cells();
    let arguments = [
        "convert",
        "cells.npy",
        "out.npy",
        "--region",
        "0..16,0..8",
        "--axes",
        "cxy",
    ];
    let told = folder.done(&[&arguments[..], &["--normalise", "auto", "--dtype", "u8"]].concat());
    expect![[r#"
        read      cells.npy, 64 x 64 (yx) u8
        written   out.npy, 1 x 8 x 16 (cxy) u8, 256 B
        time #
        memory #
    "#]]
    .assert_eq(&masked(&told));
    let out = folder.load("out.npy");
    assert_eq!((out.shape(), out.dtype()), (&[1, 8, 16][..], DType::U8));
    let out = out.view::<u8>().unwrap();
    assert_eq!((out[[0, 0, 0]], out[[0, 5, 5]]), (0, 255));
}

#[test]
fn values_are_mapped_from_and_to_ranges() {
    let folder = Folder::with_cells();
    let arguments = [
        "convert",
        "cells.npy",
        "out.npy",
        "--normalise",
        "10,110",
        "--normalise-to",
        "-1,1",
    ];
    folder.done(&[&arguments[..], &["--dtype", "f32"]].concat());
    let out = folder.load("out.npy");
    let out = out.view::<f32>().unwrap();
    assert_eq!((out[[0, 0]], out[[5, 5]]), (-1.0, 0.8));
}

#[test]
fn the_input_is_never_overwritten() {
    let folder = Folder::with_cells();
    let err = folder.failed(&["convert", "cells.npy", "./cells.npy", "--replace"]);
    assert!(err.contains("cannot write `./cells.npy`: it is what is read"), "{err}");
    folder.done(&["convert", "cells.npy", "out.npy", "--dry-run"]);
    assert_eq!(folder.names(), ["cells.npy", "cells.toml"]);
}

#[test]
fn a_file_is_described() {
    let folder = Folder::new();
    folder.save("stack.npy", &Array::full("zyx", &[8, 32, 16], 3_u16).unwrap());
    expect![[r#"
        file      stack.npy
        format    NPY
        image     8 x 32 x 16 (zyx) u16
        size      8.00 KiB, 8.12 KiB in the file
    "#]]
    .assert_eq(&folder.done(&["info", "stack.npy"]));
    let told = folder.json(&["info", "stack.npy", "--input-axes", "tyx"]);
    assert_eq!((&told["axes"], &told["dtype"]), (&"tyx".into(), &"u16".into()));
    assert_eq!((&told["bytes"], &told["file_bytes"]), (&8192.into(), &8320.into()));
    assert!(told["pixel_size"].is_null() && told["channels"].as_array().unwrap().is_empty());
}

/// The image has damage that only reading finds.
#[test]
fn a_dry_run_reads_no_pixel() {
    let folder = Folder::with_cells();
    folder.done(&["convert", "cells.npy", "cells.zarr", "-q", "--scales", "1"]);
    fs::write(folder.path("cells.zarr/0/c/0/0"), "damaged").unwrap();
    let convert = [
        "convert",
        "cells.zarr",
        "out.npy",
        "--normalise",
        "auto",
        "--dtype",
        "u8",
    ];
    let told = folder.json(&[&convert[..], &["--dry-run"]].concat());
    assert_eq!(told["outputs"][0]["dtype"], "u8");
    assert!(folder.failed(&convert).contains("cells.zarr"));
}

#[test]
fn an_image_is_described_with_its_scales() {
    let folder = Folder::with_cells();
    let size = |size| PixelSize {
        size,
        unit: "micrometer".into(),
    };
    let image = Array::full("zyx", &[4, 40, 64], 3_u16).unwrap();
    let meta = Meta::of(&image)
        .with_pixel_size([size(2.0), size(0.5), size(0.5)])
        .unwrap();
    let create = Create::new().chunk(Shape::from([4, 16, 16]));
    let sink = create
        .create(folder.path("cells.zarr").to_str().unwrap(), &meta)
        .unwrap();
    sink.write_region(&meta.roi(), &image, &Checkpoint::never()).unwrap();
    sink.finish(&Checkpoint::never()).unwrap();
    expect![[r#"
        file      cells.zarr
        format    Zarr
        image     4 x 40 x 64 (zyx) u16
        chunks    4 x 16 x 16
        pixels    z 2 micrometer, y 0.5 micrometer, x 0.5 micrometer
        size      20.00 KiB
        scale     0: 4 x 40 x 64 (zyx) u16, pixels z 2 micrometer, y 0.5 micrometer, x 0.5 micrometer
        scale     1: 2 x 20 x 32 (zyx) u16, pixels z 4 micrometer, y 1 micrometer, x 1 micrometer
        scale     2: 1 x 10 x 16 (zyx) u16, pixels z 8 micrometer, y 2 micrometer, x 2 micrometer
    "#]]
    .assert_eq(&folder.done(&["info", "cells.zarr"]));
    let told = folder.json(&["info", "cells.zarr"]);
    let scale = &told["scales"][1];
    assert_eq!(
        (&scale["name"], &scale["shape"]),
        (&"1".into(), &serde_json::json!([2, 20, 32]))
    );
    assert_eq!(
        scale["pixel_size"][0],
        serde_json::json!({ "size": 4.0, "unit": "micrometer" })
    );
}

#[test]
fn the_images_of_a_container_are_listed() {
    let folder = Folder::with_cells();
    fs::create_dir(folder.path("run.zarr")).unwrap();
    folder.write(
        "run.zarr/zarr.json",
        r#"{"zarr_format":3,"node_type":"group","attributes":{"ome":{"labels":["mask","raw","worse"]}}}"#,
    );
    folder.done(&["convert", "cells.npy", "run.zarr/raw.zarr", "-q"]);
    folder.done(&[
        "convert",
        "cells.npy",
        "run.zarr/mask",
        "-q",
        "--dtype",
        "bool",
        "--format",
        "zarr",
    ]);
    fs::rename(folder.path("run.zarr/raw.zarr"), folder.path("run.zarr/raw")).unwrap();
    fs::create_dir(folder.path("run.zarr/worse")).unwrap();
    folder.write("run.zarr/worse/zarr.json", "{");
    let told = folder.done(&["info", "run.zarr"]);
    let (told, worse) = told.trim_end().rsplit_once('\n').unwrap();
    expect![[r#"
        file      run.zarr
        format    Zarr
        holds     run.zarr/mask: 64 x 64 (yx) bool, pixels y 1, x 1
        holds     run.zarr/raw: 64 x 64 (yx) u8, pixels y 1, x 1"#]]
    .assert_eq(told);
    assert!(
        worse.starts_with("holds     run.zarr/worse: cannot read `run.zarr/worse`: "),
        "{worse}"
    );
    let told = folder.json(&["info", "run.zarr"]);
    let images = told["images"].as_array().unwrap();
    assert_eq!((images.len(), &images[0]["name"]), (3, &"run.zarr/mask".into()));
    assert!(told.get("shape").is_none() && images[2]["error"].is_string());
    // An image of its own, and the only member of an archive, have nothing to list.
    folder.done(&["convert", "cells.npy", "one.npz", "-q"]);
    for file in ["run.zarr/raw", "one.npz"] {
        assert!(folder.json(&["info", file]).get("images").is_none());
    }
    // Where none of what is listed can be opened, that is a failure.
    let error = folder.failed(&["info", "one.npz", "--input-axes", "zyx"]);
    assert!(error.contains("one.npz") && error.contains("zyx"), "{error}");
}

//! `headwater convert` and `headwater info`.

use expect_test::expect;
use headwater::{Array, DType};

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

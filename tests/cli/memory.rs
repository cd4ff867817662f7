//! What a run takes in memory, by the system's own figure.

use std::fs::{self, File};
use std::io::Write as _;

use serde_json::json;

use crate::support::Folder;

/// Small enough for a build that is not optimised, and large enough that a tenth of it is more than what threads and allocator
/// do by chance.
const BUDGET: u64 = 16 << 20;

const SMOOTH: &str = r#"
version = 1
inputs.image = {}
nodes.smooth = { operator = "Gaussian", input = "image", sigma = 0.6, axes = "yx" }
outputs.smooth = { from = "smooth", path = "smooth.zarr", dtype = "u16", scales = 1, replace = true }
"#;

/// The most that `command` takes with the budget. What it reads is `IN`.
fn peak(folder: &Folder, command: &[&str], input: &str) -> u64 {
    let command: Vec<_> = command.iter().map(|word| word.replace("IN", input)).collect();
    let words: Vec<_> = command.iter().map(|word| &**word).collect();
    let limits = ["--memory", "16M", "--threads", "2", "--replace"];
    let told = folder.json(&[&words[..], &limits].concat());
    told["peak_bytes"].as_u64().unwrap()
}

/// A run on `large` takes no more than the budget and a tenth beside what it takes on `tiny`: code, threads, stacks.
fn check(folder: &Folder, command: &[&str], large: &str, tiny: &str) {
    let (own, all) = (peak(folder, command, tiny), peak(folder, command, large));
    let taken = all.saturating_sub(own);
    eprintln!("{command:?}: {:.2} of the budget", taken as f64 / BUDGET as f64);
    assert!(
        taken <= BUDGET + BUDGET / 10,
        "{command:?} takes {taken}, and {own} for itself"
    );
}

/// A Zarr of bytes without a single chunk: they are zeros.
fn empty_zarr(folder: &Folder, name: &str, shape: [usize; 3]) {
    let described = json!({
        "zarr_format": 3, "node_type": "array", "shape": shape, "data_type": "uint16", "fill_value": 0,
        "chunk_grid": { "name": "regular", "configuration": { "chunk_shape": [16, 128, 128] } },
        "chunk_key_encoding": { "name": "default", "configuration": { "separator": "/" } },
        "codecs": [{ "name": "bytes", "configuration": { "endian": "little" } }],
        "dimension_names": ["z", "y", "x"],
    });
    fs::create_dir(folder.path(name)).unwrap();
    folder.write(&format!("{name}/zarr.json"), &described.to_string());
}

/// An NPY of noise, which no compression makes smaller.
fn noisy_npy(folder: &Folder, name: &str, [z, y, x]: [usize; 3]) {
    let mut head = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    head.extend(format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({z}, {y}, {x}), }}").bytes());
    head.resize(127, b' ');
    head.push(b'\n');
    let mut state = 1_u32;
    let noise: Vec<u8> = (0..(1 << 20) + 7)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    let mut file = File::create(folder.path(name)).unwrap();
    file.write_all(&head).unwrap();
    let mut left = z * y * x;
    while left > 0 {
        let piece = left.min(noise.len());
        file.write_all(&noise[..piece]).unwrap();
        left -= piece;
    }
}

#[test]
fn an_npy_larger_than_memory_becomes_a_zarr() {
    let folder = Folder::new();
    noisy_npy(&folder, "large.npy", [128, 1024, 1024]);
    noisy_npy(&folder, "tiny.npy", [4, 8, 8]);
    check(
        &folder,
        &["convert", "IN", "out.zarr", "--scales", "2"],
        "large.npy",
        "tiny.npy",
    );
}

#[test]
fn a_zarr_larger_than_memory_is_smoothed_into_another() {
    let folder = Folder::new();
    empty_zarr(&folder, "large.zarr", [32, 1024, 1024]);
    empty_zarr(&folder, "tiny.zarr", [4, 8, 8]);
    folder.write("smooth.toml", SMOOTH);
    check(
        &folder,
        &["run", "smooth.toml", "--input", "image=IN"],
        "large.zarr",
        "tiny.zarr",
    );
}

#[test]
fn a_tiff_larger_than_memory_is_written_and_becomes_a_zarr() {
    let folder = Folder::new();
    empty_zarr(&folder, "large.zarr", [32, 1024, 1024]);
    empty_zarr(&folder, "tiny.zarr", [4, 8, 8]);
    let deflated = ["convert", "IN", "OUT.tif", "--compression", "deflate"];
    check(&folder, &deflated, "large.zarr", "tiny.zarr");
    fs::rename(folder.path("OUT.tif"), folder.path("large.tif")).unwrap();
    folder.done(&["convert", "tiny.zarr", "tiny.tif", "-q"]);
    check(
        &folder,
        &["convert", "IN", "out.zarr", "--scales", "1"],
        "large.tif",
        "tiny.tif",
    );
}

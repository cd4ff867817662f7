//! The peak of a run against its budget.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

const BUDGET: u64 = 64 << 20;
/// At most so many times the budget.
const GOAL: f64 = 1.1;

const SMOOTH: &str = r#"
version = 1
inputs.image = {}
nodes.smooth = { operator = "Gaussian", input = "image", sigma = 2.0 }
outputs.smooth = { from = "smooth", path = "smooth.zarr", dtype = "u16", replace = true }
"#;

/// Prints budget, peak and their ratio.
pub(crate) fn row(folder: &Path) {
    fs::write(folder.join("smooth.toml"), SMOOTH).expect("our pipeline");
    let tiny = peak(folder, "tiny.zarr", [8, 8, 8]);
    let large = peak(folder, "large.zarr", [512, 1024, 1024]);
    let taken = large.saturating_sub(tiny);
    let ratio = taken as f64 / BUDGET as f64;
    let verdict = if ratio <= GOAL { "met" } else { "MISSED" };
    println!(
        "{:28} {:>9} {:>9} | {:>6} {:>19}",
        "MiB", "budget", "peak", "ratio", "goal"
    );
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!(
        "{:28} {:>9.1} {:>9.1} | {ratio:>6.2} {GOAL:>19} {verdict}\n",
        "1 GiB, smoothed",
        mib(BUDGET),
        mib(taken)
    );
}

/// The most that a run takes for a Zarr of that shape, which has no chunks: they are zeros.
fn peak(folder: &Path, name: &str, shape: [usize; 3]) -> u64 {
    let described = json!({
        "zarr_format": 3, "node_type": "array", "shape": shape, "data_type": "uint16", "fill_value": 0,
        "chunk_grid": { "name": "regular", "configuration": { "chunk_shape": [64, 64, 64] } },
        "chunk_key_encoding": { "name": "default", "configuration": { "separator": "/" } },
        "codecs": [{ "name": "bytes", "configuration": { "endian": "little" } }],
        "dimension_names": ["z", "y", "x"],
    });
    fs::create_dir_all(folder.join(name)).expect("a folder for our image");
    fs::write(folder.join(name).join("zarr.json"), described.to_string()).expect("our image");
    let output = Command::new(env!("CARGO_BIN_EXE_headwater"))
        .args([
            "run",
            "smooth.toml",
            "--threads",
            "2",
            "--memory",
            "64M",
            "--json",
            "--input",
        ])
        .arg(format!("image={name}"))
        .current_dir(folder)
        .output()
        .expect("our program");
    let told: Value = serde_json::from_slice(&output.stdout).expect("a report");
    told["peak_bytes"].as_u64().expect("the system tells the peak")
}

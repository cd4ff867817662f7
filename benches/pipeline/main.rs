//! A real analysis from a file to files: the pipeline of `examples/data/nuclei.toml`, run by the program, against the same steps in
//! SciPy and scikit-image.
//!
//! The load is the fluorescence image that the package carries, and that image mirrored to sixteen times its size. Ours is the whole
//! process, its start included; of Python's, neither the start nor the imports count. Both have two threads. Each row times both
//! in turn; a goal is met if the worse quartile meets it.
//!
//! Before that, what the program takes in memory for an image of a gigabyte that it smooths, beside what it takes for one of a few
//! pixels: at most the budget and a tenth.
//!
//! `cargo bench --features cli --bench pipeline [ROUNDS]`, with `HEADWATER_PYTHON` naming a Python that has
//! `benches/pipeline/requirements.txt`.

mod memory;
#[path = "../support/python.rs"]
mod python;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use headwater::graph::Meta;
use headwater::io::{Create, open};
use headwater::{Array, Checkpoint, Error};

use self::python::Python;

/// At least so many times faster.
const GOAL: f64 = 3.0;
/// How often the image is repeated along each axis.
const TIMES: usize = 4;

fn main() -> Result<(), Error> {
    let rounds = std::env::args().filter_map(|argument| argument.parse().ok()).next();
    let rounds = rounds.unwrap_or(7);
    let folder = tempfile::tempdir()?;
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/nuclei_2d.tif");
    let large = folder.path().join("large.tif");
    mirrored(sample, &large)?;
    println!("{rounds} rounds, 2 threads\n");
    memory::row(folder.path());
    println!(
        "{:28} {:>9} {:>9} | {:>6} {:>13} {:>5}",
        "ms, medians", "ours", "peer", "ratio", "quartiles", "goal"
    );
    let Some(mut peer) = Python::start("benches/pipeline/peer.py") else {
        println!("there is no Python: left out");
        return Ok(());
    };
    for (name, image) in [
        ("nuclei, 512 x 512", Path::new(sample)),
        ("nuclei, 2048 x 2048", &large),
    ] {
        row(name, image, folder.path(), rounds, &mut peer);
    }
    Ok(())
}

/// The image at `sample` and its mirrors, so that no nucleus is cut where they meet.
fn mirrored(sample: &str, large: &Path) -> Result<(), Error> {
    let never = Checkpoint::never();
    let source = open(sample)?;
    let image = source.read(&source.meta().roi(), &never)?;
    let small = image.view::<u16>()?;
    let (height, width) = (image.shape()[0], image.shape()[1]);
    let place = |at: usize, length: usize| match (at / length).is_multiple_of(2) {
        true => at % length,
        false => length - 1 - at % length,
    };
    let shape = [height * TIMES, width * TIMES];
    let pixels = (0..shape[0] * shape[1]).map(|n| small[[place(n / shape[1], height), place(n % shape[1], width)]]);
    let whole = Array::from_vec("yx", &shape, pixels.collect())?;
    let sink = Create::new().create(&large.to_string_lossy(), &Meta::of(&whole))?;
    sink.write_region(&Meta::of(&whole).roi(), &whole, &never)?;
    sink.finish(&never).map(drop)
}

fn row(name: &str, image: &Path, folder: &Path, rounds: usize, peer: &mut Python) {
    let warm = (ours(image, folder), theirs(peer, image, folder));
    let Ok((_, found)) = warm.1 else {
        println!(
            "{name:28} SciPy and scikit-image are not installed: left out ({})",
            warm.1.unwrap_err()
        );
        return;
    };
    let pairs: Vec<(f64, f64)> = (0..rounds)
        .filter_map(|_| Some((ours(image, folder).0, theirs(peer, image, folder).ok()?.0)))
        .collect();
    let ratios = pairs.iter().map(|(ours, theirs)| theirs / ours).collect();
    let [low, middle, high] = quartiles(ratios);
    let [_, own, _] = quartiles(pairs.iter().map(|pair| pair.0).collect());
    let [_, their, _] = quartiles(pairs.iter().map(|pair| pair.1).collect());
    let verdict = if low >= GOAL { "met" } else { "MISSED" };
    println!("{name:28} {own:>9.1} {their:>9.1} | {middle:>6.2} {low:>6.2}-{high:>6.2} {GOAL:>5} {verdict}");
    println!("{:28} {:>9} {:>9}", "    nuclei found", warm.0.1, found);
}

/// Milliseconds of a run of the program, and how many nuclei it found.
fn ours(image: &Path, folder: &Path) -> (f64, usize) {
    let out = folder.join("ours");
    let _ = std::fs::remove_dir_all(&out);
    std::fs::create_dir_all(&out).expect("a folder for our files");
    let pipeline = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/nuclei.toml");
    let begin = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_headwater"))
        .args(["run", pipeline, "--quiet", "--threads", "2", "--out-dir"])
        .arg(&out)
        .arg("--input")
        .arg(format!("image={}", image.display()))
        .status()
        .expect("our program");
    let took = begin.elapsed().as_secs_f64() * 1e3;
    assert!(status.success(), "the pipeline failed");
    let table = std::fs::read_to_string(out.join("nuclei.csv")).expect("our table");
    (took, table.lines().count() - 1)
}

/// Milliseconds of a run of the peer's pipeline, and how many nuclei it found.
fn theirs(peer: &mut Python, image: &Path, folder: &Path) -> Result<(f64, usize), String> {
    let out = folder.join("theirs");
    let _ = std::fs::remove_dir_all(&out);
    std::fs::create_dir_all(&out).expect("a folder for the peer's files");
    let answer = peer.ask(&format!("{} {}", image.display(), out.display()));
    let answer = answer.ok_or("it is gone")?;
    let mut words = answer.split_whitespace();
    let took = words.next().and_then(|word| word.parse::<f64>().ok());
    let found = words.next().and_then(|word| word.parse().ok());
    Ok((took.ok_or(&*answer)? / 1e6, found.ok_or(&*answer)?))
}

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1) as f64;
    [0.25, 0.5, 0.75].map(|at| values.get((at * last).round() as usize).copied().unwrap_or(f64::NAN))
}

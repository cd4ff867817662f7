//! TIFF beside tifffile: a stack of 2048 x 2048 x 32 samples of 16 bits as OME-TIFF, as a light-sheet microscope writes it.
//!
//! Both read and write the same samples in tiles of 256 x 256, with all processors, to and from the cache of the system. tifffile
//! runs where `HEADWATER_PYTHON` names a Python that has it, with imagecodecs.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use headwater::graph::Meta;
use headwater::io::{Compression, Create, open};
use headwater::{Array, Checkpoint};

const SHAPE: [usize; 3] = [32, 2048, 2048];
const ROUNDS: usize = 3;

/// Writes and reads each file as often as ours; prints "NAME SECONDS" for the best of each.
const PEER: &str = r#"
import os, sys, time
import numpy as np, tifffile
folder, rounds = sys.argv[1], int(sys.argv[2])
image = np.fromfile(folder + '/samples', np.uint16).reshape(32, 2048, 2048)
workers = os.cpu_count()
def best(work):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
path = folder + '/peer.ome.tif'
deflate = dict(compression='zlib', compressionargs={'level': 6}, predictor=2, tile=(256, 256))
for name, options in [('none', {}), ('deflate', deflate)]:
    seconds = best(lambda: tifffile.imwrite(path, image, ome=True, metadata={'axes': 'ZYX'}, maxworkers=workers, **options))
    print('write', name, seconds, os.path.getsize(path))
    seconds = best(lambda: tifffile.imread(path, maxworkers=workers))
    print('read', name, seconds, os.path.getsize(path))
"#;

/// Prints the table.
pub(crate) fn run() {
    let folder = tempfile::tempdir().unwrap();
    let image = samples();
    let bytes: Vec<u8> = image
        .view::<u16>()
        .unwrap()
        .iter()
        .flat_map(|sample| sample.to_ne_bytes())
        .collect();
    std::fs::write(folder.path().join("samples"), &bytes).unwrap();
    let mut rows = Vec::new();
    let path = folder.path().join("ours.ome.tif");
    for (name, compression) in [("none", Compression::None), ("deflate", Compression::Deflate(6))] {
        let create = Create::new().compression(compression).replace(true);
        let write = best(|| write(&create, &path, &image));
        let length = std::fs::metadata(&path).unwrap().len();
        let read = best(|| assert_eq!(read(&path).shape(), image.shape()));
        assert_eq!(read_one(&path), image);
        rows.extend([
            (format!("write {name}"), write, length),
            (format!("read {name}"), read, length),
        ]);
    }
    let peer = peer(folder.path());
    for (name, seconds, length) in rows {
        let theirs = peer.iter().find(|(own, ..)| *own == name);
        let speed = |seconds: f64| bytes.len() as f64 / seconds / 1e6;
        let beside = theirs.map_or("tifffile left out".to_owned(), |(_, theirs, length)| {
            let (ratio, megabytes) = (theirs / seconds, *length as f64 / 1e6);
            format!(
                "tifffile {:>6.0} MB/s {megabytes:>6.1} MB  ratio {ratio:.2}",
                speed(*theirs)
            )
        });
        println!(
            "tiff {name:<14} {:>6.0} MB/s {:>6.1} MB  {beside}",
            speed(seconds),
            length as f64 / 1e6
        );
    }
}

/// Nuclei-like: a slow wave with the noise of a camera.
fn samples() -> Array {
    let [depth, height, width] = SHAPE;
    let mut state = 1_u64;
    let mut samples = Vec::with_capacity(depth * height * width);
    for z in 0..depth {
        for y in 0..height {
            let row = (y as f64 / 40.0 + z as f64).sin();
            for x in 0..width {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let noise = (state >> 59) as u16;
                samples.push((1000.0 + 400.0 * row * (x as f64 / 60.0).sin()) as u16 + noise);
            }
        }
    }
    Array::from_vec("zyx", &SHAPE, samples).unwrap()
}

fn in_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().build().unwrap();
    pool.install(work)
}

fn write(create: &Create, path: &Path, image: &Array) {
    in_pool(|| {
        let never = Checkpoint::never();
        let meta = Meta::of(image);
        let sink = create.create(path.to_str().unwrap(), &meta).unwrap();
        sink.write_region(&meta.roi(), image, &never).unwrap();
        sink.finish(&never).unwrap();
    });
}

fn read(path: &Path) -> Array {
    in_pool(|| read_one(path))
}

fn read_one(path: &Path) -> Array {
    let source = open(path.to_str().unwrap()).unwrap();
    source.read(&source.meta().roi(), &Checkpoint::never()).unwrap()
}

fn best(mut work: impl FnMut()) -> f64 {
    let round = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

/// Name, seconds and length of the file of each of tifffile's rows.
fn peer(folder: &Path) -> Vec<(String, f64, u64)> {
    let Ok(python) = std::env::var("HEADWATER_PYTHON") else {
        return Vec::new();
    };
    let done = Command::new(python)
        .args(["-c", PEER])
        .arg(folder)
        .arg(ROUNDS.to_string())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8(done.stdout).unwrap();
    let row = |line: &str| {
        let words: Vec<_> = line.split(' ').collect();
        (
            words[..2].join(" "),
            words[2].parse().unwrap(),
            words[3].parse().unwrap(),
        )
    };
    text.lines().map(row).collect()
}

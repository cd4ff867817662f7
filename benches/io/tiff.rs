//! OME-TIFF beside tifffile: a stack of 32 pages of 2048², as a light-sheet microscope writes it.

use std::path::Path;

use headwater::graph::Meta;
use headwater::io::{Compression, Create, open};
use headwater::{Array, Checkpoint};
use rayon::ThreadPool;

use crate::peers::Peers;
use crate::table::{Bench, Goal, time};

const SHAPE: [usize; 3] = [32, 2048, 2048];
const BYTES: usize = SHAPE[0] * SHAPE[1] * SHAPE[2] * 2;
const GOAL: Goal = Goal {
    than: "tifffile",
    by: 1.0,
};

pub(crate) fn rows(bench: &Bench, pool: &ThreadPool, peers: &Peers) {
    let kinds = [("none", Compression::None), ("deflate", Compression::Deflate(6))];
    let name = |verb: &str, kind: &str| format!("tiff {verb}, {kind}");
    if !kinds
        .iter()
        .any(|(kind, _)| bench.wants(&name("read", kind)) || bench.wants(&name("write", kind)))
    {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the stack");
    let at = |name: &str| folder.path().join(name).to_str().expect("a path in UTF-8").to_owned();
    let (image, raw) = (samples(), at("raw"));
    let view = image.view::<u16>().expect("u16");
    std::fs::write(&raw, bytemuck::cast_slice(view.as_slice().expect("C order"))).expect("room");
    for (kind, compression) in kinds {
        let (ours, theirs) = (at("ours.ome.tif"), at("peer.ome.tif"));
        let create = Create::new().compression(compression).replace(true);
        bench.against(
            &name("write", kind),
            BYTES,
            &GOAL,
            || write(&create, Path::new(&ours), &image, pool),
            || peers.time(&format!("tifffile_write {theirs} {raw} {kind}")),
        );
        // Each reads what it would be given: its own file, in tiles of 256² if it is compressed.
        write(&create, Path::new(&ours), &image, pool);
        let _ = peers.time(&format!("tifffile_write {theirs} {raw} {kind}"));
        bench.against(
            &name("read", kind),
            BYTES,
            &GOAL,
            || read(&ours, pool),
            || peers.time(&format!("tifffile_read {theirs}")),
        );
    }
}

/// A slow wave with the noise of a camera.
fn samples() -> Array {
    let mut state = 1_u64;
    let [_, height, width] = SHAPE;
    let sample = |n: usize| {
        let (z, y, x) = (n / (height * width), n / width % height, n % width);
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let wave = (y as f64 / 40.0 + z as f64).sin() * (x as f64 / 60.0).sin();
        (1000.0 + 400.0 * wave) as u16 + (state >> 59) as u16
    };
    Array::from_vec("zyx", &SHAPE, (0..BYTES / 2).map(sample).collect()).expect("a stack")
}

fn write(create: &Create, path: &Path, image: &Array, pool: &ThreadPool) -> f64 {
    let (never, meta) = (Checkpoint::never(), Meta::of(image));
    time(|| {
        let sink = create.create(&path.to_string_lossy(), &meta).expect("a new file");
        pool.install(|| sink.write_region(&meta.roi(), image, &never))
            .expect("written");
        sink.finish(&never).expect("finished");
    })
}

fn read(path: &str, pool: &ThreadPool) -> f64 {
    let mut image = None;
    let taken = time(|| {
        let source = open(path).expect("the file");
        let roi = source.meta().roi();
        image = Some(
            pool.install(|| source.read(&roi, &Checkpoint::never()))
                .expect("the stack"),
        );
    });
    assert_eq!(image.map(|image| image.len()), Some(BYTES / 2));
    taken
}

//! Zarr version 3, 64³ chunks, Zstandard of level 1: ours, `zarrs` by hand, tensorstore.

use std::cell::Cell;
use std::fs;
use std::process::Command;
use std::sync::Arc;

use headwater::graph::Meta;
use headwater::io::{Create, open};
use headwater::{Array, Checkpoint, DType, Roi, Shape};
use rayon::ThreadPool;
use zarrs::array::codec::ZstdCodec;
use zarrs::array::{ArrayBuilder, data_type};
use zarrs::filesystem::FilesystemStore;

use crate::peers::Peers;
use crate::table::{Bench, Goal, time};

const SIDE: usize = 512;
const CHUNK: usize = 64;
const BYTES: usize = SIDE * SIDE * SIDE * 2;

pub(crate) fn rows(bench: &Bench, pool: &ThreadPool, peers: &Peers) {
    let names = ["zarr read", "zarr write, synced", "zarr write"];
    if !names.iter().any(|name| bench.wants(name)) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the volume");
    let at = |name: &str| folder.path().join(name).to_str().expect("a path in UTF-8").to_owned();
    let (image, raw) = (volume(), at("raw"));
    fs::write(
        &raw,
        bytemuck::cast_slice(image.view::<u16>().expect("u16").as_slice().expect("C order")),
    )
    .expect("room");
    let path = at("read.zarr");
    write_ours(&path, &image, pool, false);

    let tensorstore = |by| Goal {
        than: "tensorstore",
        by,
    };
    let zarrs = |by| Goal {
        than: "zarrs by hand",
        by,
    };
    let read = || read(&path, pool);
    bench.against("zarr read", BYTES, &tensorstore(1.5), read, || {
        peers.time(&format!("tensorstore_read {path}"))
    });
    bench.against("zarr read", BYTES, &zarrs(1.0), read, || Some(zarrs_read(&path, pool)));

    // Never where something has just been removed: ext4 looks at each number of a removed file before it makes a new one.
    let number = Cell::new(0);
    let new = |name: &str| at(&format!("{name}{}.zarr", number.replace(number.get() + 1)));
    let write = |sync: &str| {
        peers.time(&format!(
            "tensorstore_write {} {raw} {SIDE} {CHUNK} {sync}",
            new("peer")
        ))
    };
    let ours = |durable| write_ours(&new("ours"), &image, pool, durable);
    bench.against("zarr write", BYTES, &tensorstore(1.2), || ours(false), || write("no"));
    bench.against(
        "zarr write",
        BYTES,
        &zarrs(1.0),
        || ours(false),
        || Some(zarrs_write(&new("zarrs"), &image, pool)),
    );
    bench.against(
        "zarr write, synced",
        BYTES,
        &tensorstore(1.2),
        || ours(true),
        || write("sync"),
    );
}

/// A smooth field with the noise of a camera.
fn volume() -> Array {
    let mut state = 1_u64;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state & 0xff) as u16
    };
    let value = |n: usize| {
        let (z, y, x) = ((n / (SIDE * SIDE)) as f32, (n / SIDE % SIDE) as f32, (n % SIDE) as f32);
        (1000.0 + 500.0 * (z * 0.05).sin() * (y * 0.03).cos() * (x * 0.04).sin()) as u16
    };
    let samples = (0..SIDE * SIDE * SIDE).map(|n| value(n) + noise()).collect();
    Array::from_vec("zyx", &[SIDE; 3], samples).expect("a volume")
}

fn read(path: &str, pool: &ThreadPool) -> f64 {
    let source = open(path).expect("the store");
    let roi = source.meta().roi();
    let mut image = None;
    let taken = time(|| {
        image = Some(
            pool.install(|| source.read(&roi, &Checkpoint::never()))
                .expect("the volume"),
        )
    });
    assert_eq!(image.map(|image| image.dtype()), Some(DType::U16));
    taken
}

fn write_ours(path: &str, image: &Array, pool: &ThreadPool, durable: bool) -> f64 {
    settle();
    let (roi, never) = (Roi::full([SIDE; 3]), Checkpoint::never());
    let create = Create::new().ome(false).chunk(Shape::from([CHUNK; 3])).durable(durable);
    time(|| {
        let sink = create.create(path, &Meta::of(image)).expect("a new store");
        pool.install(|| sink.write_region(&roi, image, &never))
            .expect("written");
        sink.finish(&never).expect("finished");
    })
}

/// Lets the disk end what the one before has begun.
fn settle() {
    let synced = Command::new("sync").status();
    assert!(synced.is_ok_and(|status| status.success()), "`sync` failed");
}

fn zarrs_read(path: &str, pool: &ThreadPool) -> f64 {
    let store = Arc::new(FilesystemStore::new(path).expect("a store"));
    let array = zarrs::array::Array::open(store, "/").expect("an array");
    let all = array.subset_all();
    let mut samples = Vec::new();
    let taken = time(|| {
        samples = pool
            .install(|| array.retrieve_array_subset::<Vec<u16>>(&all))
            .expect("the volume")
    });
    assert_eq!(samples.len(), SIDE * SIDE * SIDE);
    taken
}

fn zarrs_write(path: &str, image: &Array, pool: &ThreadPool) -> f64 {
    settle();
    let view = image.view::<u16>().expect("u16");
    let samples = view.as_slice().expect("C order");
    time(|| {
        let store = Arc::new(FilesystemStore::new(path).expect("a store"));
        let mut builder = ArrayBuilder::new(vec![SIDE as u64; 3], vec![CHUNK as u64; 3], data_type::uint16(), 0_u16);
        builder.bytes_to_bytes_codecs(vec![Arc::new(ZstdCodec::new(1, false))]);
        let array = builder.build(store, "/").expect("an array");
        array.store_metadata().expect("its metadata");
        let all = array.subset_all();
        pool.install(|| array.store_array_subset(&all, samples))
            .expect("the volume");
    })
}

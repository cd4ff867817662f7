use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use headwater::graph::{Graph, Meta};
use headwater::io::{Create, ImageSource, Limit, Open, open};
use headwater::{Array, Checkpoint, DType, Runtime, Shape, roi};

use super::server::{Answer, Request, Server, content};
use crate::support::{image, load, save};

/// A server that has what a folder has, with ranges.
pub(crate) fn serving(folder: &tempfile::TempDir) -> Server {
    let root = folder.path().to_owned();
    Server::new(move |request| file(request, root.join(&request.path)))
}

fn file(request: &Request, path: PathBuf) -> Answer {
    match fs::read(path) {
        Ok(bytes) => content(request, &bytes, &[]),
        Err(_) => Answer::Plain(404, Vec::new(), b"no such file".to_vec()),
    }
}

pub(crate) fn saved(folder: &tempfile::TempDir, name: &str, create: &Create, image: &Array) {
    let path = folder.path().join(name);
    save(create, path.to_str().unwrap(), image, &Meta::of(image)).unwrap();
}

#[test]
fn images_of_a_web_server_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("zyx", &[10, 37, 50], DType::I16);
    let chunks = Create::new().chunk(Shape::from([2, 8, 9]));
    saved(&folder, "a.zarr", &chunks, &image);
    saved(
        &folder,
        "b.zarr",
        &chunks.clone().shard(Shape::from([4, 16, 27])),
        &image,
    );
    saved(&folder, "my samples.npy", &Create::new(), &image);
    saved(&folder, "a.raw", &Create::new(), &image);
    let server = serving(&folder);
    for name in [
        "a.zarr",
        "a.zarr/0",
        "b.zarr",
        "my samples.npy",
        "my%20samples.npy",
        "a.raw",
    ] {
        let url = server.url(name);
        assert_eq!(load(&url).unwrap(), image, "{url}");
        let roi = roi![1..9, 30..33, 1..50];
        let part = open(&url).unwrap().read(&roi, &Checkpoint::never()).unwrap();
        assert_eq!(part, image.slice(&roi).unwrap(), "{url}");
    }
    let error = load(&server.url("none.npy")).unwrap_err().report();
    assert!(error.ends_with("/none.npy`: there is no such object"), "{error}");
    let error = Create::new()
        .create(&server.url("new.zarr"), &Meta::of(&image))
        .err()
        .unwrap()
        .report();
    assert!(error.contains("http(s) is read, not written"), "{error}");
}

#[test]
fn chunks_of_a_region_are_fetched_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("zyx", &[8, 64, 64], DType::U16);
    saved(
        &folder,
        "a.zarr",
        &Create::new().ome(false).chunk(Shape::from([2, 16, 16])),
        &image,
    );
    let sharded = Create::new()
        .ome(false)
        .chunk(Shape::from([2, 8, 8]))
        .shard(Shape::from([2, 16, 16]));
    saved(&folder, "b.zarr", &sharded, &image);
    let server = serving(&folder);
    let runtime = Runtime::builder().compute_threads(1).build().unwrap();
    for name in ["a.zarr", "b.zarr"] {
        let graph = Graph::on(&runtime);
        let source = graph.add(ImageSource::open(&server.url(name)).unwrap());
        server.wait_for(16, Duration::from_secs(10));
        let found = source.output.request(roi![0..8, 0..64, 0..64]).wait().unwrap();
        assert_eq!(found, image);
        assert!((16..=32).contains(&server.most()), "{name}: {}", server.most());
        server.wait_for(0, Duration::ZERO);
    }
}

#[test]
fn what_is_under_way_keeps_within_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("yx", &[1024, 1024], DType::U16);
    let create = Create::new().ome(false).chunk(Shape::from([128, 128]));
    saved(&folder, "a.zarr", &create, &image);
    let server = serving(&folder);
    // A chunk takes up to 96 KiB; a quarter of this limit has room for some twenty of 64.
    let source = Open::new()
        .limit(Limit::bytes(8 << 20))
        .open(&server.url("a.zarr"))
        .unwrap();
    let whole = source.meta().roi();
    assert!(source.scratch(&whole) <= 8 << 20, "{}", source.scratch(&whole));
    server.wait_for(64, Duration::from_millis(300));
    assert_eq!(source.read(&whole, &Checkpoint::never()).unwrap(), image);
    assert!((8..28).contains(&server.most()), "{}", server.most());
}

#[test]
fn a_piece_that_is_longer_than_the_window_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let image = Array::zeros("yx", &[2048, 2048], DType::U16).unwrap();
    let create = Create::new().ome(false).chunk(Shape::from([2048, 2048]));
    saved(&folder, "a.zarr", &create, &image);
    let server = serving(&folder);
    let scratch = |limit| {
        let source = Open::new().limit(Limit::bytes(limit)).open(&server.url("a.zarr"));
        source.unwrap().scratch(&roi![0..2048, 0..2048])
    };
    // One transfer is let through, however small its share of the limit is.
    assert_eq!(scratch(30 << 20), scratch(1 << 30));
}

#[test]
fn it_waits_on_threads_that_may_and_on_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("yx", &[20, 20], DType::U8);
    saved(&folder, "a.zarr", &Create::new(), &image);
    let server = serving(&folder);
    let url = server.url("a.zarr");

    let service = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let found = service.block_on(async {
        let url = url.clone();
        tokio::spawn(async move { load(&url) }).await.unwrap()
    });
    assert_eq!(found.unwrap(), image);

    let alone = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let refused = alone.block_on(async { load(&url) }).unwrap_err();
    assert!(refused.is_would_block(), "{}", refused.report());
    // As a part of a graph it does not wait there.
    let source = ImageSource::open(&url).unwrap();
    let read = alone.block_on(async {
        let graph = Graph::new();
        let source = graph.add(source);
        source.output.request(roi![0..20, 0..20]).await
    });
    assert_eq!(read.unwrap(), image);
}

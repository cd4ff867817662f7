//! Formats whose readers know nothing of stores: what they read of a file, they read of an object.

use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use headwater::io::{Compression, Create, Limit, Open, open};
use headwater::{Array, Checkpoint, DType, Roi, Shape, roi};

#[cfg(feature = "n5")]
use super::bucket::url;
#[cfg(feature = "n5")]
use super::s3::S3;
use super::server::{Answer, Server, content};
use super::told::Told;
use super::web::{saved, serving};
#[cfg(feature = "n5")]
use crate::support::files;
use crate::support::{image, load};

/// What is read of the object is what is read of the file, the whole and parts.
fn agree(server: &Server, folder: &tempfile::TempDir, name: &str, parts: &[Roi]) {
    let (url, path) = (server.url(name), folder.path().join(name));
    let [far, near] = [&*url, path.to_str().unwrap()].map(|place| open(place).unwrap());
    assert_eq!(far.meta(), near.meta(), "{name}");
    for roi in parts.iter().chain([&near.meta().roi()]) {
        let [ours, theirs] = [&far, &near].map(|source| source.read(roi, &Checkpoint::never()).unwrap());
        assert_eq!(ours, theirs, "{name} {roi}");
    }
}

#[test]
fn tiffs_of_every_layout_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let volume = image("zyx", &[5, 300, 280], DType::U16);
    let tiles = Create::new().chunk(Shape::from([1, 64, 48]));
    for (name, create) in [
        ("deflate.tif", tiles.clone()),
        ("lzw.tif", tiles.clone().compression(Compression::Lzw)),
        ("bare.tif", tiles.compression(Compression::None)),
        (
            "strips.tif",
            Create::new()
                .compression(Compression::None)
                .chunk(Shape::from([1, 7, 280])),
        ),
        ("pages.ome.tif", Create::new()),
    ] {
        saved(&folder, name, &create, &volume);
    }
    saved(
        &folder,
        "colours.tif",
        &Create::new(),
        &image("yxc", &[100, 90, 3], DType::U8),
    );
    saved(
        &folder,
        "truths.tif",
        &Create::new(),
        &image("yx", &[100, 90], DType::U8).cast(DType::Bool).unwrap(),
    );
    let server = serving(&folder);
    let parts = [
        roi![1..4, 100..101, 0..280],
        roi![0..5, 10..290, 270..271],
        roi![2..2, 0..1, 0..1],
    ];
    for name in ["deflate.tif", "lzw.tif", "bare.tif", "strips.tif", "pages.ome.tif"] {
        agree(&server, &folder, name, &parts);
    }
    agree(&server, &folder, "colours.tif", &[roi![5..95, 7..8, 1..3]]);
    agree(&server, &folder, "truths.tif", &[roi![5..95, 7..33]]);
}

#[test]
fn archives_pictures_and_compressed_volumes_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let volume = image("zyx", &[6, 40, 50], DType::I16);
    saved(&folder, "stored.npz", &Create::new(), &volume);
    let deflated = Create::new().compression(Compression::Deflate(6));
    saved(&folder, "deflated.npz", &deflated, &volume);
    saved(&folder, "a.png", &Create::new(), &image("yx", &[60, 70], DType::U16));
    saved(&folder, "a.jpg", &Create::new(), &image("yxc", &[60, 70, 3], DType::U8));
    let bytes = nifti();
    fs::write(folder.path().join("a.nii"), &bytes).unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Level::fast());
    packed.write_all(&bytes).unwrap();
    fs::write(folder.path().join("a.nii.gz"), packed.finish().unwrap()).unwrap();
    let server = serving(&folder);
    let parts = [roi![4..5, 3..30, 10..50], roi![1..6, 39..40, 0..50]];
    for name in ["stored.npz", "deflated.npz"] {
        agree(&server, &folder, name, &parts);
        let member = load(&format!("{}/data", server.url(name))).unwrap();
        assert_eq!(member, volume);
    }
    agree(&server, &folder, "a.png", &[roi![10..20, 30..70]]);
    agree(&server, &folder, "a.jpg", &[roi![10..20, 30..70, 1..2]]);
    for name in ["a.nii", "a.nii.gz"] {
        agree(&server, &folder, name, &[roi![1..2, 0..3, 2..4]]);
        let found = load(&server.url(name)).unwrap();
        assert_eq!((found.shape(), found.dtype()), (&[2, 3, 4][..], DType::F32));
    }
}

/// 4 × 3 × 2 samples, scaled.
fn nifti() -> Vec<u8> {
    let samples: Vec<i16> = (0..24).collect();
    let mut bytes = vec![0_u8; 352];
    bytes[..4].copy_from_slice(&348_i32.to_le_bytes());
    for (at, value) in [(40, 3_i16), (42, 4), (44, 3), (46, 2), (70, 4), (72, 16)] {
        bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    for (at, value) in [(108, 352_f32), (112, 0.5), (116, 1.0)] {
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    bytes[344..348].copy_from_slice(b"n+1\0");
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

#[test]
fn the_pages_of_a_tiff_take_a_request_for_many_and_its_tiles_come_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let volume = image("zyx", &[200, 64, 64], DType::U8);
    saved(&folder, "pages.tif", &Create::new(), &volume);
    // Too long for tiles to be fetched as one.
    let plane = noise(&[4096, 4096]);
    let tiles = Create::new()
        .compression(Compression::None)
        .chunk(Shape::from([1024, 1024]));
    saved(&folder, "tiles.tif", &tiles, &plane);
    let server = serving(&folder);

    let source = open(&server.url("pages.tif")).unwrap();
    let (pages, all) = (
        server.log().len(),
        fs::metadata(folder.path().join("pages.tif")).unwrap().len(),
    );
    assert!(
        pages as u64 <= 2 + all.div_ceil(64 << 10),
        "{pages} requests for {all} bytes"
    );
    assert_eq!(source.read(&source.meta().roi(), &Checkpoint::never()).unwrap(), volume);

    let source = open(&server.url("tiles.tif")).unwrap();
    server.forget();
    let narrow = roi![0..4096, 1000..1030];
    server.wait_for(4, Duration::from_secs(10));
    assert_eq!(
        source.read(&narrow, &Checkpoint::never()).unwrap(),
        plane.slice(&narrow).unwrap()
    );
    assert!(server.most() >= 4, "{}", server.most());
}

/// Samples that nothing makes shorter.
fn noise(shape: &[usize]) -> Array {
    let mut state = 1_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    let samples = (0..shape.iter().product()).map(|_: usize| next()).collect();
    Array::from_vec("yx", shape, samples).unwrap()
}

#[test]
fn what_is_taken_into_memory_as_a_whole_keeps_within_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    saved(&folder, "a.png", &Create::new(), &noise(&[300, 300]));
    saved(&folder, "a.jpg", &Create::new(), &image("yx", &[300, 300], DType::U8));
    let server = serving(&folder);
    for name in ["a.png", "a.jpg"] {
        let url = server.url(name);
        let read = |limit| {
            let source = Open::new().limit(Limit::bytes(limit)).open(&url)?;
            source.read(&source.meta().roi(), &Checkpoint::never())
        };
        let error = read(60 << 10).unwrap_err().report();
        assert!(
            error.starts_with(&format!("cannot read `{url}`: ")) && error.contains("the limit is"),
            "{error}"
        );
        read(64 << 20).unwrap();
    }
}

#[test]
fn objects_that_are_cut_short_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let volume = image("zyx", &[3, 40, 50], DType::U16);
    let names = ["a.tif", "a.npz", "a.npy", "b.npz"];
    for name in names {
        let create = match name {
            "b.npz" => Create::new().compression(Compression::Deflate(6)),
            _ => Create::new(),
        };
        saved(&folder, name, &create, &volume);
    }
    let root = folder.path().to_owned();
    let server = Server::new(move |request| {
        let bytes = fs::read(root.join(&request.path)).unwrap();
        content(request, &bytes[..bytes.len() * 2 / 3], &[])
    });
    for name in names {
        let url = server.url(name);
        let error = load(&url).unwrap_err().report();
        assert!(error.starts_with(&format!("cannot read `{url}`: ")), "{error}");
    }
}

#[test]
fn opening_ends_while_the_server_is_silent() {
    for name in ["a.tif", "a.npz", "a.nii.gz", "a.png", "a.jpg", "a.npy", "a.raw"] {
        // One that tells how long it is, and no more.
        let server = Server::new(|request| match &*request.method {
            "HEAD" => content(request, &[0; 99_999], &[]),
            _ => Answer::Silence,
        });
        let (url, told) = (server.url(name), Told::default());
        let checkpoint = told.checkpoint();
        let opening = move || Open::new().checkpoint(&checkpoint).open(&url).map(drop);
        let opening = std::thread::Builder::new().spawn(opening).unwrap();
        while !server.log().iter().any(|line| line.starts_with("GET")) {
            std::thread::yield_now();
        }
        told.stop();
        let error = opening.join().unwrap().unwrap_err().report();
        assert!(error.ends_with("nobody wants it any more"), "{name}: {error}");
    }
}

#[test]
fn reading_ends_while_the_server_is_silent() {
    let folder = tempfile::tempdir().unwrap();
    let volume = noise(&[1024, 1024]);
    for name in ["a.tif", "a.npz", "b.npz", "a.png"] {
        let create = match name {
            "a.npz" => Create::new(),
            _ => Create::new().compression(Compression::Deflate(1)),
        };
        let create = if name == "a.png" { Create::new() } else { create };
        saved(&folder, name, &create, &volume);
    }
    for name in ["a.tif", "a.npz", "b.npz", "a.png"] {
        let silent = Arc::new(AtomicBool::new(false));
        let (root, is_silent) = (folder.path().to_owned(), Arc::clone(&silent));
        let server = Server::new(move |request| match is_silent.load(Ordering::SeqCst) {
            true => Answer::Silence,
            false => content(request, &fs::read(root.join(&request.path)).unwrap(), &[]),
        });
        let source = open(&server.url(name)).unwrap();
        silent.store(true, Ordering::SeqCst);
        server.forget();
        let told = Told::default();
        let checkpoint = told.checkpoint();
        let reading = move || source.read(&source.meta().roi(), &checkpoint).map(drop);
        let reading = std::thread::Builder::new().spawn(reading).unwrap();
        while server.log().is_empty() {
            std::thread::yield_now();
        }
        told.stop();
        let error = reading.join().unwrap().unwrap_err().report();
        assert!(error.ends_with("nobody wants it any more"), "{name}: {error}");
    }
}

#[cfg(feature = "n5")]
#[test]
fn blocks_of_n5_come_side_by_side_and_its_datasets_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let volume = image("zyx", &[8, 40, 50], DType::U16);
    let create = Create::new().chunk(Shape::from([2, 16, 16]));
    saved(&folder, "a.n5/cells", &create, &volume);
    saved(&folder, "b.n5/inner/one", &create, &volume);
    saved(&folder, "b.n5/two", &create.compression(Compression::Zstd(1)), &volume);
    let server = serving(&folder);
    // One that was never written.
    fs::remove_file(folder.path().join("a.n5/cells/1/1/1")).unwrap();
    let parts = [roi![1..4, 10..11, 0..50], roi![2..2, 0..1, 0..1]];
    for name in ["a.n5/cells", "b.n5/inner/one", "b.n5/two"] {
        agree(&server, &folder, name, &parts);
    }
    let source = open(&server.url("b.n5/two")).unwrap();
    server.wait_for(16, Duration::from_secs(10));
    assert_eq!(source.read(&source.meta().roi(), &Checkpoint::never()).unwrap(), volume);
    assert!((16..=32).contains(&server.most()), "{}", server.most());

    // Web servers do not list.
    let s3 = S3::new();
    for (path, bytes) in files(folder.path()) {
        let key = format!("some where/{}", path.display());
        s3.bucket.lock().unwrap().objects.insert(key, bytes);
    }
    let found = s3.opening().contents(&url("b.n5")).unwrap();
    assert_eq!(found.images, [url("b.n5/inner/one"), url("b.n5/two")]);
    assert_eq!(
        s3.opening().open(&url("a.n5")).unwrap().meta().shape(),
        Shape::from([8, 40, 50])
    );
    let several = s3.opening().open(&url("b.n5")).err().unwrap().report();
    assert!(several.contains("`inner/one`, `two`"), "{several}");
    let key = "some where/b.n5/two/0/0/0".to_owned();
    s3.bucket.lock().unwrap().objects.insert(key, Vec::new());
    let damaged = s3.load(&url("b.n5/two")).unwrap_err().report();
    assert!(damaged.contains("its block `two/0/0/0`"), "{damaged}");
}

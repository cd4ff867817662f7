//! Stores that fail now and then, and runs that end before their time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use headwater::graph::Meta;
use headwater::io::Create;
use headwater::{Array, BlockGrid, Checkpoint, DType, Error, Interrupt, Roi, Shape, roi};

use super::bucket::url;
use super::s3::{S3, complaint};
use super::server::Answer;
use super::told::Told;
use crate::support::{image, save};

/// Numbers that look like chance, and are the same each time.
struct Chance(AtomicU64);

impl Chance {
    fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(seed)))
    }

    /// Less than `most`. Splitmix64, by S. Vigna.
    fn below(&self, most: u64) -> u64 {
        let state = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
        let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % most
    }
}

/// One of so many requests is not answered, or not as it should be.
fn flaky(chance: &Arc<Chance>, one_of: u64) -> S3 {
    let chance = Arc::clone(chance);
    S3::with(move |_| match chance.below(2 * one_of) {
        0 => Some(Answer::Bytes(Vec::new())),
        1 => Some(complaint(503, "SlowDown", "Please reduce your request rate.")),
        _ => None,
    })
}

/// Stops at the check of that number.
struct StopsAt(AtomicU64);

impl Interrupt for StopsAt {
    fn interrupted(&self) -> Option<Error> {
        let left = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.err().map(|_| Error::msg("nobody wants it any more"))
    }
}

#[test]
fn what_fails_now_and_then_makes_the_trip() {
    let image = image("zyx", &[6, 64, 70], DType::U16);
    for seed in 0..3 {
        let s3 = flaky(&Chance::new(seed), 8);
        let create = s3.creating().chunk(Shape::from([2, 16, 16]));
        let sharded = create.clone().shard(Shape::from([4, 32, 32]));
        for (name, create) in [
            ("a.zarr", &create),
            ("b.zarr", &sharded),
            ("a.npy", &create),
            ("a.raw", &create),
        ] {
            save(create, &url(name), &image, &Meta::of(&image)).unwrap();
            assert_eq!(s3.load(&url(name)).unwrap(), image, "{seed} {name}");
        }
        assert_eq!(s3.open_uploads(), 0);
    }
}

/// Begins an image, and ends somewhere. Whether it was finished.
fn somehow(create: &Create, name: &str, image: &Array, chance: &Chance) -> bool {
    let stops = Arc::new(StopsAt(AtomicU64::new(chance.below(400))));
    let checkpoint = Checkpoint::new(stops);
    let work = || {
        let sink = create
            .clone()
            .checkpoint(&checkpoint)
            .create(&url(name), &Meta::of(image))?;
        let unit: Vec<_> = sink.unit().iter().map(|length| length.max(1)).collect();
        let grid = BlockGrid::aligned(sink.meta().roi(), Shape::new(unit)?)?;
        let most = chance.below(2 * grid.len() as u64);
        for block in grid.iter().take(most as usize) {
            sink.write_region(&block.roi, &image.slice(&block.roi)?, &checkpoint)?;
        }
        sink.finish(&checkpoint)
    };
    work().is_ok()
}

#[test]
fn what_ends_before_its_time_leaves_nothing() {
    let image = image("zyx", &[4, 64, 64], DType::U16);
    let (mut finished, mut ended) = (0, 0);
    for seed in 0..24 {
        let chance = Chance::new(seed);
        let s3 = flaky(&chance, 20);
        let create = s3.creating().replace(true).chunk(Shape::from([2, 16, 16]));
        let (name, create) = match seed % 4 {
            0 => ("a.zarr", create),
            1 => ("a.zarr", create.shard(Shape::from([2, 32, 32]))),
            2 => ("a.npy", create),
            _ => ("a.raw", create),
        };
        if somehow(&create, name, &image, &chance) {
            finished += 1;
            assert_eq!(s3.load(&url(name)).unwrap(), image, "{seed}");
        } else {
            ended += 1;
            assert_eq!((s3.keys(), s3.open_uploads()), (Vec::new(), 0), "{seed}");
        }
    }
    assert!(finished > 0 && ended > 5, "{finished} {ended}");
}

#[test]
fn long_objects_that_end_before_their_time_leave_no_parts() {
    let image = Array::zeros("zyx", &[5, 2048, 2048], DType::U8).unwrap();
    for seed in 0..6 {
        let chance = Chance::new(seed);
        let s3 = flaky(&chance, 12);
        let stops = Arc::new(StopsAt(AtomicU64::new(chance.below(900))));
        let checkpoint = Checkpoint::new(stops);
        let sink = s3.creating().create(&url("a.npy"), &Meta::of(&image)).unwrap();
        let written = sink.write_region(&image_roi(&image), &image, &checkpoint);
        let whole = written.and_then(|()| sink.finish(&checkpoint)).is_ok();
        assert_eq!(s3.open_uploads(), 0, "{seed} {whole} {:?}", s3.server.log());
        assert_eq!(s3.keys().len(), usize::from(whole), "{seed}");
    }
}

fn image_roi(image: &Array) -> Roi {
    Meta::of(image).roi()
}

#[test]
fn what_is_on_its_way_when_all_is_dropped_is_removed_when_it_has_arrived() {
    let listed = Arc::new((Mutex::new(false), Condvar::new()));
    let seen = Arc::clone(&listed);
    // A chunk arrives late: once all has been listed, if that comes soon.
    let s3 = S3::with(move |request| {
        let (listed, bell) = &*seen;
        match &*request.method {
            "GET" if request.query.contains_key("list-type") => {
                *listed.lock().unwrap() = true;
                bell.notify_all();
            }
            "PUT" if request.path.contains("/c/") => {
                let listed = listed.lock().unwrap();
                let late = bell.wait_timeout_while(listed, Duration::from_millis(300), |listed| !*listed);
                let (listed, _) = late.unwrap();
                let after = *listed;
                drop(listed);
                if after {
                    std::thread::park_timeout(Duration::from_millis(200));
                }
            }
            _ => {}
        }
        None
    });
    let image = image("yx", &[64, 64], DType::U16);
    let create = s3.creating().chunk(Shape::from([16, 16]));
    let sink = create.create(&url("a.zarr"), &Meta::of(&image)).unwrap();
    *listed.0.lock().unwrap() = false;
    sink.write_region(&roi![0..64, 0..64], &image, &Checkpoint::never())
        .unwrap();
    drop(sink);
    // Whatever the server has of it by now or gets later.
    while s3.server.busy() {
        std::thread::yield_now();
    }
    assert_eq!(s3.keys(), Vec::<String>::new());
}

#[test]
fn what_fails_for_good_ends_the_run_and_goes_with_the_next() {
    let closed = Arc::new(AtomicBool::new(false));
    let is_closed = Arc::clone(&closed);
    let s3 = S3::with(move |_| {
        let denied = || complaint(403, "AccessDenied", "Access Denied");
        is_closed.load(Ordering::SeqCst).then(denied)
    });
    let image = image("yx", &[64, 64], DType::U16);
    let (create, never) = (s3.creating().chunk(Shape::from([16, 16])), Checkpoint::never());
    let sink = create.create(&url("a.zarr"), &Meta::of(&image)).unwrap();
    let half = roi![0..32, 0..64];
    sink.write_region(&half, &image.slice(&half).unwrap(), &never).unwrap();
    closed.store(true, Ordering::SeqCst);
    let rest = roi![32..64, 0..64];
    let written = sink.write_region(&rest, &image.slice(&rest).unwrap(), &never);
    let error = written
        .and_then(|()| sink.finish(&never).map(drop))
        .unwrap_err()
        .report();
    assert!(error.contains("no permission"), "{error}");
    closed.store(false, Ordering::SeqCst);
    assert!(!s3.keys().is_empty());
    save(&create, &url("a.zarr"), &image, &Meta::of(&image)).unwrap();
    assert_eq!(s3.load(&url("a.zarr")).unwrap(), image);
}

#[test]
fn samples_that_are_not_replaced_keep_their_description() {
    let closed = Arc::new(AtomicBool::new(false));
    let is_closed = Arc::clone(&closed);
    let s3 = S3::with(move |request| {
        let is_end = matches!(&*request.method, "PUT" | "POST") && request.path.ends_with("a.raw");
        let denied = || complaint(403, "AccessDenied", "Access Denied");
        (is_end && is_closed.load(Ordering::SeqCst)).then(denied)
    });
    let image = image("yx", &[64, 64], DType::U16);
    let create = s3.creating().replace(true);
    save(&create, &url("a.raw"), &image, &Meta::of(&image)).unwrap();
    closed.store(true, Ordering::SeqCst);
    let other = Array::full("zyx", &[3, 20, 20], 7_u8).unwrap();
    let error = save(&create, &url("a.raw"), &other, &Meta::of(&other))
        .unwrap_err()
        .report();
    assert!(error.contains("no permission"), "{error}");
    assert_eq!(s3.load(&url("a.raw")).unwrap(), image);
    closed.store(false, Ordering::SeqCst);
    save(&create, &url("a.raw"), &other, &Meta::of(&other)).unwrap();
    assert_eq!(s3.load(&url("a.raw")).unwrap(), other);
}

#[test]
fn beginning_ends_while_the_server_is_silent() {
    let image = image("yx", &[64, 64], DType::U16);
    for (name, silent) in [
        ("a.zarr", "HEAD"),
        ("a.zarr", "GET"),
        ("a.zarr", "PUT"),
        ("a.npy", "HEAD"),
        ("a.raw", "HEAD"),
    ] {
        let s3 = S3::with(move |request| (request.method == silent).then_some(Answer::Silence));
        let (told, meta) = (Told::default(), Meta::of(&image));
        let create = s3.creating().checkpoint(&told.checkpoint());
        let beginning = move || create.create(&url(name), &meta).map(drop);
        let beginning = std::thread::Builder::new().spawn(beginning).unwrap();
        while !s3.server.log().iter().any(|line| line.starts_with(silent)) {
            std::thread::yield_now();
        }
        told.stop();
        let error = beginning.join().unwrap().unwrap_err().report();
        assert!(error.ends_with("nobody wants it any more"), "{name} {silent}: {error}");
    }
}

use headwater::graph::{Graph, Meta};
use headwater::io::{Create, Export, ImageSource, Limit, Open, WriteOrder, ZarrVersion, open};
use headwater::{BlockGrid, Checkpoint, DType, Roi, Shape, roi};

use crate::support::{image, load, save};

#[test]
fn every_kind_of_zarr_makes_the_trip() {
    let image = image("zyx", &[10, 37, 50], DType::U16);
    let (chunk, shard) = (Shape::from([2, 8, 9]), Shape::from([4, 16, 27]));
    for version in [ZarrVersion::V2, ZarrVersion::V3] {
        for (ome, sharded) in [(true, false), (false, false), (true, true), (false, true)] {
            let mut create = Create::new().zarr_version(version).ome(ome).chunk(chunk);
            match (version, sharded) {
                (ZarrVersion::V2, true) => continue,
                (_, true) => create = create.shard(shard),
                _ => {}
            }
            let url = format!("memory:///kinds/{version:?}-{ome}-{sharded}.zarr");
            save(&create, &url, &image, &Meta::of(&image)).unwrap();
            assert_eq!(load(&url).unwrap(), image, "{url}");
            let source = open(&url).unwrap();
            for roi in [
                roi![3..9, 7..20, 26..28],
                roi![0..1, 0..37, 49..50],
                roi![2..2, 0..1, 0..1],
            ] {
                let found = source.read(&roi, &Checkpoint::never()).unwrap();
                assert_eq!(found, image.slice(&roi).unwrap(), "{url} {roi}");
            }
        }
    }
}

#[test]
fn coarser_scales_are_those_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zarr").to_str().unwrap().to_owned();
    let image = image("yx", &[200, 300], DType::U8);
    let url = "memory:///scales/a.zarr";
    let create = Create::new().chunk(Shape::from([16, 16])).shard(Shape::from([64, 64]));
    for place in [&path, url] {
        save(&create, place, &image, &Meta::of(&image)).unwrap();
    }
    for scale in 0..5 {
        let [ours, theirs] = [url, &path].map(|place| load(&format!("{place}/{scale}")).unwrap());
        assert_eq!(ours, theirs, "{scale}");
    }
}

#[test]
fn an_object_that_is_replaced_while_it_is_read_is_an_error() {
    let url = "memory:///replaced/a.npy";
    let create = Create::new().replace(true);
    let (old, new) = (
        image("yx", &[300, 400], DType::U16),
        image("xy", &[300, 400], DType::U16),
    );
    save(&create, url, &old, &Meta::of(&old)).unwrap();
    let source = open(url).unwrap();
    let (first, last) = (roi![0..10, 0..400], roi![290..300, 0..400]);
    let never = Checkpoint::never();
    assert_eq!(source.read(&first, &never).unwrap(), old.slice(&first).unwrap());
    save(&create, url, &new, &Meta::of(&new)).unwrap();
    let error = source.read(&last, &never).unwrap_err().report();
    assert!(
        error.contains(url) && error.contains("changed by somebody else"),
        "{error}"
    );
}

#[test]
fn groups_are_looked_into() {
    let image = image("yx", &[40, 40], DType::U16);
    let create = Create::new().ome(false).chunk(Shape::from([8, 8]));
    save(&create, "memory:///groups/a.zarr/only", &image, &Meta::of(&image)).unwrap();
    for (url, told) in [
        ("memory:///groups/b.zarr", "it is no Zarr array or group"),
        (
            "memory:///groups/a.zarr/none",
            "there is no array or group `none` in it",
        ),
        (
            "memory:///groups/a.zarr/only/zarr.json",
            "there is no array or group `only/zarr.json` in it",
        ),
    ] {
        let error = open(url).err().unwrap().report();
        assert_eq!(error, format!("cannot read `{url}`: {told}"));
    }
    assert_eq!(load("memory:///groups/a.zarr/only").unwrap(), image);
}

#[test]
fn bare_samples_make_the_trip_by_ranges() {
    let image = image("zyx", &[9, 60, 70], DType::I32);
    for name in ["a.npy", "a.raw"] {
        let url = format!("memory:///bare/{name}");
        save(&Create::new(), &url, &image, &Meta::of(&image)).unwrap();
        let source = open(&url).unwrap();
        assert_eq!(load(&url).unwrap(), image);
        for roi in [
            roi![2..5, 3..50, 10..11],
            roi![0..9, 59..60, 0..70],
            roi![4..5, 0..60, 0..70],
        ] {
            let found = source.read(&roi, &Checkpoint::never()).unwrap();
            assert_eq!(found, image.slice(&roi).unwrap(), "{url} {roi}");
        }
        let again = save(&Create::new(), &url, &image, &Meta::of(&image))
            .unwrap_err()
            .report();
        assert_eq!(
            again.matches("it exists, and is not to be replaced").count(),
            1,
            "{again}"
        );
        save(
            &Create::new().replace(true),
            &url,
            &image.map(|v: i32| v + 1).unwrap(),
            &Meta::of(&image),
        )
        .unwrap();
        assert_eq!(load(&url).unwrap(), image.map(|v: i32| v + 1).unwrap());
    }
}

#[test]
fn formats_that_cannot_say_so_before_any_work() {
    let image = image("yx", &[5, 5], DType::U8);
    for name in ["a.tif", "a.png", "a.npz", "a.n5"] {
        let url = format!("memory:///others/{name}");
        let error = Create::new().create(&url, &Meta::of(&image)).err().unwrap().report();
        assert!(
            error.starts_with(&format!("cannot write `{url}`: ")) && error.contains("is not written to URLs"),
            "{error}"
        );
    }
    for (name, told) in [("a.h5", "is not read from URLs"), ("a.tif", "there is no such object")] {
        let url = format!("memory:///others/{name}");
        let error = open(&url).err().unwrap().report();
        assert!(
            error.starts_with(&format!("cannot read `{url}`: ")) && error.contains(told),
            "{error}"
        );
    }
    for url in ["ftp://host/a.zarr", "memory://host/a.zarr"] {
        let error = open(url).err().unwrap().report();
        assert!(error.starts_with(&format!("cannot read `{url}`: ")), "{error}");
    }
}

#[test]
fn what_is_not_finished_is_no_image_and_is_gone_when_it_is_dropped() {
    let (url, never) = ("memory:///dropped/a.zarr", Checkpoint::never());
    let image = image("yx", &[40, 40], DType::U16);
    let create = Create::new().chunk(Shape::from([16, 16]));
    let sink = create.create(url, &Meta::of(&image)).unwrap();
    sink.write_region(&roi![0..32, 0..40], &image.slice(&roi![0..32, 0..40]).unwrap(), &never)
        .unwrap();
    assert!(open(url).is_err());
    let missing = sink.finish(&never).unwrap_err().report();
    assert!(missing.contains("chunks have not been written"), "{missing}");
    assert!(open(url).is_err());
    // Nothing is left that would not be replaced.
    save(&create, url, &image, &Meta::of(&image)).unwrap();
    assert_eq!(load(url).unwrap(), image);
}

#[test]
fn a_run_is_gone_on_with_if_it_is_the_same_work() {
    let (url, never) = ("memory:///resumed/a.zarr", Checkpoint::never());
    let image = image("yx", &[64, 64], DType::U16);
    let create = |work: &str| Create::new().chunk(Shape::from([16, 16])).resume(work);
    let blocks: Vec<Roi> = BlockGrid::aligned(Roi::full(Shape::from([64, 64])), Shape::from([16, 16]))
        .unwrap()
        .iter()
        .map(|block| block.roi)
        .collect();
    let first = create("one").create(url, &Meta::of(&image)).unwrap();
    for roi in &blocks[..7] {
        first.write_region(roi, &image.slice(roi).unwrap(), &never).unwrap();
    }
    // What is on its way arrives before it is gone.
    drop(first);
    let second = create("one").create(url, &Meta::of(&image)).unwrap();
    let written: Vec<_> = blocks.iter().map(|roi| second.is_written(roi)).collect();
    assert_eq!(written, [[true; 7].as_slice(), &[false; 9]].concat());
    for roi in &blocks[7..] {
        second.write_region(roi, &image.slice(roi).unwrap(), &never).unwrap();
    }
    second.finish(&never).unwrap();
    assert_eq!(load(url).unwrap(), image);

    let again = create("one").create(url, &Meta::of(&image)).err().unwrap().report();
    assert!(again.contains("it exists, and is not to be replaced"), "{again}");
    let other = create("two").replace(true).create(url, &Meta::of(&image)).unwrap();
    assert!(blocks.iter().all(|roi| !other.is_written(roi)));
    assert!(open(url).is_err(), "it goes before the new one comes");
}

#[test]
fn a_run_of_other_work_is_dropped() {
    let (url, never) = ("memory:///other/a.zarr", Checkpoint::never());
    let image = image("yx", &[32, 32], DType::U16);
    let (create, whole) = (Create::new().chunk(Shape::from([16, 16])), roi![0..32, 0..32]);
    let first = create.clone().resume("one").create(url, &Meta::of(&image)).unwrap();
    first.write_region(&whole, &image, &never).unwrap();
    drop(first);
    let second = create.resume("two").create(url, &Meta::of(&image)).unwrap();
    assert!(!second.is_written(&whole));
}

#[test]
fn what_cannot_be_written_costs_no_image_that_is_there() {
    let url = "memory:///refused/a.zarr";
    let image = image("yx", &[64, 64], DType::U16);
    save(&Create::new(), url, &image, &Meta::of(&image)).unwrap();
    let create = Create::new().replace(true).limit(Limit::bytes(1 << 10));
    let refused = create.create(url, &Meta::of(&image)).err().unwrap().report();
    assert!(refused.contains("a.zarr"), "{refused}");
    assert_eq!(load(url).unwrap(), image);
}

#[test]
fn of_two_runs_at_one_place_the_first_does_not_end_as_if_it_were_whole() {
    let url = "memory:///two/a.zarr";
    let (image, never) = (image("yx", &[32, 32], DType::U16), Checkpoint::never());
    let (create, whole) = (Create::new().chunk(Shape::from([16, 16])), roi![0..32, 0..32]);
    let first = create.create(url, &Meta::of(&image)).unwrap();
    first.write_region(&whole, &image, &never).unwrap();
    let second = create.create(url, &Meta::of(&image)).unwrap();
    let refused = first.finish(&never).unwrap_err().report();
    assert!(refused.contains("another run"), "{refused}");
    second.write_region(&whole, &image, &never).unwrap();
    second.finish(&never).unwrap();
    assert_eq!(load(url).unwrap(), image);
}

#[test]
fn a_plan_is_that_of_the_store_and_leaves_nothing() {
    let image = image("yx", &[64, 64], DType::U16);
    let graph = Graph::new();
    save(&Create::new(), "memory:///plans/source.npy", &image, &Meta::of(&image)).unwrap();
    let source = graph.add(ImageSource::open("memory:///plans/source.npy").unwrap());
    let export = || Export::new(&source.output);
    let plan = export().plan("memory:///plans/a.npy").unwrap();
    assert_eq!(plan.order, WriteOrder::Ascending);
    // Chunks are on their way, and kept for those above them, beside the blocks.
    let [near, far] = ["a.zarr", "s3://nowhere/a.zarr"].map(|place| export().memory(64 << 20).plan(place).unwrap());
    assert_eq!((near.block, near.blocks), (far.block, far.blocks));
    assert_eq!(far.memory - near.memory, (64 << 20) / 4);
    for (url, told) in [
        ("memory:///plans/a.tif", "is not written to URLs"),
        ("http://localhost/a.zarr", "http(s) is read, not written"),
        ("ftp://host/a.zarr", "no such URLs are known"),
    ] {
        let error = export().plan(url).unwrap_err().report();
        assert!(
            error.starts_with(&format!("cannot write `{url}`: ")) && error.contains(told),
            "{error}"
        );
    }
    assert!(open("memory:///plans/a.npy").is_err());
    let left = Open::new().fingerprint("memory:///rehearsals");
    assert_eq!(left.unwrap(), "");
}

#[test]
fn a_fingerprint_is_another_when_something_changes() {
    let image = image("yx", &[64, 64], DType::U16);
    let create = Create::new().replace(true);
    for name in ["a.zarr", "a.npy", "a.raw"] {
        let url = format!("memory:///fingerprints/{name}");
        let print = || Open::new().fingerprint(&url).unwrap();
        save(&create, &url, &image, &Meta::of(&image)).unwrap();
        let first = print();
        assert_eq!(first, print());
        // As long as before.
        save(&create, &url, &image, &Meta::of(&image)).unwrap();
        assert_ne!(first, print(), "{name}");
    }
    let error = Open::new().fingerprint("a.npy").unwrap_err().report();
    assert!(error.contains("it is no URL"), "{error}");
}

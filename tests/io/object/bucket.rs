use std::time::Duration;

use headwater::graph::Meta;
use headwater::io::{Create, Open};
use headwater::{Array, Checkpoint, DType, Error, Shape, roi};

use super::s3::{BUCKET, KEY, S3, SECRET};
use crate::support::{image, save};

impl S3 {
    pub(crate) fn opening(&self) -> Open {
        let settings = self.settings();
        settings
            .iter()
            .fold(Open::new(), |open, (name, value)| open.store_setting(name, value))
    }

    pub(crate) fn creating(&self) -> Create {
        let settings = self.settings();
        settings
            .iter()
            .fold(Create::new(), |create, (name, value)| create.store_setting(name, value))
    }

    pub(crate) fn load(&self, url: &str) -> Result<Array, Error> {
        let source = self.opening().open(url)?;
        source.read(&source.meta().roi(), &Checkpoint::never())
    }
}

pub(crate) fn url(name: &str) -> String {
    format!("s3://{BUCKET}/some where/{name}")
}

#[test]
fn an_ome_zarr_makes_the_trip_and_its_metadata_come_last() {
    let s3 = S3::new();
    let image = image("zyx", &[4, 60, 70], DType::U16);
    let create = s3.creating().chunk(Shape::from([2, 16, 16]));
    for name in ["a.zarr", "a.zarr/labels/cells"] {
        save(&create, &url(name), &image, &Meta::of(&image)).unwrap();
        assert_eq!(s3.load(&url(name)).unwrap(), image, "{name}");
    }
    let keys = s3.keys();
    assert!(keys.contains(&"some where/a.zarr/0/c/0/0/0".to_owned()), "{keys:?}");
    assert!(keys.iter().all(|key| !key.contains("headwater")), "{keys:?}");

    s3.server.forget();
    save(&create, &url("b.zarr"), &image, &Meta::of(&image)).unwrap();
    let written: Vec<_> = s3
        .server
        .log()
        .into_iter()
        .filter(|line| line.starts_with("PUT"))
        .collect();
    let root = "PUT cells/some where/b.zarr/zarr.json";
    assert_eq!(written.last().map(String::as_str), Some(root));
    assert_eq!(written[0], "PUT cells/some where/b.zarr/.headwater-work");
    let first = written.iter().position(|line| line.ends_with("zarr.json")).unwrap();
    assert!(
        written[first..].iter().all(|line| line.ends_with("zarr.json")),
        "{written:?}"
    );
}

#[test]
fn chunks_are_sent_at_the_same_time_and_none_is_fetched_to_make_coarser_ones() {
    let s3 = S3::new();
    let image = image("yx", &[256, 256], DType::U16);
    let create = s3.creating().chunk(Shape::from([32, 32]));
    let sink = create.create(&url("a.zarr"), &Meta::of(&image)).unwrap();
    s3.server.forget();
    s3.server.wait_for(16, Duration::from_secs(10));
    sink.write_region(&roi![0..256, 0..256], &image, &Checkpoint::never())
        .unwrap();
    sink.finish(&Checkpoint::never()).unwrap();
    assert!((16..=32).contains(&s3.server.most()), "{}", s3.server.most());
    let asked: Vec<_> = s3
        .server
        .log()
        .into_iter()
        .filter(|line| line.contains("/c/"))
        .collect();
    assert!(
        asked.len() > 64 && asked.iter().all(|line| line.starts_with("PUT")),
        "{asked:?}"
    );
    s3.server.wait_for(0, Duration::ZERO);
    assert_eq!(s3.load(&url("a.zarr")).unwrap(), image);
}

#[test]
fn chunks_and_shards_that_are_not_there_have_the_fill_value() {
    let s3 = S3::new();
    let image = Array::full("yx", &[32, 32], 7_u16).unwrap();
    let create = s3.creating().ome(false).chunk(Shape::from([8, 8]));
    for (name, create) in [
        ("a.zarr", create.clone()),
        ("b.zarr", create.shard(Shape::from([16, 16]))),
    ] {
        save(&create, &url(name), &image, &Meta::of(&image)).unwrap();
        let gone = format!("some where/{name}/c/0/1");
        s3.bucket.lock().unwrap().objects.remove(&gone).unwrap();
        let found = s3.load(&url(name)).unwrap();
        let zeros = found.view::<u16>().unwrap().iter().filter(|value| **value == 0).count();
        assert_eq!(zeros, if name == "a.zarr" { 64 } else { 256 }, "{name}");
    }
}

#[test]
fn what_is_replaced_goes_before_with_its_root_first() {
    let s3 = S3::new();
    let image = image("yx", &[60, 70], DType::U16);
    let create = s3.creating().chunk(Shape::from([16, 16]));
    save(&create, &url("a.zarr"), &image, &Meta::of(&image)).unwrap();
    let error = create.create(&url("a.zarr"), &Meta::of(&image)).err().unwrap().report();
    assert_eq!(
        error,
        format!("cannot write `{}`: it exists, and is not to be replaced", url("a.zarr"))
    );

    let there = s3.keys().len();
    // The mark of the first run is gone with it.
    s3.bucket.lock().unwrap().removed.clear();
    let sink = create
        .clone()
        .replace(true)
        .create(&url("a.zarr"), &Meta::of(&image))
        .unwrap();
    let removed = s3.bucket.lock().unwrap().removed.clone();
    assert_eq!((&*removed[0], removed.len()), ("some where/a.zarr/zarr.json", there));
    assert_eq!(s3.keys(), ["some where/a.zarr/.headwater-work"]);
    drop(sink);
    assert!(s3.keys().is_empty());

    s3.bucket
        .lock()
        .unwrap()
        .objects
        .insert("some where/b.zarr/notes.txt".to_owned(), vec![1]);
    for create in [create.clone(), create.replace(true)] {
        let error = create.create(&url("b.zarr"), &Meta::of(&image)).err().unwrap().report();
        assert!(error.contains("what lies there is no image"), "{error}");
    }
    assert_eq!(s3.keys(), ["some where/b.zarr/notes.txt"]);
}

#[test]
fn a_long_object_goes_up_in_parts_and_appears_at_the_end() {
    let s3 = S3::new();
    let image = image("zyx", &[20, 1024, 1024], DType::U8);
    let half = roi![0..10, 0..1024, 0..1024];
    for name in ["a.npy", "a.raw"] {
        let sink = s3.creating().create(&url(name), &Meta::of(&image)).unwrap();
        sink.write_region(&half, &image.slice(&half).unwrap(), &Checkpoint::never())
            .unwrap();
        while s3.open_uploads() == 0 {
            std::thread::yield_now();
        }
        assert!(s3.load(&url(name)).is_err());
        drop(sink);
        assert_eq!((s3.open_uploads(), s3.keys().len()), (0, 0));
    }
    save(&s3.creating(), &url("a.npy"), &image, &Meta::of(&image)).unwrap();
    assert_eq!((s3.open_uploads(), s3.load(&url("a.npy")).unwrap()), (0, image));
}

#[test]
fn a_long_shard_goes_up_in_parts() {
    let s3 = S3::new();
    let image = image("zyx", &[10, 2048, 2048], DType::U8);
    let create = s3.creating().ome(false).compression(headwater::io::Compression::None);
    let create = create
        .chunk(Shape::from([1, 1024, 1024]))
        .shard(Shape::from([10, 2048, 2048]));
    save(&create, &url("a.zarr"), &image, &Meta::of(&image)).unwrap();
    assert!(
        s3.server.log().iter().any(|line| line.contains("uploads")),
        "{:?}",
        s3.server.log()
    );
    let roi = roi![3..5, 1000..1050, 0..2048];
    let source = s3.opening().open(&url("a.zarr")).unwrap();
    assert_eq!(
        source.read(&roi, &Checkpoint::never()).unwrap(),
        image.slice(&roi).unwrap()
    );
}

#[test]
fn failures_are_told_in_plain_words_without_credentials() {
    let s3 = S3::new();
    let image = image("yx", &[5, 5], DType::U8);
    let wrong = s3.opening().store_setting("aws_access_key_id", "somebody");
    let cases = [
        (
            s3.opening(),
            "s3://nowhere/a.zarr",
            "there is no such bucket (404 Not Found: NoSuchBucket: ",
        ),
        (
            s3.opening(),
            "s3://closed/a.zarr",
            "no permission (403 Forbidden: AccessDenied: Access Denied)",
        ),
        (
            wrong,
            "s3://cells/a.zarr",
            "no permission (403 Forbidden: AccessDenied: Access Denied)",
        ),
        (s3.opening(), "s3://cells/a.zarr", "it is no Zarr array or group"),
    ];
    for (open, url, told) in cases {
        let error = open.open(url).err().unwrap().report();
        assert!(
            error.starts_with(&format!("cannot read `{url}`: ")) && error.contains(told),
            "{error}"
        );
        let shown = format!("{error} {open:?}");
        assert!(
            !shown.contains(SECRET) && !shown.contains(KEY) && !shown.contains("Signature"),
            "{shown}"
        );
    }
    let create = s3.creating();
    for (url, told) in [
        ("s3://closed/a.zarr", "no permission"),
        ("s3://closed/a.npy", "no permission"),
    ] {
        let error = create.create(url, &Meta::of(&image)).err().unwrap().report();
        assert!(
            error.starts_with(&format!("cannot write `{url}`: ")) && error.contains(told),
            "{error}"
        );
        assert!(!format!("{error} {create:?}").contains(SECRET));
    }
    let unknown = s3
        .opening()
        .store_setting("aws_colour", "blue")
        .open("s3://cells/a.zarr");
    assert!(unknown.err().unwrap().report().contains("`aws_colour` is no setting"));
}

#[test]
fn without_credentials_the_error_says_which() {
    let s3 = S3::new();
    let ours = s3.settings();
    let without = ours.iter().filter(|(name, _)| !name.contains("key"));
    let open = without.fold(Open::new(), |open, (name, value)| open.store_setting(name, value));
    // Where machines of the store's owner would find some.
    let open = open.store_setting("metadata_endpoint", &format!("http://{}", s3.server.address));
    for name in ["a.zarr", "a.npy", "a.tif", "a.raw"] {
        let error = open.open(&format!("s3://cells/{name}")).err().unwrap().report();
        assert!(error.contains("no credentials are set (AWS_ACCESS_KEY_ID"), "{error}");
        // What has no name is not named.
        assert!(!error.contains("``"), "{error}");
    }
    let error = open.store_setting("skip_signature", "true").open("s3://cells/a.zarr");
    let error = error.err().unwrap().report();
    assert!(
        !error.contains("no credentials are set") && error.contains("no permission"),
        "{error}"
    );
}

#[test]
fn what_marks_a_folder_hides_nothing_that_lies_in_it() {
    let s3 = S3::new();
    let image = image("yx", &[16, 16], DType::U8);
    for key in ["some where/a.zarr/", "some where/a.zarr/notes.txt"] {
        s3.bucket.lock().unwrap().objects.insert(key.to_owned(), Vec::new());
    }
    let refused = save(&s3.creating(), &url("a.zarr"), &image, &Meta::of(&image));
    let refused = refused.unwrap_err().report();
    assert!(refused.contains("no image"), "{refused}");
    assert_eq!(s3.keys().len(), 2);
}

#[test]
fn what_a_store_holds_is_listed() {
    let s3 = S3::new();
    let image = image("yx", &[40, 40], DType::U16);
    let create = s3.creating().chunk(Shape::from([16, 16]));
    for name in ["a.zarr", "a.zarr/labels/cells", "a.zarr/labels/nuclei"] {
        save(&create, &url(name), &image, &Meta::of(&image)).unwrap();
    }
    let group = br#"{"zarr_format": 3, "node_type": "group"}"#.to_vec();
    let key = "some where/a.zarr/labels/zarr.json".to_owned();
    s3.bucket.lock().unwrap().objects.insert(key, group);
    let found = s3.opening().contents(&url("a.zarr")).unwrap();
    assert_eq!(found.images, [url("a.zarr/labels/cells"), url("a.zarr/labels/nuclei")]);
    assert_eq!(found.scales, ["0", "1", "2"]);
    let found = s3.opening().contents(&url("a.zarr/0")).unwrap();
    assert_eq!(found, Default::default());
}

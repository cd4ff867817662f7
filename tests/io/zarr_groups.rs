//! Which image of a Zarr group is meant, and what others call axes.

use std::fs;
use std::path::Path;

use headwater::DType;
use headwater::graph::Meta;
use headwater::io::{Create, Open, open};

use crate::support::{image, load, save};

#[test]
fn folders_that_lead_round_in_circles_are_searched_and_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zarr");
    let image = image("yx", &[4, 4], DType::U8);
    let inner = path.join("image").to_str().unwrap().to_owned();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("zarr.json"), r#"{"zarr_format": 3, "node_type": "group"}"#).unwrap();
    save(&Create::new().ome(false), &inner, &image, &Meta::of(&image)).unwrap();
    for n in 0..40 {
        // To the depth of the search, these are more places than anybody could look at.
        std::os::unix::fs::symlink(&path, path.join(format!("z{n}"))).unwrap();
    }
    let images = Open::new().contents(path.to_str().unwrap()).unwrap().images;
    assert!((1..=100).contains(&images.len()), "{images:?}");
    assert!(images.iter().all(|image| image.ends_with("/image")), "{images:?}");
}

#[test]
fn the_only_image_of_a_group_is_meant_whatever_stands_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let group = |path: &Path, attributes: &str| {
        fs::create_dir_all(path).unwrap();
        let text = format!(r#"{{"zarr_format": 3, "node_type": "group", "attributes": {attributes}}}"#);
        fs::write(path.join("zarr.json"), text).unwrap();
    };
    // As Bio-Formats converts a file of one image.
    let path = folder.path().join("a.zarr");
    group(&path, r#"{"ome": {"version": "0.5", "bioformats2raw.layout": 3}}"#);
    group(&path.join("OME"), r#"{"ome": {"series": ["0"]}}"#);
    let image = image("zyx", &[3, 4, 5], DType::U8);
    let at = |name: &str| path.join(name).to_str().unwrap().to_owned();
    save(&Create::new().ome(true), &at("0"), &image, &Meta::of(&image)).unwrap();
    assert_eq!(load(path.to_str().unwrap()).unwrap(), image);
    save(&Create::new().ome(true), &at("1"), &image, &Meta::of(&image)).unwrap();
    let error = load(path.to_str().unwrap()).unwrap_err().report();
    assert!(error.contains("`0`") && error.contains("`1`"), "{error}");
}

#[test]
fn a_codec_that_nobody_knows_is_said_to_be_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zarr");
    let image = image("yx", &[4, 4], DType::U8);
    let place = path.to_str().unwrap();
    save(&Create::new().ome(false), place, &image, &Meta::of(&image)).unwrap();
    let text = fs::read_to_string(path.join("zarr.json")).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let codecs = value["codecs"].as_array_mut().unwrap();
    codecs.insert(0, serde_json::json!({"name": "numcodecs.delta", "configuration": {}}));
    fs::write(path.join("zarr.json"), value.to_string()).unwrap();
    let error = load(place).unwrap_err().report();
    assert!(error.contains("`numcodecs.delta`: it is not supported"), "{error}");
}

#[test]
fn words_for_axes_are_understood_and_names_that_do_not_fit_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zarr");
    let image = image("cyx", &[2, 4, 5], DType::U8);
    let (place, file) = (path.to_str().unwrap(), path.join("zarr.json"));
    let meta = Meta::of(&image).with_channel_names(["dna", "actin"]);
    save(&Create::new().ome(false), place, &image, &meta).unwrap();
    assert_eq!(open(place).unwrap().meta().channel_names().len(), 2);
    let value: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let cases = [
        (["channel", "height", "width"], "cyx", 2),
        (["Time", "Y", "X"], "tyx", 0),
        (["depth", "row", "x"], "zyx", 0),
    ];
    for (names, axes, channels) in cases {
        let mut value = value.clone();
        value["dimension_names"] = serde_json::json!(names);
        fs::write(&file, value.to_string()).unwrap();
        let source = open(place).unwrap();
        let found = (source.meta().axes().to_string(), source.meta().channel_names().len());
        assert_eq!(found, (axes.to_owned(), channels));
    }
}

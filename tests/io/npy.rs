use headwater::graph::{Graph, Meta};
use headwater::io::{Create, ImageSource, open};
use headwater::{Checkpoint, DType, roi};

use crate::support::{image, load, save};

#[test]
fn every_type_makes_the_trip() {
    let folder = tempfile::tempdir().unwrap();
    for dtype in DType::ALL {
        let path = folder.path().join(format!("{dtype}.npy"));
        let path = path.to_str().unwrap();
        let image = image("zyx", &[5, 7, 6], dtype);
        save(&Create::new(), path, &image, &Meta::of(&image)).unwrap();
        assert_eq!(load(path).unwrap(), image);
    }
}

#[test]
fn a_region_is_read_by_the_graph() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let path = path.to_str().unwrap();
    let image = image("zyx", &[5, 40, 30], DType::U16);
    save(&Create::new(), path, &image, &Meta::of(&image)).unwrap();
    let graph = Graph::new();
    let source = graph.add(ImageSource::open(path).unwrap());
    let roi = roi![1..4, 10..33, 3..4];
    assert_eq!(source.output.request(roi).wait().unwrap(), image.slice(&roi).unwrap());
}

#[test]
fn a_file_cut_short_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let image = image("yx", &[40, 30], DType::U16);
    save(&Create::new(), path.to_str().unwrap(), &image, &Meta::of(&image)).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for end in 0..whole.len() {
        std::fs::write(&path, &whole[..end]).unwrap();
        let error = open(path.to_str().unwrap()).err().expect("an error").report();
        assert!(error.contains("a.npy"), "{error}");
    }
    std::fs::write(&path, &whole).unwrap();
    let source = open(path.to_str().unwrap()).unwrap();
    assert!(source.read(&roi![0..41, 0..30], &Checkpoint::never()).is_err());
}

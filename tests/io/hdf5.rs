use std::fs;
use std::path::Path;

use headwater::graph::{Meta, PixelSize};
use headwater::io::{Compression, Create, Open, open};
use headwater::{Checkpoint, DType, Shape, roi};

use crate::support::{image, load, save};

fn at(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

fn small() -> Create {
    Create::new().replace(true).chunk(Shape::new([2, 4, 3]).unwrap())
}

#[test]
fn every_type_makes_the_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.h5");
    for compression in [Compression::None, Compression::Deflate(4)] {
        for dtype in DType::ALL {
            let image = image("zyx", &[5, 7, 6], dtype);
            save(&small().compression(compression), &path, &image, &Meta::of(&image)).unwrap();
            assert_eq!(load(&path).unwrap(), image);
            assert_eq!(load(&format!("{path}/data")).unwrap(), image);
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn axes_sizes_and_regions_make_the_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.h5/volumes/raw");
    let image = image("tyx", &[5, 7, 6], DType::U16);
    let size = |size, unit: &str| PixelSize {
        size,
        unit: unit.into(),
    };
    let meta =
        Meta::of(&image).with_pixel_size([size(30.0, "second"), size(0.5, "micrometer"), size(0.5, "micrometer")]);
    let meta = meta.unwrap();
    save(&small(), &path, &image, &meta).unwrap();
    let source = open(&path).unwrap();
    assert_eq!(
        (source.meta().axes(), source.meta().pixel_size()),
        (meta.axes(), meta.pixel_size())
    );
    assert_eq!(source.meta().ideal_block().unwrap().as_slice(), [2, 4, 3]);
    for roi in [roi![1..4, 3..5, 2..6], roi![4..5, 6..7, 5..6], roi![2..2, 0..1, 0..1]] {
        assert_eq!(
            source.read(&roi, &Checkpoint::never()).unwrap(),
            image.slice(&roi).unwrap()
        );
    }
    let other = Open::new().axes("zyx".parse().unwrap()).open(&path).unwrap();
    assert_eq!(other.meta().axes().to_string(), "zyx");
    let images = Open::new().contents(&at(folder.path(), "a.h5")).unwrap().images;
    assert_eq!(images, [path]);
    let error = open(&at(folder.path(), "a.h5/none")).err().unwrap().report();
    assert!(error.contains("a.h5") && error.contains("`volumes/raw`"), "{error}");
}

#[test]
fn what_is_missing_is_told_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("zyx", &[4, 4, 3], DType::U8);
    let sink = small().create(&at(folder.path(), "a.h5"), &Meta::of(&image)).unwrap();
    let top = roi![0..2, 0..4, 0..3];
    // What comes twice does not stand for what is missing.
    for _ in 0..2 {
        sink.write_region(&top, &image.slice(&top).unwrap(), &Checkpoint::never())
            .unwrap();
    }
    let other = roi![1..3, 0..4, 0..3];
    let error = sink.write_region(&other, &image.slice(&other).unwrap(), &Checkpoint::never());
    assert!(error.unwrap_err().report().contains("whole blocks"));
    let error = sink.finish(&Checkpoint::never()).unwrap_err().report();
    assert!(error.contains("24 of its 48"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_file_cut_short_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.h5");
    let image = image("zyx", &[5, 7, 6], DType::U16);
    save(&small(), &path, &image, &Meta::of(&image)).unwrap();
    let whole = fs::read(&path).unwrap();
    for end in (0..whole.len()).step_by(97) {
        fs::write(&path, &whole[..end]).unwrap();
        let error = load(&path).err().unwrap_or_else(|| panic!("cut at {end}")).report();
        assert!(error.contains("a.h5"), "{error}");
    }
}

#[test]
fn nothing_is_kept_for_another_run() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("zyx", &[4, 4, 3], DType::U8);
    let create = small().resume("work");
    let sink = create.create(&at(folder.path(), "a.h5"), &Meta::of(&image)).unwrap();
    sink.write_region(&roi![0..4, 0..4, 0..3], &image, &Checkpoint::never())
        .unwrap();
    drop(sink);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn links_in_circles_and_to_nothing_do_not_keep_a_dataset_from_being_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.h5");
    let image = image("yx", &[4, 5], DType::U8);
    let file = hdf5_metno::File::create(&path).unwrap();
    let names: Vec<_> = (0..12).map(|n| format!("g{n}")).collect();
    let groups: Vec<_> = names.iter().map(|name| file.create_group(name).unwrap()).collect();
    for group in &groups {
        // Whoever follows all of them to the depth of the search is still at it tomorrow.
        for name in &names {
            group.link_hard(&format!("/{name}"), name).unwrap();
        }
        group.link_soft("/nowhere", "lost").unwrap();
    }
    let data = groups[11].new_dataset::<u8>().shape([4, 5]).create("data").unwrap();
    data.write_raw(image.to_contiguous().unwrap().view::<u8>().unwrap().as_slice().unwrap())
        .unwrap();
    drop((data, groups));
    file.close().unwrap();
    assert_eq!(load(&path).unwrap(), image);
    let images = Open::new().contents(&path).unwrap().images;
    assert!(matches!(&images[..], [only] if only.ends_with("/data")), "{images:?}");
}

#[test]
fn channel_names_make_the_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.h5");
    let image = image("cyx", &[2, 4, 3], DType::U16);
    let meta = Meta::of(&image).with_channel_names(["dna", "actin"]);
    save(&small(), &path, &image, &meta).unwrap();
    assert_eq!(open(&path).unwrap().meta().channel_names(), meta.channel_names());
}

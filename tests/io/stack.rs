use std::fs;
use std::path::Path;

use headwater::graph::Meta;
use headwater::io::{Create, Open, open};
use headwater::{Array, Checkpoint, DType, roi};

use crate::support::{image, load, save};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn at(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

#[test]
fn a_stack_of_planes_makes_the_trip() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("zyx", &[12, 9, 8], DType::U16);
    save(
        &Create::new(),
        &at(folder.path(), "p_{z}.png"),
        &image,
        &Meta::of(&image),
    )
    .unwrap();
    assert_eq!(names(folder.path()).len(), 12);
    assert_eq!(names(folder.path())[..2], ["p_00.png", "p_01.png"]);
    let source = Open::new()
        .sequence_axis('z')
        .open(&at(folder.path(), "p_*.png"))
        .unwrap();
    assert_eq!(source.meta().ideal_block().unwrap().as_slice(), [1, 9, 8]);
    assert_eq!(source.read(&source.meta().roi(), &Checkpoint::never()).unwrap(), image);
    let roi = roi![3..5, 2..9, 1..2];
    assert_eq!(
        source.read(&roi, &Checkpoint::never()).unwrap(),
        image.slice(&roi).unwrap()
    );
}

#[test]
fn any_axis_can_be_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("tyxc", &[3, 9, 8, 3], DType::U8);
    save(
        &Create::new(),
        &at(folder.path(), "{c:03}.npy"),
        &image,
        &Meta::of(&image),
    )
    .unwrap();
    assert_eq!(names(folder.path()), ["000.npy", "001.npy", "002.npy"]);
    let axes = "ctyx".parse().unwrap();
    let read = Open::new().axes(axes).open(&at(folder.path(), "*.npy")).unwrap();
    let read = read.read(&read.meta().roi(), &Checkpoint::never()).unwrap();
    assert_eq!(read.to_axes("tyxc").unwrap(), image);
}

#[test]
fn numbers_in_names_are_numbers() {
    let folder = tempfile::tempdir().unwrap();
    for n in [10_u8, 9, 1, 100] {
        let image = Array::full("yx", &[2, 2], n).unwrap();
        save(
            &Create::new(),
            &at(folder.path(), &format!("t{n}.npy")),
            &image,
            &Meta::of(&image),
        )
        .unwrap();
    }
    let read = load(&at(folder.path(), "t[0-9]*.npy")).unwrap();
    assert_eq!(read.axes().to_string(), "tyx");
    let firsts: Vec<u8> = read.view::<u8>().unwrap().iter().step_by(4).copied().collect();
    assert_eq!(firsts, [1, 9, 10, 100]);
}

#[test]
fn the_file_that_differs_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, dtype, shape: &[usize]| {
        let image = image("yx", shape, dtype);
        save(
            &Create::new().replace(true),
            &at(folder.path(), name),
            &image,
            &Meta::of(&image),
        )
        .unwrap();
    };
    write("a1.png", DType::U8, &[4, 4]);
    write("a2.png", DType::U8, &[4, 4]);
    write("a3.png", DType::U16, &[4, 4]);
    let error = open(&at(folder.path(), "a*.png")).err().unwrap().report();
    assert!(error.contains("a3.png") && error.contains("a1.png"), "{error}");
    write("a3.png", DType::U8, &[4, 4]);
    let source = open(&at(folder.path(), "a*.png")).unwrap();
    write("a3.png", DType::U8, &[4, 5]);
    let error = source
        .read(&source.meta().roi(), &Checkpoint::never())
        .unwrap_err()
        .report();
    assert!(error.contains("a3.png"), "{error}");
    fs::write(folder.path().join("a2.png"), "").unwrap();
    let error = open(&at(folder.path(), "a*.png")).err().unwrap().report();
    assert!(error.contains("a2.png"), "{error}");
    let error = open(&at(folder.path(), "b*.png")).err().unwrap().report();
    assert!(error.contains("no file matches"), "{error}");
}

#[test]
fn no_name_is_there_before_all_are_whole_and_none_is_replaced_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let never = Checkpoint::never();
    let place = at(folder.path(), "{z}.png");
    let image = image("zyx", &[3, 4, 4], DType::U8);
    let meta = Meta::of(&image);
    let sink = Create::new().create(&place, &meta).unwrap();
    let two = roi![0..2, 0..4, 0..4];
    sink.write_region(&two, &image.slice(&two).unwrap(), &never).unwrap();
    assert!(!names(folder.path()).iter().any(|name| name.ends_with(".png")));
    let error = sink.finish(&never).unwrap_err().report();
    assert!(error.contains("2.png"), "{error}");
    assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
    save(&Create::new(), &place, &image, &meta).unwrap();
    let error = Create::new().create(&place, &meta).err().unwrap().report();
    assert!(
        error.contains("0.png") && error.contains("not to be replaced"),
        "{error}"
    );
    save(&Create::new().replace(true), &place, &image, &meta).unwrap();
    assert_eq!(names(folder.path()).len(), 3);
}

#[test]
fn a_stack_goes_on_where_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let never = Checkpoint::never();
    let place = at(folder.path(), "{z}.png");
    let image = image("zyx", &[3, 4, 4], DType::U8);
    let meta = Meta::of(&image);
    let two = roi![0..2, 0..4, 0..4];
    let last = roi![2..3, 0..4, 0..4];
    let sink = Create::new().resume("work").create(&place, &meta).unwrap();
    sink.write_region(&two, &image.slice(&two).unwrap(), &never).unwrap();
    drop(sink);
    let other = Create::new().resume("work").create(&place, &meta).unwrap();
    assert!(other.is_written(&two) && !other.is_written(&last));
    other.write_region(&last, &image.slice(&last).unwrap(), &never).unwrap();
    other.finish(&never).unwrap();
    assert_eq!(names(folder.path()), ["0.png", "1.png", "2.png"]);

    let place = at(folder.path(), "b{z}.png");
    let sink = Create::new().resume("work").create(&place, &meta).unwrap();
    sink.write_region(&two, &image.slice(&two).unwrap(), &never).unwrap();
    drop(sink);
    let other = Create::new().resume("other work").create(&place, &meta).unwrap();
    assert!(!other.is_written(&two));
}

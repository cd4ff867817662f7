use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::graph::{Graph, Meta};
use headwater::io::{Compression, Create, Export, Limit, Open, WriteOrder, open};
use headwater::{Array, Checkpoint, DType, Roi, Shape, roi};

use crate::support::{image, load, save};
use crate::volume::Volume;

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
    fs::write(folder.path().join("another's"), "").unwrap();
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
    assert_eq!(names(folder.path()), ["0.png", "1.png", "2.png", "another's"]);

    let place = at(folder.path(), "b{z}.png");
    let sink = Create::new().resume("work").create(&place, &meta).unwrap();
    sink.write_region(&two, &image.slice(&two).unwrap(), &never).unwrap();
    drop(sink);
    let other = Create::new().resume("other work").create(&place, &meta).unwrap();
    assert!(!other.is_written(&two));
}

/// A stack of `count` small files, written by a run whose blocks come in an order of their own; the most files that were open.
fn most_open(create: Create, shape: &[usize], block: [usize; 3]) -> usize {
    // In memory, where it may be: putting thousands of files on a disk takes a minute.
    let folder = tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap());
    let volume = Volume::new(shape);
    let graph = Graph::new();
    let node = graph.add(volume.clone());
    let most = Arc::new(AtomicUsize::new(0));
    let (seen, within) = (Arc::clone(&most), folder.path().canonicalize().unwrap());
    let open = move || {
        let links = fs::read_dir("/proc/self/fd").unwrap();
        let targets = links.filter_map(|link| fs::read_link(link.ok()?.path()).ok());
        targets.filter(|target| target.starts_with(&within)).count()
    };
    let export = Export::new(&node.output).blocks(Shape::from(block)).create(create);
    let export = export.in_flight(3).progress(move |_| {
        seen.fetch_max(open(), Ordering::SeqCst);
    });
    export.to(&at(folder.path(), "s/{z}.npy")).wait().unwrap();
    assert_eq!(names(&folder.path().join("s")).len(), shape[0]);
    let written = load(&at(folder.path(), "s/*.npy")).unwrap();
    assert_eq!(
        written.with_axes("zyx").unwrap(),
        volume.pixels(&Roi::full(Shape::new(shape).unwrap()), 1)
    );
    most.load(Ordering::SeqCst)
}

#[test]
#[cfg(target_os = "linux")]
fn few_of_thousands_of_files_are_open() {
    // Written in one piece each; then too large for that, so one after another.
    let small = most_open(Create::new(), &[3000, 6, 5], [16, 3, 5]);
    assert!(small <= 10, "{small}");
    let large = most_open(Create::new().limit(Limit::bytes(64)), &[300, 6, 5], [1, 3, 5]);
    assert!((1..=10).contains(&large), "{large}");
}

#[test]
fn files_that_would_all_grow_at_the_same_time_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let meta = Meta::new(Shape::from([64, 64, 1000]), DType::U16, "zyx").unwrap();
    let create = |limit| {
        Create::new()
            .limit(Limit::bytes(limit))
            .create(&at(folder.path(), "{x}.npy"), &meta)
    };
    let error = create(1000).err().unwrap().report();
    assert!(error.contains("make their axis the first"), "{error}");
    assert!(names(folder.path()).is_empty());
    assert_eq!(create(1 << 20).unwrap().unit(), [64, 64, 1]);
    let first = Meta::new(Shape::from([1000, 64, 64]), DType::U16, "xzy").unwrap();
    let create = Create::new().limit(Limit::bytes(1000));
    let sink = create.create(&at(folder.path(), "{x}.npy"), &first).unwrap();
    assert_eq!(sink.order(), WriteOrder::Ascending);
    let one = Array::zeros("xzy", &[1, 1, 1], DType::U16).unwrap();
    let begin = |n: usize| sink.write_region(&roi![n..n + 1, 0..1, 0..1], &one, &Checkpoint::never());
    let begun = (0..1000).take_while(|n| begin(*n).is_ok()).count();
    assert_eq!(begun, 128);
    assert!(begin(999).unwrap_err().report().contains("file by file"));
}

#[test]
fn what_is_in_the_way_is_found_before_anything_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let meta = Meta::new(Shape::from([3, 4, 4]), DType::U8, "zyx").unwrap();
    fs::create_dir(folder.path().join("1.png")).unwrap();
    for replace in [false, true] {
        let create = Create::new().replace(replace).resume("work");
        let error = create
            .create(&at(folder.path(), "{z}.png"), &meta)
            .err()
            .unwrap()
            .report();
        assert!(error.contains("1.png"), "{error}");
        assert_eq!(names(folder.path()), ["1.png"]);
    }
}

#[test]
fn files_that_have_got_their_names_are_not_made_again() {
    for replace in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("another's"), "").unwrap();
        let never = Checkpoint::never();
        let place = at(folder.path(), "{z}.npy");
        let image = image("zyx", &[3, 4, 4], DType::U8);
        let meta = Meta::of(&image);
        let create = || Create::new().replace(replace).resume("work").create(&place, &meta);
        if replace {
            fs::write(folder.path().join("0.npy"), "old").unwrap();
        }
        let sink = create().unwrap();
        sink.write_region(&meta.roi(), &image, &never).unwrap();
        drop(sink);
        let staged = folder.path().join(".{z}.npy.headwater-part");
        // As a run leaves it that is killed after the first name.
        fs::write(staged.join(".headwater-naming"), "").unwrap();
        fs::rename(staged.join("0.npy"), folder.path().join("0.npy")).unwrap();
        let sink = create().unwrap();
        assert!(sink.is_written(&meta.roi()));
        sink.finish(&never).unwrap();
        assert_eq!(names(folder.path()), ["0.npy", "1.npy", "2.npy", "another's"]);
        assert_eq!(
            load(&at(folder.path(), "*.npy")).unwrap().with_axes("zyx").unwrap(),
            image
        );
    }
}

#[test]
fn what_other_options_have_made_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let never = Checkpoint::never();
    let place = at(folder.path(), "s/{z}.tif");
    let image = image("zyx", &[3, 32, 32], DType::U8);
    let meta = Meta::of(&image);
    let one = roi![0..1, 0..32, 0..32];
    let work = || Create::new().resume("work").compression(Compression::Deflate(6));
    let sink = work().create(&place, &meta).unwrap();
    sink.write_region(&one, &image.slice(&one).unwrap(), &never).unwrap();
    drop(sink);
    assert!(work().create(&place, &meta).unwrap().is_written(&one));
    let other = work().compression(Compression::None).create(&place, &meta).unwrap();
    assert!(!other.is_written(&one));
    other.write_region(&one, &image.slice(&one).unwrap(), &never).unwrap();
    drop(other);
    let named = meta.with_range(0.0, 127.0);
    let other = work().compression(Compression::None).create(&place, &named).unwrap();
    assert!(!other.is_written(&one));
}

#[test]
fn a_folder_of_its_own_appears_and_is_replaced_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (never, place) = (Checkpoint::never(), at(folder.path(), "s/{z}.png"));
    let own = folder.path().join("s");
    let images = [1, 2].map(|value| Array::full("zyx", &[3, 4, 4], value as u8).unwrap());
    let meta = Meta::of(&images[0]);
    let sink = Create::new().create(&place, &meta).unwrap();
    sink.write_region(&meta.roi(), &images[0], &never).unwrap();
    assert!(!own.exists());
    sink.finish(&never).unwrap();
    assert_eq!((names(&own).len(), names(folder.path())), (3, vec!["s".to_owned()]));
    let before = fs::metadata(&own).unwrap().ino();
    let error = Create::new().create(&place, &meta).err().unwrap().report();
    assert!(error.contains("0.png"), "{error}");
    let replace = Create::new().replace(true);
    save(&replace, &place, &images[1], &meta).unwrap();
    assert_ne!(fs::metadata(&own).unwrap().ino(), before, "another folder");
    assert_eq!(names(folder.path()), ["s"]);
    let read = Open::new().sequence_axis('z').open(&at(&own, "*.png")).unwrap();
    assert_eq!(read.read(&read.meta().roi(), &never).unwrap(), images[1]);
    // With a file that is not replaced, it is not the stack's own; that one stays.
    for stranger in ["0.txt", "3.png", ".hidden"] {
        let before = fs::metadata(&own).unwrap().ino();
        fs::write(own.join(stranger), "precious").unwrap();
        save(&replace, &place, &images[0], &meta).unwrap();
        assert_eq!(fs::read_to_string(own.join(stranger)).unwrap(), "precious");
        assert_eq!((fs::metadata(&own).unwrap().ino(), names(&own).len()), (before, 4));
        fs::remove_file(own.join(stranger)).unwrap();
    }
}

#[test]
fn replaced_files_keep_their_permissions_and_links_are_not_replaced() {
    let image = image("zyx", &[3, 20, 30], DType::U8);
    // With its folder, and beside a file of somebody else's.
    for stranger in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("stack");
        fs::create_dir(&place).unwrap();
        let pattern = at(&place, "s{z}.png");
        save(&Create::new(), &pattern, &image, &Meta::of(&image)).unwrap();
        if stranger {
            fs::write(place.join("notes.txt"), "mine").unwrap();
        }
        let second = place.join("s1.png");
        fs::set_permissions(&second, fs::Permissions::from_mode(0o600)).unwrap();
        let create = Create::new().replace(true);
        save(&create, &pattern, &image, &Meta::of(&image)).unwrap();
        assert_eq!(fs::metadata(&second).unwrap().permissions().mode() & 0o777, 0o600);
        let elsewhere = folder.path().join("elsewhere.png");
        fs::rename(&second, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &second).unwrap();
        let error = save(&create, &pattern, &image, &Meta::of(&image)).unwrap_err().report();
        assert!(error.contains("s1.png") && error.contains("it is a link"), "{error}");
        assert!(second.is_symlink() && elsewhere.is_file());
    }
}

#[test]
fn what_comes_into_the_folder_meanwhile_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (never, place) = (Checkpoint::never(), at(folder.path(), "s/{z}.png"));
    let image = image("zyx", &[2, 4, 4], DType::U8);
    let meta = Meta::of(&image);
    for is_there in [false, true] {
        if is_there {
            save(&Create::new(), &at(folder.path(), "s/{z}.png"), &image, &meta).unwrap();
        }
        let sink = Create::new().replace(is_there).create(&place, &meta).unwrap();
        sink.write_region(&meta.roi(), &image, &never).unwrap();
        fs::create_dir_all(folder.path().join("s")).unwrap();
        fs::write(folder.path().join("s/precious"), "").unwrap();
        let error = sink.finish(&never).unwrap_err().report();
        assert!(error.contains("while it was written"), "{error}");
        assert_eq!(names(folder.path()), ["s"]);
        assert!(folder.path().join("s/precious").exists());
        fs::remove_dir_all(folder.path().join("s")).unwrap();
    }
}

#[test]
fn an_option_that_cannot_be_costs_nothing_of_what_an_earlier_run_left() {
    for stranger in [None, Some("another's")] {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("s");
        if let Some(name) = stranger {
            fs::create_dir(&own).unwrap();
            fs::write(own.join(name), "").unwrap();
        }
        let (never, place) = (Checkpoint::never(), at(&own, "{z}.tif"));
        let image = image("zyx", &[3, 32, 32], DType::U8);
        let meta = Meta::of(&image);
        let one = roi![0..1, 0..32, 0..32];
        let work = || Create::new().resume("work");
        let sink = work().create(&place, &meta).unwrap();
        sink.write_region(&one, &image.slice(&one).unwrap(), &never).unwrap();
        drop(sink);
        for impossible in [
            work().chunk(Shape::from([1, 17, 17])),
            work().scales(2),
            work().compression(Compression::BloscLz4(5)),
            work().resume("other work").chunk(Shape::from([1, 17, 17])),
        ] {
            impossible.create(&place, &meta).map(drop).unwrap_err();
            assert!(work().create(&place, &meta).unwrap().is_written(&one));
        }
    }
}

#[test]
fn names_that_are_no_text_are_an_error_and_hidden_ones_are_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("yx", &[4, 4], DType::U8);
    for name in ["0.npy", "1.npy", ".2.npy", "a/0.npy", ".b/1.npy"] {
        fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        save(&Create::new(), &at(folder.path(), name), &image, &Meta::of(&image)).unwrap();
    }
    let count = |pattern: &str| open(&at(folder.path(), pattern)).unwrap().meta().shape()[0];
    assert_eq!(
        (count("*.npy"), count("*/*.npy"), count(".b/*.npy"), count(".*.npy")),
        (2, 1, 1, 1)
    );
    let odd = std::ffi::OsStr::from_bytes(b"3\xff.npy");
    fs::copy(folder.path().join("0.npy"), folder.path().join(odd)).unwrap();
    // By Linux they can be; not by every file system.
    if folder.path().join(odd).exists() {
        let error = open(&at(folder.path(), "*.npy")).err().unwrap().report();
        assert!(error.contains("not UTF-8"), "{error}");
        assert_eq!(count("[01].npy"), 2);
    }
}

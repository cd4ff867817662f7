//! What is written is read back, whole and in parts.

use headwater::graph::{Meta, PixelSize};
use headwater::io::{Compression, Create, open};
use headwater::{Array, Checkpoint, DType, Roi, Shape, roi};

use super::{Folder, sample};
use crate::support::{image, load, save};

const COMPRESSIONS: [Compression; 4] = [
    Compression::None,
    Compression::Deflate(6),
    Compression::Zstd(3),
    Compression::Lzw,
];

fn trip(create: &Create, array: &Array, what: &str) {
    let folder = Folder::new();
    let path = folder.path("a.tif");
    save(create, &path, array, &Meta::of(array)).unwrap_or_else(|e| panic!("{what}: {e:?}"));
    let back = load(&path).unwrap_or_else(|e| panic!("{what}: {e:?}"));
    assert_eq!(back, *array, "{what}");
}

#[test]
fn every_type_makes_the_trip_with_every_compression() {
    for dtype in DType::ALL {
        for compression in COMPRESSIONS {
            let what = format!("{dtype} {compression}");
            let create = Create::new().compression(compression);
            let small = image("zyx", &[3, 17, 21], dtype);
            trip(&create, &small, &what);
            let tiled = create.clone().chunk(Shape::new([1, 16, 32]).unwrap());
            trip(&tiled, &image("zyx", &[2, 37, 50], dtype), &format!("{what} in tiles"));
            let strips = create.chunk(Shape::new([0, 7, 0]).unwrap());
            trip(&strips, &small, &format!("{what} in strips"));
        }
    }
}

#[test]
fn axes_come_back_in_their_order() {
    for (axes, shape) in [
        ("x", &[9][..]),
        ("y", &[9]),
        ("yx", &[4, 5]),
        ("xy", &[4, 5]),
        ("tyx", &[3, 4, 5]),
        ("cyx", &[2, 4, 5]),
        ("yxc", &[4, 5, 3]),
        ("yxc", &[4, 5, 2]),
        ("zyxc", &[2, 4, 5, 3]),
        ("zcyx", &[2, 3, 4, 5]),
        ("tzcyx", &[2, 3, 2, 4, 5]),
        ("czyx", &[2, 3, 4, 5]),
        ("tczyx", &[1, 1, 3, 4, 5]),
        ("tzyxc", &[2, 2, 4, 5, 1]),
        ("tzyxc", &[2, 2, 4, 5, 3]),
        ("xyzct", &[5, 4, 3, 2, 2]),
    ] {
        for dtype in [DType::U8, DType::F32] {
            for compression in [Compression::None, Compression::Deflate(1)] {
                let create = Create::new().compression(compression);
                trip(
                    &create,
                    &image(axes, shape, dtype),
                    &format!("{axes} {dtype} {compression}"),
                );
            }
        }
    }
}

#[test]
fn large_pages_are_in_tiles_and_parts_of_them_are_read() {
    let folder = Folder::new();
    let array = image("zyx", &[3, 600, 530], DType::U16);
    for compression in COMPRESSIONS {
        let path = folder.path("a.tif");
        let create = Create::new().compression(compression).replace(true);
        save(&create, &path, &array, &Meta::of(&array)).unwrap();
        let source = open(&path).unwrap();
        if compression != Compression::None {
            assert_eq!(source.meta().ideal_block().unwrap().as_slice(), [1, 256, 256]);
        }
        for part in [
            roi![0..3, 0..600, 0..530],
            roi![1..2, 250..260, 255..257],
            roi![0..3, 599..600, 0..530],
            roi![2..3, 0..600, 529..530],
            roi![1..3, 100..500, 300..301],
            roi![1..1, 0..600, 0..530],
        ] {
            let read = source.read(&part, &Checkpoint::never()).unwrap();
            assert_eq!(read, array.slice(&part).unwrap(), "{compression} {part}");
        }
        assert!(source.read(&roi![0..4, 0..600, 0..530], &Checkpoint::never()).is_err());
    }
}

fn micrometers(sizes: &[f64]) -> Vec<PixelSize> {
    let pixel = |size: &f64| PixelSize {
        size: *size,
        unit: "micrometer".into(),
    };
    sizes.iter().map(pixel).collect()
}

#[test]
fn pixel_sizes_units_and_channel_names_make_the_trip() {
    let folder = Folder::new();
    let array = image("tczyx", &[2, 3, 2, 4, 5], DType::U8);
    let mut sizes = micrometers(&[1.0, 1.0, 0.5, 0.123_456_789, 1e-7]);
    sizes[0].unit = "second".into();
    sizes[1].unit = "".into();
    sizes[2].unit = "furlong <&>\"".into();
    let meta =
        Meta::of(&array)
            .with_pixel_size(sizes)
            .unwrap()
            .with_channel_names(["DAPI", "größer & <\"kleiner\">", "c\n3"]);
    let path = folder.path("a.ome.tif");
    save(&Create::new(), &path, &array, &meta).unwrap();
    let source = open(&path).unwrap();
    assert_eq!(source.meta().pixel_size(), meta.pixel_size());
    assert_eq!(source.meta().channel_names(), meta.channel_names());

    let colour = image("yxc", &[4, 5, 3], DType::U8);
    let meta = Meta::of(&colour).with_channel_names(["red", "green", "blue"]);
    let path = folder.path("b.ome.tif");
    save(&Create::new(), &path, &colour, &meta).unwrap();
    assert_eq!(open(&path).unwrap().meta().channel_names(), meta.channel_names());
}

#[test]
fn blocks_may_come_in_any_order_and_layout() {
    let folder = Folder::new();
    let path = folder.path("a.tif");
    let array = image("yxc", &[600, 530, 3], DType::U8);
    let never = Checkpoint::never();
    for compression in COMPRESSIONS {
        let create = Create::new().compression(compression).replace(true);
        let sink = create.create(&path, &Meta::of(&array)).unwrap();
        let turned = array.to_axes("cyx").unwrap();
        let turned = Array::from_ndarray("cyx", turned.view::<u8>().unwrap().as_standard_layout().to_owned()).unwrap();
        let turned = turned.to_axes("yxc").unwrap();
        for y in [512..600, 0..256, 256..512] {
            for x in [256..530, 0..256] {
                let roi = Roi::from_ranges([y.clone(), x, 0..3]).unwrap();
                sink.write_region(&roi, &turned.slice(&roi).unwrap(), &never).unwrap();
            }
        }
        sink.finish(&never).unwrap();
        assert_eq!(load(&path).unwrap(), array);
    }
}

#[test]
fn what_does_not_fit_is_refused_and_what_is_missing_is_told() {
    let folder = Folder::new();
    let path = folder.path("a.tif");
    let never = Checkpoint::never();
    let array = image("zyx", &[2, 600, 530], DType::U16);
    let sink = Create::new().create(&path, &Meta::of(&array)).unwrap();
    let crooked = roi![0..1, 1..257, 0..256];
    let error = sink
        .write_region(&crooked, &array.slice(&crooked).unwrap(), &never)
        .unwrap_err();
    assert!(error.report().contains("whole blocks of"), "{error:?}");
    assert!(error.report().contains("a.tif"), "{error:?}");
    let part = roi![0..1, 0..512, 0..530];
    sink.write_region(&part, &array.slice(&part).unwrap(), &never).unwrap();
    let error = sink.finish(&never).unwrap_err().report();
    assert!(error.contains("12 strips or tiles have not been written"), "{error}");

    // What is written twice is not two.
    let sink = Create::new().create(&path, &Meta::of(&array)).unwrap();
    for _ in 0..2 {
        sink.write_region(&part, &array.slice(&part).unwrap(), &never).unwrap();
    }
    let error = sink.finish(&never).unwrap_err().report();
    assert!(error.contains("12 strips or tiles have not been written"), "{error}");
    assert!(!std::path::Path::new(&path).exists());

    let bare = Create::new().compression(Compression::None);
    let sink = bare.create(&path, &Meta::of(&array)).unwrap();
    sink.write_region(&part, &array.slice(&part).unwrap(), &never).unwrap();
    let error = sink.finish(&never).unwrap_err().report();
    assert!(error.contains("samples have not been written"), "{error}");
    assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 0);

    let strange = image("kyx", &[2, 3, 4], DType::U8);
    assert!(Create::new().create(&path, &Meta::of(&strange)).is_err());
    let blosc = Create::new().compression(Compression::BloscLz4(5));
    let error = blosc.create(&path, &Meta::of(&array)).err().unwrap().report();
    assert!(error.contains("deflate"), "{error}");
}

#[test]
fn an_image_that_could_pass_four_gigabytes_is_a_big_tiff() {
    let folder = Folder::new();
    let path = folder.path("a.tif");
    let shape = Shape::new([80, 8192, 8192]).unwrap();
    let meta = Meta::new(shape, DType::U8, "zyx").unwrap();
    let start = |create: Create| {
        let sink = create.create(&path, &meta).unwrap();
        let part = folder.0.path().read_dir().unwrap().next().unwrap().unwrap().path();
        let start = std::fs::read(part).unwrap();
        drop(sink);
        start
    };
    assert!(start(Create::new()).starts_with(b"II+\0"));
    assert!(start(Create::new().compression(Compression::None)).starts_with(b"II+\0"));
    assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 0);
}

#[test]
fn the_sample_image_is_read() {
    let source = open(sample("examples/data/nuclei_2d.tif").to_str().unwrap()).unwrap();
    assert_eq!(
        (source.meta().shape().as_slice(), source.meta().dtype()),
        (&[512, 512][..], DType::U16)
    );
    let image = source.read(&source.meta().roi(), &Checkpoint::never()).unwrap();
    assert!(image.view::<u16>().unwrap().iter().any(|&sample| sample > 200));
}

//! tifffile reads what we write, and we read what it writes.

use std::path::Path;

use headwater::graph::{Meta, PixelSize};
use headwater::io::{Compression, Create, Open, open};
use headwater::{Array, Checkpoint, DType, Shape};

use super::Script;
use crate::support::{image, load, save};

/// What tifffile does here, if there is a Python that has it.
fn script(test: &str) -> Option<Script> {
    Script::find(test, "by_tifffile.py", &["tifffile", "imagecodecs", "numpy"])
}

#[test]
fn files_of_tifffile_are_read() {
    let Some(script) = script("TIFF by tifffile") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    script.run(&["make", folder.path().to_str().unwrap()]);
    let mut count = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "tif") {
            count += 1;
            if let Err(cause) = compare(&path) {
                wrong.push(format!("{}: {cause}", path.file_name().unwrap().display()));
            }
        }
    }
    assert!(count > 100, "{count}");
    coarser(folder.path());
    wrong.sort();
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

fn compare(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path.with_extension("txt")).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let [axes, tolerance, sizes, channels] = lines[..] else {
        panic!("{text}")
    };
    let source = open(path.to_str().unwrap()).map_err(|error| error.report())?;
    let meta = source.meta();
    if meta.axes().to_string() != axes {
        return Err(format!("axes {}, not {axes}", meta.axes()));
    }
    let found = source
        .read(&meta.roi(), &Checkpoint::never())
        .map_err(|error| error.report())?;
    let expected = load(path.with_extension("npy").to_str().unwrap())
        .unwrap()
        .with_axes(meta.axes())
        .unwrap();
    let tolerance: f64 = tolerance.parse().unwrap();
    if found != expected && (tolerance == 0.0 || difference(&found, &expected) > tolerance) {
        return Err(format!("other samples: {found:?}, {expected:?}"));
    }
    if !sizes.is_empty() {
        let pixel = |pixel: &PixelSize| format!("{} {}", pixel.size, pixel.unit);
        let found: Vec<_> = meta.pixel_size().unwrap_or_default().iter().map(pixel).collect();
        if found.join(";") != sizes {
            return Err(format!("sizes {}, not {sizes}", found.join(";")));
        }
    }
    let names: Vec<_> = meta.channel_names().iter().map(|name| &**name).collect();
    if names.join(";") != channels {
        return Err(format!("channels {}, not {channels}", names.join(";")));
    }
    Ok(())
}

/// The coarser scale of a pyramid.
fn coarser(folder: &Path) {
    let path = folder.join("pyramid.tif");
    let open = |scale| Open::new().scale(scale).open(path.to_str().unwrap());
    let source = open("1").unwrap();
    let expected = load(folder.join("pyramid-coarser.npy").to_str().unwrap()).unwrap();
    assert_eq!(
        source.read(&source.meta().roi(), &Checkpoint::never()).unwrap(),
        expected
    );
    assert_eq!(source.meta().pixel_size().unwrap()[2].size, 1.0);
    let error = open("2").err().unwrap().report();
    assert!(error.contains("it has no scale `2`"), "{error}");
    assert!(open("full").is_err());
}

fn difference(one: &Array, other: &Array) -> f64 {
    let floats = |array: &Array| array.cast(DType::F64).unwrap().view::<f64>().unwrap().to_owned();
    (floats(one) - floats(other))
        .iter()
        .fold(0.0, |most: f64, value| most.max(value.abs()))
}

#[test]
fn tifffile_reads_what_we_write() {
    let Some(script) = script("our TIFF in tifffile") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    let mut write = |create: &Create, array: &Array, meta: &Meta, ome: &str, channels: &str| {
        number += 1;
        let name = |ending: &str| {
            folder
                .path()
                .join(format!("{number}.{ending}"))
                .to_str()
                .unwrap()
                .to_owned()
        };
        save(create, &name("tif"), array, meta).unwrap();
        save(&Create::new(), &name("npy"), array, &Meta::of(array)).unwrap();
        let axes = array.axes();
        let text = format!("{{\"axes\": \"{axes}\", \"ome\": {{{ome}}}, \"channels\": [{channels}]}}");
        std::fs::write(name("txt"), text).unwrap();
    };
    let compressions = [
        Compression::None,
        Compression::Deflate(6),
        Compression::Zstd(3),
        Compression::Lzw,
    ];
    for compression in compressions {
        let create = Create::new().compression(compression);
        for dtype in DType::ALL {
            let array = image("zyx", &[2, 37, 50], dtype);
            write(&create, &array, &Meta::of(&array), "", "");
            let tiles = create.clone().chunk(Shape::new([1, 16, 32]).unwrap());
            write(&tiles, &array, &Meta::of(&array), "", "");
        }
        for (axes, shape) in [
            ("yx", &[600, 530][..]),
            ("yxc", &[40, 50, 3]),
            ("zyxc", &[2, 40, 50, 3]),
            ("tzcyx", &[2, 3, 2, 40, 50]),
            ("tczyx", &[2, 3, 4, 40, 50]),
            ("zctyx", &[2, 3, 4, 40, 50]),
            ("czyx", &[2, 3, 40, 50]),
            ("zyxc", &[2, 40, 50, 2]),
        ] {
            let array = image(axes, shape, DType::U8);
            write(&create, &array, &Meta::of(&array), "", "");
        }
    }
    let array = image("tzcyx", &[2, 3, 2, 20, 30], DType::U16);
    let pixel = |size: f64, unit: &str| PixelSize {
        size,
        unit: unit.into(),
    };
    let sizes = [
        pixel(1.5, "second"),
        pixel(2.0, "micrometer"),
        pixel(1.0, ""),
        pixel(200.0, "nanometer"),
        pixel(0.1, "micrometer"),
    ];
    let meta = Meta::of(&array)
        .with_pixel_size(sizes)
        .unwrap()
        .with_channel_names(["DAPI", "grün <1>"]);
    let ome = "\"PhysicalSizeX\": 0.1, \"PhysicalSizeXUnit\": \"µm\", \"PhysicalSizeY\": 200, \
        \"PhysicalSizeYUnit\": \"nm\", \"PhysicalSizeZ\": 2, \"TimeIncrement\": 1.5, \"SizeT\": 2, \"SizeZ\": 3, \
        \"SizeC\": 2, \"Type\": \"uint16\"";
    write(&Create::new(), &array, &meta, ome, "\"DAPI\", \"grün <1>\"");
    script.run(&["check", folder.path().to_str().unwrap()]);
}

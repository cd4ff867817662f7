use headwater::graph::{Meta, PixelSize};
use headwater::io::{Compression, Create, Open, ZarrVersion, open};
use headwater::{Checkpoint, DType, Roi, Shape};

use super::Script;
use crate::support::{image, load, save};

const MODULES: [&str; 4] = ["zarr", "numcodecs", "tensorstore", "numpy"];

/// The type that NumPy calls `name`.
fn dtype(name: &str) -> DType {
    let bits = name.trim_start_matches(char::is_alphabetic);
    let short = format!("{}{bits}", &name[..1]);
    let named = |dtype: &DType| dtype.name() == name || dtype.name() == short;
    DType::ALL.into_iter().find(named).expect("a type that is ours too")
}

#[test]
fn what_others_write_is_read() {
    let Some(script) = Script::find("Zarr by zarr-python and tensorstore", "by_zarr.py", &MODULES) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_str().unwrap();
    let list = script.run(&["write", at]);
    assert!(list.lines().count() > 80, "{list}");
    for line in list.lines() {
        let [_, path, kind, shape] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let shape: Vec<usize> = shape.split(',').map(|n| n.parse().unwrap()).collect();
        let found = load(&format!("{at}/{path}")).unwrap_or_else(|error| panic!("{line}: {}", error.report()));
        let axes = found.axes().to_string();
        assert_eq!(found, image(&axes, &shape, dtype(kind)), "{line}");
        let part = Roi::from_ranges(shape.iter().map(|n| n / 3..n.div_ceil(2).max(n / 3 + 1))).unwrap();
        let source = open(&format!("{at}/{path}")).unwrap();
        assert_eq!(
            source.read(&part, &Checkpoint::never()).unwrap(),
            found.slice(&part).unwrap(),
            "{line}"
        );
    }
    let filled = load(&format!("{at}/v3-fill.zarr")).unwrap();
    assert!(filled.view::<f32>().unwrap()[[4, 0, 0]].is_nan());
    for version in ["0.4", "0.5"] {
        let path = format!("{at}/ome-{version}.zarr");
        let meta = open(&path).unwrap().meta().clone();
        assert_eq!(meta.axes().to_string(), "czyx");
        let sizes: Vec<_> = meta
            .pixel_size()
            .unwrap()
            .iter()
            .map(|pixel| (pixel.size, pixel.unit.to_string()))
            .collect();
        let micrometers = |size| (size, "micrometer".to_owned());
        assert_eq!(
            sizes,
            [
                (1.0, String::new()),
                micrometers(3.0),
                micrometers(0.5),
                micrometers(0.25)
            ]
        );
        assert_eq!(
            meta.channel_names().iter().map(|name| &**name).collect::<Vec<_>>(),
            ["DAPI", "GFP"]
        );
        let coarse = Open::new().scale("s1").open(&path).unwrap();
        assert_eq!(coarse.meta().shape(), [2, 5, 20, 15]);
        assert_eq!(coarse.meta().pixel_size().unwrap()[3].size, 0.5);
    }
}

#[test]
fn what_we_write_is_read_by_others() {
    let Some(script) = Script::find("our Zarr, by zarr-python and tensorstore", "by_zarr.py", &MODULES) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_str().unwrap();
    let write = |name: &str, create: Create, dtype: DType| {
        let image = image("zyx", &[5, 17, 26], dtype);
        let pixel = |size| PixelSize {
            size,
            unit: "micrometer".into(),
        };
        let meta = Meta::of(&image).with_pixel_size([2.0, 0.5, 0.25].map(pixel)).unwrap();
        let create = create.chunk(Shape::from([2, 8, 9]));
        save(&create, &format!("{at}/{name}.zarr"), &image, &meta).unwrap();
    };
    for version in [ZarrVersion::V2, ZarrVersion::V3] {
        let create = || Create::new().zarr_version(version);
        for dtype in DType::ALL {
            write(&format!("{version:?}-{dtype}"), create().ome(false), dtype);
        }
        for compression in Compression::ALL.into_iter().filter(|one| *one != Compression::Lzw) {
            let name = compression.name();
            write(
                &format!("{version:?}-{name}"),
                create().ome(false).compression(compression),
                DType::U16,
            );
        }
        write(&format!("{version:?}-ome"), create(), DType::U16);
    }
    let shards = Create::new().shard(Shape::from([4, 16, 27]));
    write("shards", shards.clone().ome(false), DType::U16);
    write("shards-ome", shards, DType::U16);
    let written = std::fs::read_dir(at).unwrap().count();
    assert_eq!(script.run(&["check", at]).trim(), written.to_string());
}

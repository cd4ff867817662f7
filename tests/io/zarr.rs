use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::graph::{Graph, Meta, PixelSize};
use headwater::io::{Compression, Create, ImageSource, Limit, Open, Sink, ZarrVersion, open};
use headwater::{Array, BlockGrid, Checkpoint, DType, Roi, Shape, roi};

use proptest::prelude::*;

use crate::support::{files, image, load, save};

const VERSIONS: [ZarrVersion; 2] = [ZarrVersion::V2, ZarrVersion::V3];

fn place(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

fn meta_of(image: &Array) -> Meta {
    Meta::of(image)
}

#[test]
fn every_type_makes_the_trip_in_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    for version in VERSIONS {
        for dtype in DType::ALL {
            for ome in [false, true] {
                let path = place(&folder, &format!("{version:?}-{dtype}-{ome}.zarr"));
                let image = image("zyx", &[5, 17, 26], dtype);
                let create = Create::new()
                    .zarr_version(version)
                    .ome(ome)
                    .chunk(Shape::from([2, 8, 9]));
                save(&create, &path, &image, &meta_of(&image)).unwrap();
                assert_eq!(load(&path).unwrap(), image, "{path}");
            }
        }
    }
}

#[test]
fn every_compression_makes_the_trip() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("zyx", &[9, 40, 50], DType::U16);
    for version in VERSIONS {
        for compression in Compression::ALL {
            let path = place(&folder, &format!("{version:?}-{}.zarr", compression.name()));
            let create = Create::new()
                .zarr_version(version)
                .compression(compression)
                .chunk(Shape::from([4, 16, 16]));
            let saved = save(&create, &path, &image, &meta_of(&image));
            if compression == Compression::Lzw {
                assert!(saved.unwrap_err().report().contains("lzw"));
                continue;
            }
            saved.unwrap();
            assert_eq!(load(&path).unwrap(), image, "{path}");
        }
    }
}

#[test]
fn shards_are_read_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder, "a.zarr");
    let image = image("zyx", &[10, 37, 50], DType::I32);
    let create = Create::new()
        .chunk(Shape::from([2, 8, 9]))
        .shard(Shape::from([4, 16, 27]));
    save(&create, &path, &image, &meta_of(&image)).unwrap();
    assert_eq!(load(&path).unwrap(), image);
    let source = open(&path).unwrap();
    assert_eq!(source.meta().ideal_block(), Some(Shape::from([2, 8, 9])));
    let roi = roi![3..9, 7..20, 26..28];
    assert_eq!(
        source.read(&roi, &Checkpoint::never()).unwrap(),
        image.slice(&roi).unwrap()
    );
}

#[test]
fn regions_are_read_by_the_graph() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder, "a.zarr");
    let image = image("tczyx", &[2, 3, 5, 40, 30], DType::U16);
    save(
        &Create::new().chunk(Shape::from([1, 1, 2, 7, 11])),
        &path,
        &image,
        &meta_of(&image),
    )
    .unwrap();
    let graph = Graph::new();
    let source = graph.add(ImageSource::open(&path).unwrap());
    for roi in [
        roi![0..2, 0..3, 0..5, 0..40, 0..30],
        roi![1..2, 1..2, 1..4, 10..33, 3..4],
        roi![0..2, 2..3, 4..5, 6..8, 10..12],
        roi![0..1, 0..1, 0..1, 0..40, 0..1],
    ] {
        assert_eq!(
            source.output.request(roi).wait().unwrap(),
            image.slice(&roi).unwrap(),
            "{roi}"
        );
    }
}

#[test]
fn axes_pixel_sizes_units_and_channels_survive() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("yxc", &[30, 20, 2], DType::U8);
    let pixel = |size, unit: &str| PixelSize {
        size,
        unit: unit.into(),
    };
    let sizes = [pixel(0.1, "micrometer"), pixel(0.325, "micrometer"), pixel(1.0, "")];
    let meta = meta_of(&image)
        .with_pixel_size(sizes.clone())
        .unwrap()
        .with_channel_names(["DAPI", "GFP"]);
    for version in VERSIONS {
        let path = place(&folder, &format!("{version:?}.zarr"));
        save(&Create::new().zarr_version(version), &path, &image, &meta).unwrap();
        let found = open(&path).unwrap();
        // OME's order of axes is fixed.
        assert_eq!(found.meta().axes().to_string(), "cyx");
        assert_eq!(found.meta().pixel_size().unwrap(), [&sizes[2..], &sizes[..2]].concat());
        assert_eq!(found.meta().channel_names().len(), 2);
        assert_eq!(&*found.meta().channel_names()[1], "GFP");
        assert_eq!(load(&path).unwrap(), image.to_axes("cyx").unwrap());

        let path = place(&folder, &format!("plain-{version:?}.zarr"));
        save(&Create::new().zarr_version(version).ome(false), &path, &image, &meta).unwrap();
        let found = open(&path).unwrap();
        assert_eq!(found.meta().axes().to_string(), "yxc");
        assert_eq!(found.meta().pixel_size().unwrap(), sizes);
        assert_eq!(found.meta().channel_names(), meta.channel_names());
        assert_eq!(load(&path).unwrap(), image);
    }
}

#[test]
fn coarser_scales_are_written_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("zyx", &[9, 70, 50], DType::U16);
    for (labels, chunk, shard) in [
        (false, [4, 16, 16], None),
        (true, [3, 9, 7], None),
        (false, [2, 8, 8], Some([4, 16, 16])),
    ] {
        let path = place(&folder, &format!("{labels}{}.zarr", chunk[0]));
        let create = Create::new().chunk(Shape::from(chunk)).labels(labels);
        let create = shard
            .into_iter()
            .fold(create, |create, shard| create.shard(Shape::from(shard)));
        save(&create, &path, &image, &meta_of(&image)).unwrap();
        let scale = |name: &str| {
            let source = Open::new().scale(name).open(&path)?;
            source.read(&source.meta().roi(), &Checkpoint::never())
        };
        assert_eq!(scale("0").unwrap(), image);
        let first = scale("1").unwrap();
        assert_eq!(first.shape(), [4, 35, 25]);
        let (fine, coarse) = (image.view::<u16>().unwrap(), first.view::<u16>().unwrap());
        for ((z, y, x), value) in coarse.into_dimensionality::<ndarray::Ix3>().unwrap().indexed_iter() {
            let of = |dz: usize, dy: usize, dx: usize| u32::from(fine[[2 * z + dz, 2 * y + dy, 2 * x + dx]]);
            let sum: u32 = (0..8).map(|n| of(n & 1, n >> 1 & 1, n >> 2)).sum();
            let expected = if labels { of(0, 0, 0) } else { (sum + 4) / 8 };
            assert_eq!(u32::from(*value), expected, "{path} {z} {y} {x}");
        }
        let error = scale("9").unwrap_err().report();
        assert!(error.contains("`0`, `1`"), "{error}");
        let direct = open(&format!("{path}/1")).unwrap();
        assert_eq!(direct.meta().axes().to_string(), "zyx");
        assert_eq!(load(&format!("{path}/1")).unwrap(), first);
    }
}

#[test]
fn threads_that_write_in_any_order_make_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("zyx", &[37, 80, 70], DType::U16);
    let meta = meta_of(&image);
    let never = Checkpoint::never();
    let create = |name: &str| {
        fs::create_dir(folder.path().join(name)).unwrap();
        let place = folder.path().join(name).join("a.zarr");
        let create = Create::new().chunk(Shape::from([8, 16, 16]));
        create.create(place.to_str().unwrap(), &meta).unwrap()
    };
    let write = |sink: &dyn Sink, roi: &Roi| sink.write_region(roi, &image.slice(roi).unwrap(), &never).unwrap();
    let grid = BlockGrid::aligned(meta.roi(), Shape::from([8, 16, 16])).unwrap();
    let mut blocks: Vec<_> = grid.iter().map(|block| block.roi).collect();

    let alone = create("alone");
    blocks.iter().for_each(|roi| write(&*alone, roi));
    alone.finish(&never).unwrap();
    let alone = files(&folder.path().join("alone"));
    assert!(
        alone.keys().any(|path| path.starts_with("a.zarr/2")),
        "it has coarser scales"
    );

    let mut random = 0x2545_F491_u32;
    for round in 0..4 {
        for n in (1..blocks.len()).rev() {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            blocks.swap(n, (random >> 8) as usize % (n + 1));
        }
        let name = format!("together{round}");
        let sink = create(&name);
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(roi) = blocks.get(next.fetch_add(1, Ordering::Relaxed)) {
                        write(&*sink, roi);
                    }
                });
            }
        });
        sink.finish(&never).unwrap();
        let together = files(&folder.path().join(&name));
        assert!(together == alone, "{:?}", together.keys().collect::<Vec<_>>());
    }
}

#[test]
fn coarser_scales_are_of_what_was_written_last() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("yx", &[64, 64], DType::U8);
    let (meta, never) = (meta_of(&image), Checkpoint::never());
    for (name, resume) in [("straight.zarr", false), ("resumable.zarr", true)] {
        let create = Create::new().chunk(Shape::from([16, 16]));
        let create = if resume { create.resume("work") } else { create };
        let path = place(&folder, name);
        let sink = create.create(&path, &meta).unwrap();
        let other = Array::full("yx", &[64, 64], 3_u8).unwrap();
        sink.write_region(&meta.roi(), &other, &never).unwrap();
        sink.write_region(&meta.roi(), &image, &never).unwrap();
        sink.finish(&never).unwrap();
        let straight = place(&folder, &format!("once-{name}"));
        save(&Create::new().chunk(Shape::from([16, 16])), &straight, &image, &meta).unwrap();
        for scale in ["0", "1", "2"] {
            let load = |path: &str| {
                let source = Open::new().scale(scale).open(path).unwrap();
                source.read(&source.meta().roi(), &never).unwrap()
            };
            assert_eq!(load(&path), load(&straight), "{name} {scale}");
        }
    }
}

#[test]
fn a_chunk_that_a_power_cut_has_left_empty_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(&folder, "a.zarr");
    let image = image("zyx", &[8, 16, 16], DType::U16);
    let (meta, never) = (meta_of(&image), Checkpoint::never());
    let begin = || {
        let create = Create::new().chunk(Shape::from([4, 16, 16])).resume("work");
        create.create(&place, &meta).unwrap()
    };
    let write = |sink: &dyn Sink, roi: &Roi| sink.write_region(roi, &image.slice(roi).unwrap(), &never).unwrap();
    let (first, second) = (roi![0..4, 0..16, 0..16], roi![4..8, 0..16, 0..16]);
    let sink = begin();
    write(&*sink, &first);
    write(&*sink, &second);
    drop(sink);
    let staged = folder.path().join(".a.zarr.headwater-part");
    fs::write(staged.join("0/c/1/0/0"), "").unwrap();
    fs::write(staged.join("0/zarr.json"), "").unwrap();
    let sink = begin();
    assert!(sink.is_written(&first) && !sink.is_written(&second));
    write(&*sink, &second);
    sink.finish(&never).unwrap();
    assert_eq!(load(&place).unwrap(), image);
}

#[test]
fn there_are_as_many_scales_as_are_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("yx", &[40, 24], DType::U8);
    let create = Create::new().chunk(Shape::from([16, 16]));
    for (wanted, there, last) in [
        (None, 3, [10, 6]),
        (Some(1), 1, [40, 24]),
        (Some(5), 5, [2, 1]),
        (Some(32), 6, [1, 1]),
    ] {
        let path = place(&folder, &format!("{wanted:?}.zarr"));
        let create = wanted.map_or(create.clone(), |wanted| create.clone().scales(wanted));
        save(&create, &path, &image, &meta_of(&image)).unwrap();
        let scales = Open::new().contents(&path).unwrap().scales;
        assert_eq!(scales.len(), there, "{wanted:?}");
        let coarsest = Open::new().scale(&scales[there - 1]).open(&path).unwrap();
        assert_eq!(coarsest.meta().shape(), last);
    }
    let refused = |create: Create, name: &str| {
        let error = save(&create, &place(&folder, name), &image, &meta_of(&image)).unwrap_err();
        assert!(error.report().contains("scale"), "{error:?}");
    };
    refused(Create::new().scales(0), "a.zarr");
    refused(Create::new().scales(2).ome(false), "a.zarr");
    refused(Create::new().scales(2), "a.npy");
}

#[test]
fn a_run_is_resumed_and_blocks_are_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder, "a.zarr");
    let image = image("yx", &[60, 50], DType::U16);
    let never = Checkpoint::never();
    let create = Create::new().chunk(Shape::from([16, 16])).resume("smooth 1.5");
    let half = roi![0..32, 0..50];
    let sink = create.create(&path, &meta_of(&image)).unwrap();
    sink.write_region(&half, &image.slice(&half).unwrap(), &never).unwrap();
    drop(sink);
    assert!(!std::path::Path::new(&path).exists());

    let sink = create.create(&path, &meta_of(&image)).unwrap();
    assert!(sink.is_written(&half) && !sink.is_written(&roi![16..48, 0..16]));
    let error = sink.finish(&never).unwrap_err().report();
    assert!(error.contains("a.zarr") && error.contains("8 chunks"), "{error}");

    let sink = create.create(&path, &meta_of(&image)).unwrap();
    let rest = roi![32..60, 0..50];
    sink.write_region(&rest, &image.slice(&rest).unwrap(), &never).unwrap();
    let saved = sink.finish(&never).unwrap();
    assert_eq!(load(&path).unwrap(), image);
    assert!(saved.bytes > 1000);
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["a.zarr"]);

    // Other work does not go on with it.
    let create = create.replace(true);
    let sink = create.create(&path, &meta_of(&image)).unwrap();
    sink.write_region(&half, &image.slice(&half).unwrap(), &never).unwrap();
    drop(sink);
    let sink = create.resume("smooth 2").create(&path, &meta_of(&image)).unwrap();
    assert!(!sink.is_written(&half));
}

#[test]
fn scales_that_a_killed_run_lacks_are_made_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder, "a.zarr");
    let image = image("yx", &[60, 50], DType::U16);
    let never = Checkpoint::never();
    let create = Create::new().chunk(Shape::from([16, 16])).resume("w");
    let all = roi![0..60, 0..50];
    let sink = create.create(&path, &meta_of(&image)).unwrap();
    sink.write_region(&all, &image, &never).unwrap();
    drop(sink);
    let staged = folder.path().join(".a.zarr.headwater-part");
    let before = std::fs::read(staged.join("1/c/0/1")).unwrap();
    std::fs::remove_file(staged.join("1/c/0/1")).unwrap();
    std::fs::remove_dir_all(staged.join("2/c")).unwrap();
    create.create(&path, &meta_of(&image)).unwrap().finish(&never).unwrap();
    let path = std::path::Path::new(&path);
    assert_eq!(std::fs::read(path.join("1/c/0/1")).unwrap(), before);
    assert!(path.join("2/c/0/0").exists());
}

#[test]
fn blocks_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder, "a.zarr");
    let image = image("yx", &[60, 50], DType::U16);
    let never = Checkpoint::never();
    let sink = Create::new()
        .chunk(Shape::from([16, 16]))
        .create(&path, &meta_of(&image))
        .unwrap();
    for roi in [roi![0..15, 0..16], roi![8..24, 0..16], roi![0..80, 0..16]] {
        let part = image.slice(&roi.clipped(Shape::from([60, 50])).unwrap()).unwrap();
        assert!(sink.write_region(&roi, &part, &never).is_err(), "{roi}");
    }
    let roi = roi![0..16, 0..16];
    assert!(
        sink.write_region(&roi, &image.slice(&roi).unwrap().cast(DType::F32).unwrap(), &never)
            .is_err()
    );
    assert!(
        sink.write_region(&roi, &image.slice(&roi![0..16, 0..32]).unwrap(), &never)
            .is_err()
    );
}

#[test]
fn damaged_chunks_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder, "a.zarr");
    let image = image("yx", &[40, 30], DType::U16);
    save(
        &Create::new().chunk(Shape::from([16, 16])),
        &path,
        &image,
        &meta_of(&image),
    )
    .unwrap();
    let chunk = std::path::Path::new(&path).join("0/c/1/1");
    let whole = std::fs::read(&chunk).unwrap();
    for end in 0..whole.len() {
        std::fs::write(&chunk, &whole[..end]).unwrap();
        let error = load(&path).unwrap_err().report();
        assert!(error.contains("a.zarr") && error.contains("c/1/1"), "{error}");
    }
    std::fs::write(&chunk, vec![0; 1 << 20]).unwrap();
    assert!(load(&path).unwrap_err().report().contains("the most"));
    std::fs::remove_file(&chunk).unwrap();
    let found = load(&path).unwrap();
    let missing = roi![16..32, 16..30];
    assert_eq!(
        found.slice(&missing).unwrap(),
        Array::zeros("yx", &[16, 14], DType::U16).unwrap()
    );
}

#[test]
fn damaged_shards_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder, "a.zarr");
    let image = image("yx", &[32, 32], DType::U16);
    let create = Create::new()
        .chunk(Shape::from([8, 8]))
        .shard(Shape::from([32, 32]))
        .ome(false);
    save(&create, &path, &image, &meta_of(&image)).unwrap();
    let chunk = std::path::Path::new(&path).join("c/0/0");
    let whole = std::fs::read(&chunk).unwrap();
    for end in (0..whole.len()).step_by(7) {
        std::fs::write(&chunk, &whole[..end]).unwrap();
        assert!(load(&path).unwrap_err().report().contains("c/0/0"), "{end}");
    }
    for at in whole.len() - 200..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        std::fs::write(&chunk, &damaged).unwrap();
        assert!(load(&path).is_err(), "{at}");
    }
}

fn array(json: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder, "a.zarr");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(std::path::Path::new(&path).join("zarr.json"), json).unwrap();
    (folder, path)
}

fn with(key: &str, value: &str) -> String {
    let known = [
        ("zarr_format", "3"),
        ("node_type", "\"array\""),
        ("shape", "[10, 10]"),
        ("data_type", "\"float32\""),
        (
            "chunk_grid",
            r#"{"name": "regular", "configuration": {"chunk_shape": [5, 5]}}"#,
        ),
        ("chunk_key_encoding", r#"{"name": "default"}"#),
        ("fill_value", "0.0"),
        (
            "codecs",
            r#"[{"name": "bytes", "configuration": {"endian": "little"}}]"#,
        ),
    ];
    let mut entries: Vec<_> = known
        .iter()
        .filter(|(own, _)| *own != key)
        .map(|(k, v)| format!("\"{k}\": {v}"))
        .collect();
    entries.push(format!("\"{key}\": {value}"));
    format!("{{{}}}", entries.join(", "))
}

#[test]
fn metadata_that_cannot_be_are_errors_that_name_the_file() {
    let sharded = |outer: &str| {
        format!(
            r#"[{{"name": "sharding_indexed", "configuration": {{"chunk_shape": {outer}, "codecs": ["bytes"],
            "index_codecs": [{{"name": "bytes", "configuration": {{"endian": "little"}}}}, "crc32c"]}}}}]"#
        )
    };
    for (key, value, says) in [
        ("zarr_format", "4", "zarr_format"),
        ("node_type", "\"tree\"", "node_type"),
        ("shape", "[10]", "do not fit"),
        ("shape", "[-1, 10]", "shape"),
        ("shape", "[1e300, 10]", "shape"),
        ("shape", "[18446744073709551615, 10]", "out of range"),
        ("shape", "[1,1,1,1,1,1,1,1,1]", "axes"),
        ("data_type", "\"complex64\"", "complex64"),
        ("data_type", "{\"name\": \"datetime\"}", "datetime"),
        ("chunk_grid", r#"{"name": "rectangular"}"#, "rectangular"),
        (
            "chunk_grid",
            r#"{"name": "regular", "configuration": {"chunk_shape": [0, 5]}}"#,
            "chunk",
        ),
        (
            "chunk_grid",
            r#"{"name": "regular", "configuration": {"chunk_shape": [1000000000000, 10]}}"#,
            "memory",
        ),
        (
            "chunk_grid",
            r#"{"name": "regular", "configuration": {"chunk_shape": [4294967296, 4294967296]}}"#,
            "a chunk of",
        ),
        ("chunk_key_encoding", r#"{"name": "fancy"}"#, "fancy"),
        (
            "chunk_key_encoding",
            r#"{"name": "v2", "configuration": {"separator": "-"}}"#,
            "separates",
        ),
        ("fill_value", "\"many\"", "many"),
        ("fill_value", "\"0x12\"", "0x12"),
        ("codecs", "[]", "bytes"),
        ("codecs", "[\"bytes\"]", "endian"),
        ("codecs", r#"["gzip"]"#, "gzip"),
        (
            "codecs",
            r#"[{"name": "bytes", "configuration": {"endian": "little"}}, "lzma"]"#,
            "lzma",
        ),
        (
            "codecs",
            r#"[{"name": "transpose", "configuration": {"order": [0, 0]}}]"#,
            "order",
        ),
        ("codecs", &sharded("[3, 5]"), "bytes"),
        ("surprise", "{}", "surprise"),
        ("storage_transformers", "[1]", "transformers"),
    ] {
        let (_folder, path) = array(&with(key, value));
        let error = open(&path).err().unwrap_or_else(|| panic!("{key}: {value}")).report();
        assert!(
            error.contains("a.zarr") && error.contains(says),
            "{key} {value}: {error}"
        );
    }
    let (_folder, path) = array(&with("surprise", r#"{"must_understand": false}"#));
    open(&path).unwrap();
}

#[test]
fn fill_values_are_what_missing_chunks_hold() {
    for (dtype, value, expected) in [
        ("float32", "\"NaN\"", f64::NAN),
        ("float32", "\"-Infinity\"", f64::NEG_INFINITY),
        ("float32", "\"0x40490fdb\"", f64::from(std::f32::consts::PI)),
        ("float64", "1.5", 1.5),
        ("int16", "-7", -7.0),
        ("uint64", "9007199254740993", 9_007_199_254_740_992.0),
        ("bool", "true", 1.0),
    ] {
        let json = with("fill_value", value).replace("\"float32\"", &format!("\"{dtype}\""));
        let (_folder, path) = array(&json);
        let found = load(&path).unwrap().cast(DType::F64).unwrap();
        let found = found.view::<f64>().unwrap()[[9, 9]];
        assert!(
            found == expected || found.is_nan() && expected.is_nan(),
            "{dtype} {value}: {found}"
        );
    }
}

#[test]
fn a_giant_array_takes_no_memory_and_a_giant_chunk_none_beyond_the_limit() {
    let (_folder, path) = array(&with("shape", "[1000000000000, 1000000]"));
    let source = open(&path).unwrap();
    let far = roi![999999999990..1000000000000, 7..9];
    assert_eq!(source.read(&far, &Checkpoint::never()).unwrap().shape(), [10, 2]);
    let error = Open::new().limit(Limit::bytes(50)).open(&path).err().unwrap().report();
    assert!(error.contains("limit"), "{error}");
}

#[test]
fn groups_list_their_choices() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder, "a.zarr");
    let group = |at: &str, attributes: &str| {
        let at = std::path::Path::new(&path).join(at);
        std::fs::create_dir_all(&at).unwrap();
        let json = format!(r#"{{"zarr_format": 3, "node_type": "group", "attributes": {attributes}}}"#);
        std::fs::write(at.join("zarr.json"), json).unwrap();
    };
    group(
        "",
        r#"{"ome": {"plate": {"wells": [{"path": "A/1"}, {"path": "B/2"}]}}}"#,
    );
    group(
        "A/1",
        r#"{"ome": {"well": {"images": [{"path": "0"}, {"path": "1"}]}}}"#,
    );
    group("labels", r#"{"ome": {"labels": ["nuclei", "cells"]}}"#);
    group(
        "evil",
        r#"{"ome": {"multiscales": [{"datasets": [{"path": "../../secret"}]}]}}"#,
    );
    for (at, says) in [
        ("", "`A/1`, `B/2`"),
        ("/A/1", "`0`, `1`"),
        ("/labels", "`nuclei`"),
        ("/none", "none"),
        ("/evil", "out of"),
    ] {
        let error = open(&format!("{path}{at}")).err().unwrap().report();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_shape_and_an_order_of_version_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder, "a.zarr");
    std::fs::create_dir(&path).unwrap();
    let at = std::path::Path::new(&path);
    let json = |more: &str| {
        format!(r#"{{"zarr_format": 2, "shape": [3, 2], "chunks": [2, 2], "dtype": ">u2", "fill_value": 5, {more}}}"#)
    };
    std::fs::write(
        at.join(".zarray"),
        json(r#""order": "F", "compressor": null, "filters": null"#),
    )
    .unwrap();
    std::fs::write(at.join("0.0"), [0, 1, 0, 2, 0, 3, 0, 4]).unwrap();
    let expected = Array::from_vec("yx", &[3, 2], vec![1_u16, 3, 2, 4, 5, 5]).unwrap();
    assert_eq!(load(&path).unwrap(), expected);
    for (more, says) in [
        (r#""order": "C", "compressor": {"id": "lz4"}"#, "lz4"),
        (
            r#""order": "C", "compressor": null, "filters": [{"id": "delta"}]"#,
            "delta",
        ),
        (r#""order": "A", "compressor": null"#, "order"),
    ] {
        std::fs::write(at.join(".zarray"), json(more)).unwrap();
        let error = load(&path).unwrap_err().report();
        assert!(error.contains(says) && error.contains("a.zarr"), "{error}");
    }
}

#[test]
fn a_bomb_takes_no_more_memory_than_its_chunk() {
    let codecs = r#"[{"name": "bytes", "configuration": {"endian": "little"}}, "gzip"]"#;
    let (_folder, path) = array(&with("codecs", codecs));
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut bomb, &vec![0; 20 << 20]).unwrap();
    let chunk = std::path::Path::new(&path).join("c/1");
    std::fs::create_dir_all(&chunk).unwrap();
    std::fs::write(chunk.join("0"), bomb.finish().unwrap()).unwrap();
    let error = load(&path).unwrap_err().report();
    assert!(
        error.contains("more than the 100 bytes") && error.contains("c/1/0"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn damaged_metadata_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), which in 0_usize..3) {
        let json = match which {
            0 => with("attributes", r#"{"headwater": {"pixel_size": [{"size": 1, "unit": "m"}]}}"#),
            1 => with("codecs", r#"[{"name": "transpose", "configuration": {"order": [1, 0]}}, "bytes", "crc32c"]"#),
            _ => r#"{"zarr_format": 3, "node_type": "group", "attributes": {"ome": {"multiscales": [{"axes": ["y", "x"],
                "datasets": [{"path": "0", "coordinateTransformations": [{"scale": [1, 2]}]}]}]}}}"#.to_owned(),
        };
        let mut json = json.into_bytes();
        let at = at.index(json.len());
        json[at] = byte;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("zarr.json"), json).unwrap();
        let opened = Open::new().limit(Limit::bytes(1 << 20)).open(folder.path().to_str().unwrap());
        if let Err(error) = opened {
            prop_assert!(!error.report().contains("does not know"), "{}", error.report());
        }
    }
}

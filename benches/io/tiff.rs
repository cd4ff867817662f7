//! TIFF beside tifffile, which decodes by imagecodecs: the layouts and compressions that users have.
//!
//! Both read the same file, which tifffile wrote, and what they read is compared before anything is timed. A row names the
//! compression, the type of samples and the layout; `p` is a predictor (of floats for floats). `kept` rows read into an array
//! that is there already: in the others most of the time goes into the first touch of new memory, which NumPy asks the system
//! for in pages of two megabytes where it can.

use std::path::Path;

use headwater::graph::Meta;
use headwater::io::{Compression, Create, open};
use headwater::{Array, Checkpoint, DType, Roi, Shape};
use rayon::ThreadPool;
use tempfile::TempDir;

use crate::peers::Peers;
use crate::table::{Bench, Goal, time};

const GOAL: Goal = Goal {
    than: "tifffile",
    by: 1.0,
};
/// Two JPEG decoders may round otherwise, and blend otherwise between samples of colour.
const JPEG_TOLERANCE: f64 = 16.0;

/// A photograph of 4096², or a stack as a light-sheet microscope writes it.
const PAGE: (&str, &[usize]) = ("yx", &[4096, 4096]);
const COLOURS: (&str, &[usize]) = ("yxc", &[2048, 4096, 3]);
const STACK: (&str, &[usize]) = ("zyx", &[32, 1024, 1024]);
/// Of which a part as large as a screen is read.
const LARGE: (&str, &[usize]) = ("yx", &[16384, 8192]);
const PART: [std::ops::Range<usize>; 2] = [5000..5512, 3100..3612];

/// A file that is read or written.
struct Kind {
    name: &'static str,
    image: (&'static str, &'static [usize]),
    dtype: DType,
    /// As tifffile names it.
    compression: &'static str,
    predictor: bool,
    layout: &'static str,
    /// Whether it is read into an array that is there already, as graphs and careful users do.
    kept: bool,
}

const fn kind(
    name: &'static str,
    image: (&'static str, &'static [usize]),
    dtype: DType,
    (compression, predictor): (&'static str, bool),
    layout: &'static str,
) -> Kind {
    Kind {
        name,
        image,
        dtype,
        compression,
        predictor,
        layout,
        kept: false,
    }
}

const fn kept(kind: Kind) -> Kind {
    Kind { kept: true, ..kind }
}

const READ: [Kind; 21] = [
    kind("none, u8, strips", PAGE, DType::U8, ("none", false), "strips"),
    kind("none, u16, strips", PAGE, DType::U16, ("none", false), "strips"),
    kind("none, f32, strips", PAGE, DType::F32, ("none", false), "strips"),
    kind("none, u8, tiles", PAGE, DType::U8, ("none", false), "tiles"),
    kind("none, u16, tiles", PAGE, DType::U16, ("none", false), "tiles"),
    kind("none, u16, OME stack", STACK, DType::U16, ("none", false), "strips"),
    kept(kind(
        "none, u16, kept strips",
        PAGE,
        DType::U16,
        ("none", false),
        "strips",
    )),
    kept(kind(
        "none, u16, kept stack",
        STACK,
        DType::U16,
        ("none", false),
        "strips",
    )),
    kind("lzw, u8, strips", PAGE, DType::U8, ("lzw", false), "strips"),
    kind("lzw p, u16, tiles", PAGE, DType::U16, ("lzw", true), "tiles"),
    kind("deflate, u8, strips", PAGE, DType::U8, ("zlib", false), "strips"),
    kind("deflate, u16, tiles", PAGE, DType::U16, ("zlib", false), "tiles"),
    kind("deflate p, u16, tiles", PAGE, DType::U16, ("zlib", true), "tiles"),
    kind("deflate p, f32, tiles", PAGE, DType::F32, ("zlib", true), "tiles"),
    kind("deflate p, u8, RGB tiles", COLOURS, DType::U8, ("zlib", true), "tiles"),
    kind("deflate p, u16, OME stack", STACK, DType::U16, ("zlib", true), "tiles"),
    kind("zstd p, u16, tiles", PAGE, DType::U16, ("zstd", true), "tiles"),
    kind("zstd, f32, tiles", PAGE, DType::F32, ("zstd", false), "tiles"),
    kind("packbits, u8, strips", PAGE, DType::U8, ("packbits", false), "strips"),
    kind("jpeg, u8, grey tiles", PAGE, DType::U8, ("jpeg", false), "tiles"),
    kind("jpeg, u8, RGB tiles", COLOURS, DType::U8, ("jpeg", false), "tiles"),
];

const PARTS: [Kind; 3] = [
    kind("part, none, u16, strips", LARGE, DType::U16, ("none", false), "strips"),
    kind("part, none, u16, tiles", LARGE, DType::U16, ("none", false), "tiles"),
    kind(
        "part, deflate p, u16, tiles",
        LARGE,
        DType::U16,
        ("zlib", true),
        "tiles",
    ),
];

const WRITE: [Kind; 7] = [
    kind("none, u16, page", PAGE, DType::U16, ("none", false), "strips"),
    kind("none, u16, OME stack", STACK, DType::U16, ("none", false), "strips"),
    kind("deflate p, u8, RGB", COLOURS, DType::U8, ("zlib", true), "tiles"),
    kind("deflate p, u16, OME stack", STACK, DType::U16, ("zlib", true), "tiles"),
    kind("deflate, f32, page", PAGE, DType::F32, ("zlib", false), "tiles"),
    kind("lzw p, u16, OME stack", STACK, DType::U16, ("lzw", true), "tiles"),
    kind("zstd p, u16, OME stack", STACK, DType::U16, ("zstd", true), "tiles"),
];

pub(crate) fn rows(bench: &Bench, pool: &ThreadPool, peers: &Peers) {
    for kind in &READ {
        read_row(bench, pool, peers, kind, &kind.whole(), "all");
    }
    for kind in &PARTS {
        let text = PART.map(|range| format!("{}:{}", range.start, range.end)).join(",");
        let roi = Roi::from_ranges(PART).expect("a region");
        read_row(bench, pool, peers, kind, &roi, &text);
    }
    for kind in &WRITE {
        write_row(bench, pool, peers, kind, false);
    }
    // With what a power cut does not lose; of the others, compression takes the time.
    for kind in WRITE.iter().filter(|kind| kind.compression == "none") {
        write_row(bench, pool, peers, kind, true);
    }
}

fn read_row(bench: &Bench, pool: &ThreadPool, peers: &Peers, kind: &Kind, roi: &Roi, part: &str) {
    let name = format!("tiff read, {}", kind.name);
    if !bench.wants(&name) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the image");
    let (image, raw, file) = (kind.samples(), at(&folder, "raw"), at(&folder, "a.tif"));
    kind.put(&image, &raw);
    drop(image);
    if peers.time(&format!("{} no", kind.call(&file, &raw))).is_none() {
        println!("{name:34} {} is not installed: left out", GOAL.than);
        return;
    }
    let saved = at(&folder, "peer.npy");
    let _ = peers.time(&format!("tifffile_save {file} {part} {saved}"));
    kind.compare(&file, &saved, roi);
    let bytes = roi.shape().volume().expect("a size") * kind.dtype.size();
    let mut kept = kind.kept.then(|| {
        let shape = roi.shape();
        Array::zeros(kind.image.0, shape.as_slice(), kind.dtype).expect("an array")
    });
    let verb = if kind.kept { "tifffile_refill" } else { "tifffile_read" };
    bench.against(
        &name,
        bytes,
        &GOAL,
        || match &mut kept {
            Some(kept) => refill(&file, roi, kept, pool),
            None => read(&file, roi, pool),
        },
        || peers.time(&format!("{verb} {file} {part}")),
    );
}

fn write_row(bench: &Bench, pool: &ThreadPool, peers: &Peers, kind: &Kind, synced: bool) {
    let (kept, sync) = if synced { ("synced, ", "sync") } else { ("", "no") };
    let name = format!("tiff write, {kept}{}", kind.name);
    if !bench.wants(&name) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the image");
    let (image, raw) = (kind.samples(), at(&folder, "raw"));
    kind.put(&image, &raw);
    let (ours, theirs) = (at(&folder, "ours.tif"), at(&folder, "peer.tif"));
    let compression = match kind.compression {
        "zlib" => Compression::Deflate(6),
        "zstd" => Compression::Zstd(3),
        "lzw" => Compression::Lzw,
        _ => Compression::None,
    };
    let create = Create::new().compression(compression).durable(synced);
    bench.against(
        &name,
        image.nbytes(),
        &GOAL,
        || write(&create, Path::new(&ours), &image, pool),
        || peers.time(&format!("{} {sync}", kind.call(&theirs, &raw))),
    );
    let saved = at(&folder, "peer.npy");
    if peers.time(&format!("tifffile_save {ours} all {saved}")).is_some() {
        kind.compare(&ours, &saved, &kind.whole());
    }
}

fn at(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().expect("a path in UTF-8").to_owned()
}

impl Kind {
    fn whole(&self) -> Roi {
        Roi::full(Shape::new(self.image.1).expect("a shape"))
    }

    /// A slow wave with the noise of a camera.
    fn samples(&self) -> Array {
        let (axes, shape) = self.image;
        let width = if axes.ends_with('c') {
            shape[1] * 3
        } else {
            shape[shape.len() - 1]
        };
        let count: usize = shape.iter().product();
        let across: Vec<f64> = (0..width).map(|x| (x as f64 / 60.0).sin()).collect();
        let down: Vec<f64> = (0..count / width).map(|y| (y as f64 / 40.0).sin()).collect();
        let mut state = 1_u64;
        let mut sample = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (1.0 + 0.4 * down[n / width] * across[n % width], state >> 59)
        };
        let samples = (0..count).map(&mut sample);
        let made = match self.dtype {
            DType::U8 => {
                let samples = samples.map(|(wave, noise)| (100.0 * wave) as u8 + (noise >> 2) as u8);
                Array::from_vec(axes, shape, samples.collect())
            }
            DType::U16 => {
                let samples = samples.map(|(wave, noise)| (1000.0 * wave) as u16 + noise as u16);
                Array::from_vec(axes, shape, samples.collect())
            }
            _ => {
                let samples = samples.map(|(wave, noise)| (1000.0 * wave).round() as f32 + noise as f32 / 32.0);
                Array::from_vec(axes, shape, samples.collect())
            }
        };
        made.expect("an image")
    }

    /// Puts the samples where the peer finds them.
    fn put(&self, image: &Array, path: &str) {
        let written = match self.dtype {
            DType::U8 => std::fs::write(path, image.view::<u8>().expect("u8").as_slice().expect("C order")),
            DType::U16 => std::fs::write(path, bytes(image.view::<u16>().expect("u16").as_slice())),
            _ => std::fs::write(path, bytes(image.view::<f32>().expect("f32").as_slice())),
        };
        written.expect("room");
    }

    /// What has the peer write the samples in `raw` to `path`, but for whether it waits for the disk.
    fn call(&self, path: &str, raw: &str) -> String {
        let (axes, shape) = self.image;
        let shape: Vec<_> = shape.iter().map(ToString::to_string).collect();
        let (dtype, shape) = (format!("{}", self.dtype), shape.join(","));
        let dtype = dtype.replace("16", "2").replace("32", "4").replace("u8", "u1");
        let predictor = if self.predictor { "yes" } else { "no" };
        let (compression, layout) = (self.compression, self.layout);
        format!("tifffile_write {path} {raw} {dtype} {axes} {shape} {compression} {predictor} {layout}")
    }

    /// That we read of `file` what the peer has `saved`.
    fn compare(&self, file: &str, saved: &str, roi: &Roi) {
        let source = open(saved).expect("what the peer read");
        let theirs = source
            .read(&source.meta().roi(), &Checkpoint::never())
            .expect("all of it");
        let ours = open(file)
            .expect("the file")
            .read(roi, &Checkpoint::never())
            .expect("its samples");
        let floats = |array: &Array| {
            array
                .cast(DType::F64)
                .expect("floats")
                .view::<f64>()
                .expect("f64")
                .to_owned()
        };
        let apart = (floats(&ours) - floats(&theirs))
            .iter()
            .fold(0.0_f64, |most, apart| most.max(apart.abs()));
        let most = if self.compression == "jpeg" {
            JPEG_TOLERANCE
        } else {
            0.0
        };
        assert!(apart <= most, "{}: samples that differ by {apart}", self.name);
    }
}

fn bytes<T: bytemuck::Pod>(samples: Option<&[T]>) -> &[u8] {
    bytemuck::cast_slice(samples.expect("C order"))
}

fn write(create: &Create, path: &Path, image: &Array, pool: &ThreadPool) -> f64 {
    let (never, meta) = (Checkpoint::never(), Meta::of(image));
    // What freeing the one before takes is not part of it.
    let _ = std::fs::remove_file(path);
    time(|| {
        let sink = create.create(&path.to_string_lossy(), &meta).expect("a new file");
        pool.install(|| sink.write_region(&meta.roi(), image, &never))
            .expect("written");
        sink.finish(&never).expect("finished");
    })
}

fn read(path: &str, roi: &Roi, pool: &ThreadPool) -> f64 {
    let mut image = None;
    let taken = time(|| {
        let source = open(path).expect("the file");
        image = Some(
            pool.install(|| source.read(roi, &Checkpoint::never()))
                .expect("the samples"),
        );
    });
    assert_eq!(image.map(|image| image.len()), roi.volume().ok());
    taken
}

fn refill(path: &str, roi: &Roi, kept: &mut Array, pool: &ThreadPool) -> f64 {
    time(|| {
        let source = open(path).expect("the file");
        pool.install(|| source.read_region(roi, kept, &Checkpoint::never()))
            .expect("the samples");
    })
}

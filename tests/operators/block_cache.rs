//! The block cache: each block computed once, nothing stale, bytes counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::graph::{Data, Declare, Dirt, Dirty, Execute, Graph, Input, Meta, Operator, Output, Setup};
use headwater::operators::BlockCache;
use headwater::{Array, DType, Error, Roi, Runtime, Shape, roi};

/// A ramp, `x + 100 y + offset`, that counts the pixels it computes.
struct Ramp {
    shape: [usize; 2],
    pixels: Arc<AtomicUsize>,
}

struct RampSlots {
    offset: Input<f32>,
    output: Output<Array>,
}

impl Operator for Ramp {
    type Slots = RampSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> RampSlots {
        RampSlots {
            offset: declare.default("offset", 0.0),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &RampSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(&slots.output, Meta::new(Shape::new(self.shape)?, DType::F32, "yx")?)
    }

    fn dirty(&self, slots: &RampSlots, cx: &mut Dirty<'_>) {
        cx.mark_all(&slots.output);
    }

    async fn execute(&self, slots: &RampSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        self.pixels.fetch_add(roi.volume()?, Ordering::SeqCst);
        let offset = cx.value(&slots.offset)?;
        Ok(ramp(&roi, offset)?.into())
    }
}

fn ramp(roi: &Roi, offset: f32) -> Result<Array, Error> {
    let rows = roi
        .range(0)
        .flat_map(|y| roi.range(1).map(move |x| (x + 100 * y) as f32 + offset));
    Array::from_vec("yx", roi.shape().as_slice(), rows.collect())
}

struct Scene {
    runtime: Runtime,
    graph: Graph,
    ramp: headwater::graph::Node<Ramp>,
    cache: headwater::graph::Node<BlockCache>,
    pixels: Arc<AtomicUsize>,
}

fn scene(shape: [usize; 2], cache: BlockCache, memory: u64) -> Scene {
    let runtime = Runtime::builder()
        .slots(2)
        .compute_threads(1)
        .memory(memory)
        .build()
        .unwrap();
    let graph = Graph::on(&runtime);
    let pixels = Arc::new(AtomicUsize::new(0));
    let ramp = graph.add(Ramp {
        shape,
        pixels: Arc::clone(&pixels),
    });
    let cache = graph.add(cache);
    graph.edit(|e| e.connect(&ramp.output, &cache.input)).unwrap();
    Scene {
        runtime,
        graph,
        ramp,
        cache,
        pixels,
    }
}

impl Scene {
    fn ask(&self, roi: Roi) -> Array {
        self.cache.output.request(roi).wait().unwrap()
    }

    fn computed(&self) -> usize {
        self.pixels.swap(0, Ordering::SeqCst)
    }
}

#[test]
fn each_block_is_computed_once_and_regions_are_put_together_from_blocks() {
    let scene = scene([10, 10], BlockCache::new().block([4, 4]), u64::MAX);
    assert_eq!(scene.ask(roi![3..9, 2..10]), ramp(&roi![3..9, 2..10], 0.0).unwrap());
    assert_eq!(scene.computed(), 100);
    assert_eq!(scene.ask(roi![0..10, 0..10]), ramp(&roi![0..10, 0..10], 0.0).unwrap());
    assert_eq!(scene.ask(roi![5..6, 5..6]), ramp(&roi![5..6, 5..6], 0.0).unwrap());
    assert_eq!(scene.computed(), 0);
    let statistics = scene.cache.operator().statistics();
    assert_eq!((statistics.blocks, statistics.bytes), (9, 400));
}

#[test]
fn a_dirty_region_is_computed_again_by_blocks_and_nothing_else_is() {
    let scene = scene([8, 8], BlockCache::new().block([4, 4]), u64::MAX);
    scene.ask(roi![0..8, 0..8]);
    scene.computed();
    scene
        .graph
        .edit(|e| e.mark_dirty(&scene.ramp.output, roi![0..1, 0..5]))
        .unwrap();
    scene.ask(roi![0..8, 0..8]);
    assert_eq!(scene.computed(), 32);
    scene.graph.edit(|e| e.set(&scene.ramp.offset, 7.0_f32)).unwrap();
    assert_eq!(scene.ask(roi![0..8, 0..8]), ramp(&roi![0..8, 0..8], 7.0).unwrap());
    assert_eq!(scene.computed(), 64);
}

#[test]
fn what_an_old_snapshot_computes_never_takes_the_place_of_what_is_newer() {
    let scene = scene([4, 4], BlockCache::new().block([4, 4]), u64::MAX);
    let all = roi![0..4, 0..4];
    let old = scene.graph.snapshot();
    scene.graph.edit(|e| e.set(&scene.ramp.offset, 1.0_f32)).unwrap();
    assert_eq!(scene.ask(all), ramp(&all, 1.0).unwrap());
    assert_eq!(
        old.request(&scene.cache.output, all).wait().unwrap(),
        ramp(&all, 0.0).unwrap()
    );
    scene.computed();
    assert_eq!(scene.ask(all), ramp(&all, 1.0).unwrap());
    assert_eq!(scene.computed(), 0);
}

#[test]
fn d25_a_hundred_readers_of_one_region_compute_each_block_once() {
    let scene = scene([64, 64], BlockCache::new().block([16, 16]), u64::MAX);
    std::thread::scope(|scope| {
        for reader in 0..100 {
            let output = scene.cache.output.clone();
            scope.spawn(move || {
                let roi = roi![reader % 7..60, 3..64];
                assert_eq!(output.request(roi).wait().unwrap(), ramp(&roi, 0.0).unwrap());
            });
        }
    });
    assert_eq!(scene.computed(), 64 * 64);
}

#[test]
fn p40_the_least_recently_used_block_goes_first_and_bytes_are_exact() {
    // Room for three blocks of 4 × 4 f32 and the work on one.
    let scene = scene([4, 64], BlockCache::new().block([4, 4]), 64 * 5);
    let block = |nth: usize| roi![0..4, 4 * nth..4 * nth + 4];
    for nth in 0..16 {
        drop(scene.ask(block(0)));
        drop(scene.ask(block(nth)));
    }
    let statistics = scene.cache.operator().statistics();
    assert!(statistics.evicted >= 10, "{statistics:?}");
    assert!(statistics.bytes <= 64 * 5, "{statistics:?}");
    assert_eq!(scene.runtime.memory().used, statistics.bytes);
    scene.computed();
    scene.ask(block(0));
    assert_eq!(
        scene.computed(),
        0,
        "the block that was used all the time is still there"
    );
    scene.ask(block(3));
    assert_eq!(scene.computed(), 16);
}

#[test]
fn p38_pinned_blocks_stay_and_a_cache_gives_way_to_work() {
    let scene = scene([4, 64], BlockCache::new().block([4, 4]), 64 * 4);
    let pin = scene.cache.operator().pin(roi![0..4, 0..4]);
    for nth in 0..16 {
        scene.ask(roi![0..4, 4 * nth..4 * nth + 4]);
    }
    assert_eq!(scene.cache.operator().statistics().pinned_bytes, 64);
    scene.computed();
    scene.ask(roi![0..4, 0..4]);
    assert_eq!(scene.computed(), 0);
    drop(pin);
    assert_eq!(scene.cache.operator().statistics().pinned_bytes, 0);
    let work = headwater::Request::builder()
        .on(&scene.runtime)
        .bytes(64 * 4)
        .future(async { Ok(()) });
    work.wait().unwrap();
}

#[test]
fn compressed_blocks_give_back_what_was_packed() {
    let scene = scene([40, 40], BlockCache::new().block([20, 0]).compressed(), u64::MAX);
    let all = roi![0..40, 0..40];
    assert_eq!(scene.ask(all), ramp(&all, 0.0).unwrap());
    assert_eq!(scene.ask(all), ramp(&all, 0.0).unwrap());
    assert_eq!(scene.computed(), 1600);
    let flat = Array::from_vec("yx", &[40, 40], vec![true; 1600]).unwrap();
    scene
        .graph
        .edit(|e| {
            e.disconnect(&scene.cache.input)?;
            e.set(&scene.cache.input, flat.clone())
        })
        .unwrap();
    assert_eq!(scene.ask(all), flat);
    assert_eq!(scene.ask(all), flat);
    let bytes = scene.cache.operator().statistics().bytes;
    assert!((1..800).contains(&bytes), "{bytes} bytes for 1,600 equal ones");
}

#[test]
fn g74_a_restored_cache_does_not_compute() {
    let scene = scene([8, 8], BlockCache::new().block([4, 4]), u64::MAX);
    let all = roi![0..8, 0..8];
    let restored = ramp(&all, 0.0).unwrap();
    scene
        .graph
        .edit(|e| e.write(&scene.cache.input, all, &restored))
        .unwrap();
    assert_eq!(scene.ask(all), restored);
    assert_eq!(scene.computed(), 0);
    scene
        .graph
        .edit(|e| e.mark_dirty(&scene.ramp.output, Dirt::everything()))
        .unwrap();
    scene.ask(all);
    assert_eq!(scene.computed(), 64);
}

#[test]
fn a_cache_that_is_gone_has_given_its_bytes_back() {
    let scene = scene([8, 8], BlockCache::new().block([4, 4]), u64::MAX);
    scene.ask(roi![0..8, 0..8]);
    assert_eq!(scene.runtime.memory().used, 256);
    let Scene {
        runtime,
        graph,
        ramp,
        cache,
        ..
    } = scene;
    graph.edit(|e| e.remove(&cache)).unwrap();
    drop(cache);
    // The slot that served the question may still be letting go of it.
    let began = std::time::Instant::now();
    while runtime.memory().used > 0 {
        assert!(began.elapsed().as_secs() < 30, "{:?} are left", runtime.memory());
        std::thread::yield_now();
    }
    drop(ramp);
}

#[test]
fn blocks_that_do_not_fit_the_axes_are_refused_by_name() {
    let scene = scene([8, 8], BlockCache::new().block([4, 4, 4]), u64::MAX);
    let error = scene.cache.output.request(roi![0..1, 0..1]).wait().unwrap_err();
    assert!(
        error.report().contains("blocks of [4, 4, 4] do not fit the axes `yx`"),
        "{}",
        error.report()
    );
}

/// Says that blocks of three axes are best for its image of two.
struct Mistaken;

struct MistakenSlots {
    output: Output<Array>,
}

impl Operator for Mistaken {
    type Slots = MistakenSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> MistakenSlots {
        MistakenSlots {
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &MistakenSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = Meta::new([8, 8].into(), DType::F32, "yx")?;
        cx.describe(&slots.output, meta.with_ideal_block([4, 4, 4].into()))
    }
}

#[test]
fn an_ideal_block_of_another_rank_was_cut_to_that_of_the_image() {
    let graph = Graph::new();
    let (mistaken, cache) = (graph.add(Mistaken), graph.add_named("cache", BlockCache::new()));
    graph.edit(|e| e.connect(&mistaken.output, &cache.input)).unwrap();
    let report = cache.output.request(roi![0..1, 0..1]).wait().unwrap_err().report();
    assert!(
        report.contains(
            "the setup of `cache` failed: the input's ideal block (4, 4, 4) has 3 axes, the input `yx` has 2"
        ),
        "{report}"
    );
}

#[test]
fn a_pin_that_came_while_a_block_was_packed_did_not_hold_it() {
    let graph = Graph::new();
    let cache = graph.add(BlockCache::new().block([0]).compressed());
    let all = roi![0..1 << 24];
    let image = (0..1_u32 << 24).map(|at| (at.wrapping_mul(0x9E37_79B9) >> 24) as u8);
    let image = Array::from_vec("x", &[1 << 24], image.collect()).unwrap();
    graph.edit(|e| e.set(&cache.input, image)).unwrap();
    let request = cache.output.request(all);
    request.submit();
    // From the miss on the block is being packed, which takes a while: the pin comes within it, if all goes well.
    while cache.operator().statistics().misses == 0 {
        std::thread::yield_now();
    }
    std::thread::park_timeout(std::time::Duration::from_millis(1));
    let pin = cache.operator().pin(roi![7..8]);
    request.wait().unwrap();
    let statistics = cache.operator().statistics();
    assert_eq!((statistics.blocks, statistics.pinned_bytes), (1, statistics.bytes));
    drop(pin);
    assert_eq!(cache.operator().statistics().pinned_bytes, 0);
}

/// The mean of each pixel and its neighbours along the row.
struct Smooth;

struct SmoothSlots {
    input: Input<Array>,
    output: Output<Array>,
}

impl Operator for Smooth {
    type Slots = SmoothSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> SmoothSlots {
        SmoothSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &SmoothSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &SmoothSlots, cx: &mut Dirty<'_>) {
        cx.grown_region(&slots.input, &slots.output, &[0, 1]);
    }

    async fn execute(&self, slots: &SmoothSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let grown = roi.expand_by_halo([0, 1], cx.meta(&slots.input)?.roi())?;
        let image = cx.request(&slots.input, grown.outer).await?;
        let pixels = image.view::<f32>()?;
        let mut means = Vec::new();
        for y in grown.inner.range(0) {
            for x in grown.inner.range(1) {
                let near = x.saturating_sub(1)..(x + 2).min(image.shape()[1]);
                means.push(near.clone().map(|x| pixels[[y, x]]).sum::<f32>() / near.len() as f32);
            }
        }
        Ok(Array::from_vec("yx", roi.shape().as_slice(), means)?.into())
    }
}

#[test]
fn halos_are_read_from_neighbouring_blocks_and_none_is_computed_twice() {
    let scene = scene([12, 12], BlockCache::new().block([4, 4]), u64::MAX);
    let (smooth, second) = (
        scene.graph.add(Smooth),
        scene.graph.add(BlockCache::new().block([4, 4])),
    );
    scene
        .graph
        .edit(|e| {
            e.connect(&scene.cache.output, &smooth.input)?;
            e.connect(&smooth.output, &second.input)
        })
        .unwrap();
    // All blocks at once, each of which needs two of its neighbours'.
    let blocks = headwater::BlockGrid::aligned(roi![0..12, 0..12], [4, 4]).unwrap();
    let requests: Vec<_> = blocks.iter().map(|block| second.output.request(block.roi)).collect();
    requests.iter().for_each(|request| request.submit());
    for request in requests {
        request.wait().unwrap();
    }
    assert_eq!(scene.computed(), 144);
    let whole = second.output.request(roi![0..12, 0..12]).wait().unwrap();
    assert_eq!(whole, smooth.output.request(roi![0..12, 0..12]).wait().unwrap());
    assert_eq!(scene.computed(), 0);
    // One pixel at the border of a block: its block, and of what is smoothed the neighbour as well.
    scene
        .graph
        .edit(|e| e.mark_dirty(&scene.ramp.output, roi![0..1, 4..5]))
        .unwrap();
    let kept = |cache: &headwater::graph::Node<BlockCache>| {
        let why = scene.graph.why(&cache.output, roi![0..12, 0..12]).unwrap();
        why.kept.map(|kept| (kept.fresh, kept.outdated)).unwrap()
    };
    assert_eq!((kept(&scene.cache), kept(&second)), ((8, 1), (7, 2)));
}

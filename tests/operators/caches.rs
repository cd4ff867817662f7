//! Caches beside the block cache: unblocked, sliced, fixable; and what is true of all of them together.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use headwater::graph::{
    Data, Declare, Dirt, Dirty, Execute, Graph, Input, Meta, Node, Operator, Output, Setup, Snapshot,
};
use headwater::operators::{BlockCache, FixableCache, SlicedCache, UnblockedCache};
use headwater::{Array, BlockGrid, DType, Error, Roi, Runtime, Shape, roi};
use proptest::prelude::*;

use crate::cache_probes::*;

const WHOLE: Roi = roi![0..100, 0..100, 0..10];

fn runtime(memory: u64) -> Runtime {
    let runtime = Runtime::builder().slots(2).compute_threads(1).memory(memory);
    runtime.build().unwrap()
}

/// A source of 100 × 100 × 10 numbers, and a cache behind it.
struct Scene<C: Operator> {
    graph: Graph,
    source: Node<Numbers>,
    asked: Asked,
    cache: Node<C>,
}

fn scene<C: Operator>(cache: C, input: fn(&Node<C>) -> &Input<Array>) -> Scene<C> {
    let graph = Graph::on(&runtime(u64::MAX));
    let (numbers, asked) = Numbers::new("zyx", [100, 100, 10]);
    let (source, cache) = (graph.add_named("source", numbers), graph.add_named("cache", cache));
    graph.edit(|e| e.connect(&source.output, input(&cache))).unwrap();
    Scene {
        graph,
        source,
        asked,
        cache,
    }
}

fn ask(output: &Output<Array>, roi: Roi) -> Array {
    output.request(roi).wait().unwrap()
}

fn right(roi: Roi) -> Array {
    numbers("zyx", &roi, 0)
}

fn unblocked(cache: UnblockedCache) -> Scene<UnblockedCache> {
    scene(cache, |cache| &cache.input)
}

fn sliced(cache: SlicedCache) -> Scene<SlicedCache> {
    scene(cache, |cache| &cache.input)
}

fn fixable() -> Scene<FixableCache> {
    scene(FixableCache::new(BlockCache::new().block([20, 20, 0])), |cache| {
        &cache.input
    })
}

#[test]
fn unblocked_regions_are_kept_as_asked_and_what_lies_within_them_is_no_copy() {
    for cache in [UnblockedCache::new(), UnblockedCache::new().compressed()] {
        let scene = unblocked(cache);
        let (roi, inner) = (roi![30..50, 30..50, 3..5], roi![35..45, 35..45, 4..5]);
        for _ in 0..2 {
            assert_eq!(ask(&scene.cache.output, roi), right(roi));
            assert_eq!(scene.cache.fresh_regions(&scene.graph.snapshot()).unwrap(), [roi]);
        }
        assert_eq!(scene.asked.take(), [roi]);
        assert_eq!(ask(&scene.cache.output, inner), right(inner));
        assert_eq!(scene.asked.count(), 0);
        // One that only overlaps is computed, and kept beside.
        ask(&scene.cache.output, roi![40..60, 40..60, 3..5]);
        assert_eq!(scene.asked.count(), 1);
        assert_eq!(scene.cache.operator().statistics().blocks, 2);
    }
    let scene = unblocked(UnblockedCache::new());
    let all = ask(&scene.cache.output, roi![0..20, 0..20, 0..10]);
    let part = ask(&scene.cache.output, roi![5..7, 0..20, 0..10]);
    assert!(part.same_buffer(&all.slice(&roi![5..7, 0..20, 0..10]).unwrap()));
}

#[test]
fn unblocked_what_is_dirty_goes_and_what_is_not_stays() {
    let scene = unblocked(UnblockedCache::new());
    let (roi, corner, rest) = (
        roi![30..50, 30..50, 3..5],
        roi![30..31, 30..31, 3..4],
        roi![40..50, 30..50, 3..5],
    );
    ask(&scene.cache.output, roi);
    scene.asked.take();
    for _ in 0..5 {
        scene
            .graph
            .edit(|e| e.mark_dirty(&scene.source.output, corner))
            .unwrap();
        assert_eq!(scene.cache.fresh_regions(&scene.graph.snapshot()).unwrap(), []);
        // The original drops the region; here the part of it that did not change still serves.
        ask(&scene.cache.output, rest);
        assert_eq!(scene.asked.count(), 0);
        std::thread::scope(|scope| {
            (0..10).for_each(|_| drop(scope.spawn(|| ask(&scene.cache.output, roi))));
        });
        assert_eq!(scene.asked.take(), [roi]);
    }
    scene
        .graph
        .edit(|e| e.mark_dirty(&scene.source.output, Dirt::everything()))
        .unwrap();
    ask(&scene.cache.output, rest);
    assert_eq!(scene.asked.take(), [rest]);
}

#[test]
fn unblocked_regions_that_were_written_are_there() {
    let scene = unblocked(UnblockedCache::new());
    let (a, b) = (roi![10..20, 10..20, 1..2], roi![20..30, 20..30, 2..3]);
    let twos = Array::full("zyx", &[10, 10, 1], 2_u32).unwrap();
    scene
        .graph
        .edit(|e| {
            e.write(&scene.cache.input, a, &twos)?;
            e.write(&scene.cache.input, b, &twos)
        })
        .unwrap();
    assert_eq!(scene.cache.fresh_regions(&scene.graph.snapshot()).unwrap(), [a, b]);
    assert_eq!(
        (ask(&scene.cache.output, a), ask(&scene.cache.output, b)),
        (twos.clone(), twos)
    );
    assert_eq!(scene.asked.count(), 0);
    // A constant takes the memory of one element.
    assert_eq!(scene.cache.operator().statistics().bytes, 8);
    scene
        .graph
        .edit(|e| e.mark_dirty(&scene.source.output, roi![10..40, 10..40, 0..10]))
        .unwrap();
    assert_eq!(scene.cache.fresh_regions(&scene.graph.snapshot()).unwrap(), []);
}

/// A snapshot that began before an edit computes while the edit comes.
#[test]
fn a_partial_dirty_while_a_region_was_computed_let_it_be_stored_as_clean() {
    let graph = Graph::on(&runtime(u64::MAX));
    let (numbers, asked) = Numbers::new("x", [8]);
    let (meeting, first) = (Arc::new(Barrier::new(2)), AtomicBool::new(true));
    let numbers = numbers.before({
        let meeting = Arc::clone(&meeting);
        move |_| {
            if first.swap(false, Ordering::SeqCst) {
                meeting.wait();
                meeting.wait();
            }
        }
    });
    let (source, cache) = (graph.add(numbers), graph.add(UnblockedCache::new()));
    graph.edit(|e| e.connect(&source.output, &cache.input)).unwrap();
    let old = graph.snapshot().request(&cache.output, roi![0..8]);
    old.submit();
    meeting.wait();
    graph.edit(|e| e.mark_dirty(&source.output, roi![2..3])).unwrap();
    meeting.wait();
    old.wait().unwrap();
    asked.take();
    assert_eq!(cache.fresh_regions(&graph.snapshot()).unwrap(), []);
    ask(&cache.output, roi![0..8]);
    assert_eq!(
        asked.take(),
        [roi![0..8]],
        "what was computed before the edit is not what is there after it"
    );
    // But of the part that did not change it is.
    ask(&cache.output, roi![4..8]);
    assert_eq!(asked.count(), 0);
}

#[test]
fn sliced_requests_go_to_the_blocks_of_the_closest_shape() {
    for cache in [
        SlicedCache::new([[2, 20, 20], [20, 2, 20], [20, 20, 2]]),
        SlicedCache::new([[2, 20, 20], [20, 2, 20], [20, 20, 2]]).compressed(),
    ] {
        let scene = sliced(cache);
        // 40 long in z, 1 in y: blocks of 20 × 2 × 10.
        let roi = roi![0..40, 45..46, 0..10];
        for _ in 0..2 {
            assert_eq!(ask(&scene.cache.output, roi), right(roi));
        }
        assert_eq!(
            scene.asked.take(),
            [roi![0..20, 44..46, 0..10], roi![20..40, 44..46, 0..10]]
        );
        // 20 long in both: blocks of 20 × 20 × 2, of which x is 10 long at most.
        let roi = roi![0..20, 0..20, 3..4];
        assert_eq!(ask(&scene.cache.output, roi), right(roi));
        assert_eq!(scene.asked.take(), [roi![0..20, 0..20, 2..4]]);
        // Each view can be asked itself.
        ask(&scene.cache.views[0], roi![0..1, 0..20, 0..10]);
        assert_eq!(scene.asked.take(), [roi![0..2, 0..20, 0..10]]);
        assert_eq!(scene.cache.operator().statistics().blocks, 4);
        scene.cache.operator().clear();
        assert_eq!(scene.cache.operator().statistics().bytes, 0);
    }
}

#[test]
fn sliced_dirt_is_that_of_the_input_and_drops_blocks_of_each_shape() {
    let scene = sliced(SlicedCache::new([[2, 20, 0], [20, 2, 0]]));
    let (flat, tall) = (roi![0..2, 0..40, 0..10], roi![0..40, 0..2, 0..10]);
    [flat, tall].iter().for_each(|roi| drop(ask(&scene.cache.output, *roi)));
    assert_eq!(scene.asked.count(), 4);
    let mut events = scene.graph.subscribe();
    let dirty = roi![0..1, 0..1, 0..3];
    scene.graph.edit(|e| e.mark_dirty(&scene.source.output, dirty)).unwrap();
    let batch = events.try_next().unwrap();
    assert_eq!(dirt_of(&batch, "cache.output"), Some(dirty.to_string()));
    assert!(events.try_next().is_none());
    [flat, tall].iter().for_each(|roi| drop(ask(&scene.cache.output, *roi)));
    assert_eq!(scene.asked.take(), [roi![0..2, 0..20, 0..10], roi![0..20, 0..2, 0..10]]);
    // What the original returned upside down.
    scene.graph.edit(|e| e.mark_dirty(&scene.source.output, dirty)).unwrap();
    let total = scene.graph.memory_report().total();
    assert_eq!((total.fresh, total.outdated, total.outdated_fraction()), (2, 2, 0.5));
}

#[test]
fn sliced_without_shapes_or_with_some_that_do_not_fit_says_so() {
    let graph = Graph::new();
    let none = graph.add(SlicedCache::new(Vec::<Vec<usize>>::new()));
    let short = graph.add(SlicedCache::new([vec![1, 1], vec![1, 1, 1]]));
    let image = Array::zeros("zyx", &[2, 2, 2], DType::U8).unwrap();
    graph
        .edit(|e| {
            e.set(&none.input, image.clone())?;
            e.set(&short.input, image)
        })
        .unwrap();
    let report = |output: &Output<Array>| output.request(roi![0..1, 0..1, 0..1]).wait().unwrap_err().report();
    assert!(
        report(&none.output).contains("at least one shape"),
        "{}",
        report(&none.output)
    );
    assert!(
        report(&short.output).contains("blocks of [1, 1] do not fit"),
        "{}",
        report(&short.output)
    );
}

#[test]
fn fixed_nothing_upstream_runs_kept_blocks_stay_and_the_rest_is_zero() {
    let scene = fixable();
    let kept = roi![0..40, 0..40, 0..10];
    let before = ask(&scene.cache.output, kept);
    scene.asked.take();
    scene.graph.edit(|e| scene.cache.fix(e)).unwrap();
    assert!(scene.cache.is_fixed());
    scene.graph.edit(|e| e.set(&scene.source.offset, 1_u32)).unwrap();
    scene.cache.operator().cache().clear();
    assert_eq!(
        ask(&scene.cache.output, kept),
        before,
        "whatever changes, and whatever the cache drops"
    );
    let half = ask(&scene.cache.output, roi![30..50, 0..20, 0..10]);
    let mut expected = Array::zeros("zyx", &[20, 20, 10], DType::U32).unwrap();
    expected
        .assign_region(&roi![0..10, 0..20, 0..10], &right(roi![30..40, 0..20, 0..10]))
        .unwrap();
    assert_eq!(half, expected);
    let nothing = ask(&scene.cache.output, roi![50..100, 50..100, 0..10]);
    assert_eq!(nothing.buffer_nbytes(), 4, "zeros take no memory");
    assert_eq!(scene.asked.count(), 0);
    scene.graph.edit(|e| scene.cache.unfix(e)).unwrap();
    assert_eq!(ask(&scene.cache.output, kept), numbers("zyx", &kept, 1));
    assert_eq!(scene.asked.count(), 4);
}

#[test]
fn unfixing_tells_once_of_what_was_missed_and_of_the_zeros() {
    let scene = fixable();
    let (kept, zeros) = (roi![0..100, 0..80, 0..10], roi![0..100, 80..100, 0..10]);
    ask(&scene.cache.output, kept);
    let mut events = scene.graph.subscribe();
    scene.graph.edit(|e| scene.cache.fix(e)).unwrap();
    let batch = events.try_next().unwrap();
    assert_eq!(
        dirt_of(&batch, "cache.output"),
        Some(zeros.to_string()),
        "what is zero now"
    );
    let (a, b) = (roi![0..15, 10..15, 0..5], roi![15..20, 9..14, 1..2]);
    for dirty in [a, b] {
        scene.graph.edit(|e| e.mark_dirty(&scene.source.output, dirty)).unwrap();
    }
    while let Some(batch) = events.try_next() {
        assert_eq!(dirt_of(&batch, "cache.output"), None);
    }
    scene.asked.take();
    scene.graph.edit(|e| scene.cache.unfix(e)).unwrap();
    let batch = events.try_next().unwrap();
    let missed: Dirt = [a, b, zeros].into_iter().collect();
    // The original remembers one box around both.
    assert_eq!(dirt_of(&batch, "cache.output"), Some(missed.to_string()));
    assert!(events.try_next().is_none());
    // Of what is kept, only the block that is dirty is computed again.
    ask(&scene.cache.output, kept);
    assert_eq!(scene.asked.take(), [roi![0..20, 0..20, 0..10]]);
}

#[test]
fn zeros_of_a_fixed_cache_were_taken_for_data_by_caches_behind_it() {
    let scene = fixable();
    let behind = scene.graph.add(BlockCache::new().block([50, 50, 10]));
    scene
        .graph
        .edit(|e| e.connect(&scene.cache.output, &behind.input))
        .unwrap();
    scene.graph.edit(|e| scene.cache.fix(e)).unwrap();
    let roi = roi![0..50, 0..50, 0..10];
    let zeros = Array::zeros("zyx", &[50, 50, 10], DType::U32).unwrap();
    assert_eq!(ask(&behind.output, roi), zeros);
    let fixed = scene.graph.snapshot();
    scene.graph.edit(|e| scene.cache.unfix(e)).unwrap();
    assert_eq!(ask(&behind.output, roi), right(roi));
    // A snapshot of the time when it was fixed still shows that.
    assert_eq!(fixed.request(&behind.output, roi).wait().unwrap(), zeros);
}

#[test]
fn fixing_is_a_step_of_an_edit() {
    let scene = fixable();
    let failed = scene.graph.edit(|e| {
        scene.cache.fix(e)?;
        Err::<(), _>(Error::msg("changed my mind"))
    });
    assert!(failed.is_err() && !scene.cache.is_fixed());
    scene
        .graph
        .edit(|e| {
            scene.cache.fix(e)?;
            scene.cache.unfix(e)
        })
        .unwrap();
    let roi = roi![0..20, 0..20, 0..10];
    assert_eq!(ask(&scene.cache.output, roi), right(roi));
    scene
        .graph
        .edit(|e| {
            scene.cache.fix(e)?;
            scene.cache.fix(e)
        })
        .unwrap();
    assert_eq!(ask(&scene.cache.output, roi), right(roi));
}

#[test]
fn a_frozen_slot_computes_what_is_missing_from_the_revision_of_before() {
    let scene = scene(BlockCache::new().block([20, 20, 0]), |cache| &cache.input);
    let (kept, missing) = (roi![0..20, 0..20, 0..10], roi![20..40, 0..20, 0..10]);
    ask(&scene.cache.output, kept);
    scene.graph.edit(|e| e.freeze(&scene.cache.output)).unwrap();
    scene.graph.edit(|e| e.set(&scene.source.offset, 1_u32)).unwrap();
    scene.asked.take();
    assert_eq!(ask(&scene.cache.output, kept), right(kept));
    assert_eq!(scene.asked.count(), 0);
    assert_eq!(ask(&scene.cache.output, missing), right(missing));
    assert_eq!(scene.asked.take(), [missing]);
    scene.graph.edit(|e| e.thaw(&scene.cache.output)).unwrap();
    assert_eq!(ask(&scene.cache.output, missing), numbers("zyx", &missing, 1));
}

#[test]
fn a_cache_is_written_down_and_restored_into_another() {
    let scene = scene(BlockCache::new().block([20, 20, 0]).compressed(), |cache| &cache.input);
    ask(&scene.cache.output, roi![0..50, 15..45, 0..10]);
    let now = scene.graph.snapshot();
    let blocks = scene.cache.fresh_blocks(&now).unwrap();
    let expected = BlockGrid::aligned(WHOLE, [20, 20, 10]).unwrap();
    let expected: Vec<_> = expected
        .intersecting(&roi![0..50, 15..45, 0..10])
        .unwrap()
        .map(|block| block.roi)
        .collect();
    assert_eq!(blocks, expected);
    let hits = scene.cache.operator().statistics().hits;
    let saved: Vec<_> = blocks
        .iter()
        .map(|block| (*block, scene.cache.fresh_block(&now, block).unwrap().unwrap()))
        .collect();
    assert_eq!(scene.cache.operator().statistics().hits, hits, "looking is not using");
    let other = scene.graph.add(BlockCache::new().block([20, 20, 0]));
    scene
        .graph
        .edit(|e| e.connect(&scene.source.output, &other.input))
        .unwrap();
    scene
        .graph
        .edit(|e| {
            saved
                .iter()
                .try_for_each(|(block, data)| e.write(&other.input, *block, data))
        })
        .unwrap();
    scene.asked.take();
    assert_eq!(
        ask(&other.output, roi![0..50, 15..45, 0..10]),
        right(roi![0..50, 15..45, 0..10])
    );
    assert_eq!(scene.asked.count(), 0);
    // What is dirty is not listed, is not given, and is refreshed when it is read.
    scene
        .graph
        .edit(|e| e.mark_dirty(&scene.source.output, roi![10..20, 20..30, 0..3]))
        .unwrap();
    let now = scene.graph.snapshot();
    let dirty = roi![0..20, 20..40, 0..10];
    assert!(!scene.cache.fresh_blocks(&now).unwrap().contains(&dirty));
    assert!(scene.cache.fresh_block(&now, &dirty).unwrap().is_none());
    ask(&scene.cache.output, roi![0..50, 15..45, 0..10]);
    assert_eq!(scene.asked.take(), [dirty]);
    assert!(scene.cache.fresh_blocks(&now).unwrap().contains(&dirty));
}

#[test]
fn the_least_recently_used_piece_goes_first_whichever_cache_and_graph_it_is_of() {
    // Room for six pieces of 4 × 4 u32 and the work on one.
    let runtime = runtime(7 * 64);
    let graphs = [Graph::on(&runtime), Graph::on(&runtime)];
    let sources: Vec<_> = graphs
        .iter()
        .map(|graph| (graph, Numbers::new("yx", [4, 64])))
        .collect();
    let mut asked = Vec::new();
    let mut blocks = Vec::new();
    let mut regions = Vec::new();
    for (graph, (numbers, taken)) in sources {
        let source = graph.add(numbers);
        let (a, b) = (
            graph.add(BlockCache::new().block([4, 4])),
            graph.add(UnblockedCache::new()),
        );
        graph
            .edit(|e| {
                e.connect(&source.output, &a.input)?;
                e.connect(&source.output, &b.input)
            })
            .unwrap();
        asked.push(taken);
        blocks.push(a);
        regions.push(b);
    }
    let piece = |nth: usize| roi![0..4, 4 * nth..4 * nth + 4];
    // What is asked for all the time stays, in the order of its last use and not of its making.
    for nth in 0..15 {
        drop(ask(&blocks[0].output, piece(0)));
        drop(ask(&regions[1].output, piece(0)));
        drop(ask(&blocks[1].output, piece(nth)));
        drop(ask(&regions[0].output, piece(nth)));
    }
    assert!(runtime.memory().used <= 7 * 64, "{:?}", runtime.memory());
    asked.iter().for_each(|asked| drop(asked.take()));
    ask(&blocks[0].output, piece(0));
    ask(&regions[1].output, piece(0));
    assert_eq!(asked.iter().map(Asked::count).sum::<usize>(), 0);
    ask(&blocks[1].output, piece(1));
    assert_eq!(asked[1].count(), 1);
    // Each cache reports what is its own, the graph the sum of its caches (the original: nothing).
    for (nth, graph) in graphs.iter().enumerate() {
        let own = blocks[nth].operator().statistics().bytes + regions[nth].operator().statistics().bytes;
        assert_eq!(graph.memory_report().total().bytes, own);
    }
}

#[test]
fn the_memory_of_a_cache_inside_an_operator_was_counted_as_nothing() {
    let scene = fixable();
    ask(&scene.cache.output, roi![0..20, 0..40, 0..10]);
    let report = scene.graph.memory_report();
    assert_eq!(report.total().bytes, 2 * 20 * 20 * 10 * 4);
    let text = report.to_string();
    let expected = "graph: 32000 bytes in 2 pieces, 0 % outdated
  cache: 32000 bytes in 2 pieces, 0 % outdated
    BlockCache: 32000 bytes in 2 pieces, 0 % outdated";
    assert_eq!(text, expected);
}

#[test]
fn what_a_fixed_cache_shows_is_on_the_account_until_it_is_unfixed() {
    let scene = fixable();
    ask(&scene.cache.output, roi![0..20, 0..20, 0..10]);
    let used = || scene.graph.runtime().memory().used;
    let bytes = 20 * 20 * 10 * 4;
    scene.graph.edit(|e| scene.cache.fix(e)).unwrap();
    assert_eq!(used(), bytes, "counted once");
    scene.cache.operator().cache().clear();
    assert_eq!(used(), bytes);
    scene.graph.edit(|e| scene.cache.unfix(e)).unwrap();
    let began = std::time::Instant::now();
    // A request that has just been answered may still hold the revision.
    while used() > 0 {
        assert!(began.elapsed().as_secs() < 30, "{} bytes are left", used());
        std::thread::yield_now();
    }
}

/// Ones, of any extent.
struct Ones;

struct OnesSlots {
    output: Output<Array>,
}

impl Operator for Ones {
    type Slots = OnesSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> OnesSlots {
        OnesSlots {
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &OnesSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = Meta::new(Shape::new([4000, 30_000, 30_000, 4])?, DType::U8, "zyxc")?;
        cx.describe(&slots.output, meta)
    }

    async fn execute(&self, _: &OnesSlots, _: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(Array::full("zyxc", roi.shape().as_slice(), 1_u8)?.into())
    }
}

#[test]
fn a_cache_of_fourteen_terabytes_costs_what_is_in_it() {
    let graph = Graph::on(&runtime(u64::MAX));
    let ones = graph.add(Ones);
    let blocks = graph.add(BlockCache::new().block([1, 256, 256, 999]));
    let slices = graph.add(SlicedCache::new([[1, 256, 256, 0], [256, 1, 256, 0], [256, 256, 1, 0]]));
    let fixed = graph.add(FixableCache::new(BlockCache::new().block([1, 256, 256, 0])));
    graph
        .edit(|e| {
            e.connect(&ones.output, &blocks.input)?;
            e.connect(&ones.output, &slices.input)?;
            e.connect(&ones.output, &fixed.input)
        })
        .unwrap();
    let roi = roi![1500..1510, 10_000..10_050, 20_000..20_200, 3..4];
    for output in [&blocks.output, &slices.output, &fixed.output] {
        assert!(ask(output, roi).view::<u8>().unwrap().iter().all(|one| *one == 1));
    }
    graph.edit(|e| fixed.fix(e)).unwrap();
    assert!(
        ask(&fixed.output, roi)
            .view::<u8>()
            .unwrap()
            .iter()
            .all(|one| *one == 1)
    );
    let far = ask(&fixed.output, roi![0..4000, 0..30_000, 0..10_000, 0..4]);
    assert_eq!(far.buffer_nbytes(), 1);
    assert_eq!(blocks.operator().statistics().bytes, 10, "constants");
    assert_eq!(blocks.fresh_blocks(&graph.snapshot()).unwrap().len(), 10);
}

/// Asks for its surroundings, and hands on the middle.
struct Enlarge;

struct EnlargeSlots {
    input: Input<Array>,
    output: Output<Array>,
}

impl Operator for Enlarge {
    type Slots = EnlargeSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> EnlargeSlots {
        EnlargeSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &EnlargeSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &EnlargeSlots, cx: &mut Dirty<'_>) {
        cx.grown_region(&slots.input, &slots.output, &[11, 11]);
    }

    async fn execute(&self, slots: &EnlargeSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let grown = roi.expand_by_halo([11, 11], cx.meta(&slots.input)?.roi())?;
        Ok(cx.request(&slots.input, grown.outer).await?.slice(&grown.inner)?.into())
    }
}

/// The original asks for up to 49 blocks here, since it drops what was stored first.
#[test]
fn blocks_that_were_about_to_be_needed_again_were_dropped_first() {
    // Room for the whole image, and for the work on one block: its source, what is put together around it, and itself.
    let runtime = runtime(4 * (333 * 333 * 5 + 999 * 999));
    let graph = Graph::on(&runtime);
    let (numbers, asked) = Numbers::new("yx", [999, 999]);
    let source = graph.add(numbers);
    let (cache, enlarge) = (graph.add(BlockCache::new().block([333, 333])), graph.add(Enlarge));
    graph
        .edit(|e| {
            e.connect(&source.output, &cache.input)?;
            e.connect(&cache.output, &enlarge.input)
        })
        .unwrap();
    for block in &BlockGrid::aligned(roi![0..999, 0..999], [333, 333]).unwrap() {
        ask(&enlarge.output, block.roi);
    }
    assert_eq!(asked.count(), 9);
}

#[test]
fn a_budget_of_nothing_means_slow_and_never_stuck() {
    let graph = Graph::on(&runtime(0));
    let (numbers, asked) = Numbers::new("zyx", [10, 10, 10]);
    let (source, cache) = (graph.add(numbers), graph.add(BlockCache::new().block([5, 5, 5])));
    graph.edit(|e| e.connect(&source.output, &cache.input)).unwrap();
    for _ in 0..2 {
        let all = roi![0..10, 0..10, 0..10];
        assert_eq!(ask(&cache.output, all), right(all));
        assert_eq!(asked.count(), 8, "nothing could be kept");
    }
    assert_eq!(cache.operator().statistics().bytes, 0);
}

/// An image with all four caches behind it.
struct All {
    graph: Graph,
    image: Input<Array>,
    outputs: Vec<(&'static str, Output<Array>)>,
    fixable: Node<FixableCache>,
}

fn all(memory: u64) -> All {
    let graph = Graph::on(&runtime(memory));
    let pass = graph.add(Enlarge);
    let blocks = graph.add(BlockCache::new().block([3, 4]));
    let packed = graph.add(BlockCache::new().block([5, 2]).compressed());
    let regions = graph.add(UnblockedCache::new());
    let slices = graph.add(SlicedCache::new([[1, 6], [6, 1]]));
    let fixable = graph.add(FixableCache::new(BlockCache::new().block([4, 4])));
    let image = Array::zeros("yx", &[12, 13], DType::U8).unwrap();
    graph
        .edit(|e| {
            e.set(&pass.input, image)?;
            let inputs = [
                &blocks.input,
                &packed.input,
                &regions.input,
                &slices.input,
                &fixable.input,
            ];
            inputs.into_iter().try_for_each(|input| e.connect(&pass.input, input))
        })
        .unwrap();
    All {
        graph,
        image: pass.input.clone(),
        outputs: vec![
            ("blocks", blocks.output.clone()),
            ("packed", packed.output.clone()),
            ("regions", regions.output.clone()),
            ("slices", slices.output.clone()),
            ("fixable", fixable.output.clone()),
        ],
        fixable,
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Writes a value into a region.
    Write(Roi, u8),
    /// Asks all caches for a region in one of the last snapshots.
    Ask(Roi, usize),
    Fix,
    Unfix,
}

fn regions() -> impl Strategy<Value = Roi> {
    (0..12_usize, 1..6_usize, 0..13_usize, 1..6_usize)
        .prop_map(|(y, h, x, w)| roi![y..(y + h).min(12), x..(x + w).min(13)])
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (regions(), any::<u8>()).prop_map(|(roi, value)| Step::Write(roi, value)),
        6 => (regions(), 0..4_usize).prop_map(|(roi, back)| Step::Ask(roi, back)),
        1 => Just(Step::Fix),
        1 => Just(Step::Unfix),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is edited, asked and dropped: each snapshot sees its own revision through every cache. Of the cache that is
    /// fixed at times, a region that did not change its stamp did not change.
    #[test]
    fn every_cache_gives_what_its_input_gives_in_every_revision(
        steps in proptest::collection::vec(steps(), 1..40),
        memory in prop_oneof![Just(u64::MAX), Just(200_u64)],
    ) {
        let all = all(memory);
        let mut snapshots: Vec<(Snapshot, bool)> = vec![(all.graph.snapshot(), false)];
        for step in steps {
            match step {
                Step::Write(roi, value) => {
                    let patch = Array::full("yx", roi.shape().as_slice(), value).unwrap();
                    all.graph.edit(|e| e.write(&all.image, roi, &patch)).unwrap();
                }
                Step::Fix => all.graph.edit(|e| all.fixable.fix(e)).unwrap(),
                Step::Unfix => all.graph.edit(|e| all.fixable.unfix(e)).unwrap(),
                Step::Ask(roi, back) => {
                    let (snapshot, fixed) = &snapshots[snapshots.len().saturating_sub(1 + back)];
                    let expected = snapshot.request(&all.image, roi).wait().unwrap();
                    for (name, output) in all.outputs.iter().filter(|(name, _)| !(*fixed && *name == "fixable")) {
                        let got = snapshot.request(output, roi).wait().unwrap();
                        prop_assert!(got == expected, "{} of {} in {:?}", roi, name, snapshot);
                    }
                }
            }
            snapshots.push((all.graph.snapshot(), all.fixable.is_fixed()));
        }
        // N3 of the fixable cache: equal stamps, equal data, also between fixed and not.
        let output = &all.fixable.output;
        for pair in snapshots.windows(2) {
            for roi in [roi![0..4, 0..4], roi![5..6, 7..9], roi![10..12, 0..13], roi![3..9, 3..9]] {
                let (a, b) = (&pair[0].0, &pair[1].0);
                if a.stamp(output, &roi).unwrap() == b.stamp(output, &roi).unwrap() {
                    let (a, b) = (a.request(output, roi).wait().unwrap(), b.request(output, roi).wait().unwrap());
                    prop_assert!(a == b, "{} changed between {:?} and {:?}", roi, pair[0].0, pair[1].0);
                }
            }
        }
    }
}

/// Readers of all kinds while an image is painted.
#[test]
fn readers_beside_an_editor_see_one_revision_each() {
    let all = all(2000);
    let (done, read) = (AtomicBool::new(false), AtomicUsize::new(0));
    let failed = OnceLock::new();
    std::thread::scope(|scope| {
        for reader in 0..3_usize {
            let (all, done, read, failed) = (&all, &done, &read, &failed);
            scope.spawn(move || {
                let mut nth = reader;
                while !done.load(Ordering::SeqCst) {
                    nth += 1;
                    let roi = roi![nth % 7..nth % 7 + 5, nth % 5..nth % 5 + 8];
                    let snapshot = all.graph.snapshot();
                    let expected = snapshot.request(&all.image, roi).wait().unwrap();
                    for (name, output) in &all.outputs {
                        if snapshot.request(output, roi).wait().unwrap() != expected {
                            let _ = failed.set(format!("{roi} of {name} in {snapshot:?}"));
                        }
                    }
                    read.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        for nth in 0..300_usize {
            let roi = roi![nth % 12..nth % 12 + 1, nth % 13..nth % 13 + 1];
            let patch = Array::full("yx", &[1, 1], nth as u8).unwrap();
            all.graph.edit(|e| e.write(&all.image, roi, &patch)).unwrap();
        }
        while read.load(Ordering::SeqCst) < 30 {
            std::thread::yield_now();
        }
        done.store(true, Ordering::SeqCst);
    });
    assert_eq!(failed.get(), None);
}

#[test]
fn a_block_that_was_missing_was_counted_twice() {
    let scene = scene(BlockCache::new().block([50, 0, 0]), |cache| &cache.input);
    let statistics = || scene.cache.operator().statistics();
    assert_eq!(ask(&scene.cache.output, WHOLE), right(WHOLE));
    assert_eq!((statistics().hits, statistics().misses), (0, 2));
    assert_eq!(ask(&scene.cache.output, WHOLE), right(WHOLE));
    assert_eq!((statistics().hits, statistics().misses), (2, 2));
}

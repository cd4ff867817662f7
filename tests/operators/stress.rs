//! Caches, labels and a flood under random edits, beside readers who leave when they like.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use headwater::graph::{Graph, Input, Node, Output, Snapshot};
use headwater::operators::{
    BlockCache, ConnectedComponents, FixableCache, SlicedCache, Stack, UnblockedCache, UserLabels, Watershed,
};
use headwater::{Array, Error, Roi, Runtime, roi};

const SIDE: usize = 24;
const SLICES: usize = 3;

/// Numbers that look random, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % end
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length);
        start..start + 1 + self.below(length - start)
    }

    fn region(&mut self) -> Roi {
        roi![self.range(SLICES), self.range(SIDE), self.range(SIDE)]
    }
}

struct Scene {
    graph: Graph,
    images: Vec<Input<Array>>,
    fixable: Node<FixableCache>,
    labels: Node<UserLabels>,
    /// What is computed, and the caches of it.
    outputs: Vec<(Output<Array>, Vec<Output<Array>>)>,
}

fn slice(random: &mut Random) -> Array {
    let values = (0..SIDE * SIDE).map(|_| u8::from(random.below(3) > 0) * 7).collect();
    Array::from_vec("yx", &[SIDE, SIDE], values).unwrap()
}

fn scene(runtime: &Runtime) -> Scene {
    let graph = Graph::on(runtime);
    let mut random = Random(3);
    let stack = graph.add(Stack::new('z').position(0));
    let blocks = graph.add(BlockCache::new().block([1, 8, 8]).compressed());
    let fixable = graph.add(FixableCache::new(BlockCache::new().block([2, 7, 24])));
    let (objects, labels) = (
        graph.add(ConnectedComponents::new()),
        graph.add(UserLabels::new().block([1, 8, 8])),
    );
    let (flood, flooded) = (
        graph.add(Watershed::new()),
        graph.add(BlockCache::new().block([2, 12, 12])),
    );
    let (kept, views) = (
        graph.add(UnblockedCache::new()),
        graph.add(SlicedCache::new([[1, 24, 24], [3, 1, 24]])),
    );
    let made = graph.edit(|e| {
        e.set_all(&stack.images, (0..SLICES).map(|_| slice(&mut random)))?;
        e.connect(&stack.output, &blocks.input)?;
        e.connect(&blocks.output, &fixable.input)?;
        e.connect(&blocks.output, &labels.input)?;
        e.connect(&blocks.output, &objects.input)?;
        e.connect(&objects.output, &kept.input)?;
        e.connect(&objects.output, &views.input)?;
        e.connect(&blocks.output, &flood.image)?;
        e.connect(&labels.output, &flood.seeds)?;
        e.connect(&flood.output, &flooded.input)
    });
    made.unwrap();
    let images = (0..SLICES).filter_map(|nth| stack.images.at(nth)).collect();
    let outputs = vec![
        (stack.output.clone(), vec![blocks.output.clone()]),
        (objects.output.clone(), vec![kept.output.clone(), views.output.clone()]),
        (flood.output.clone(), vec![flooded.output.clone()]),
    ];
    Scene {
        graph,
        images,
        fixable,
        labels,
        outputs,
    }
}

/// One edit of any kind.
fn edit(scene: &Scene, random: &mut Random) -> Result<(), Error> {
    let (region, kind) = (random.region(), random.below(8));
    let number = 1 + random.below(3) as u8;
    scene.graph.edit(|e| match kind {
        0 | 1 => {
            let (y, x) = (random.range(SIDE), random.range(SIDE));
            let patch = Array::full("yx", &[y.len(), x.len()], 7 * u8::from(kind == 0))?;
            e.write(&scene.images[random.below(SLICES)], roi![y, x], &patch)
        }
        2 => e.set(&scene.images[random.below(SLICES)], slice(random)),
        3 => e.mark_dirty(&scene.images[random.below(SLICES)], roi![0..1, 0..SIDE]),
        4 => scene
            .labels
            .paint(e, region, &Array::full("zyx", region.shape().as_slice(), number)?),
        5 => scene
            .labels
            .paint(e, region, &Array::full("zyx", region.shape().as_slice(), 255_u8)?),
        6 => scene.labels.delete_label(e, number),
        _ if scene.fixable.is_fixed() => scene.fixable.unfix(e),
        _ => scene.fixable.fix(e),
    })
}

/// Asks here and there, waits for some of it, and compares that with what no cache has seen.
fn read(scene: &Scene, random: &mut Random, at: &Snapshot) -> Result<(), Error> {
    let (source, caches) = &scene.outputs[random.below(scene.outputs.len())];
    let (cache, region) = (&caches[random.below(caches.len())], random.region());
    let left = at.request(&scene.fixable.output, random.region());
    left.submit();
    let asked = at.request(cache, region);
    match random.below(4) {
        // Runs though nobody waits; is left when it has begun.
        0 => asked.submit(),
        1 => drop(asked.into_future().now_or_never()),
        _ => assert_eq!(asked.wait()?, at.request(source, region).wait()?, "{region} in {at:?}"),
    }
    if random.below(2) == 0 {
        left.wait()?;
    }
    Ok(())
}

fn run(memory: u64) {
    let runtime = Runtime::builder()
        .slots(2)
        .compute_threads(2)
        .memory(memory)
        .build()
        .unwrap();
    let scene = scene(&runtime);
    std::thread::scope(|threads| {
        for reader in 0..3 {
            let scene = &scene;
            threads.spawn(move || {
                let mut random = Random(100 + reader);
                (0..80).for_each(|_| read(scene, &mut random, &scene.graph.snapshot()).unwrap());
            });
        }
        let mut random = Random(1);
        (0..80).for_each(|_| edit(&scene, &mut random).unwrap());
    });
    drop(scene);
    let began = Instant::now();
    while runtime.memory().used > 0 {
        assert!(began.elapsed().as_secs() < 30, "{:?} are left", runtime.memory());
        std::thread::yield_now();
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "who watches for a hang must not wait for it")]
fn whatever_is_edited_readers_see_one_revision_and_nothing_is_left() {
    for memory in [u64::MAX, 1 << 14] {
        let (done, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            run(memory);
            let _ = done.send(());
        });
        let hangs = ended.recv_timeout(Duration::from_secs(300)) == Err(mpsc::RecvTimeoutError::Timeout);
        assert!(!hangs, "somebody waits for ever");
        thread.join().unwrap();
    }
}

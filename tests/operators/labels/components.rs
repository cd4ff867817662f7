use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::graph::{Meta, Setup};
use headwater::operators::ConnectedComponents;
use headwater::{DType, Shape, roi};

use super::*;

fn operator(background: Option<f64>, connectivity: Connectivity, block: &[usize]) -> ConnectedComponents {
    let operator = ConnectedComponents::new().connectivity(connectivity).block(block);
    match background {
        Some(value) => operator.background(value),
        None => operator.without_background(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn blocks_are_labelled_as_the_whole(
        case in cases(), values in 1u32..4, seed in 0u64..1000, with_background: bool, connectivity in 0..3usize,
    ) {
        let (image, connectivity) = (case.image(values, seed), CONNECTIVITIES[connectivity]);
        let background = with_background.then_some(0.0);
        let expected = kernel(background, connectivity).apply(&image, &NEVER).unwrap();
        let world = World::new();
        let node = world.add(operator(background, connectivity, &case.block));
        world.edit(|e| e.set(&node.input, image)).unwrap();
        for region in case.regions.iter().chain([&case.whole()]) {
            let labels = node.output.request(*region).wait().unwrap();
            prop_assert_eq!(labels, expected.labels.slice(region).unwrap());
        }
        let shape = node.count.meta().unwrap().shape();
        let counts = node.count.request(Roi::full(shape)).wait().unwrap();
        prop_assert_eq!(counts.view::<u32>().unwrap().iter().copied().collect::<Vec<_>>(), expected.counts);
    }

    #[test]
    fn what_was_not_marked_did_not_change(case in cases(), seed in 0u64..1000, value in 0u8..3) {
        let image = case.image(3, seed);
        let world = World::new();
        let node = world.add(operator(Some(0.0), Connectivity::Faces, &case.block));
        world.edit(|e| e.set(&node.input, image.clone())).unwrap();
        let before = node.output.request(case.whole()).wait().unwrap();
        let (old, changed) = (world.snapshot(), case.regions[0]);
        let patch = Array::full(case.axes, changed.shape().as_slice(), value).unwrap();
        world.edit(|e| e.write(&node.input, changed, &patch)).unwrap();
        let new = world.snapshot();
        let after = node.output.request(case.whole()).wait().unwrap();
        let mut changed_image = image.clone();
        changed_image.assign_region(&changed, &patch).unwrap();
        // Writing what was there is no change.
        let (has_changed, image) = (changed_image != image, changed_image);
        prop_assert_eq!(&after, &kernel(Some(0.0), Connectivity::Faces).apply(&image, &NEVER).unwrap().labels);
        for place in headwater::BlockGrid::aligned(case.whole(), Shape::new(vec![1; case.shape.len()]).unwrap()).unwrap().iter() {
            let is_marked = old.stamp(&node.output, &place.roi).unwrap() != new.stamp(&node.output, &place.roi).unwrap();
            if !is_marked {
                prop_assert_eq!(before.slice(&place.roi).unwrap(), after.slice(&place.roi).unwrap());
            }
            // No wider than what depends on it: the volumes that it touches.
            let others = (0..case.axes.len()).filter(|axis| !case.axes.spatial().any(|own| own == *axis));
            let is_touched = others.into_iter().all(|axis| changed.range(axis).contains(&place.roi.start()[axis]));
            prop_assert_eq!(is_marked, is_touched && has_changed, "{}", place.roi);
        }
        // Who still holds the old revision gets the old labels.
        prop_assert_eq!(old.request(&node.output, case.whole()).wait().unwrap(), before);
    }
}

/// A snake through all blocks of a plane: one object that no block alone can tell.
fn snake(size: usize) -> Array {
    let plane = ndarray::Array2::from_shape_fn((size, size), |(y, x)| {
        let is_turn = if y / 2 % 2 == 0 { x == size - 1 } else { x == 0 };
        u8::from(y % 2 == 0 || is_turn)
    });
    Array::from_ndarray("yx", plane).unwrap()
}

#[test]
fn an_object_through_all_blocks_is_one() {
    let world = World::new();
    let node = world.add(ConnectedComponents::new().block([3, 4]));
    world.edit(|e| e.set(&node.input, snake(21))).unwrap();
    let labels = node.output.request(roi![20..21, 0..21]).wait().unwrap();
    assert_eq!(labels, Array::full("yx", &[1, 21], 1u32).unwrap());
}

#[test]
fn requests_at_once_agree() {
    let image = Array::from_ndarray("tzyx", random(&[2, 12, 13, 14], 2, 5)).unwrap();
    let expected = kernel(Some(0.0), Connectivity::Full)
        .apply(&image, &NEVER)
        .unwrap()
        .labels;
    let world = World::new();
    let node = world.add(operator(Some(0.0), Connectivity::Full, &[1, 5, 4, 3]));
    world.edit(|e| e.set(&node.input, image)).unwrap();
    let grid = headwater::BlockGrid::aligned(roi![0..2, 0..12, 0..13, 0..14], [2, 4, 6, 5]).unwrap();
    thread::scope(|scope| {
        for turn in 0..4 {
            let (grid, node, expected) = (grid, &node, &expected);
            scope.spawn(move || {
                let mut regions: Vec<_> = grid.iter().map(|block| block.roi).collect();
                regions.rotate_left(7 * turn);
                let requests: Vec<_> = regions.iter().map(|roi| node.output.request(*roi)).collect();
                requests.iter().for_each(|request| request.submit());
                for (roi, request) in regions.iter().zip(requests) {
                    assert_eq!(request.wait().unwrap(), expected.slice(roi).unwrap());
                }
            });
        }
    });
}

#[test]
fn without_memory_it_is_slow_and_right() {
    let image = Array::from_ndarray("zyx", random(&[12, 13, 14], 2, 5)).unwrap();
    let expected = kernel(Some(0.0), Connectivity::Faces)
        .apply(&image, &NEVER)
        .unwrap()
        .labels;
    let world = World::with_memory(1);
    let node = world.add(ConnectedComponents::new().block([4, 4, 4]));
    world.edit(|e| e.set(&node.input, image)).unwrap();
    assert_eq!(node.output.request(roi![0..12, 0..13, 0..14]).wait().unwrap(), expected);
}

#[test]
fn nothing_is_read_before_somebody_asks_and_then_one_volume_once() {
    let world = World::new();
    let (source, node) = (
        world.add(Watched::default()),
        world.add(ConnectedComponents::new().block([1, 4, 4])),
    );
    let asked = Arc::clone(&source.operator().asked);
    world
        .edit(|e| {
            e.set(&source.input, Array::from_ndarray("tyx", random(&[3, 8, 8], 2, 1))?)?;
            e.connect(&source.output, &node.input)
        })
        .unwrap();
    assert!(take(&asked).is_empty());
    node.count.request(roi![1..2]).wait().unwrap();
    let blocks = [
        roi![1..2, 0..4, 0..4],
        roi![1..2, 0..4, 4..8],
        roi![1..2, 4..8, 0..4],
        roi![1..2, 4..8, 4..8],
    ];
    assert_eq!(take(&asked), blocks);
    node.output.request(roi![1..2, 2..7, 0..8]).wait().unwrap();
    assert!(take(&asked).is_empty());
    // A change in one block: of its volume only that block is read again; nothing of the others is.
    let patch = Array::full("tyx", &[1, 1, 2], 1u8).unwrap();
    world
        .edit(|e| e.write(&source.input, roi![1..2, 0..1, 5..7], &patch))
        .unwrap();
    node.output.request(roi![1..2, 0..8, 0..8]).wait().unwrap();
    assert_eq!(take(&asked), [roi![1..2, 0..4, 4..8]]);
    // Another background: all of it.
    world.edit(|e| e.set(&node.background, Some(1.0))).unwrap();
    node.output.request(roi![1..2, 0..8, 0..8]).wait().unwrap();
    assert_eq!(take(&asked), blocks);
}

#[test]
fn types_are_labelled_that_the_original_refused() {
    for dtype in DType::ALL {
        let image = Array::from_ndarray("yx", random(&[9, 9], 2, 3)).unwrap();
        let expected = kernel(Some(0.0), Connectivity::Faces)
            .apply(&image, &NEVER)
            .unwrap()
            .labels;
        let world = World::new();
        let node = world.add(ConnectedComponents::new().block([4, 4]));
        world.edit(|e| e.set(&node.input, image.cast(dtype)?)).unwrap();
        assert_eq!(
            node.output.request(roi![0..9, 0..9]).wait().unwrap(),
            expected,
            "{dtype}"
        );
    }
}

#[test]
fn not_a_number_is_alone_across_blocks_too() {
    let image = Array::from_vec("x", &[4], vec![f32::NAN, f32::NAN, -0.0, 0.0]).unwrap();
    let world = World::new();
    let node = world.add(ConnectedComponents::new().without_background().block([1]));
    world.edit(|e| e.set(&node.input, image)).unwrap();
    let labels = node.output.request(roi![0..4]).wait().unwrap();
    assert_eq!(labels, Array::from_vec("x", &[4], vec![1u32, 2, 3, 3]).unwrap());
}

#[test]
fn what_cannot_be_is_told_and_mended() {
    let world = World::new();
    let node = world.add(ConnectedComponents::new().background(300.0));
    world
        .edit(|e| e.set(&node.input, Array::zeros("yx", &[4, 4], DType::U8)?))
        .unwrap();
    let error = |message: &str| {
        let report = node.output.request(roi![0..4, 0..4]).wait().unwrap_err().report();
        assert!(report.contains(message), "{report}");
    };
    error("the background 300 is no value of u8");
    world.edit(|e| e.set(&node.background, Some(0.0))).unwrap();
    world.edit(|e| e.set(&node.block, Some(Shape::from([2])))).unwrap();
    error("do not fit the axes `yx`");
    world.edit(|e| e.set(&node.block, Some(Shape::from([2, 0])))).unwrap();
    assert_eq!(node.output.meta().unwrap().ideal_block(), Some(Shape::from([2, 4])));
    node.output.request(roi![0..4, 0..4]).wait().unwrap();
    world
        .edit(|e| e.set(&node.input, Array::zeros("tc", &[4, 4], DType::U8)?))
        .unwrap();
    error("have none of space");
    world
        .edit(|e| e.set(&node.input, Array::zeros("tyx", &[2, 0, 4], DType::U8)?))
        .unwrap();
    world.edit(|e| e.set(&node.block, None)).unwrap();
    let empty = node.output.request(roi![0..2, 0..0, 0..4]).wait().unwrap();
    assert_eq!(empty.shape(), [2, 0, 4]);
    let counts = node.count.request(roi![0..2]).wait().unwrap();
    assert_eq!(counts, Array::zeros("t", &[2], DType::U32).unwrap());
}

/// Ones, which are a while on their way: counts how many parts are asked for at the same time.
struct Slow {
    shape: [usize; 4],
    now: AtomicUsize,
    most: Arc<AtomicUsize>,
}

struct SlowSlots {
    output: Output<Array>,
}

impl Operator for Slow {
    type Slots = SlowSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> SlowSlots {
        let output = declare.output("output");
        SlowSlots { output }
    }

    fn setup(&self, slots: &SlowSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = Meta::new(Shape::new(self.shape)?, DType::U8, "tzyx")?;
        cx.describe(&slots.output, meta)
    }

    async fn execute(&self, _slots: &SlowSlots, _cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        Ok(Array::full("tzyx", roi.shape().as_slice(), 1_u8)?.into())
    }
}

#[test]
fn the_volumes_of_a_series_share_the_blocks_that_are_asked_for_at_a_time() {
    let threads = 2;
    let runtime = Runtime::builder().slots(2).compute_threads(threads).build().unwrap();
    for (shape, block, least) in [
        ([8, 1, 64, 64], [1, 1, 8, 8], 1),
        // Of one block each: as many volumes.
        ([24, 1, 8, 8], [1, 1, 8, 8], 2),
    ] {
        let (graph, most) = (Graph::on(&runtime), Arc::new(AtomicUsize::new(0)));
        let (now, own) = (AtomicUsize::new(0), Arc::clone(&most));
        let slow = graph.add(Slow { shape, now, most: own });
        let components = graph.add(ConnectedComponents::new().block(block));
        graph.edit(|e| e.connect(&slow.output, &components.input)).unwrap();
        let counts = components.count.request(roi![0..shape[0]]).wait().unwrap();
        assert!(counts.view::<u32>().unwrap().iter().all(|count| *count == 1));
        let most = most.load(Ordering::SeqCst);
        assert!(
            (least..=2 * 2 * threads).contains(&most),
            "{most} blocks of {shape:?} at a time"
        );
    }
}

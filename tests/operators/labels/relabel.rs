use headwater::kernels::{filter_by_size, relabel_consecutive};
use headwater::operators::{ConnectedComponents, FilterBySize, RelabelConsecutive};
use headwater::{DType, roi};

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn regions_are_relabelled_as_the_whole(case in cases(), values in 1u32..200, seed in 0u64..1000, start in 1u64..20) {
        let labels = case.image(values, seed);
        let (expected, maps) = relabel_consecutive(&labels, start, &NEVER).unwrap();
        let world = World::new();
        let (cut, node) = (world.add(Cut(case.block.clone())), world.add(RelabelConsecutive::new().start(start)));
        world.edit(|e| {
            e.set(&cut.input, labels)?;
            e.connect(&cut.output, &node.input)
        }).unwrap();
        for region in case.regions.iter().chain([&case.whole()]) {
            prop_assert_eq!(node.output.request(*region).wait().unwrap(), expected.slice(region).unwrap());
        }
        prop_assert_eq!(node.maps.len(), maps.len());
        for (own, map) in node.maps.iter().zip(&maps) {
            prop_assert!(*own.get().wait().unwrap() == *map);
        }
    }

    #[test]
    fn sizes_count_over_the_whole_volume(
        case in cases(), values in 1u32..30, seed in 0u64..1000, min in 0u64..6, more in prop::option::of(0u64..10), binary: bool,
    ) {
        let (labels, max) = (case.image(values, seed), more.map(|more| min + more));
        let expected = filter_by_size(&labels, min, max, binary, &NEVER).unwrap();
        let world = World::new();
        let filter = FilterBySize::new(min, max);
        let node = world.add(if binary { filter.binary() } else { filter });
        let cut = world.add(Cut(case.block.clone()));
        world.edit(|e| {
            e.set(&cut.input, labels)?;
            e.connect(&cut.output, &node.input)
        }).unwrap();
        for region in case.regions.iter().chain([&case.whole()]) {
            prop_assert_eq!(node.output.request(*region).wait().unwrap(), expected.slice(region).unwrap());
        }
    }

    #[test]
    fn what_was_not_marked_did_not_change(case in cases(), seed in 0u64..1000, value in 0u8..3) {
        let labels = case.image(4, seed);
        let world = World::new();
        let (relabel, filter) = (world.add(RelabelConsecutive::new()), world.add(FilterBySize::new(2, Some(5))));
        world.edit(|e| {
            e.set(&relabel.input, labels.clone())?;
            e.set(&filter.input, labels.clone())
        }).unwrap();
        let outputs = [&relabel.output, &filter.output];
        let before = outputs.map(|output| output.request(case.whole()).wait().unwrap());
        let (old, changed) = (world.snapshot(), case.regions[0]);
        let patch = Array::full(case.axes, changed.shape().as_slice(), value).unwrap();
        world.edit(|e| {
            e.write(&relabel.input, changed, &patch)?;
            e.write(&filter.input, changed, &patch)
        }).unwrap();
        let (new, mut image) = (world.snapshot(), labels.clone());
        image.assign_region(&changed, &patch).unwrap();
        // Writing what was there is no change.
        let has_changed = image != labels;
        let expected = [
            relabel_consecutive(&image, 1, &NEVER).unwrap().0,
            filter_by_size(&image, 2, Some(5), false, &NEVER).unwrap(),
        ];
        let others: Vec<usize> = (0..case.axes.len()).filter(|axis| !case.axes.spatial().any(|own| own == *axis)).collect();
        for ((output, before), expected) in outputs.into_iter().zip(before).zip(expected) {
            let after = output.request(case.whole()).wait().unwrap();
            prop_assert_eq!(&after, &expected);
            for place in headwater::BlockGrid::aligned(case.whole(), headwater::Shape::new(vec![1; case.shape.len()]).unwrap()).unwrap().iter() {
                let is_marked = old.stamp(output, &place.roi).unwrap() != new.stamp(output, &place.roi).unwrap();
                prop_assert!(is_marked || before.slice(&place.roi).unwrap() == after.slice(&place.roi).unwrap());
                let is_touched = others.iter().all(|axis| changed.range(*axis).contains(&place.roi.start()[*axis]));
                prop_assert_eq!(is_marked, is_touched && has_changed);
            }
        }
    }
}

/// Says in which blocks its input comes best.
struct Cut(Vec<usize>);

impl Operator for Cut {
    type Slots = WatchedSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> WatchedSlots {
        WatchedSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &WatchedSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta.with_ideal_block(headwater::Shape::new(&self.0)?))
    }

    fn dirty(&self, slots: &WatchedSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &WatchedSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(cx.request(&slots.input, roi).await?.into())
    }
}

fn labels() -> Array {
    Array::from_vec("yx", &[2, 5], vec![9u8, 9, 0, 4, 4, 9, 0, 4, 7, 4]).unwrap()
}

#[test]
fn sizes_were_counted_in_the_region_that_was_asked_for() {
    let world = World::new();
    let node = world.add(FilterBySize::new(3, Some(4)));
    world.edit(|e| e.set(&node.input, labels())).unwrap();
    // Of the label 4 there are two in the region, and four in all.
    let part = node.output.request(roi![0..1, 3..5]).wait().unwrap();
    assert_eq!(part, Array::full("yx", &[1, 2], 4u8).unwrap());
}

#[test]
fn a_change_of_the_binary_input_failed() {
    let world = World::new();
    let node = world.add(FilterBySize::new(2, None));
    world.edit(|e| e.set(&node.input, labels())).unwrap();
    node.output.request(roi![0..2, 0..5]).wait().unwrap();
    world.edit(|e| e.set(&node.binary, true)).unwrap();
    let row = node.output.request(roi![1..2, 0..5]).wait().unwrap();
    assert_eq!(row, Array::from_vec("yx", &[1, 5], vec![1u8, 0, 1, 0, 1]).unwrap());
    world.edit(|e| e.set(&node.min, 4_u64)).unwrap();
    let row = node.output.request(roi![1..2, 0..5]).wait().unwrap();
    assert_eq!(row, Array::from_vec("yx", &[1, 5], vec![0u8, 0, 1, 0, 1]).unwrap());
    world.edit(|e| e.set(&node.max, Some(3_u64))).unwrap();
    let row = node.output.request(roi![1..2, 0..5]).wait().unwrap();
    assert_eq!(row, Array::zeros("yx", &[1, 5], DType::U8).unwrap());
}

#[test]
fn labels_are_counted_once_until_they_change() {
    let world = World::new();
    let (source, node) = (world.add(Watched::default()), world.add(RelabelConsecutive::new()));
    let asked = Arc::clone(&source.operator().asked);
    world
        .edit(|e| {
            e.set(&source.input, Array::from_ndarray("tyx", random(&[2, 3, 3], 9, 1))?)?;
            e.connect(&source.output, &node.input)
        })
        .unwrap();
    assert!(take(&asked).is_empty());
    node.output.request(roi![0..1, 0..1, 0..1]).wait().unwrap();
    assert_eq!(take(&asked), [roi![0..1, 0..1, 0..1], roi![0..1, 0..3, 0..3]]);
    node.output.request(roi![0..1, 1..2, 0..3]).wait().unwrap();
    // Another start counts nothing again.
    world.edit(|e| e.set(&node.start, 10_u64)).unwrap();
    node.output.request(roi![0..1, 2..3, 0..3]).wait().unwrap();
    assert_eq!(take(&asked), [roi![0..1, 1..2, 0..3], roi![0..1, 2..3, 0..3]]);
}

#[test]
fn what_cannot_be_relabelled_is_refused() {
    let world = World::new();
    let node = world.add(RelabelConsecutive::new());
    let error = |message: &str| {
        let report = node.output.request(roi![0..2, 0..5]).wait().unwrap_err().report();
        assert!(report.contains(message), "{report}");
    };
    world
        .edit(|e| e.set(&node.input, Array::zeros("yx", &[2, 5], DType::F32)?))
        .unwrap();
    error("labels are unsigned integers, not f32");
    world.edit(|e| e.set(&node.input, labels())).unwrap();
    world.edit(|e| e.set(&node.start, 0_u64)).unwrap();
    error("the first label is 0, which is the background");
    world.edit(|e| e.set(&node.start, 254_u64)).unwrap();
    error("3 labels up to 256 do not fit u8");
    world.edit(|e| e.set(&node.start, 253_u64)).unwrap();
    node.output.request(roi![0..2, 0..5]).wait().unwrap();
}

#[test]
fn components_without_the_small_ones_are_numbered_again() {
    let world = World::new();
    let components = world.add(ConnectedComponents::new().block([2, 3]));
    let (filter, relabel) = (
        world.add(FilterBySize::new(2, None)),
        world.add(RelabelConsecutive::new()),
    );
    world
        .edit(|e| {
            e.set(&components.input, labels())?;
            e.connect(&components.output, &filter.input)?;
            e.connect(&filter.output, &relabel.input)
        })
        .unwrap();
    let all = relabel.output.request(roi![0..2, 0..5]).wait().unwrap();
    assert_eq!(
        all,
        Array::from_vec("yx", &[2, 5], vec![1u32, 1, 0, 2, 2, 1, 0, 0, 0, 2]).unwrap()
    );
}

use headwater::operators::LazyConnectedComponents;
use headwater::{DType, roi};

use super::*;

/// The labels that are to come out: one more than the number of each object's first element.
fn expected(image: &Array, connectivity: Connectivity) -> Array {
    let labels = kernel(Some(0.0), connectivity).apply(image, &NEVER).unwrap().labels;
    let axes = labels.axes();
    let mut result = labels.view::<u32>().unwrap().to_owned();
    let space: Vec<usize> = axes.spatial().collect();
    let others: Vec<usize> = (0..axes.len()).filter(|axis| !space.contains(axis)).collect();
    let mut firsts = std::collections::HashMap::new();
    for (place, label) in labels.view::<u32>().unwrap().indexed_iter() {
        let number = space
            .iter()
            .fold(0, |number, axis| number * labels.shape()[*axis] + place[*axis]);
        let volume: Vec<usize> = others.iter().map(|axis| place[*axis]).collect();
        let first = firsts.entry((volume, *label)).or_insert(number as u32 + 1);
        *first = (*first).min(number as u32 + 1);
    }
    for (place, label) in result.indexed_iter_mut() {
        let volume: Vec<usize> = others.iter().map(|axis| place[*axis]).collect();
        *label = if *label == 0 { 0 } else { firsts[&(volume, *label)] };
    }
    Array::from_ndarray(axes, result).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn labels_are_the_first_elements_whatever_was_asked_for_first(
        case in cases(), values in 2u32..4, seed in 0u64..1000, connectivity in 0..3usize,
    ) {
        let (image, connectivity) = (case.image(values, seed), CONNECTIVITIES[connectivity]);
        let expected = expected(&image, connectivity);
        let world = World::new();
        let node = world.add(LazyConnectedComponents::new().connectivity(connectivity).block(case.block.clone()));
        world.edit(|e| e.set(&node.input, image.clone())).unwrap();
        for region in case.regions.iter().chain([&case.whole()]) {
            let labels = node.output.request(*region).wait().unwrap();
            prop_assert_eq!(labels, expected.slice(region).unwrap());
        }
        let all = node.output.request(case.whole()).wait().unwrap();
        assert_equivalent(&all, &kernel(Some(0.0), connectivity).apply(&image, &NEVER).unwrap().labels);
    }

    #[test]
    fn after_a_change_labels_are_those_of_the_new_image(case in cases(), seed in 0u64..1000, value in 0u8..3) {
        let mut image = case.image(3, seed);
        let world = World::new();
        let node = world.add(LazyConnectedComponents::new().block(case.block.clone()));
        world.edit(|e| e.set(&node.input, image.clone())).unwrap();
        let before = node.output.request(case.regions[1]).wait().unwrap();
        let (old, changed) = (world.snapshot(), case.regions[0]);
        let patch = Array::full(case.axes, changed.shape().as_slice(), value).unwrap();
        world.edit(|e| e.write(&node.input, changed, &patch)).unwrap();
        image.assign_region(&changed, &patch).unwrap();
        let all = node.output.request(case.whole()).wait().unwrap();
        prop_assert_eq!(all, expected(&image, Connectivity::Faces));
        prop_assert_eq!(old.request(&node.output, case.regions[1]).wait().unwrap(), before);
    }
}

/// A source that is watched, and what labels it.
fn watched(
    world: &World,
    image: Array,
    operator: LazyConnectedComponents,
) -> (
    headwater::graph::Node<Watched>,
    headwater::graph::Node<LazyConnectedComponents>,
) {
    let (source, node) = (world.add(Watched::default()), world.add(operator));
    world
        .edit(|e| {
            e.set(&source.input, image)?;
            e.connect(&source.output, &node.input)
        })
        .unwrap();
    (source, node)
}

#[test]
fn no_block_is_read_that_no_object_reaches() {
    let mut image = ndarray::Array2::<u8>::zeros((8, 12));
    image[[1, 1]] = 1; // ends within the first block
    image.slice_mut(ndarray::s![2, 6..10]).fill(2); // goes from the second block into the third
    image[[5, 0]] = 3;
    let world = World::new();
    let (source, node) = watched(
        &world,
        Array::from_ndarray("yx", image).unwrap(),
        LazyConnectedComponents::new().block([4, 4]),
    );
    let asked = Arc::clone(&source.operator().asked);
    node.output.request(roi![0..2, 0..3]).wait().unwrap();
    assert_eq!(take(&asked), [roi![0..4, 0..4]]);
    let end = node.output.request(roi![2..3, 9..10]).wait().unwrap();
    assert_eq!(end, Array::full("yx", &[1, 1], 2 * 12 + 6 + 1u32).unwrap());
    assert_eq!(take(&asked), [roi![0..4, 4..8], roi![0..4, 8..12]]);
    // All that is known by now needs no block again.
    node.output.request(roi![0..4, 0..12]).wait().unwrap();
    assert!(take(&asked).is_empty());
    let patch = Array::full("yx", &[1, 1], 2u8).unwrap();
    world
        .edit(|e| e.write(&source.input, roi![3..4, 9..10], &patch))
        .unwrap();
    node.output.request(roi![0..4, 0..12]).wait().unwrap();
    // It reaches the border now, and is followed.
    assert_eq!(take(&asked), [roi![0..4, 8..12], roi![4..8, 8..12]]);
}

#[test]
fn an_object_that_touches_the_region_nowhere_is_not_followed() {
    // Two objects in the block that is asked for; only the one outside of the region goes on.
    let mut image = ndarray::Array2::<u8>::zeros((4, 16));
    image.slice_mut(ndarray::s![3, ..]).fill(1);
    image[[0, 1]] = 1;
    let world = World::new();
    let (source, node) = watched(
        &world,
        Array::from_ndarray("yx", image).unwrap(),
        LazyConnectedComponents::new().block([4, 4]),
    );
    let asked = Arc::clone(&source.operator().asked);
    node.output.request(roi![0..2, 0..4]).wait().unwrap();
    assert_eq!(take(&asked), [roi![0..4, 0..4]]);
    node.output.request(roi![3..4, 0..1]).wait().unwrap();
    assert_eq!(take(&asked), [roi![0..4, 4..8], roi![0..4, 8..12], roi![0..4, 12..16]]);
}

#[test]
fn requests_in_a_circle_of_blocks_do_not_wait_for_each_other() {
    // A ring through four blocks, asked for from all sides at once.
    let mut image = ndarray::Array2::<u8>::zeros((8, 8));
    image.slice_mut(ndarray::s![1..7, 1..7]).fill(1);
    image.slice_mut(ndarray::s![2..6, 2..6]).fill(0);
    for _ in 0..20 {
        let world = World::new();
        let node = world.add(LazyConnectedComponents::new().block([4, 4]));
        world
            .edit(|e| e.set(&node.input, Array::from_ndarray("yx", image.clone())?))
            .unwrap();
        let corners = [roi![1..2, 1..2], roi![1..2, 6..7], roi![6..7, 1..2], roi![6..7, 6..7]];
        thread::scope(|scope| {
            for corner in corners {
                let node = &node;
                scope.spawn(move || {
                    let label = node.output.request(corner).wait().unwrap();
                    assert_eq!(label, Array::full("yx", &[1, 1], 10u32).unwrap());
                });
            }
        });
    }
}

#[test]
fn without_memory_it_is_slow_and_right() {
    let image = Array::from_ndarray("zyx", random(&[10, 11, 12], 2, 5)).unwrap();
    let world = World::with_memory(1);
    let node = world.add(LazyConnectedComponents::new().block([4, 4, 4]));
    world.edit(|e| e.set(&node.input, image.clone())).unwrap();
    let labels = node.output.request(roi![0..10, 0..11, 0..12]).wait().unwrap();
    assert_eq!(labels, expected(&image, Connectivity::Faces));
}

#[test]
fn a_volume_of_many_elements_has_wide_labels() {
    let world = World::new();
    let node = world.add(LazyConnectedComponents::new().block([1, 1, 8]));
    // 2³³ elements, none of which is there.
    let image = Array::full("zyx", &[1 << 11, 1 << 11, 1 << 11], 0u8).unwrap();
    world.edit(|e| e.set(&node.input, image)).unwrap();
    let corner = node
        .output
        .request(roi![2047..2048, 2047..2048, 2040..2048])
        .wait()
        .unwrap();
    assert_eq!(corner, Array::zeros("zyx", &[1, 1, 8], DType::U64).unwrap());
}

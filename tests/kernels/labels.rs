//! Connected components: against a flood fill, against cc3d and scipy, on all layouts and numbers of threads.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::array::Element;
use headwater::kernels::{
    Census, Components, ConnectedComponents, Connectivity, LabelMap, UnionFind, connected_components, filter_by_size,
    relabel_consecutive,
};
use headwater::{Array, Axes, BlockGrid, Checkpoint, DType, Error, ErrorKind, Interrupt, Shape, match_dtype};
use ndarray::{ArrayD, Axis};
use ndarray_npy::{ReadNpyExt, ReadableElement};
use proptest::prelude::*;

const NEVER: Checkpoint = Checkpoint::never();
const CONNECTIVITIES: [Connectivity; 3] = [Connectivity::Faces, Connectivity::Edges, Connectivity::Full];

/// Whether two places, of equal rank, are neighbours.
fn are_neighbours(a: &[usize], b: &[usize], connectivity: Connectivity) -> bool {
    let apart = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b));
    apart.clone().all(|distance| distance <= 1) && (1..=connectivity.axes()).contains(&apart.sum())
}

/// Every place of `shape`, in scan order.
fn places(shape: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for length in shape {
        all = all
            .into_iter()
            .flat_map(|place| (0..*length).map(move |at| [&place[..], &[at]].concat()))
            .collect();
    }
    all
}

/// The labels of one volume, by flood fill, as one would write it down.
fn flood(values: &ArrayD<f64>, background: Option<f64>, connectivity: Connectivity) -> (ArrayD<u32>, u32) {
    let mut labels = ArrayD::zeros(values.raw_dim());
    let (places, mut count) = (places(values.shape()), 0);
    let steps: Vec<Vec<isize>> = self::places(&vec![3; values.ndim()])
        .into_iter()
        .filter(|place| are_neighbours(place, &vec![1; values.ndim()], connectivity))
        .map(|place| place.iter().map(|at| *at as isize - 1).collect())
        .collect();
    for first in places {
        if Some(values[&first[..]]) == background || labels[&first[..]] != 0 {
            continue;
        }
        count += 1;
        labels[&first[..]] = count;
        let mut open = vec![first];
        while let Some(place) = open.pop() {
            for step in &steps {
                let next: Vec<usize> = place
                    .iter()
                    .zip(step)
                    .map(|(at, step)| at.wrapping_add_signed(*step))
                    .collect();
                let is_equal = values.get(&next[..]).is_some_and(|value| *value == values[&place[..]]);
                if is_equal && labels[&next[..]] == 0 {
                    labels[&next[..]] = count;
                    open.push(next);
                }
            }
        }
    }
    (labels, count)
}

/// The labels of each volume.
fn reference(values: &Array, background: Option<f64>, connectivity: Connectivity) -> (ArrayD<u32>, Vec<u32>) {
    let axes = values.axes();
    let values = values.cast(DType::F64).unwrap();
    let values = values.view::<f64>().unwrap().to_owned();
    let mut labels = ArrayD::zeros(values.raw_dim());
    let others: Vec<usize> = (0..axes.len())
        .filter(|axis| !axes.spatial().any(|own| own == *axis))
        .collect();
    let lengths: Vec<usize> = others.iter().map(|axis| values.shape()[*axis]).collect();
    let mut counts = Vec::new();
    for place in places(&lengths) {
        let (mut part, mut out) = (values.view(), labels.view_mut());
        for (axis, at) in others.iter().zip(&place).rev() {
            part = part.index_axis_move(Axis(*axis), *at);
            out = out.index_axis_move(Axis(*axis), *at);
        }
        let (own, count) = flood(&part.to_owned(), background, connectivity);
        out.assign(&own);
        counts.push(count);
    }
    (labels, counts)
}

fn random(shape: &[usize], values: u32, seed: u64) -> ArrayD<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    ArrayD::from_shape_simple_fn(shape, || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 33) as u32 % values) as u8
    })
}

/// Random values that are often the same as the one before along the last axis.
fn streaks(shape: &[usize], values: u32, seed: u64) -> ArrayD<u8> {
    let (mut last, change) = (0, random(shape, 5, seed + 1));
    let mut data = random(shape, values, seed);
    for (value, change) in data.iter_mut().zip(&change) {
        if *change != 0 {
            *value = last;
        }
        last = *value;
    }
    data
}

fn labelling(background: Option<f64>, connectivity: Connectivity) -> ConnectedComponents {
    let labelling = ConnectedComponents::new().connectivity(connectivity);
    match background {
        None => labelling.without_background(),
        Some(value) => labelling.background(value),
    }
}

fn check(array: &Array, background: Option<f64>, connectivity: Connectivity) {
    let found = labelling(background, connectivity).apply(array, &NEVER).unwrap();
    let (labels, counts) = reference(array, background, connectivity);
    assert_eq!(found.labels, Array::from_ndarray(array.axes(), labels).unwrap());
    assert_eq!(found.counts, counts);
}

/// Axes with lengths: short ones, and rows that go over the end of a word of 64.
fn shapes() -> impl Strategy<Value = (Axes, Vec<usize>)> {
    let axes = ["x", "yx", "zyx", "xyz", "tyx", "yxc", "tzyxc", "ctzx", "qzxy"];
    prop::sample::select(axes.to_vec()).prop_flat_map(|axes| {
        let lengths = match axes.len() {
            1 => prop::collection::vec(1..300usize, 1),
            2 => prop::collection::vec(1..80usize, 2),
            3 => prop::collection::vec(1..12usize, 3),
            count => prop::collection::vec(1..6usize, count),
        };
        (Just(axes.parse().unwrap()), lengths, any::<bool>()).prop_map(|(axes, mut lengths, long)| {
            if long && lengths.len() <= 3 {
                *lengths.last_mut().unwrap() += 60;
            }
            (axes, lengths)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn labels_are_those_of_a_flood_fill(
        (axes, shape) in shapes(), values in 1u32..5, seed in 0u64..1000, background in 0..3, connectivity in 0..3usize, streaky: bool,
    ) {
        let data = if streaky { streaks(&shape, values, seed) } else { random(&shape, values, seed) };
        let background = [None, Some(0.0), Some(1.0)][background as usize];
        check(&Array::from_ndarray(axes, data).unwrap(), background, CONNECTIVITIES[connectivity]);
    }

    #[test]
    fn all_types_are_labelled_alike((axes, shape) in shapes(), seed in 0u64..1000, connectivity in 0..3usize) {
        let data = Array::from_ndarray(axes, streaks(&shape, 2, seed)).unwrap();
        let expected = labelling(Some(0.0), CONNECTIVITIES[connectivity]).apply(&data, &NEVER).unwrap();
        for dtype in DType::ALL {
            let found = labelling(Some(0.0), CONNECTIVITIES[connectivity]).apply(&data.cast(dtype).unwrap(), &NEVER).unwrap();
            prop_assert_eq!(&found.labels, &expected.labels, "{}", dtype);
        }
    }

    #[test]
    fn layout_does_not_matter((axes, shape) in shapes(), seed in 0u64..1000, step in 1isize..3) {
        let data = random(&shape, 3, seed);
        let expected = connected_components(&Array::from_ndarray(axes, data.clone()).unwrap(), &NEVER).unwrap();
        // The same numbers with the axes in another order in memory, and with gaps in between.
        let mut turned = data.clone().reversed_axes().as_standard_layout().to_owned().reversed_axes();
        turned.assign(&data);
        let mut wide = ArrayD::zeros(shape.iter().map(|length| length * step as usize + 1).collect::<Vec<_>>());
        let mut gaps = wide.slice_each_axis_mut(|_| ndarray::Slice::new(1, None, step));
        gaps.assign(&data);
        let gaps = wide.slice_each_axis(|_| ndarray::Slice::new(1, None, step)).to_owned();
        for data in [turned, gaps] {
            let found = connected_components(&Array::from_ndarray(axes, data).unwrap(), &NEVER).unwrap();
            prop_assert_eq!(&found.labels, &expected.labels);
            prop_assert_eq!(&found.counts, &expected.counts);
        }
    }

    #[test]
    fn sets_are_known_by_their_smallest_member(joins in prop::collection::vec((0u32..40, 0u32..40), 0..60)) {
        let mut sets = UnionFind::with_len(40).unwrap();
        let mut naive: Vec<u32> = (0..40).collect();
        for (a, b) in joins {
            let (of_a, of_b) = (naive[a as usize], naive[b as usize]);
            prop_assert_eq!(sets.union(a, b), of_a != of_b);
            naive.iter_mut().filter(|own| **own == of_a.max(of_b)).for_each(|own| *own = of_a.min(of_b));
        }
        for member in 0..40 {
            prop_assert_eq!(sets.find(member), naive[member as usize]);
        }
        let (numbers, count) = sets.number();
        let mut roots: Vec<u32> = naive.clone();
        roots.sort_unstable();
        roots.dedup();
        prop_assert_eq!(count as usize, roots.len());
        for (number, root) in numbers.iter().zip(&naive) {
            prop_assert_eq!(roots[*number as usize], *root);
        }
    }
}

/// The labels of a volume whose blocks are labelled on their own and joined: what an operator does.
fn by_blocks(image: &Array, block: &[usize], labelling: ConnectedComponents, forth: bool) -> Array {
    let grid = BlockGrid::aligned(Shape::new(image.shape()).unwrap(), Shape::new(block).unwrap()).unwrap();
    let rank = image.ndim();
    let rois: Vec<_> = grid.iter().map(|block| block.roi).collect();
    let pieces: Vec<_> = rois
        .iter()
        .map(|roi| labelling.pieces(&image.slice(roi).unwrap(), &NEVER).unwrap())
        .collect();
    let (mut sets, mut offsets) = (UnionFind::new(), Vec::new());
    pieces
        .iter()
        .for_each(|pieces| offsets.push(sets.extend(pieces.count() as usize).unwrap()));
    let mut directions = places(&[3, 3, 3]);
    directions.truncate(13); // the first half: to blocks that come before
    for (nth, roi) in rois.iter().enumerate() {
        for direction in &directions {
            let direction = [0, 1, 2].map(|axis| direction[axis] as isize - 1);
            let place: Option<Vec<_>> = (0..rank)
                .map(|axis| {
                    let step = direction[3 - rank + axis] * block[axis] as isize;
                    roi.start()[axis].checked_add_signed(step)
                })
                .collect();
            let within = direction[..3 - rank].iter().all(|step| *step == 0);
            let Some(other) = place.filter(|_| within).and_then(|place| grid.number_at(place)) else {
                continue;
            };
            let mut join = |a, b| {
                sets.union(a, b);
            };
            // From either side the same pieces touch.
            match forth {
                true => pieces[nth].touching(&pieces[other], direction, |a, b| {
                    join(offsets[nth] + a, offsets[other] + b)
                }),
                false => pieces[other].touching(&pieces[nth], direction.map(|step| -step), |b, a| {
                    join(offsets[nth] + a, offsets[other] + b)
                }),
            }
            .unwrap();
        }
    }
    let (numbers, _) = sets.number();
    let mut whole = Array::zeros(image.axes(), image.shape(), DType::U32).unwrap();
    for ((roi, pieces), offset) in rois.iter().zip(&pieces).zip(&offsets) {
        let labels = pieces.labels(&NEVER).unwrap();
        let named = labels.map(|label: u32| {
            label
                .checked_sub(1)
                .map_or(0, |piece| numbers[(offset + piece) as usize] + 1)
        });
        whole.assign_region(roi, &named.unwrap()).unwrap();
        let shown = labels.view::<u32>().unwrap();
        for piece in 0..pieces.count() {
            let first = shown.indexed_iter().find(|(_, label)| **label == piece + 1).unwrap().0;
            let first: Vec<usize> = (0..rank).map(|axis| first[axis]).collect();
            assert_eq!(pieces.first(piece)[3 - rank..], first);
        }
    }
    whole
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn blocks_that_are_joined_are_the_whole(
        axes in prop::sample::select(vec!["x", "yx", "zyx", "yxz"]), lengths in prop::collection::vec((1usize..14, 1usize..8), 3),
        values in 1u32..4, seed in 0u64..1000, connectivity in 0..3usize, with_background: bool, forth: bool, dtype in 0..11usize,
    ) {
        let (shape, block): (Vec<_>, Vec<_>) = lengths[..axes.len()].iter().copied().unzip();
        let image = Array::from_ndarray(axes, random(&shape, values, seed)).unwrap().cast(DType::ALL[dtype]).unwrap();
        let labelling = labelling(with_background.then_some(0.0), CONNECTIVITIES[connectivity]);
        let expected = labelling.apply(&image, &NEVER).unwrap();
        assert_equivalent(&by_blocks(&image, &block, labelling, forth), &expected.labels);
    }

    #[test]
    fn a_census_by_blocks_is_that_of_the_whole(
        (axes, shape) in shapes().prop_filter("one volume", |(axes, _)| axes.spatial().count() == axes.len()),
        values in 1u32..200, seed in 0u64..1000, block in prop::collection::vec(1usize..9, 3), turn in 0usize..50,
    ) {
        let labels = Array::from_ndarray(axes, random(&shape, values, seed)).unwrap();
        let naive = {
            let mut order = Vec::new();
            let mut sizes = std::collections::HashMap::new();
            for label in labels.view::<u8>().unwrap().iter().filter(|label| **label != 0) {
                let label = u64::from(*label);
                if !sizes.contains_key(&label) {
                    order.push(label);
                }
                *sizes.entry(label).or_insert(0u64) += 1;
            }
            order.into_iter().map(|label| (label, sizes[&label])).collect::<Vec<_>>()
        };
        let grid = BlockGrid::aligned(Shape::new(&shape).unwrap(), Shape::new(&block[..shape.len()]).unwrap()).unwrap();
        let mut rois: Vec<_> = grid.iter().map(|block| block.roi).collect();
        let turn = turn % rois.len();
        rois.rotate_left(turn);
        let mut census = Census::default();
        for roi in rois {
            let mut part = Census::default();
            part.count(&labels.slice(&roi).unwrap(), roi.start(), &shape, &NEVER).unwrap();
            census.merge(&part);
        }
        prop_assert_eq!(census.sizes(), naive.clone());
        prop_assert_eq!(census.len(), naive.len());
        let map = census.consecutive(5).unwrap();
        for (nth, (label, size)) in naive.iter().enumerate() {
            prop_assert_eq!((map.get(*label), census.size(*label)), (5 + nth as u64, *size));
        }
        let (least, most) = (2, 7);
        let kept = census.of_size(least, Some(most), false);
        for (label, size) in naive {
            prop_assert_eq!(kept.get(label), if (least..=most).contains(&size) { label } else { 0 });
        }
    }
}

#[test]
fn labels_far_apart_are_mapped_too() {
    let far = vec![u64::MAX, 0, 7, u64::MAX - 1, 7];
    let (relabelled, maps) = relabel_consecutive(&Array::from_vec("x", &[5], far.clone()).unwrap(), 1, &NEVER).unwrap();
    assert_eq!(relabelled, Array::from_vec("x", &[5], vec![1u64, 0, 2, 3, 2]).unwrap());
    assert_eq!((maps[0].get(u64::MAX), maps[0].get(8), maps[0].len()), (1, 0, 3));
    let back: LabelMap = maps[0].iter().map(|(old, new)| (new, old)).collect();
    assert_eq!(
        back.apply(&relabelled, &NEVER).unwrap(),
        Array::from_vec("x", &[5], far).unwrap()
    );
    let one: LabelMap = [(3, 1)].into_iter().collect();
    assert!(one == [(3, 1), (0, 9)].into_iter().collect() && one != [(3, 2)].into_iter().collect());
}

#[test]
fn each_volume_is_relabelled_and_filtered_for_itself() {
    let labels = Array::from_vec("xt", &[3, 2], vec![4u16, 9, 4, 4, 2, 9]).unwrap();
    let (relabelled, maps) = relabel_consecutive(&labels, 1, &NEVER).unwrap();
    assert_eq!(
        relabelled,
        Array::from_vec("xt", &[3, 2], vec![1u16, 1, 1, 2, 2, 1]).unwrap()
    );
    assert_eq!((maps[0].get(4), maps[1].get(4)), (1, 2));
    let filtered = filter_by_size(&labels, 2, Some(2), true, &NEVER).unwrap();
    assert_eq!(
        filtered,
        Array::from_vec("xt", &[3, 2], vec![1u16, 1, 1, 0, 0, 1]).unwrap()
    );
}

#[test]
fn what_are_no_labels_is_refused() {
    let check =
        |error: Error, message: &str| assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::Invalid, message));
    let floats = Array::zeros("x", &[3], DType::F32).unwrap();
    check(
        relabel_consecutive(&floats, 1, &NEVER).unwrap_err(),
        "labels are unsigned integers, not f32",
    );
    check(
        filter_by_size(&floats, 1, None, false, &NEVER).unwrap_err(),
        "labels are unsigned integers, not f32",
    );
    let many = Array::from_vec("x", &[255], (1..=255u8).collect()).unwrap();
    check(
        relabel_consecutive(&many, 0, &NEVER).unwrap_err(),
        "the first label is 0, which is the background",
    );
    check(
        relabel_consecutive(&many, 2, &NEVER).unwrap_err(),
        "255 labels up to 256 do not fit u8",
    );
    relabel_consecutive(&many, 1, &NEVER).unwrap();
    let error = Census::default().count(&many, &[1], &[255], &NEVER).unwrap_err();
    check(error, "Array(x u8 [255]) at [1] is no block of one volume of [255]");
    let movie = Array::zeros("tx", &[2, 3], DType::U8).unwrap();
    check(
        ConnectedComponents::new().pieces(&movie, &NEVER).unwrap_err(),
        "Array(tx u8 [2, 3]) is no block of one volume, of 4,294,967,295 elements at most",
    );
    let pieces = |length| {
        ConnectedComponents::new()
            .pieces(&Array::full("yx", &[length, 2], 1u8).unwrap(), &NEVER)
            .unwrap()
    };
    check(
        pieces(2).touching(&pieces(3), [0, 0, 1], |_, _| ()).unwrap_err(),
        "blocks of [1, 2, 2] and [1, 3, 2] do not meet in direction [0, 0, 1]",
    );
}

#[test]
fn pieces_are_smaller_than_labels() {
    let blobs = Array::full("zyx", &[64, 64, 64], 1u8).unwrap();
    let pieces = ConnectedComponents::new().pieces(&blobs, &NEVER).unwrap();
    assert_eq!(pieces.count(), 1);
    // 20 bytes for 64 elements, and 4 for each run.
    assert_eq!(pieces.nbytes(), 64 * 64 * 24 + 4);
}

fn fixture<T: Element + ReadableElement>(axes: &str, name: &str) -> Array {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernels/fixtures/labels");
    let data = ArrayD::<T>::read_npy(File::open(path.join(name).with_extension("npy")).unwrap()).unwrap();
    Array::from_ndarray(axes, data).unwrap()
}

/// Whether two arrays of labels are the same but for names.
fn assert_equivalent(own: &Array, expected: &Array) {
    let (own, expected) = (own.view::<u32>().unwrap(), expected.view::<u32>().unwrap());
    assert_eq!(own.shape(), expected.shape());
    let (mut there, mut back) = (std::collections::HashMap::new(), std::collections::HashMap::new());
    for (own, expected) in own.iter().zip(&expected) {
        assert_eq!(there.entry(*own).or_insert(*expected), expected);
        assert_eq!(back.entry(*expected).or_insert(*own), own);
    }
}

#[test]
fn labels_are_cc3ds() {
    let values = fixture::<u16>("zyx", "values");
    for (connectivity, name) in CONNECTIVITIES.into_iter().zip(["cc3d_6", "cc3d_18", "cc3d_26"]) {
        let found = labelling(Some(0.0), connectivity).apply(&values, &NEVER).unwrap();
        assert_equivalent(&found.labels, &fixture::<u32>("zyx", name));
    }
}

#[test]
fn labels_are_scipys() {
    let mask = fixture::<u8>("yx", "mask");
    for (connectivity, name) in [(Connectivity::Faces, "scipy_1"), (Connectivity::Full, "scipy_2")] {
        let found = labelling(Some(0.0), connectivity).apply(&mask, &NEVER).unwrap();
        // scipy numbers in scan order of the first element too.
        assert_eq!(found.labels, fixture::<u32>("yx", name));
    }
}

fn on_threads<R: Send>(threads: usize, run: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(run)
}

/// Volumes large enough for several slabs: usual, flat, long, and wide ones.
const LARGE: [(&str, &[usize]); 5] = [
    ("zyx", &[90, 70, 100]),
    ("zyx", &[3, 400, 500]),
    ("yx", &[600_000, 1]),
    ("yx", &[3, 200_000]),
    ("tzyx", &[2, 40, 130, 70]),
];

#[test]
fn the_number_of_threads_does_not_matter() {
    for (axes, shape) in LARGE {
        for connectivity in [Connectivity::Faces, Connectivity::Full] {
            let array = Array::from_ndarray(axes, random(shape, 3, 7)).unwrap();
            let apply = || labelling(Some(0.0), connectivity).apply(&array, &NEVER).unwrap();
            let Components { labels, counts } = apply();
            for threads in [2, 5] {
                let found = on_threads(threads, apply);
                assert_eq!(found.counts, counts, "{threads} threads, {shape:?}");
                assert_eq!(found.labels, labels, "{threads} threads, {shape:?}");
            }
        }
    }
}

#[test]
fn a_spiral_is_one_component() {
    // Each ring is joined to the next at one place: as many unions as there can be, and the longest way through the slabs.
    let mut spiral = ndarray::Array2::<bool>::from_elem((601, 601), false);
    let (mut at, mut direction, mut length) = ([0usize, 0usize], 0, 600);
    spiral[at] = true;
    while length > 0 {
        let turns = if direction < 3 { 3 } else { 2 };
        for _ in 0..turns.min(2) {
            for _ in 0..length {
                match direction % 4 {
                    0 => at[1] += 1,
                    1 => at[0] += 1,
                    2 => at[1] -= 1,
                    _ => at[0] -= 1,
                }
                spiral[at] = true;
            }
            direction += 1;
            if direction == 1 {
                break;
            }
        }
        if direction != 1 && direction % 2 == 1 {
            length -= 2;
        }
    }
    let array = Array::from_ndarray("yx", spiral).unwrap();
    let found = on_threads(4, || connected_components(&array, &NEVER).unwrap());
    assert_eq!(found.counts, [1]);
}

#[test]
fn nan_equals_nothing_unless_it_is_the_background() {
    let array = Array::from_vec("x", &[6], vec![f32::NAN, f32::NAN, 0.0, -0.0, 2.0, 2.0]).unwrap();
    let labels = |labelling: ConnectedComponents| {
        let found = labelling.apply(&array, &NEVER).unwrap().labels;
        found.view::<u32>().unwrap().iter().copied().collect::<Vec<_>>()
    };
    assert_eq!(labels(ConnectedComponents::new()), [1, 2, 0, 0, 3, 3]);
    assert_eq!(labels(ConnectedComponents::new().background(2.0)), [1, 2, 3, 3, 0, 0]);
    assert_eq!(
        labels(ConnectedComponents::new().background(f64::NAN)),
        [0, 0, 1, 1, 2, 2]
    );
    assert_eq!(
        labels(ConnectedComponents::new().without_background()),
        [1, 2, 3, 3, 4, 4]
    );
}

#[test]
fn extreme_values_keep_apart() {
    let (near, large) = (u64::MAX - 1, u64::MAX);
    let array = Array::from_vec("x", &[3], vec![near, large, large]).unwrap();
    let found = connected_components(&array, &NEVER).unwrap();
    assert_eq!(found.labels, Array::from_vec("x", &[3], vec![1u32, 2, 2]).unwrap());
    let array = Array::from_vec("x", &[3], vec![i64::MIN, i64::MAX, i64::MIN]).unwrap();
    let found = ConnectedComponents::new()
        .background(i64::MIN as f64)
        .apply(&array, &NEVER)
        .unwrap();
    assert_eq!(found.labels, Array::from_vec("x", &[3], vec![0u32, 1, 0]).unwrap());
}

#[test]
fn a_constant_is_one_component() {
    for dtype in DType::ALL {
        let array = match_dtype!(dtype, T => Array::full("tzyx", &[2, 70, 3, 65], 1u8.cast::<T>()).unwrap());
        let found = connected_components(&array, &NEVER).unwrap();
        assert_eq!(found.labels, Array::full("tzyx", &[2, 70, 3, 65], 1u32).unwrap());
        assert_eq!(found.counts, [1, 1]);
    }
}

#[test]
fn nothing_has_no_labels() {
    for (axes, shape, volumes) in [
        ("zyx", &[0, 4, 4][..], 1),
        ("tyx", &[0, 4, 4], 0),
        ("tyx", &[3, 4, 0], 3),
    ] {
        let found = connected_components(&Array::zeros(axes, shape, DType::F32).unwrap(), &NEVER).unwrap();
        assert_eq!((found.labels.shape(), found.counts), (shape, vec![0; volumes]));
    }
}

#[test]
fn labels_go_into_a_callers_buffer() {
    let array = Array::from_ndarray("tyxc", random(&[2, 30, 70, 2], 2, 5)).unwrap();
    let expected = connected_components(&array, &NEVER).unwrap();
    let mut out = vec![u32::MAX; array.len()];
    let counts = ConnectedComponents::new().apply_into(&array, &mut out, &NEVER).unwrap();
    assert_eq!(counts, expected.counts);
    let labels = Array::from_vec("tcyx", &[2, 2, 30, 70], out)
        .unwrap()
        .to_axes("tyxc")
        .unwrap();
    assert_eq!(labels, expected.labels);
    let error = ConnectedComponents::new()
        .apply_into(&array, &mut [0; 3], &NEVER)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot write the labels of Array(tyxc u8 [2, 30, 70, 2]) over 3 elements"
    );
}

#[test]
fn bad_input_is_refused() {
    let refuse = |labelling: ConnectedComponents, array: &Array, message: &str| {
        let error = labelling.apply(array, &NEVER).unwrap_err();
        assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::Invalid, message));
    };
    let bytes = Array::zeros("yx", &[2, 2], DType::U8).unwrap();
    for (background, text) in [(256.0, "256"), (-1.0, "-1"), (0.5, "0.5"), (f64::NAN, "NaN")] {
        let message = format!("the background {text} is no value of u8; say that there is none instead");
        refuse(ConnectedComponents::new().background(background), &bytes, &message);
    }
    refuse(
        ConnectedComponents::new(),
        &bytes.with_axes("tc").unwrap(),
        "the axes tc have none of space (z, y, x) along which components could be connected",
    );
    assert_eq!("edges".parse::<Connectivity>().unwrap(), Connectivity::Edges);
    let error = "corners".parse::<Connectivity>().unwrap_err();
    assert_eq!(error.to_string(), "\"corners\" is no connectivity: faces, edges, full");
}

/// Stops after so many looks.
struct StopAfter {
    looks: AtomicUsize,
    most: usize,
}

impl Interrupt for StopAfter {
    fn interrupted(&self) -> Option<Error> {
        let stop = self.looks.fetch_add(1, Ordering::SeqCst) >= self.most;
        stop.then(|| Error::msg("enough"))
    }
}

#[test]
fn an_interrupted_kernel_stops_at_its_next_look() {
    for (axes, shape) in LARGE {
        let array = Array::from_ndarray(axes, random(shape, 2, 1)).unwrap();
        let run = |most| {
            let stop = Arc::new(StopAfter {
                looks: AtomicUsize::new(0),
                most,
            });
            let found = connected_components(&array, &Checkpoint::new(Arc::clone(&stop) as _));
            (found.is_ok(), stop.looks.load(Ordering::SeqCst))
        };
        let (done, looks) = run(usize::MAX);
        assert!(done);
        // Some 30,000 elements, read, joined and painted, are far below a millisecond.
        assert!(looks >= array.len() / 30_000, "{looks} looks at {shape:?}");
        for most in [0, 1, looks / 2, looks - 1] {
            assert_eq!(run(most), (false, most + 1), "{shape:?}");
        }
    }
}

#[test]
fn labels_from_a_start_so_large_that_numbers_run_out_are_an_error() {
    let labels = |values: &[u64]| Array::from_vec("x", &[values.len()], values.to_vec()).unwrap();
    let (one, _) = relabel_consecutive(&labels(&[7, 0, 7]), u64::MAX, &NEVER).unwrap();
    assert_eq!(one, labels(&[u64::MAX, 0, u64::MAX]));
    let (none, _) = relabel_consecutive(&labels(&[0]), u64::MAX, &NEVER).unwrap();
    assert_eq!(none, labels(&[0]));
    // The second would be 0, which is the background; in debug builds, a panic.
    let error = relabel_consecutive(&labels(&[7, 9]), u64::MAX, &NEVER).unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 labels from 18446744073709551615 on do not fit u64"
    );
}

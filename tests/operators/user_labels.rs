//! Labels that a user paints: what edits do, what is dirty, and what each revision sees.

use headwater::graph::{Data, Declare, Dirty, Execute, Output};
use headwater::graph::{Dirt, Graph, Meta, Node, Operator, PerLane, Setup, Slot, Snapshot};
use headwater::operators::{BlockCache, LabelProjection, UserLabels};
use headwater::{Array, BlockGrid, DType, Error, Roi, Shape, roi};
use proptest::prelude::*;

use crate::cache_probes::dirt_of;

/// A dense image of labels.
#[derive(Clone, PartialEq)]
struct Dense {
    shape: Vec<usize>,
    labels: Vec<u8>,
}

impl Dense {
    fn new(shape: &[usize]) -> Self {
        Self {
            shape: shape.to_vec(),
            labels: vec![0; shape.iter().product()],
        }
    }

    fn array(&self, axes: &str) -> Array {
        Array::from_vec(axes, &self.shape, self.labels.clone()).unwrap()
    }

    fn paint(&mut self, roi: &Roi, strokes: &Array, eraser: u8) {
        for (nth, stroke) in strokes.view::<u8>().unwrap().iter().enumerate() {
            let (mut rest, mut place, mut step) = (nth, 0, 1);
            for axis in (0..roi.rank()).rev() {
                let length = roi.range(axis).len();
                place += (roi.start()[axis] + rest % length) * step;
                rest /= length;
                step *= self.shape[axis];
            }
            match *stroke {
                0 => {}
                stroke if stroke == eraser => self.labels[place] = 0,
                stroke => self.labels[place] = stroke,
            }
        }
    }

    fn replace(&mut self, f: impl Fn(u8) -> u8) {
        self.labels
            .iter_mut()
            .filter(|label| **label > 0)
            .for_each(|label| *label = f(*label));
    }
}

struct Scene {
    graph: Graph,
    labels: Node<UserLabels>,
    whole: Roi,
    dense: Dense,
}

const AXES: &str = "tyxzc";

/// The one of the original's tests: an image of 1 × 100 × 100 × 10 × 1 in blocks of 10, eraser 100, random labels 0 to 2 in
/// one part.
fn scene() -> Scene {
    let graph = Graph::new();
    let labels = graph.add_named("labels", UserLabels::new().block([1, 10, 10, 10, 1]));
    let shape = [1, 100, 100, 10, 1];
    graph
        .edit(|e| {
            e.set(&labels.eraser, 100_u8)?;
            e.set(&labels.input, Array::zeros(AXES, &shape, DType::F32)?)
        })
        .unwrap();
    let mut scene = Scene {
        graph,
        labels,
        whole: Roi::full(Shape::new(shape).unwrap()),
        dense: Dense::new(&shape),
    };
    let roi = roi![0..1, 1..15, 2..36, 3..7, 0..1];
    let random = (0..roi.volume().unwrap() as u32).map(|nth| (nth.wrapping_mul(0x9E37_79B9) >> 16) as u8 % 3);
    scene.write(
        roi,
        Array::from_vec(AXES, roi.shape().as_slice(), random.collect()).unwrap(),
    );
    scene.check();
    scene
}

impl Scene {
    /// Paints both, the labels through the input.
    fn write(&mut self, roi: Roi, strokes: Array) {
        let eraser = self.labels.eraser.value().unwrap();
        self.graph.edit(|e| e.write(&self.labels.input, roi, &strokes)).unwrap();
        self.dense.paint(&roi, &strokes, eraser);
    }

    fn fill(&mut self, roi: Roi, label: u8) {
        self.write(roi, Array::full(AXES, roi.shape().as_slice(), label).unwrap());
    }

    fn all(&self) -> Array {
        self.labels.output.request(self.whole).wait().unwrap()
    }

    fn blocks(&self) -> Vec<Roi> {
        self.labels.nonzero_blocks.value().unwrap()
    }

    fn check(&self) {
        assert_eq!(self.all(), self.dense.array(AXES));
        let grid = BlockGrid::aligned(self.whole, [1, 10, 10, 10, 1]).unwrap();
        let dense = self.dense.array(AXES);
        let nonzero = |roi: &Roi| {
            dense
                .slice(roi)
                .unwrap()
                .view::<u8>()
                .unwrap()
                .iter()
                .any(|label| *label > 0)
        };
        let blocks: Vec<_> = grid.iter().map(|block| block.roi).filter(nonzero).collect();
        assert_eq!(self.blocks(), blocks);
        let greatest = self.dense.labels.iter().copied().max().unwrap_or(0);
        assert_eq!(self.labels.greatest_label().unwrap(), greatest);
    }
}

#[test]
fn what_is_painted_is_there_and_zeros_keep_what_was() {
    let mut scene = scene();
    // Another eraser changes nothing that is there.
    scene.graph.edit(|e| e.set(&scene.labels.eraser, 255_u8)).unwrap();
    scene.check();
    scene.fill(roi![0..1, 5..6, 0..100, 0..10, 0..1], 9);
    scene.check();
    scene.fill(scene.whole, 0);
    scene.check();
}

#[test]
fn the_labels_are_described_by_the_image() {
    let graph = Graph::new();
    let labels = graph.add(UserLabels::new());
    graph
        .edit(|e| e.set(&labels.input, Array::zeros("yxc", &[300, 200, 3], DType::F32)?))
        .unwrap();
    let meta = labels.output.meta().unwrap();
    assert_eq!((meta.shape().as_slice(), meta.dtype()), (&[300, 200, 1][..], DType::U8));
    assert_eq!((meta.range(), meta.channel_names().len()), (Some((0.0, 255.0)), 0));
    assert_eq!(meta.ideal_block().unwrap(), [300, 200, 1]);
    // Without a label there is nothing in memory.
    let zeros = labels.output.request(roi![0..300, 0..200, 0..1]).wait().unwrap();
    assert_eq!(zeros.buffer_nbytes(), 1);
    assert_eq!(graph.memory_report().total().bytes, 0);
}

#[test]
fn deleting_a_label_clears_it_and_moves_the_greater_ones_down() {
    let mut scene = scene();
    // In blocks of their own, one without the label that goes.
    scene.fill(roi![0..1, 60..65, 0..10, 3..7, 0..1], 1);
    scene.fill(roi![0..1, 90..95, 0..90, 3..7, 0..1], 2);
    scene.fill(roi![0..1, 99..100, 99..100, 9..10, 0..1], 77);
    scene.graph.edit(|e| scene.labels.delete_label(e, 1)).unwrap();
    scene.dense.replace(|label| if label == 1 { 0 } else { label - 1 });
    scene.check();
    assert_eq!(scene.labels.greatest_label().unwrap(), 76);
}

#[test]
fn clearing_a_label_leaves_the_others_and_merging_moves_the_greater_ones_down() {
    let mut scene = scene();
    scene.fill(roi![0..1, 20..25, 0..10, 3..7, 0..1], 3);
    scene.fill(roi![0..1, 30..35, 0..10, 3..7, 0..1], 5);
    scene.graph.edit(|e| scene.labels.clear_label(e, 2)).unwrap();
    scene.dense.replace(|label| if label == 2 { 0 } else { label });
    scene.check();
    // Into a smaller one, and into a greater one, which moves down itself.
    for (from, into) in [(3, 1), (1, 4)] {
        scene.graph.edit(|e| scene.labels.merge_labels(e, from, into)).unwrap();
        scene.dense.replace(|label| if label == from { into } else { label });
        scene
            .dense
            .replace(|label| if label > from { label - 1 } else { label });
        scene.check();
    }
    for refused in [
        scene.graph.edit(|e| scene.labels.merge_labels(e, 3, 3)),
        scene.graph.edit(|e| scene.labels.merge_labels(e, 0, 3)),
        scene.graph.edit(|e| scene.labels.delete_label(e, 0)),
        scene.graph.edit(|e| scene.labels.clear_label(e, 0)),
    ] {
        assert!(refused.is_err());
    }
}

#[test]
fn the_eraser_takes_labels_away_and_empty_blocks_with_them() {
    let mut scene = scene();
    let row = roi![0..1, 1..2, 2..36, 3..7, 0..1];
    scene.fill(row, 3);
    scene.check();
    scene.fill(row, 100);
    scene.check();
    let before = scene.blocks();
    let block = roi![0..1, 10..20, 10..20, 0..10, 0..1];
    scene.fill(block, 100);
    scene.check();
    let expected: Vec<_> = before.into_iter().filter(|own| *own != block).collect();
    assert_eq!(scene.blocks(), expected);
}

#[test]
fn only_what_really_differs_is_dirty_and_is_told_once() {
    let mut scene = scene();
    let mut events = scene.graph.subscribe();
    // Over two blocks, a third of which is there already.
    scene.fill(roi![0..1, 50..51, 5..10, 0..1, 0..1], 4);
    let batch = events.try_next().unwrap();
    assert_eq!(
        dirt_of(&batch, "labels.output"),
        Some(roi![0..1, 50..51, 5..10, 0..1, 0..1].to_string())
    );
    scene.fill(roi![0..1, 50..51, 5..15, 0..1, 0..1], 4);
    let batch = events.try_next().unwrap();
    assert_eq!(
        dirt_of(&batch, "labels.output"),
        Some(roi![0..1, 50..51, 10..15, 0..1, 0..1].to_string())
    );
    assert!(dirt_of(&batch, "labels.nonzero_blocks").is_some(), "a block was added");
    // The same again, and strokes of zeros, are no edit at all.
    scene.fill(roi![0..1, 50..51, 5..15, 0..1, 0..1], 4);
    scene.fill(scene.whole, 0);
    scene.graph.edit(|e| scene.labels.clear_label(e, 99)).unwrap();
    scene.graph.edit(|e| e.set(&scene.labels.eraser, 200_u8)).unwrap();
    let told: Vec<_> = std::iter::from_fn(|| events.try_next()).collect();
    assert!(
        told.iter().all(|batch| dirt_of(batch, "labels.output").is_none()),
        "{told:?}"
    );
    // A label that is painted over in the same block leaves the list of blocks as it is.
    scene.fill(roi![0..1, 50..51, 5..6, 0..1, 0..1], 6);
    let batch = events.try_next().unwrap();
    assert_eq!(dirt_of(&batch, "labels.nonzero_blocks"), None);
    scene.graph.edit(|e| scene.labels.clear_label(e, 6)).unwrap();
    let batch = events.try_next().unwrap();
    assert_eq!(
        dirt_of(&batch, "labels.output"),
        Some(roi![0..1, 50..51, 5..6, 0..1, 0..1].to_string())
    );
}

#[test]
fn strokes_of_one_edit_build_upon_each_other_and_a_failed_edit_paints_nothing() {
    let mut scene = scene();
    let (roi, inner) = (
        roi![0..1, 40..43, 40..43, 0..1, 0..1],
        roi![0..1, 41..42, 41..42, 0..1, 0..1],
    );
    let of = |roi: Roi, label: u8| Array::full(AXES, roi.shape().as_slice(), label).unwrap();
    scene
        .graph
        .edit(|e| {
            e.write(&scene.labels.output, roi, &of(roi, 8))?;
            e.write(&scene.labels.input, inner, &of(inner, 100))?;
            scene.labels.merge_labels(e, 8, 2)
        })
        .unwrap();
    scene.dense.paint(&roi, &of(roi, 2), 100);
    scene.dense.paint(&inner, &of(inner, 100), 100);
    scene.check();
    let failed = scene.graph.edit(|e| {
        scene.labels.paint(e, roi, &of(roi, 5))?;
        scene.labels.delete_label(e, 1)?;
        scene
            .labels
            .paint(e, roi![0..1, 99..102, 0..3, 0..1, 0..1], &of(roi, 5))
    });
    let report = failed.unwrap_err().report();
    assert!(report.contains("reaches out of `labels.output`"), "{report}");
    scene.check();
}

#[test]
fn strokes_that_do_not_fit_are_refused_by_name() {
    let scene = scene();
    let part = roi![0..1, 0..2, 0..2, 0..1, 0..1];
    for (strokes, why) in [
        (
            Array::zeros(AXES, &[1, 2, 2, 1, 1], DType::U16).unwrap(),
            "takes tyxzc u8",
        ),
        (
            Array::zeros("tyxcz", &[1, 2, 2, 1, 1], DType::U8).unwrap(),
            "takes tyxzc u8",
        ),
        (
            Array::zeros(AXES, &[1, 2, 3, 1, 1], DType::U8).unwrap(),
            "cannot be painted over 0..1, 0..2, 0..2, 0..1, 0..1",
        ),
    ] {
        let report = scene
            .graph
            .edit(|e| e.write(&scene.labels.input, part, &strokes))
            .unwrap_err()
            .report();
        assert!(report.contains(why), "{report}");
    }
    scene.check();
}

#[test]
fn another_shape_while_there_are_labels_was_taken_as_if_there_were_none() {
    let scene = scene();
    let other = Array::zeros("yxzc", &[100, 100, 10, 1], DType::F32).unwrap();
    scene.graph.edit(|e| e.set(&scene.labels.input, other.clone())).unwrap();
    let report = scene
        .labels
        .output
        .request(roi![0..1, 0..1, 0..1, 0..1])
        .wait()
        .unwrap_err()
        .report();
    assert!(
        report.contains("there are labels of an image `tyxzc` of shape"),
        "{report}"
    );
    // The labels are not lost,
    let back = Array::zeros(AXES, &[1, 100, 100, 10, 7], DType::U8).unwrap();
    scene.graph.edit(|e| e.set(&scene.labels.input, back)).unwrap();
    scene.check();
    // until they are cleared.
    scene
        .graph
        .edit(|e| {
            scene.labels.clear(e)?;
            e.set(&scene.labels.input, other)
        })
        .unwrap();
    let labels = scene.labels.output.request(roi![0..100, 0..100, 0..10, 0..1]);
    let message = labels.wait().unwrap_err().report();
    assert!(message.contains("blocks of [1, 10, 10, 10, 1] do not fit"), "{message}");
}

#[test]
fn whole_images_of_labels_are_taken_in() {
    let mut scene = scene();
    let mut data = scene.dense.clone();
    data.labels.iter_mut().for_each(|label| *label += 5);
    let greatest = scene
        .graph
        .edit(|e| scene.labels.ingest(e, &data.array(AXES).cast(DType::U32)?))
        .unwrap();
    scene.dense = data;
    scene.check();
    assert_eq!(Some(greatest), scene.dense.labels.iter().copied().max());
    let large = Array::full(AXES, &[1, 100, 100, 10, 1], 300_u16).unwrap();
    let report = scene
        .graph
        .edit(|e| scene.labels.ingest(e, &large))
        .unwrap_err()
        .report();
    assert!(report.contains("no labels from 0 to 255"), "{report}");
}

#[test]
fn labels_before_the_image_is_known_are_refused() {
    let graph = Graph::new();
    let labels = graph.add(UserLabels::new());
    let stroke = Array::full("x", &[1], 1_u8).unwrap();
    assert!(graph.edit(|e| e.write(&labels.output, roi![0..1], &stroke)).is_err());
}

#[test]
fn each_lane_has_labels_of_its_own() {
    let graph = Graph::new();
    let lanes = graph.add(PerLane::new(|| UserLabels::new().block([4])).promote(["input"]));
    let images = lanes.list(|slots| &slots.input);
    graph
        .edit(|e| {
            e.set_all(
                &images,
                [4, 8].map(|length| Array::zeros("x", &[length], DType::U8).unwrap()),
            )
        })
        .unwrap();
    let second = images.at(1).unwrap();
    graph
        .edit(|e| e.write(&second, roi![5..7], &Array::full("x", &[2], 3_u8)?))
        .unwrap();
    let outputs = lanes.list(|slots| &slots.output);
    let labels = |lane: usize, roi: Roi| {
        let array = outputs.at(lane).unwrap().request(roi).wait().unwrap();
        array.view::<u8>().unwrap().iter().copied().collect::<Vec<_>>()
    };
    assert_eq!(
        (labels(0, roi![0..4]), labels(1, roi![4..8])),
        (vec![0; 4], vec![0, 3, 3, 0])
    );
    let third = outputs.at(0).unwrap();
    graph
        .edit(|e| e.write(&third, roi![0..1], &Array::full("x", &[1], 9_u8)?))
        .unwrap();
    assert_eq!(labels(0, roi![0..4]), [9, 0, 0, 0]);
}

/// Labels of one block behind an output of an operator that is made of others.
struct Inside;

struct InsideSlots {
    image: headwater::graph::Input<Array>,
    output: Output<Array>,
}

impl Operator for Inside {
    type Slots = InsideSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> InsideSlots {
        let labels = declare.add(UserLabels::new());
        let image = declare.input("image");
        declare.connect(&image, &labels.input);
        InsideSlots {
            image,
            output: declare.expose("output", &labels.output),
        }
    }

    fn setup(&self, _: &InsideSlots, _: &mut Setup<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn dirty(&self, _: &InsideSlots, _: &mut Dirty<'_>) {}

    async fn execute(&self, _: &InsideSlots, _: &Execute, _: Roi) -> Result<Data, Error> {
        Err(Error::msg("it is never asked itself"))
    }
}

#[test]
fn an_exposed_output_is_painted_like_the_own_one_and_an_image_is_not() {
    let graph = Graph::new();
    let outer = graph.add(Inside);
    let patch = Array::full("x", &[1], 9_u8).unwrap();
    graph
        .edit(|e| e.set(&outer.image, Array::zeros("x", &[4], DType::U8)?))
        .unwrap();
    graph.edit(|e| e.write(&outer.output, roi![1..2], &patch)).unwrap();
    graph.edit(|e| e.write(&outer.image, roi![2..3], &patch)).unwrap();
    let get = |array: Array| array.view::<u8>().unwrap().iter().copied().collect::<Vec<_>>();
    assert_eq!(get(outer.output.request(roi![0..4]).wait().unwrap()), [0, 9, 0, 0]);
    assert_eq!(get(outer.image.request(roi![0..4]).wait().unwrap()), [0, 0, 9, 0]);
}

fn projection(scene: &Scene, axis: char, with_blocks: bool) -> Node<LabelProjection> {
    let seen = scene.graph.add(LabelProjection::along(axis));
    scene
        .graph
        .edit(|e| {
            if with_blocks {
                e.connect(&scene.labels.nonzero_blocks, &seen.blocks)?;
            }
            e.connect(&scene.labels.output, &seen.labels)
        })
        .unwrap();
    seen
}

#[test]
fn a_projection_shows_the_first_label_along_each_axis() {
    let mut scene = scene();
    scene.fill(roi![0..1, 99..100, 99..100, 9..10, 0..1], 1);
    scene.fill(roi![0..1, 50..51, 50..51, 0..1, 0..1], 1);
    let dense = scene.dense.array(AXES);
    let labels = dense.view::<u8>().unwrap();
    for (axis, letter) in [(1, 'y'), (2, 'x'), (3, 'z'), (0, 't')] {
        let length = scene.dense.shape[axis];
        for with_blocks in [true, false] {
            let seen = projection(&scene, letter, with_blocks);
            let meta = seen.output.meta().unwrap();
            assert_eq!(
                (meta.shape()[axis], meta.dtype(), meta.range()),
                (1, DType::F32, Some((0.0, 1.0)))
            );
            let whole = seen.output.request(meta.roi()).wait().unwrap();
            for (at, shade) in whole.view::<f32>().unwrap().indexed_iter() {
                let mut at: Vec<_> = (0..5).map(|axis| at[axis]).collect();
                let first = (0..length).find(|slice| {
                    at[axis] = *slice;
                    labels[&at[..]] > 0
                });
                let expected = match first {
                    None => 0.0,
                    Some(_) if length == 1 => 1.0,
                    Some(slice) => (1.0 + 255.0 * slice as f64 / (length - 1) as f64) as f32 / 256.0,
                };
                assert!(
                    (shade - expected).abs() < 1e-6,
                    "{at:?} along {letter}: {shade}, not {expected}"
                );
            }
            let part = meta.roi().with_axis(4, 0..1).unwrap();
            let part = [1, 2, 3]
                .into_iter()
                .filter(|own| *own != axis)
                .fold(part, |part, own| {
                    let range = part.range(own);
                    part.with_axis(own, range.end / 3..range.end - 1).unwrap()
                });
            assert_eq!(seen.output.request(part).wait().unwrap(), whole.slice(&part).unwrap());
        }
    }
}

#[test]
fn labels_in_the_first_slice_were_shown_as_none() {
    let mut scene = scene();
    scene.fill(roi![0..1, 50..51, 50..51, 0..1, 0..1], 1);
    scene.fill(roi![0..1, 51..52, 50..51, 9..10, 0..1], 1);
    let seen = projection(&scene, 'z', true);
    let shade = seen
        .output
        .request(roi![0..1, 50..53, 50..51, 0..1, 0..1])
        .wait()
        .unwrap();
    let shade: Vec<_> = shade.view::<f32>().unwrap().iter().copied().collect();
    assert_eq!(shade, [1.0 / 256.0, 1.0, 0.0]);
}

#[test]
fn a_projection_is_dirty_beneath_what_changed_and_nowhere_else() {
    let mut scene = scene();
    let seen = projection(&scene, 'z', true);
    let cache = scene.graph.add(BlockCache::new().block([1, 10, 10, 1, 1]));
    scene.graph.edit(|e| e.connect(&seen.output, &cache.input)).unwrap();
    let mut events = scene.graph.subscribe();
    let path = seen.output.path();
    for (roi, label) in [
        (roi![0..1, 70..75, 3..9, 4..6, 0..1], 5),
        (roi![0..1, 71..72, 3..5, 4..5, 0..1], 100),
    ] {
        scene.fill(roi, label);
        let batch = events.try_next().unwrap();
        let expected = roi.with_axis(3, 0..1).unwrap();
        assert_eq!(dirt_of(&batch, &path), Some(expected.to_string()));
    }
    let whole = seen.output.meta().unwrap().roi();
    scene.graph.edit(|e| e.set(&seen.axis, 'y')).unwrap();
    assert_ne!(seen.output.meta().unwrap().roi(), whole);
}

/// What can be done to labels.
#[derive(Clone, Debug)]
enum Step {
    Paint(Roi, Vec<u8>),
    Erase(Roi),
    Delete(u8),
    Clear(u8),
    Merge(u8, u8),
    /// Looks at a region of one of the last revisions.
    Look(Roi, usize),
}

fn boxes() -> impl Strategy<Value = Roi> {
    (0..7_usize, 1..5_usize, 0..11_usize, 1..6_usize)
        .prop_map(|(y, h, x, w)| roi![y..(y + h).min(7), x..(x + w).min(11)])
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (boxes(), proptest::collection::vec(0..5_u8, 30)).prop_map(|(roi, strokes)| Step::Paint(roi, strokes)),
        1 => boxes().prop_map(Step::Erase),
        1 => (1..6_u8).prop_map(Step::Delete),
        1 => (1..6_u8).prop_map(Step::Clear),
        1 => (1..6_u8, 1..6_u8).prop_map(|(from, into)| Step::Merge(from, into)),
        5 => (boxes(), 0..6_usize).prop_map(|(roi, back)| Step::Look(roi, back)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Random histories against a dense image: every snapshot sees its own revision, also through a cache, and what was not
    /// marked did not change.
    #[test]
    fn labels_are_those_of_a_dense_image_in_every_revision(steps in proptest::collection::vec(steps(), 1..40)) {
        let graph = Graph::new();
        let (labels, cache) = (graph.add(UserLabels::new().block([3, 4])), graph.add(BlockCache::new().block([2, 5])));
        graph.edit(|e| {
            e.set(&labels.input, Array::zeros("yx", &[7, 11], DType::F32)?)?;
            e.connect(&labels.output, &cache.input)
        }).unwrap();
        let whole = roi![0..7, 0..11];
        let mut dense = Dense::new(&[7, 11]);
        let mut history: Vec<(Snapshot, Dense)> = vec![(graph.snapshot(), dense.clone())];
        for step in steps {
            let before = dense.clone();
            match step {
                Step::Paint(roi, mut strokes) => {
                    strokes.resize(roi.volume().unwrap(), 0);
                    let strokes = Array::from_vec("yx", roi.shape().as_slice(), strokes).unwrap();
                    graph.edit(|e| e.write(&labels.output, roi, &strokes)).unwrap();
                    dense.paint(&roi, &strokes, 255);
                }
                Step::Erase(roi) => {
                    let strokes = Array::full("yx", roi.shape().as_slice(), 255_u8).unwrap();
                    graph.edit(|e| labels.paint(e, roi, &strokes)).unwrap();
                    dense.paint(&roi, &strokes, 255);
                }
                Step::Delete(own) => {
                    graph.edit(|e| labels.delete_label(e, own)).unwrap();
                    dense.replace(|label| if label == own { 0 } else { label - u8::from(label > own) });
                }
                Step::Clear(own) => {
                    graph.edit(|e| labels.clear_label(e, own)).unwrap();
                    dense.replace(|label| if label == own { 0 } else { label });
                }
                Step::Merge(from, into) if from != into => {
                    graph.edit(|e| labels.merge_labels(e, from, into)).unwrap();
                    dense.replace(|label| {
                        let label = if label == from { into } else { label };
                        label - u8::from(label > from)
                    });
                }
                Step::Merge(..) => {}
                Step::Look(roi, back) => {
                    let (snapshot, then) = &history[history.len().saturating_sub(1 + back)];
                    for output in [&labels.output, &cache.output] {
                        let seen = snapshot.request(output, roi).wait().unwrap();
                        prop_assert!(seen == then.array("yx").slice(&roi).unwrap(), "{} in {:?}", roi, snapshot);
                    }
                }
            }
            let now = graph.snapshot();
            let last = &history.last().unwrap().0;
            // Exact: a point has another stamp if it differs, and within one block only then if something around it does.
            for (y, x) in (0..7).flat_map(|y| (0..11).map(move |x| (y, x))) {
                let point = roi![y..y + 1, x..x + 1];
                let marked = now.stamp(&labels.output, &point).unwrap() != last.stamp(&labels.output, &point).unwrap();
                let differs = before.labels[y * 11 + x] != dense.labels[y * 11 + x];
                prop_assert!(marked || !differs, "{} differs and was not marked", point);
            }
            if before == dense {
                prop_assert_eq!(now.stamp(&labels.output, &whole).unwrap(), last.stamp(&labels.output, &whole).unwrap());
            }
            history.push((now, dense.clone()));
        }
        for (snapshot, then) in &history {
            let seen = snapshot.request(&labels.output, whole).wait().unwrap();
            prop_assert!(seen == then.array("yx"), "{:?}", snapshot);
            let grid = BlockGrid::aligned(whole, [3, 4]).unwrap();
            let nonzero = |roi: &Roi| seen.slice(roi).unwrap().view::<u8>().unwrap().iter().any(|label| *label > 0);
            let blocks: Vec<_> = grid.iter().map(|block| block.roi).filter(nonzero).collect();
            prop_assert_eq!(snapshot.get(&labels.nonzero_blocks).wait().unwrap(), blocks);
        }
    }
}

/// An image too large to be had.
struct Huge;

struct HugeSlots {
    output: Output<Array>,
}

impl Operator for Huge {
    type Slots = HugeSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> HugeSlots {
        HugeSlots {
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &HugeSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(
            &slots.output,
            Meta::new(Shape::new([4000, 30_000, 30_000])?, DType::F32, "zyx")?,
        )
    }
}

#[test]
fn labels_in_an_image_of_terabytes_cost_what_is_painted() {
    let graph = Graph::new();
    let (huge, labels) = (graph.add(Huge), graph.add(UserLabels::new()));
    graph.edit(|e| e.connect(&huge.output, &labels.input)).unwrap();
    for nth in 0..60_usize {
        let at = 140 * nth;
        let roi = roi![nth..nth + 1, at..at + 3, at..at + 20];
        let stroke = Array::full("zyx", &[1, 3, 20], 1 + nth as u8 % 7).unwrap();
        graph.edit(|e| e.write(&labels.output, roi, &stroke)).unwrap();
    }
    let far = labels
        .output
        .request(roi![3000..4000, 0..30_000, 0..30_000])
        .wait()
        .unwrap();
    assert_eq!(far.buffer_nbytes(), 1);
    let bytes = graph.memory_report().total().bytes;
    assert!((1..1_000_000).contains(&bytes), "{bytes}");
    graph.edit(|e| labels.delete_label(e, 7)).unwrap();
    assert_eq!(labels.greatest_label().unwrap(), 6);
    let seen = labels.output.request(roi![1..2, 140..143, 140..160]).wait().unwrap();
    assert!(seen.view::<u8>().unwrap().iter().all(|label| *label == 2));
    let mut events = graph.subscribe();
    graph.edit(|e| labels.clear(e)).unwrap();
    assert!(events.try_next().unwrap().events.len() > 1);
    assert_eq!(graph.memory_report().total().bytes, 0);
    let _ = Dirt::nothing();
}

/// Painting on one thread while others look: each sees whole strokes.
#[test]
fn readers_beside_a_painter_never_see_half_a_stroke() {
    let graph = Graph::new();
    let labels = graph.add(UserLabels::new().block([4, 4]));
    graph
        .edit(|e| e.set(&labels.input, Array::zeros("yx", &[16, 16], DType::U8)?))
        .unwrap();
    let whole = roi![0..16, 0..16];
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::SeqCst) {
                    let seen = match labels.output.request(whole).wait() {
                        Ok(seen) => seen,
                        Err(error) if error.is_stale() => continue,
                        Err(error) => panic!("{}", error.report()),
                    };
                    let seen = seen.view::<u8>().unwrap();
                    assert!(seen.iter().all(|label| *label == seen[[0, 0]]), "{seen}");
                }
            });
        }
        for nth in 0..200_u32 {
            graph
                .edit(|e| match nth % 5 {
                    4 => labels.clear(e),
                    3 => labels.delete_label(e, 1),
                    _ => e.write(
                        &labels.input,
                        whole,
                        &Array::full("yx", &[16, 16], 1 + (nth % 3) as u8)?,
                    ),
                })
                .unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
    });
}

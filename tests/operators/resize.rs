//! Resizing in the graph.

use headwater::graph::{Declare, Graph, Meta, Operator, Output, PixelSize, Setup};
use headwater::kernels::{self, Form, Interpolation};
use headwater::operators::Resize;
use headwater::{Array, Checkpoint, DType, Error, Roi, Shape, roi};
use proptest::prelude::*;

use crate::exact::{assert_blockwise, assert_marked, region_in};

fn noise(shape: &[usize], seed: u64) -> Array {
    let mut state = seed | 1;
    let values = (0..shape.iter().product::<usize>()).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 1e6
    });
    Array::from_vec("yxc", shape, values.collect()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn parts_are_those_of_the_whole_and_marks_are_what_depends(
        (from, to, regions, dirty) in (prop::collection::vec(1usize..14, 2), prop::collection::vec(1usize..20, 2)).prop_flat_map(|(from, to)| {
            let (from, to) = ([from[0], from[1], 2], [to[0], to[1], 2]);
            (Just(from), Just(to), prop::collection::vec(region_in(&to), 1..4), region_in(&from))
        }),
        is_linear: bool,
        seed: u64,
    ) {
        let interpolation = if is_linear { Interpolation::Linear } else { Interpolation::Nearest };
        let graph = Graph::new();
        let resize = graph.add(Resize::to(to).interpolation(interpolation));
        let image = noise(&from, seed);
        graph.edit(|e| e.set(&resize.input, image.clone())).unwrap();
        let kernel = kernels::Resize::to(to).interpolation(interpolation);
        let whole = resize.output.request(Roi::full(Shape::from(to))).wait().unwrap();
        prop_assert_eq!(whole, kernel.apply(&image, &Checkpoint::never()).unwrap());
        assert_blockwise(&resize.output, regions);
        let part = noise(dirty.shape().as_slice(), !seed);
        let (marked, _) = assert_marked(&graph, &resize.input, &resize.output, dirty, &part);
        let affected = kernel.affected(&Form::of(&image).unwrap(), &dirty).unwrap();
        let regions = marked.regions(Roi::full(Shape::from(to)));
        prop_assert!(regions.iter().all(|roi| affected.contains(roi)), "{:?} is more than {}", regions, affected);
    }
}

#[test]
fn dirt_goes_where_the_image_goes() {
    let graph = Graph::new();
    let resize = graph.add(Resize::to([50, 200, 1]));
    graph.edit(|e| e.set(&resize.input, noise(&[100, 100, 1], 3))).unwrap();
    let dot = noise(&[1, 1, 1], 9);
    let (marked, changed) = assert_marked(&graph, &resize.input, &resize.output, roi![50..51, 50..51, 0..1], &dot);
    // Halved: 6 inputs for each output; doubled: 2 for each.
    let expected = roi![24..27, 99..103, 0..1];
    assert_eq!(
        (marked.regions(roi![0..50, 0..200, 0..1]), changed),
        (vec![expected], Some(expected))
    );
}

struct Source(Meta);

impl Operator for Source {
    type Slots = Output<Array>;

    fn slots(&self, declare: &mut Declare<'_>) -> Self::Slots {
        declare.output("output")
    }

    fn setup(&self, slots: &Self::Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(slots, self.0.clone())
    }
}

#[test]
fn pixels_and_blocks_change_their_size_with_the_image() {
    let micrometers = |size| PixelSize {
        size,
        unit: "micrometer".into(),
    };
    let meta = Meta::new(Shape::from([2, 100, 90]), DType::U8, "tyx")
        .unwrap()
        .with_range(0.0, 9.0);
    let meta = meta.with_ideal_block(Shape::from([1, 50, 0]));
    let meta = meta
        .with_pixel_size([micrometers(5.0), micrometers(1.0), micrometers(2.0)])
        .unwrap();
    let graph = Graph::new();
    let (source, resize) = (graph.add(Source(meta)), graph.add(Resize::to([2, 50, 45])));
    graph.edit(|e| e.connect(&*source, &resize.input)).unwrap();
    let meta = resize.output.meta().unwrap();
    assert_eq!(
        (meta.shape(), meta.dtype(), meta.range()),
        (Shape::from([2, 50, 45]), DType::U8, Some((0.0, 9.0)))
    );
    assert_eq!(meta.ideal_block(), Some(Shape::from([1, 25, 0])));
    assert_eq!(
        meta.pixel_size().unwrap(),
        [micrometers(5.0), micrometers(2.0), micrometers(4.0)]
    );

    graph.edit(|e| e.set(&resize.shape, Shape::from([1, 50, 45]))).unwrap();
    let report = resize
        .output
        .request(roi![0..1, 0..1, 0..1])
        .wait()
        .unwrap_err()
        .report();
    assert!(
        report.contains("axis t of length 2 cannot get the length 1"),
        "{report}"
    );
    graph.edit(|e| e.set(&resize.shape, Shape::from([2, 100, 90]))).unwrap();
    assert_eq!(resize.output.meta().unwrap().shape(), Shape::from([2, 100, 90]));
}

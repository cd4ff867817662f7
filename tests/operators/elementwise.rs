//! Functions of each element: values, types, ranges, and that constants and types that fit cost nothing.

use headwater::array::{Element, match_dtype};
use headwater::graph::{Graph, Input, Meta, Output, Slot};
use headwater::kernels::ArithmeticOperation;
use headwater::operators::{
    Arithmetic, ArraySource, Cast, ElementFn, Merge, MergeFn, MetaPatch, Pointwise, Reinterpret,
};
use headwater::{Array, DType, Error, Roi, roi};
use proptest::prelude::*;

use crate::exact::{assert_blockwise, assert_marked, region_in};
use crate::support::{elements, marked, noise, refusal, whole};

const SHAPE: [usize; 3] = [5, 7, 3];

/// Connects a source of `array` with a known range.
fn feed(graph: &Graph, input: &Input<Array>, array: Array, range: (f64, f64)) {
    let source = graph.add(ArraySource::new(array).patch(MetaPatch::new().range(range.0, range.1)));
    graph.edit(|e| e.connect(&source.output, input)).unwrap();
}

fn dtypes() -> impl Strategy<Value = DType> {
    prop::sample::select(DType::ALL.to_vec())
}

/// Checks that what one input marks of an output that depends on it point by point is what was written.
fn assert_pointwise(graph: &Graph, input: &Input<Array>, output: &Output<Array>, touched: Roi, seed: u64) {
    let dtype = input.meta().unwrap().dtype();
    let part = noise("yxc", touched.shape().as_slice(), dtype, seed + 99);
    assert_marked(graph, input, output, touched, &part);
    assert_eq!(
        marked(graph, output, |e| e.mark_dirty(input, touched)).regions(output.meta().unwrap().roi()),
        [touched]
    );
    assert_blockwise(output, [touched]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn casts_are_those_of_arrays(from in dtypes(), to in dtypes(), touched in region_in(&SHAPE), seed in any::<u64>()) {
        let graph = Graph::new();
        let cast = graph.add(Cast::new(to));
        let image = noise("yxc", &SHAPE, from, seed);
        graph.edit(|e| e.set(&cast.input, image.clone())).unwrap();
        prop_assert!(whole(&cast.output).same_bits(&image.cast(to).unwrap()));
        prop_assert_eq!(cast.output.meta().unwrap().dtype(), to);
        assert_pointwise(&graph, &cast.input, &cast.output, touched, seed % 1000);
    }

    #[test]
    fn ranges_hold_all_values(from in dtypes(), to in dtypes(), seed in any::<u64>()) {
        let graph = Graph::new();
        let cast = graph.add(Cast::new(to));
        let image = noise("yxc", &SHAPE, from, seed);
        feed(&graph, &cast.input, image, (0.0, 250.0));
        let (least, greatest) = cast.output.meta().unwrap().range().unwrap();
        let values = elements::<f64>(&whole(&cast.output).cast(DType::F64).unwrap());
        prop_assert!(values.iter().all(|value| (least..=greatest).contains(value)), "{} {}", least, greatest);
    }

    #[test]
    fn arithmetic_is_exact_then_saturated_and_its_range_holds(
        operation in prop::sample::select(ArithmeticOperation::ALL.to_vec()), a in dtypes(), b in dtypes(), out in prop::option::of(dtypes()),
        touched in region_in(&SHAPE), seed in any::<u64>(),
    ) {
        let graph = Graph::new();
        let node = graph.add(Arithmetic::new(operation));
        let (left, right) = (noise("yxc", &SHAPE, a, seed), noise("yxc", &SHAPE, b, seed ^ 1));
        graph.edit(|e| e.set(&node.dtype, out)).unwrap();
        let bounds = |array: &Array| {
            let values = elements::<f64>(&array.cast(DType::F64).unwrap());
            values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
        };
        feed(&graph, &node.a, left.clone(), bounds(&left));
        feed(&graph, &node.b, right.clone(), bounds(&right));
        let result = whole(&node.output);
        prop_assert_eq!(node.output.meta().unwrap().dtype(), result.dtype());
        prop_assert!(out.is_none_or(|out| out == result.dtype()));
        // All of these are small: f64 is exact for them.
        let (x, y) = (elements::<f64>(&left.cast(DType::F64).unwrap()), elements::<f64>(&right.cast(DType::F64).unwrap()));
        let is_bool = result.dtype() == DType::Bool;
        for ((x, y), value) in x.iter().zip(&y).zip(elements::<f64>(&result.cast(DType::F64).unwrap())) {
            let exact = match operation {
                ArithmeticOperation::Add => x + y,
                ArithmeticOperation::Subtract => x - y,
                ArithmeticOperation::Multiply => x * y,
                ArithmeticOperation::Divide => x / y,
                ArithmeticOperation::Minimum => x.min(*y),
                ArithmeticOperation::Maximum => x.max(*y),
                _ => (x - y).abs(),
            };
            let expected = match_dtype!(result.dtype(), T => exact.cast::<T>().cast::<f64>());
            let near = (value - expected).abs() <= 1e-6 * expected.abs() || (value.is_nan() && expected.is_nan()) || value == expected;
            // Of two that are bool, what is below false is false.
            let saturated = is_bool && a == DType::Bool && b == DType::Bool && exact < 0.0 && value == 0.0;
            // Without a type of one's own unsigned types saturate before a bool is made of it.
            let unsigned = is_bool && operation == ArithmeticOperation::Subtract && exact < 0.0;
            prop_assert!(near || saturated || unsigned, "{operation:?} of {x} and {y}: {value}, not {expected}");
        }
        if let Some((least, greatest)) = node.output.meta().unwrap().range() {
            let values = elements::<f64>(&result.cast(DType::F64).unwrap());
            prop_assert!(values.iter().all(|value| (least..=greatest).contains(value)), "{least} {greatest}");
        }
        assert_blockwise(&node.output, [touched]);
        graph.edit(|e| { e.disconnect(&node.b)?; e.set(&node.b, right) }).unwrap();
        assert_pointwise(&graph, &node.b, &node.output, touched, seed % 1000);
    }

    #[test]
    fn bits_stay_the_same(from in dtypes(), to in dtypes(), seed in any::<u64>()) {
        let graph = Graph::new();
        let node = graph.add(Reinterpret::new(to));
        let image = noise("yxc", &SHAPE, from, seed);
        graph.edit(|e| e.set(&node.input, image.clone())).unwrap();
        if from.size() != to.size() {
            prop_assert!(refusal(&node.output).contains("bytes"));
            return Ok(());
        }
        if to == DType::Bool && from != DType::Bool {
            let error = node.output.request(node.output.meta().unwrap().roi()).wait().unwrap_err();
            prop_assert!(error.report().contains("are no bool"));
            return Ok(());
        }
        let there = whole(&node.output);
        prop_assert_eq!(there.dtype(), to);
        if from != DType::Bool {
            let back = graph.add(Reinterpret::new(from));
            graph.edit(|e| e.connect(&node.output, &back.input)).unwrap();
            prop_assert!(whole(&back.output).same_bits(&image));
        }
    }

    #[test]
    fn merged_is_the_function_of_all(count in 1..5_usize, touched in region_in(&SHAPE), which in 0..5_usize, seed in 0..1000_u64) {
        let graph = Graph::new();
        let merge = graph.add(Merge::new(MergeFn::per_element(|values: &[u8]| values.iter().map(|value| u32::from(*value)).sum::<u32>())));
        let images: Vec<_> = (0..count as u64).map(|nth| noise("yxc", &SHAPE, DType::U8, seed + nth)).collect();
        graph.edit(|e| e.set_all(&merge.images, images.clone())).unwrap();
        let sum = images.iter().map(elements::<u8>).fold(vec![0_u32; 105], |sum, image| {
            sum.iter().zip(image).map(|(sum, value)| sum + u32::from(value)).collect()
        });
        prop_assert_eq!(elements::<u32>(&whole(&merge.output)), sum);
        assert_pointwise(&graph, &merge.images.at(which % count).unwrap(), &merge.output, touched, seed);
    }
}

// Pointwise.

#[test]
fn a_function_gives_type_range_and_values() {
    let graph = Graph::new();
    let node = graph.add(Pointwise::with(
        ElementFn::new(|value: u8| f32::from(value) * -2.0).monotone(),
    ));
    let image = noise("yxc", &SHAPE, DType::U8, 3);
    feed(&graph, &node.input, image.clone(), (0.0, 250.0));
    let meta = node.output.meta().unwrap();
    assert_eq!((meta.dtype(), meta.range()), (DType::F32, Some((-500.0, 0.0))));
    assert_eq!(
        whole(&node.output),
        image.map(|value: u8| f32::from(value) * -2.0).unwrap()
    );
    // One that may turn round has no range that is known from its ends.
    graph
        .edit(|e| e.set(&node.function, ElementFn::new(|value: u8| (value as f32 - 9.0).powi(2))))
        .unwrap();
    assert_eq!(node.output.meta().unwrap().range(), None);
}

#[test]
fn another_function_makes_all_dirty_and_the_same_one_nothing() {
    let graph = Graph::new();
    let negative = ElementFn::new(|value: u8| 255 - value);
    let node = graph.add(Pointwise::with(negative.clone()));
    graph
        .edit(|e| e.set(&node.input, noise("yx", &[4, 4], DType::U8, 1)))
        .unwrap();
    assert!(marked(&graph, &node.output, |e| e.set(&node.function, negative)).is_nothing());
    assert!(
        marked(&graph, &node.output, |e| e
            .set(&node.function, ElementFn::new(|value: u8| value / 2)))
        .is_everything()
    );
}

#[test]
fn a_function_of_another_type_is_refused_by_name() {
    let graph = Graph::new();
    let node = graph.add(Pointwise::new(|value: u8| value));
    graph
        .edit(|e| e.set(&node.input, noise("yx", &[4, 4], DType::F32, 1)))
        .unwrap();
    assert!(refusal(&node.output).contains("the function takes u8, the input, yx (4, 4) f32, holds f32"));
}

#[test]
fn for_a_constant_the_function_is_called_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let graph = Graph::new();
    let node = graph.add(Pointwise::new(|value: u8| {
        CALLS.fetch_add(1, Ordering::SeqCst);
        value + 1
    }));
    graph
        .edit(|e| e.set(&node.input, Array::full("yx", &[1 << 14, 1 << 14], 1_u8)?))
        .unwrap();
    let all = whole(&node.output);
    assert_eq!((CALLS.load(Ordering::SeqCst), all.buffer_nbytes()), (1, 1));
}

#[test]
fn large_images_go_through_the_compute_pool_in_pieces() {
    let graph = Graph::new();
    let node = graph.add(Pointwise::new(|value: u16| value.reverse_bits()));
    // A view that is turned round, so that pieces are not contiguous.
    let image = noise("xy", &[333, 301], DType::U16, 9).to_axes("yx").unwrap();
    graph.edit(|e| e.set(&node.input, image.clone())).unwrap();
    assert_eq!(
        whole(&node.output),
        image.map(|value: u16| value.reverse_bits()).unwrap()
    );
}

#[test]
fn a_function_that_panics_fails_the_request() {
    let graph = Graph::new();
    let node = graph.add(Pointwise::new(|value: u8| 100 / value));
    graph
        .edit(|e| e.set(&node.input, Array::zeros("x", &[4], DType::U8)?))
        .unwrap();
    let error = node.output.request(roi![0..4]).wait().unwrap_err();
    assert!(
        error.is_panic() && error.report().contains("Pointwise.output"),
        "{}",
        error.report()
    );
}

#[test]
fn the_estimate_counts_arguments_and_results() {
    let graph = Graph::new();
    let node = graph.add(Pointwise::new(|value: u16| f64::from(value)));
    graph
        .edit(|e| e.set(&node.input, noise("yx", &[4, 4], DType::U16, 1)))
        .unwrap();
    assert_eq!(node.output.meta().unwrap().bytes_per_pixel(), 10);
}

// Casts.

#[test]
fn what_has_the_type_already_is_not_copied() {
    let graph = Graph::new();
    let (cast, bits) = (
        graph.add(Cast::new(DType::U16)),
        graph.add(Reinterpret::new(DType::U16)),
    );
    let image = noise("yx", &[40, 40], DType::U16, 1);
    graph
        .edit(|e| {
            e.set(&cast.input, image.clone())?;
            e.set(&bits.input, image.clone())
        })
        .unwrap();
    assert!(whole(&cast.output).same_buffer(&image));
    assert!(whole(&bits.output).same_buffer(&image));
}

#[test]
fn another_type_makes_all_dirty() {
    let graph = Graph::new();
    let cast = graph.add(Cast::new(DType::U8));
    graph
        .edit(|e| e.set(&cast.input, noise("yx", &[4, 4], DType::F32, 1)))
        .unwrap();
    assert!(marked(&graph, &cast.output, |e| e.set(&cast.dtype, DType::U16)).is_everything());
    assert_eq!(whole(&cast.output).dtype(), DType::U16);
}

// Two images, and several.

#[test]
fn images_that_differ_in_shape_are_refused_by_name() {
    let graph = Graph::new();
    let node = graph.add(Arithmetic::add());
    let edit = |second: Array| {
        graph
            .edit(|e| {
                e.set(&node.a, noise("yx", &[4, 4], DType::U8, 1))?;
                e.set(&node.b, second)
            })
            .unwrap();
    };
    edit(noise("yx", &[4, 5], DType::U8, 1));
    assert!(refusal(&node.output).contains("`a`, yx (4, 4) u8, and `b`, yx (4, 5) u8, differ in axes or shape"));
    edit(noise("yx", &[4, 4], DType::I8, 1));
    assert_eq!(node.output.meta().unwrap().dtype(), DType::I16);
}

#[test]
fn another_operation_makes_all_dirty() {
    let graph = Graph::new();
    let node = graph.add(Arithmetic::add());
    graph
        .edit(|e| {
            e.set(&node.a, Array::full("x", &[4], 200_u8)?)?;
            e.set(&node.b, Array::full("x", &[4], 100_u8)?)
        })
        .unwrap();
    assert_eq!(elements::<u8>(&whole(&node.output)), [255; 4]);
    assert!(
        marked(&graph, &node.output, |e| e
            .set(&node.operation, ArithmeticOperation::Divide))
        .is_everything()
    );
    assert_eq!(elements::<f32>(&whole(&node.output)), [2.0; 4]);
}

#[test]
fn an_image_more_makes_all_of_a_merge_dirty() {
    let graph = Graph::new();
    let greatest =
        MergeFn::per_element(|values: &[u8]| values.iter().copied().max().unwrap_or(0)).with_range(0.0, 255.0);
    let merge = graph.add(Merge::new(greatest));
    let (one, two) = (
        Array::full("x", &[4], 1_u8).unwrap(),
        Array::full("x", &[4], 2_u8).unwrap(),
    );
    graph.edit(|e| e.set_all(&merge.images, [one])).unwrap();
    assert_eq!(merge.output.meta().unwrap().range(), Some((0.0, 255.0)));
    let dirt = marked(&graph, &merge.output, |e| {
        let (_, lane) = e.push(&merge.images)?;
        e.set(&lane, two)
    });
    assert!(dirt.is_everything());
    assert_eq!(elements::<u8>(&whole(&merge.output)), [2; 4]);
}

#[test]
fn a_merge_takes_images_of_several_types_if_its_function_does() {
    let graph = Graph::new();
    let merge = graph.add(Merge::new(MergeFn::new(DType::F64, |arrays, checkpoint| {
        checkpoint.check()?;
        let sum = arrays
            .iter()
            .map(|array| array.cast(DType::F64))
            .collect::<Result<Vec<_>, Error>>()?;
        let views = sum
            .iter()
            .map(|array| array.view::<f64>())
            .collect::<Result<Vec<_>, _>>()?;
        Array::from_vec(
            "x",
            views[0].shape(),
            (0..views[0].len())
                .map(|nth| views.iter().map(|view| view[[nth]]).sum::<f64>())
                .collect(),
        )
    })));
    let images = [
        Array::full("x", &[2], 1_u8).unwrap(),
        Array::full("x", &[2], 0.5_f32).unwrap(),
    ];
    graph.edit(|e| e.set_all(&merge.images, images)).unwrap();
    assert_eq!(elements::<f64>(&whole(&merge.output)), [1.5; 2]);
    graph
        .edit(|e| e.set(&merge.images.at(0).unwrap(), Array::full("x", &[3], 1_u8)?))
        .unwrap();
    assert!(refusal(&merge.output).contains("cannot be merged with"));
}

#[test]
fn what_is_known_of_the_first_image_is_kept() {
    let graph = Graph::new();
    let node = graph.add(Arithmetic::subtract());
    let patch = MetaPatch::new()
        .channel_names(["only"])
        .extra(5_u16)
        .ideal_block([2, 2].into());
    let source = graph.add(ArraySource::new(noise("yx", &[4, 4], DType::U8, 1)).patch(patch));
    graph
        .edit(|e| {
            e.connect(&source.output, &node.a)?;
            e.set(&node.b, noise("yx", &[4, 4], DType::U8, 2))
        })
        .unwrap();
    let meta: std::sync::Arc<Meta> = node.output.meta().unwrap();
    assert_eq!(
        (meta.channel_names().len(), meta.extra::<u16>(), meta.ideal_block()),
        (1, Some(&5), Some([2, 2].into()))
    );
    assert!(node.output.is_ready());
}

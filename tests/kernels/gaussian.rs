use std::collections::HashSet;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use headwater::array::Element;
use headwater::kernels::{Form, Gaussian, Stencil, gaussian};
use headwater::{Array, Checkpoint, Error, ErrorKind, Interrupt};
use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn, Slice};
use proptest::prelude::*;

use crate::reference::reference_gaussian;

const NEVER: Checkpoint = Checkpoint::never();

/// The largest difference that counts as equal, relative to the range of the values.
const TOLERANCE: f64 = 1e-5;

fn assert_close(own: ArrayViewD<'_, f32>, expected: ArrayViewD<'_, f64>, range: f64) {
    assert_eq!(own.shape(), expected.shape());
    for ((at, own), expected) in own.indexed_iter().zip(expected) {
        let off = (f64::from(*own) - expected).abs();
        assert!(off <= TOLERANCE * range, "at {at:?}: {own}, expected {expected}");
    }
}

/// Values without a pattern, from -1 to 1, the same in each run.
pub(crate) fn noise(shape: &[usize]) -> ArrayD<f32> {
    let mut state = 0x9e37_79b9_u32;
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / (u32::MAX / 2) as f32 - 1.0
    })
}

pub(crate) fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

fn bits(array: &ArrayD<f32>) -> Vec<u32> {
    array.iter().map(|value| value.to_bits()).collect()
}

/// Compares with a case of `tests/data/gaussian.py`.
fn check_fixture<T: Element, const N: usize>(
    name: &str,
    read: fn([u8; N]) -> T,
    shape: &[usize],
    sigma: &[f64],
    w: f64,
) {
    let file = |end: &str| {
        let path = format!("{}/tests/data/gaussian_{name}.{end}", env!("CARGO_MANIFEST_DIR"));
        fs::read(path).unwrap()
    };
    let input: Vec<T> = file("in").as_chunks().0.iter().map(|&bytes| read(bytes)).collect();
    let output = file("out")
        .as_chunks()
        .0
        .iter()
        .map(|&bytes| f64::from(f32::from_le_bytes(bytes)))
        .collect();
    let input = ArrayD::from_shape_vec(shape, input).unwrap();
    let output = ArrayD::from_shape_vec(shape, output).unwrap();
    let values = input.mapv(|value| f64::from(value.to_f32()));
    let range = values.fold(f64::MIN, |a, &b| a.max(b)) - values.fold(f64::MAX, |a, &b| a.min(b));
    let own = Gaussian::new(sigma).window(w).apply_view(input.view(), &NEVER).unwrap();
    assert_close(own.view(), output.view(), range);
}

#[test]
fn results_are_scipys() {
    check_fixture("line_f32", f32::from_le_bytes, &[200], &[2.0], 3.5);
    check_fixture("plane_f32", f32::from_le_bytes, &[37, 61], &[1.0, 3.0], 3.5);
    check_fixture("plane_u8", u8::from_le_bytes, &[64, 48], &[1.6, 1.6], 2.0);
    check_fixture("volume_f32", f32::from_le_bytes, &[13, 19, 35], &[0.7, 1.0, 2.0], 3.5);
    check_fixture("volume_u16", u16::from_le_bytes, &[24, 17, 21], &[3.0, 0.0, 1.3], 3.5);
    check_fixture(
        "stack_f32",
        f32::from_le_bytes,
        &[6, 9, 11, 13],
        &[0.3, 1.0, 0.7, 1.6],
        3.5,
    );
}

/// Shapes of one to four axes, each with a sigma whose radius fits it.
fn shapes() -> impl Strategy<Value = (Vec<usize>, Vec<f64>)> {
    let axis = (1usize..30, prop::sample::select(vec![0.0, 0.2, 0.7, 1.0, 1.6, 3.0]));
    prop::collection::vec(axis, 1..=4).prop_map(|axes| {
        let fits = |len: usize, sigma: f64| len == 1 || (3.5 * sigma + 0.5) as usize + 1 < len;
        let sigmas = axes
            .iter()
            .map(|&(len, sigma)| if fits(len, sigma) { sigma } else { 0.0 });
        (axes.iter().map(|axis| axis.0).collect(), sigmas.collect())
    })
}

fn check_dtype<T: Element>(data: ArrayD<T>, sigmas: &[f64], range: f64) {
    let values = data.mapv(|value| f64::from(value.to_f32()));
    let expected = reference_gaussian(&values, sigmas, 3.5);
    let own = Gaussian::new(sigmas).apply_view(data.view(), &NEVER).unwrap();
    assert_close(own.view(), expected.view(), range);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn results_are_those_of_the_definition((shape, sigmas) in shapes(), dtype in 0..5) {
        let data = noise(&shape);
        match dtype {
            0 => check_dtype(data.mapv(|value| (value * 127.0 + 127.0) as u8), &sigmas, 255.0),
            1 => check_dtype(data.mapv(|value| (value * 32767.0 + 32767.0) as u16), &sigmas, 65535.0),
            2 => check_dtype(data.mapv(|value| (value * 1000.0) as i32), &sigmas, 2000.0),
            3 => check_dtype(data.mapv(|value| value > 0.0), &sigmas, 1.0),
            _ => check_dtype(data, &sigmas, 2.0),
        }
    }

    #[test]
    fn layout_does_not_matter((shape, sigmas) in shapes(), step in 1isize..3, seed in 0usize..24) {
        let smoothing = Gaussian::new(&sigmas[..]);
        let data = noise(&shape);
        let expected = smoothing.apply_view(data.view(), &NEVER).unwrap();

        // The same numbers with gaps between them, with the axes in another order in memory, and backwards.
        let mut order: Vec<_> = (0..shape.len()).collect();
        order.rotate_left(seed % shape.len());
        let stretched: Vec<_> = order.iter().map(|&axis| shape[axis] * step as usize + 1).collect();
        let back: Vec<_> = (0..shape.len()).map(|axis| order.iter().position(|&o| o == axis).unwrap()).collect();
        let mut room = ArrayD::<f32>::zeros(stretched).permuted_axes(back);
        let gapped = |axis: ndarray::AxisDescription| {
            let slice = Slice::new(0, Some(shape[axis.axis.index()] as isize * step), step);
            if seed % 2 == 1 { Slice::new(0, slice.end, -step) } else { slice }
        };
        let mut view = room.view_mut();
        view.slice_each_axis_inplace(gapped);
        view.assign(&data);
        let own = smoothing.apply_view(view.view(), &NEVER).unwrap();
        prop_assert_eq!(bits(&own), bits(&expected));

        view.fill(f32::NAN);
        smoothing.apply_into(data.view(), view, &NEVER).unwrap();
        let mut view = room.view();
        view.slice_each_axis_inplace(gapped);
        prop_assert_eq!(bits(&view.to_owned()), bits(&expected));
    }

    #[test]
    fn any_block_with_its_halo_is_the_part_of_the_whole((shape, sigmas) in shapes(), seed in 0usize..1000) {
        let smoothing = Gaussian::new(&sigmas[..]);
        let data = noise(&shape);
        let mut expected = smoothing.apply_view(data.view(), &NEVER).unwrap();
        let (mut block, mut inside) = (data.view(), Vec::new());
        for (axis, (&len, &sigma)) in shape.iter().zip(&sigmas).enumerate() {
            let start = seed.wrapping_mul(axis + 7) % len;
            let end = start + 1 + seed.wrapping_mul(axis + 13) % (len - start);
            let radius = if sigma == 0.0 { 0 } else { ((3.5 * sigma + 0.5) as usize).max(1) };
            let from = start.saturating_sub(radius);
            block.slice_axis_inplace(Axis(axis), Slice::from(from..(end + radius).min(len)));
            expected.slice_axis_inplace(Axis(axis), Slice::from(start..end));
            inside.push(start - from..end - from);
        }
        let mut own = smoothing.apply_view(block, &NEVER).unwrap();
        own.slice_each_axis_inplace(|axis| Slice::from(inside[axis.axis.index()].clone()));
        prop_assert_eq!(bits(&own), bits(&expected));
    }
}

/// The order of the passes once depended on whether the unsmoothed axes could be taken for one: a short one behind the row.
#[test]
fn unsmoothed_axes_apart_in_memory_do_not_change_the_result() {
    let orders = [[0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1], [0, 1, 3, 2]];
    for (shape, sigmas) in [
        ([13, 6, 2, 4], [0.2, 0.2, 0.0, 0.0]),
        ([13, 6, 5, 4], [0.7, 0.7, 0.0, 0.0]),
        ([13, 9, 7, 4], [0.7, 1.0, 0.7, 0.0]),
        ([13, 9, 7, 20], [0.7, 1.0, 0.7, 0.0]),
    ] {
        let data = noise(&shape);
        let expected = Gaussian::new(sigmas).apply_view(data.view(), &NEVER).unwrap();
        for order in orders {
            let mut back = [0; 4];
            order.iter().enumerate().for_each(|(at, &axis)| back[axis] = at);
            let other = data.view().permuted_axes(&order[..]).as_standard_layout().into_owned();
            let other = other.permuted_axes(&back[..]);
            assert_eq!(other, data);
            let own = Gaussian::new(sigmas).apply_view(other.view(), &NEVER).unwrap();
            assert_eq!(bits(&own), bits(&expected), "{shape:?} laid out as {order:?}");
        }
    }
}

/// Colours as few as are carried behind the row, and as many as make up a row, give the same.
#[test]
fn the_number_of_colours_does_not_change_each_of_them() {
    for sigmas in [&[1.0, 0.7, 0.0][..], &[1.0, 0.7, 1.6, 0.0]] {
        let shape: Vec<_> = [11, 13, 17].into_iter().take(sigmas.len() - 1).chain([40]).collect();
        let data = noise(&shape);
        let last = Axis(shape.len() - 1);
        let many = Gaussian::new(sigmas).apply_view(data.view(), &NEVER).unwrap();
        for colours in [0..1, 3..6, 9..39] {
            let few = data.slice_axis(last, Slice::from(colours.clone()));
            let own = Gaussian::new(sigmas).apply_view(few, &NEVER).unwrap();
            let expected = many.slice_axis(last, Slice::from(colours.clone())).to_owned();
            assert_eq!(bits(&own), bits(&expected), "colours {colours:?} of {shape:?}");
        }
    }
}

/// Shapes and sigmas that are cut into several tiles along each part, and take each road through the plan.
const LARGE: [(&[usize], &[f64]); 10] = [
    (&[150_000], &[3.0]),
    (&[300, 600], &[3.0, 1.0]),
    (&[12, 9000], &[1.0, 40.0]),
    (&[40, 50, 400], &[1.0, 3.0, 1.0]),
    (&[150, 40, 40], &[10.0, 3.0, 2.0]),
    (&[60, 40, 33, 3], &[1.0, 2.0, 3.0, 0.0]),
    (&[60, 3, 40, 33], &[3.0, 0.0, 1.0, 0.0]),
    (&[20, 30, 31, 40], &[1.0, 2.0, 0.5, 1.0]),
    (&[20, 30, 31, 40], &[1.0, 2.0, 0.5, 0.0]),
    (&[12, 9, 14, 13, 15], &[1.0, 1.0, 1.0, 1.0, 1.0]),
];

#[test]
fn large_results_are_those_of_the_definition() {
    for (shape, sigmas) in LARGE {
        check_dtype(noise(shape), sigmas, 2.0);
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    for (shape, sigmas) in LARGE {
        let data = noise(shape);
        let run = || Gaussian::new(sigmas).apply_view(data.view(), &NEVER).unwrap();
        let alone = run();
        for threads in [2, 5] {
            assert_eq!(
                bits(&alone),
                bits(&pool(threads).install(run)),
                "{shape:?} on {threads} threads"
            );
        }
    }
}

#[test]
fn blocks_with_their_halo_make_up_the_whole() {
    let smoothing = Gaussian::new([1.0, 3.0, 0.7]);
    let data = noise(&[20, 50, 70]);
    let form = Form::of(&Array::from_ndarray("zyx", data.clone()).unwrap()).unwrap();
    let halo = smoothing.halo(&form).unwrap();
    assert_eq!(halo, [4, 11, 2]);
    let whole = smoothing.apply_view(data.view(), &NEVER).unwrap();
    for start in [[0, 0, 0], [7, 13, 29], [8, 38, 41], [3, 0, 68]] {
        let (mut block, mut expected, mut inside) = (data.view(), whole.view(), [0; 3]);
        for axis in 0..3 {
            let end = (start[axis] + 12).min(data.shape()[axis]);
            let from = start[axis].saturating_sub(halo[axis]);
            inside[axis] = start[axis] - from;
            block.slice_axis_inplace(
                Axis(axis),
                Slice::from(from..(end + halo[axis]).min(data.shape()[axis])),
            );
            expected.slice_axis_inplace(Axis(axis), Slice::from(start[axis]..end));
        }
        let smooth = smoothing.apply_view(block, &NEVER).unwrap();
        let mut own = smooth.view();
        own.slice_each_axis_inplace(|axis| {
            let from = inside[axis.axis.index()];
            Slice::from(from..from + expected.len_of(axis.axis))
        });
        assert_eq!(own, expected, "block at {start:?}");
    }
}

#[test]
fn only_the_axes_of_space_are_smoothed() {
    for (letters, shape, each) in [
        ("tzyxc", &[2, 9, 10, 11, 3][..], vec![0.0, 1.0, 1.0, 1.0, 0.0]),
        ("tc", &[9, 10], vec![0.0, 0.0]),
        ("cyx", &[7, 8, 9], vec![0.0, 1.0, 1.0]),
        ("yxct", &[9, 8, 2, 3], vec![1.0, 1.0, 0.0, 0.0]),
    ] {
        let data = noise(shape);
        let array = Array::from_ndarray(letters, data.clone()).unwrap();
        let own = gaussian(&array, 1.0, &NEVER).unwrap();
        assert_eq!(own.axes(), array.axes());
        let expected = Gaussian::new(each).apply_view(data.view(), &NEVER).unwrap();
        assert_eq!(own.view::<f32>().unwrap(), expected, "{letters}");
    }
}

#[test]
fn other_axes_are_smoothed_when_asked() {
    let data = noise(&[9, 10, 11]);
    let array = Array::from_ndarray("txc", data.clone()).unwrap();
    let own = Gaussian::new([1.0, 0.7])
        .axes("xt".parse().unwrap())
        .apply(&array, &NEVER)
        .unwrap();
    let expected = Gaussian::new([1.0, 0.7, 0.0]).apply_view(data.view(), &NEVER).unwrap();
    assert_eq!(own.view::<f32>().unwrap(), expected);
}

#[test]
fn nothing_to_smooth_is_a_conversion() {
    let data = noise(&[5, 6, 7]).mapv(|value| value * 100.0);
    let bytes = data.mapv(|value| value as i8);
    let same = Gaussian::new(0.0).apply_view(data.view(), &NEVER).unwrap();
    assert_eq!(same, data);
    let same = Gaussian::new(0.0).apply_view(bytes.view(), &NEVER).unwrap();
    assert_eq!(same, bytes.mapv(f32::from));
}

#[test]
fn an_axis_of_length_1_stays_as_it_is() {
    let data = noise(&[1, 40, 1]);
    let own = gaussian(&Array::from_ndarray("zyx", data.clone()).unwrap(), 5.0, &NEVER).unwrap();
    let expected = Gaussian::new([0.0, 5.0, 0.0]).apply_view(data.view(), &NEVER).unwrap();
    assert_eq!(own.view::<f32>().unwrap(), expected);
}

#[test]
fn empty_and_single_values_pass() {
    let empty = Array::from_vec("yx", &[0, 5], Vec::<u8>::new()).unwrap();
    assert_eq!(gaussian(&empty, 1.0, &NEVER).unwrap().shape(), [0, 5]);
    let single = Array::from_vec("", &[], vec![3u16]).unwrap();
    assert_eq!(
        gaussian(&single, 1.0, &NEVER).unwrap().view::<f32>().unwrap().first(),
        Some(&3.0)
    );
}

#[test]
fn constants_stay_constant() {
    let data = ArrayD::from_elem(IxDyn(&[30, 40, 50]), 200u8);
    let own = Gaussian::new([1.0, 2.0, 3.0]).apply_view(data.view(), &NEVER).unwrap();
    assert!(own.iter().all(|value| (value - 200.0).abs() < 1e-3));
}

pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    error.report()
}

#[test]
fn errors_name_the_value() {
    let array = Array::from_ndarray("zyx", noise(&[40, 11, 40])).unwrap();
    let report = |smoothing: Gaussian| refusal(smoothing.apply(&array, &NEVER));
    let cases = [
        (report(Gaussian::new(-1.0)), "sigma is -1, not a number from 0 up"),
        (report(Gaussian::new(f64::NAN)), "sigma is NaN, not a number from 0 up"),
        (
            report(Gaussian::new(f64::INFINITY)),
            "sigma is inf, not a number from 0 up",
        ),
        (
            report(Gaussian::new(1.0).window(-2.0)),
            "window is -2, not a number from 0 up",
        ),
        (report(Gaussian::new([1.0, 1.0])), "2 sigmas for 3 smoothed axes"),
        (
            report(Gaussian::new(3.0)),
            "axis y has length 11, too short for radius 11 (sigma 3, window 3.5)",
        ),
        (
            report(Gaussian::new(1e9)),
            "sigma 1000000000 with window 3.5 has radius 3500000000, 65536 is the most",
        ),
        (
            report(Gaussian::new(1.0).axes("tx".parse().unwrap())),
            "axis t is to be smoothed, but the axes are zyx",
        ),
    ];
    for (own, expected) in cases {
        assert_eq!(own, expected);
    }
}

#[test]
fn a_result_beyond_memory_is_refused() {
    let one = ndarray::arr0(1u8).into_dyn();
    let view = one.broadcast(&[1 << 31, 1 << 31][..]).unwrap();
    let report = refusal(Gaussian::new(1.0).apply_view(view, &NEVER));
    assert_eq!(
        report,
        "shape [2147483648, 2147483648] of f32 has more bytes than memory can hold"
    );
    let endless = Array::full("yx", &[1 << 25, 1 << 25], 1u8).unwrap();
    let report = gaussian(&endless, 1.0, &NEVER).unwrap_err().report();
    assert_eq!(
        report,
        "no memory for 4503599627370496 bytes, an array of shape [33554432, 33554432] of f32"
    );
}

#[test]
fn shapes_have_to_fit_when_writing_into() {
    let (data, mut out) = (noise(&[20, 20]), noise(&[20, 21]));
    let result = Gaussian::new(1.0).apply_into(data.view(), out.view_mut(), &NEVER);
    assert_eq!(
        refusal(result),
        "cannot write a result of shape [20, 20] to an array of shape [20, 21]"
    );
}

/// Stops after some polls, and takes down who polled.
pub(crate) struct StopAfter {
    polls: AtomicUsize,
    most: usize,
    threads: Mutex<HashSet<ThreadId>>,
}

impl StopAfter {
    pub(crate) fn new(most: usize) -> (Arc<Self>, Checkpoint) {
        let own = Arc::new(Self {
            polls: AtomicUsize::new(0),
            most,
            threads: Mutex::default(),
        });
        (Arc::clone(&own), Checkpoint::new(own))
    }

    pub(crate) fn polls(&self) -> usize {
        self.polls.load(Ordering::SeqCst)
    }
}

impl Interrupt for StopAfter {
    fn interrupted(&self) -> Option<Error> {
        self.threads.lock().unwrap().insert(std::thread::current().id());
        let stop = self.polls.fetch_add(1, Ordering::SeqCst) >= self.most;
        stop.then(|| Error::msg("enough"))
    }
}

#[test]
fn an_interrupted_kernel_stops_at_its_next_look() {
    for (shape, sigmas) in LARGE {
        let data = noise(shape);
        let run = |checkpoint: &Checkpoint| Gaussian::new(sigmas).apply_view(data.view(), checkpoint);
        let (count, checkpoint) = StopAfter::new(usize::MAX);
        run(&checkpoint).unwrap();
        for most in [0, 1, count.polls() / 2] {
            let (stop, checkpoint) = StopAfter::new(most);
            assert_eq!(run(&checkpoint).unwrap_err().report(), "enough");
            assert_eq!(stop.polls(), most + 1, "{shape:?} went on");

            // In a pool, each block that has yet to begin finds out for itself.
            let (stop, checkpoint) = StopAfter::new(most);
            let result = pool(2).install(|| run(&checkpoint));
            assert_eq!(result.unwrap_err().report(), "enough");
            assert!(
                stop.polls() < most + 100,
                "{shape:?} went on for {} looks",
                stop.polls()
            );
        }
    }
}

#[test]
fn a_kernel_looks_up_often() {
    for (shape, sigmas) in LARGE {
        let data = noise(shape);
        let (stop, checkpoint) = StopAfter::new(usize::MAX);
        Gaussian::new(sigmas).apply_view(data.view(), &checkpoint).unwrap();
        let taps: usize = sigmas.iter().map(|sigma| (7.0 * sigma + 2.0) as usize).sum();
        let work = data.len() * taps;
        // Two million multiplications take less than a millisecond, even one by one.
        let between = work / stop.polls();
        assert!(
            between < 2_000_000,
            "{shape:?}: {between} multiplications between two looks"
        );
    }
}

#[test]
fn outside_of_a_pool_a_kernel_stays_on_its_thread() {
    let data = noise(&[40, 50, 400]);
    let run = |checkpoint: &Checkpoint| Gaussian::new(1.0).apply_view(data.view(), checkpoint);
    let (stop, checkpoint) = StopAfter::new(usize::MAX);
    run(&checkpoint).unwrap();
    assert_eq!(
        *stop.threads.lock().unwrap(),
        HashSet::from([std::thread::current().id()])
    );

    let (stop, checkpoint) = StopAfter::new(usize::MAX);
    let pool = pool(2);
    let own: HashSet<_> = pool.broadcast(|_| std::thread::current().id()).into_iter().collect();
    pool.install(|| run(&checkpoint)).unwrap();
    assert!(stop.threads.lock().unwrap().is_subset(&own));
}

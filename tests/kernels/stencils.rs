//! What the tests of kernels that compute regions share.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use headwater::array::Element;
use headwater::kernels::{Form, Stencil};
use headwater::{Array, Checkpoint, DType, Error, Interrupt, Roi};
use ndarray::{ArrayD, IxDyn};
use ndarray_npy::ReadableElement;
use proptest::prelude::*;

pub(crate) const NEVER: Checkpoint = Checkpoint::never();

pub(crate) const DTYPES: [DType; 11] = [
    DType::U8,
    DType::U16,
    DType::U32,
    DType::U64,
    DType::I8,
    DType::I16,
    DType::I32,
    DType::I64,
    DType::F32,
    DType::F64,
    DType::Bool,
];

/// What is in `fixtures/{topic}/{name}.npy`.
pub(crate) fn fixture<T: ReadableElement>(topic: &str, name: &str) -> ArrayD<T> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kernels/fixtures");
    ndarray_npy::read_npy(format!("{folder}/{topic}/{name}.npy")).unwrap()
}

/// The same as an array with axes of space.
pub(crate) fn image<T: ReadableElement + Element>(topic: &str, name: &str) -> Array {
    let data = fixture::<T>(topic, name);
    Array::from_ndarray(&"zyx"[3 - data.ndim()..], data).unwrap()
}

/// Whole numbers from -60 to 119, as near as `dtype` can come, the same for each seed.
pub(crate) fn noise(axes: &str, shape: &[usize], dtype: DType, seed: u64) -> Array {
    let mut state = seed ^ 0x9e37_79b9_7f4a_7c15;
    let values = ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64 % 180 - 60
    });
    Array::from_ndarray(axes, values).unwrap().cast(dtype).unwrap()
}

/// Axes and a shape for them, of few elements.
pub(crate) fn shapes(longest: usize) -> impl Strategy<Value = (&'static str, Vec<usize>)> {
    let axes = prop::sample::select(vec!["x", "yx", "zyx", "yxc", "cyx", "tyx", "tzyxc", "xy"]);
    (axes, prop::collection::vec(1..longest, 5)).prop_map(|(axes, mut shape)| {
        shape.truncate(axes.len());
        (axes, shape)
    })
}

/// A region of at least one element, chosen by `seed`.
pub(crate) fn some_region(shape: &[usize], seed: usize) -> Roi {
    let ranges = shape.iter().enumerate().map(|(axis, &len)| {
        let start = seed.wrapping_mul(2 * axis + 7) / 3 % len;
        start..start + 1 + seed.wrapping_mul(axis + 13) % (len - start)
    });
    Roi::from_ranges(ranges).unwrap()
}

/// The result for `array`, after looking at whether a part is the same on its own, from a cut-out with its halo, written
/// over something else, from another layout, and on several threads.
pub(crate) fn checked(kernel: &impl Stencil, array: &Array, seed: usize) -> Array {
    let whole = kernel.apply(array, &NEVER).unwrap();
    let form = Form::of(array).unwrap();
    let result = kernel.result(&form).unwrap();
    assert_eq!(Form::of(&whole).unwrap(), result, "{kernel:?}");
    if whole.is_empty() {
        return whole;
    }
    let roi = some_region(whole.shape(), seed);
    let expected = whole.slice(&roi).unwrap();
    let same = |own: &Array, how: &str| assert!(own.same_bits(&expected), "{kernel:?} of {array:?}, {roi} {how}");
    same(&kernel.apply_region(array, &roi, &NEVER).unwrap(), "on its own");

    let needed = kernel.needed(&form, &roi).unwrap();
    let (part, within) = (
        array.slice(&needed).unwrap(),
        kernel.within(&form, &roi, &needed).unwrap(),
    );
    same(&kernel.apply_region(&part, &within, &NEVER).unwrap(), "from a cut-out");
    let mut out = noise(&whole.axes().to_string(), roi.shape().as_slice(), whole.dtype(), 9);
    kernel.write_region(&part, &within, &mut out, &NEVER).unwrap();
    same(&out, "written over something");

    let reversed: String = array.axes().to_string().chars().rev().collect();
    let turned = array.to_axes(&reversed[..]).unwrap().to_contiguous().unwrap();
    let turned = turned.to_axes(array.axes()).unwrap();
    same(
        &kernel.apply_region(&turned, &roi, &NEVER).unwrap(),
        "from another layout",
    );
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let many = pool.install(|| kernel.apply(array, &NEVER).unwrap());
    assert!(many.same_bits(&whole), "{kernel:?} of {array:?} on several threads");
    whole
}

/// A kernel for empty arrays, single elements and constants.
pub(crate) fn check_odd_shapes(kernel: &impl Stencil) {
    for dtype in DTYPES {
        let empty = Array::zeros("yx", &[0, 5], dtype).unwrap();
        assert_eq!(kernel.apply(&empty, &NEVER).unwrap().shape(), [0, 5]);
        let single = Array::zeros("zyx", &[1, 1, 1], dtype).unwrap();
        assert_eq!(kernel.apply(&single, &NEVER).unwrap().shape(), [1, 1, 1]);
    }
    let scalar = Array::from_vec("", &[], vec![3_u16]).unwrap();
    assert_eq!(kernel.apply(&scalar, &NEVER).unwrap().len(), 1);
    let constant = Array::full("yx", &[40, 50], 7_u8).unwrap();
    let result = kernel.apply(&constant, &NEVER).unwrap();
    let written = constant.to_contiguous().unwrap().detached().unwrap();
    assert!(result.same_bits(&kernel.apply(&written, &NEVER).unwrap()));
}

/// Stops after some looks, and counts them.
pub(crate) struct StopAfter {
    looks: AtomicUsize,
    most: usize,
    threads: Mutex<HashSet<ThreadId>>,
}

impl StopAfter {
    pub(crate) fn new(most: usize) -> (Arc<Self>, Checkpoint) {
        let own = Arc::new(Self {
            looks: AtomicUsize::new(0),
            most,
            threads: Mutex::default(),
        });
        (Arc::clone(&own), Checkpoint::new(own))
    }

    pub(crate) fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }
}

impl Interrupt for StopAfter {
    fn interrupted(&self) -> Option<Error> {
        self.threads.lock().unwrap().insert(std::thread::current().id());
        let stop = self.looks.fetch_add(1, Ordering::SeqCst) >= self.most;
        stop.then(|| Error::msg("enough"))
    }
}

/// Some work looks at its checkpoint at least `least` times, on its own thread alone, and ends at a look that says so.
pub(crate) fn check_stops<R>(least: usize, run: impl Fn(&Checkpoint) -> Result<R, Error>) {
    let (count, checkpoint) = StopAfter::new(usize::MAX);
    assert!(run(&checkpoint).is_ok());
    assert!(count.looks() >= least, "{} looks, not {least}", count.looks());
    assert_eq!(
        *count.threads.lock().unwrap(),
        HashSet::from([std::thread::current().id()])
    );
    for most in [0, 1, count.looks() / 2] {
        let (stop, checkpoint) = StopAfter::new(most);
        match run(&checkpoint) {
            Ok(_) => panic!("went on after {most} of {} looks", count.looks()),
            Err(error) => assert_eq!(error.report(), "enough"),
        }
        assert_eq!(stop.looks(), most + 1, "went on");
    }
}

/// The message of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), headwater::ErrorKind::Invalid);
    error.report()
}

//! What is done to each element, and the greatest channel: into a caller's buffer, against NumPy, which uses one thread.

use headwater::kernels::{Arithmetic, ArithmeticOperation, arg_max_channel, cast};
use headwater::{Array, Checkpoint, DType};

use crate::gaussian::noise;
use crate::table::{Bench, Goal, UNKNOWN};

const SIDE: usize = 256;

pub(crate) fn rows(bench: &Bench) {
    let volume = ("zyx", vec![SIDE; 3]);
    row(
        bench,
        "cast f32 to u8",
        volume.clone(),
        DType::U8,
        ("numpy_cast_u8", UNKNOWN),
        |image, out| cast(image, out, &Checkpoint::never()),
    );
    row(
        bench,
        "add f32",
        volume,
        DType::F32,
        ("numpy_add", UNKNOWN),
        |image, out| Arithmetic::new(ArithmeticOperation::Add).write(image, image, out, &Checkpoint::never()),
    );
    let (last, first) = (("yxc", vec![1024, 1024, 8]), ("cyx", vec![8, 1024, 1024]));
    row(
        bench,
        "greatest of 8 channels, last axis",
        last,
        DType::U32,
        ("numpy_argmax_last", UNKNOWN),
        |image, out| arg_max_channel(image, out, &Checkpoint::never()),
    );
    row(
        bench,
        "greatest of 8 channels, first axis",
        first,
        DType::U32,
        ("numpy_argmax_first", UNKNOWN),
        |image, out| arg_max_channel(image, out, &Checkpoint::never()),
    );
}

/// One row, with the peer's name and its nanoseconds for an element where it cannot be run.
fn row(
    bench: &Bench,
    name: &str,
    (axes, shape): (&str, Vec<usize>),
    dtype: DType,
    (peer, quoted): (&'static str, f64),
    kernel: impl Fn(&Array, &mut Array) -> Result<(), headwater::Error>,
) {
    if !bench.wants(name) {
        return;
    }
    let data = noise(&shape).mapv(|value| value * 300.0 - 20.0);
    let flat: Vec<f32> = data.iter().copied().collect();
    let file = axes.to_owned() + ".raw";
    let asked = || bench.peers.time(peer, &file, "float32", &shape, &flat);
    let image = Array::from_ndarray(axes, data).expect("axes for the shape");
    let mut result = image.shape().to_vec();
    if let Some(axis) = axes.find('c') {
        result[axis] = 1;
    }
    let mut out = Array::zeros(axes, &result, dtype).expect("memory for the result");
    let goal = Goal::Faster {
        than: peer,
        by: 1.0,
        quoted,
    };
    bench.against_peer(
        name,
        image.len(),
        goal,
        || kernel(&image, &mut out).expect("arrays that fit"),
        asked,
    );
}

//! Inputs that take memory.

use headwater::array::{Element, match_dtype};
use headwater::graph::{Data, Declare, Execute, Graph, Meta, Operator, Output, Setup};
use headwater::{Array, DType, Error, Roi, Shape};

/// An image whose regions are made when somebody asks, each in a buffer of its own: what is held of it counts.
pub(super) struct Fresh {
    meta: Meta,
    value: fn(&[usize]) -> u64,
}

pub(super) struct FreshSlots {
    output: Output<Array>,
}

impl Operator for Fresh {
    type Slots = FreshSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> FreshSlots {
        FreshSlots {
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &FreshSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(&slots.output, self.meta.clone())
    }

    async fn execute(&self, slots: &FreshSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let meta = cx.output_meta(&slots.output)?;
        let array = match_dtype!(meta.dtype(), T => {
            let mut values: Vec<T> = Vec::with_capacity(roi.volume()?);
            let mut place = roi.start().to_vec();
            for _ in 0..roi.volume()? {
                values.push((self.value)(&place).cast());
                step(&mut place, &roi);
            }
            Array::from_vec(meta.axes(), roi.shape().as_slice(), values)?
        });
        Ok(array.into())
    }
}

/// The next place of a region, the last axis running fastest.
fn step(place: &mut [usize], roi: &Roi) {
    for axis in (0..place.len()).rev() {
        place[axis] += 1;
        if place[axis] < roi.stop()[axis] {
            return;
        }
        place[axis] = roi.start()[axis];
    }
}

/// Numbers below 200 without a pattern.
pub(super) fn noise(place: &[usize]) -> u64 {
    any(place) % 200
}

/// All numbers of 16 bits, without a pattern: nothing that can be compressed.
pub(super) fn any(place: &[usize]) -> u64 {
    let mixed = place.iter().fold(0x9e37_79b9_7f4a_7c15_u64, |mixed, at| {
        (mixed ^ *at as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (mixed >> 29)
    });
    mixed >> 33 & 0xffff
}

/// Cubes of 1 to 99 with 0 around them.
pub(super) fn things(place: &[usize]) -> u64 {
    let is_gap = place.iter().any(|at| at % 16 == 0);
    let number = place.iter().fold(0, |number, at| number * 13 + (*at as u64) / 16);
    if is_gap { 0 } else { 1 + number % 99 }
}

/// An image of noise that is asked for in blocks of this shape.
pub(super) fn in_blocks(graph: &Graph, axes: &str, shape: &[usize], dtype: DType, block: &[usize]) -> Output<Array> {
    let meta = Meta::new(Shape::new(shape).unwrap(), dtype, axes).unwrap();
    let meta = meta.with_ideal_block(Shape::new(block).unwrap());
    graph.add(Fresh { meta, value: noise }).output.clone()
}

/// An image of noise.
pub(super) fn fresh(graph: &Graph, axes: &str, shape: &[usize], dtype: DType) -> Output<Array> {
    image(graph, axes, shape, dtype, noise)
}

/// An image of these values.
pub(super) fn image(
    graph: &Graph,
    axes: &str,
    shape: &[usize],
    dtype: DType,
    value: fn(&[usize]) -> u64,
) -> Output<Array> {
    let meta = Meta::new(Shape::new(shape).unwrap(), dtype, axes).unwrap();
    graph.add(Fresh { meta, value }).output.clone()
}

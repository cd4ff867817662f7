//! An image as a list of slices.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, List, Meta, Operator, Output, Setup};
use crate::operators::generic::describe::{axis_of, map_dirt, with_length};
use crate::roi::Roi;

/// Gives the slices of its input along an axis, one output for each.
///
/// lazyflow: `OpMultiArraySlicer2`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | |
/// | `axis` | `char` | the axis to cut |
/// | `indices` | `Option<Vec<usize>>` | which slices, in the order of the outputs; `None`, the default, is all |
/// | `slices` | list of arrays | the slices, with the axis at length 1: the same buffer, nothing is copied |
///
/// An index beyond the end makes that one output not ready. An index may occur twice.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::Slices;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let slices = graph.add(Slices::new('z').indices([2, 0]));
/// graph.edit(|e| e.set(&slices.input, Array::from_vec("zx", &[3, 2], vec![1_u8, 2, 3, 4, 5, 6])?))?;
/// let first = slices.slices.at(0).expect("there are two").request(roi![0..1, 0..2]).wait()?;
/// assert_eq!(first, Array::from_vec("zx", &[1, 2], vec![5_u8, 6])?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Slices {
    axis: char,
    indices: Option<Vec<usize>>,
}

/// The slots of a [`Slices`].
#[derive(Debug)]
pub struct SlicesSlots {
    /// The whole.
    pub input: Input<Array>,
    /// The axis to cut.
    pub axis: Input<char>,
    /// Which slices; all, if not said.
    pub indices: Input<Option<Vec<usize>>>,
    /// The slices.
    pub slices: List<Output<Array>>,
}

impl Slices {
    /// All slices along `axis`.
    pub fn new(axis: char) -> Self {
        Self { axis, indices: None }
    }

    /// Only these slices.
    #[must_use]
    pub fn indices(self, indices: impl Into<Vec<usize>>) -> Self {
        let indices = Some(indices.into());
        Self { indices, ..self }
    }
}

impl Operator for Slices {
    type Slots = SlicesSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> SlicesSlots {
        SlicesSlots {
            input: declare.input("input"),
            axis: declare.default("axis", self.axis),
            indices: declare.default("indices", self.indices.clone()),
            slices: declare.list("slices"),
        }
    }

    fn setup(&self, slots: &SlicesSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (meta, letter, indices) = (
            cx.meta(&slots.input)?,
            cx.value(&slots.axis)?,
            cx.value(&slots.indices)?,
        );
        let axis = axis_of(&meta, letter)?;
        let length = meta.shape()[axis];
        let one = with_length(meta.clone(), axis, 1)?;
        let indices = indices.unwrap_or_else(|| (0..length).collect());
        let lanes = cx.set_len(&slots.slices, indices.len())?;
        for (lane, index) in lanes.iter().zip(indices) {
            if index < length {
                cx.describe(lane, named(one.clone(), &meta, letter, index))?;
            } else {
                cx.not_ready(
                    lane,
                    &format!("there is no slice {index} along {letter}, whose length is {length}"),
                )?;
            }
        }
        Ok(())
    }

    fn dirty(&self, slots: &SlicesSlots, cx: &mut Dirty<'_>) {
        let (Ok(letter), Ok(indices)) = (cx.value(&slots.axis), cx.value(&slots.indices)) else {
            return cx.everything();
        };
        let (Ok(meta), false) = (
            cx.meta(&slots.input),
            cx.is_dirty(&slots.axis) || cx.is_dirty(&slots.indices),
        ) else {
            return cx.everything();
        };
        let Some(axis) = meta.axes().position(letter) else {
            return cx.everything();
        };
        let whole = meta.roi();
        let lanes = cx.lanes(&slots.slices);
        for (nth, (_, lane)) in lanes.iter().enumerate() {
            let index = indices.as_ref().map_or(Some(nth), |indices| indices.get(nth).copied());
            let dirt = map_dirt(cx.of(&slots.input), whole, |roi| {
                let hit = index.is_some_and(|index| roi.range(axis).contains(&index));
                hit.then(|| Ok(roi.with_axis(axis, 0..1)?)).transpose()
            });
            cx.mark(lane, dirt);
        }
    }

    async fn execute(&self, slots: &SlicesSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let nth = cx.position(&slots.slices).unwrap_or(0);
        let indices = cx.value(&slots.indices)?;
        let index = indices
            .map_or(Some(nth), |indices| indices.get(nth).copied())
            .unwrap_or(nth);
        let axis = axis_of(cx.meta(&slots.input)?, cx.value(&slots.axis)?)?;
        let range = roi.range(axis);
        let part = roi.with_axis(axis, index + range.start..index + range.end)?;
        Ok(cx.request(&slots.input, part).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}

/// The description of a single channel has its name only.
fn named(one: Meta, meta: &Meta, letter: char, index: usize) -> Meta {
    match letter {
        'c' => one.with_channel_names(meta.channel_names().get(index).cloned()),
        _ => one,
    }
}

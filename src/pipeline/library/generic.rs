//! Operators for any data: they choose, move and put together.

use crate::array::DType;
use crate::kernels::ArithmeticOperation;
use crate::operators::{
    Arithmetic, Cast, Crop, Identity, InjectMeta, MergeMeta, Reinterpret, ReorderAxes, Slices, SplitBlocks, Stack,
};
use crate::pipeline::entry::Entry;
use crate::pipeline::registration::Registration;
use crate::roi::Roi;

pub(super) fn entries() -> Vec<Entry> {
    let mut entries = elements();
    entries.extend(places());
    entries.extend(facts());
    entries
}

fn elements() -> Vec<Entry> {
    vec![
        Registration::new(
            "Arithmetic",
            "Adds, subtracts, multiplies … two images of the same axes and shape.",
            || Arithmetic::new(ArithmeticOperation::Add),
        )
        .input("a", "the first image", |s| &s.a)
        .input("b", "the second image", |s| &s.b)
        .required(
            "operation",
            "of bool, subtract is \"and not\", add \"or\", multiply \"and\"",
            |s| &s.operation,
        )
        .parameter(
            "dtype",
            "the type of the result; \"none\" holds the numbers of both",
            |s| &s.dtype,
        )
        .output("output", "the result", |s| &s.output)
        .entry(),
        Registration::new(
            "Cast",
            "Gives the same numbers as elements of another type, each as `Element::cast` makes it: saturated, \
             halves rounded to even, NaN to 0.",
            || Cast::new(DType::U8),
        )
        .input("input", "numbers", |s| &s.input)
        .required("dtype", "the type of the output", |s| &s.dtype)
        .output("output", "the same numbers", |s| &s.output)
        .entry(),
        Registration::new(
            "Reinterpret",
            "Takes the bits of each element for one of another type of the same size: labels that were stored \
             as `i32` for `u32`.",
            || Reinterpret::new(DType::U8),
        )
        .input("input", "bits", |s| &s.input)
        .required("dtype", "the type of the output, of as many bytes", |s| &s.dtype)
        .output("output", "the same bits", |s| &s.output)
        .entry(),
        Registration::new(
            "Identity",
            "Gives what it gets: a place in the graph to connect to, to freeze or to look at.",
            || Identity,
        )
        .input("input", "what comes in", |s| &s.input)
        .output("output", "the same", |s| &s.output)
        .entry(),
    ]
}

fn places() -> Vec<Entry> {
    vec![
        Registration::new("Crop", "Shows a region of its input as if it was all there is.", || {
            Crop::new(Roi::full([]))
        })
        .input("input", "the whole", |s| &s.input)
        .required("roi", "which part of it", |s| &s.roi)
        .output("output", "the part", |s| &s.output)
        .entry(),
        Registration::new(
            "ReorderAxes",
            "Gives its input's axes in another order, with new ones of length 1, and without old ones of that \
             length.",
            ReorderAxes::default,
        )
        .input("input", "in any order", |s| &s.input)
        .parameter("order", "the axes of the output", |s| &s.order)
        .output("output", "in that order", |s| &s.output)
        .entry(),
        Registration::new("Slices", "Gives the slices of its input along an axis, one output for each.", || {
            Slices::new('z')
        })
        .input("input", "the whole", |s| &s.input)
        .required("axis", "the axis to cut", |s| &s.axis)
        .parameter("indices", "which slices, in order; \"none\" is all", |s| &s.indices)
        .output_list("slices", "the slices, with the axis at length 1", |s| &s.slices)
        .entry(),
        Registration::new(
            "Stack",
            "Puts images one behind the other along an axis, one that they have or a new one.",
            || Stack::new('z'),
        )
        .list("images", "all of one type, alike but for their length along the axis", |s| &s.images)
        .required("axis", "the axis; an image that does not have it counts as one layer", |s| &s.axis)
        .parameter("position", "where a new axis stands; \"none\" is behind the others", |s| &s.position)
        .output("output", "the images one behind the other", |s| &s.output)
        .entry(),
        Registration::with(
            "SplitBlocks",
            "Asks for each block of a region by itself, side by side, and puts them together: what is behind it is then \
             computed in parallel, and no part of it is larger than a block.",
            |_| Ok(SplitBlocks::new(Vec::new())),
        )
        .input("input", "what is asked for block by block", |s| &s.input)
        .required("block", "pixels of a block along each axis; 0 is the whole of an axis", |s| &s.block)
        .parameter("full_blocks", "whether to ask for whole blocks", |s| &s.full_blocks)
        .output("output", "the same as the input", |s| &s.output)
        .entry(),
    ]
}

fn facts() -> Vec<Entry> {
    vec![
        Registration::new(
            "InjectMeta",
            "Adds facts to the description of its input.",
            InjectMeta::default,
        )
        .input("input", "as it describes itself", |s| &s.input)
        .required("patch", "the facts", |s| &s.patch)
        .output("output", "the same data", |s| &s.output)
        .entry(),
        Registration::new(
            "MergeMeta",
            "Gives its input, described with facts from another image: a filtered image keeps what its raw data \
             says of pixels.",
            MergeMeta::default,
        )
        .input("input", "as it describes itself", |s| &s.input)
        .input(
            "source",
            "whose description has the facts; its data is not asked for",
            |s| &s.source,
        )
        .required("fields", "which facts", |s| &s.fields)
        .output("output", "the same data as the input", |s| &s.output)
        .entry(),
    ]
}

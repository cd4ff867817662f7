//! A structure tensor: the products of a gradient, and the second sweep, which smooths them.

use std::ops::Range;

use super::combine;
use super::fir::BLOCK;
use super::loops::Loops;
use super::results::Results;
use super::scratch::{Scratch, row_stride};
use super::sink::{Block, Sink};
use super::sweep::{Layout, Place, Sweep};
use crate::error::Error;

/// Takes a gradient, and hands the products of its components to a second sweep, which smooths them; what other features
/// there are is combined on the way.
pub(super) struct Tensor<'a, 'out> {
    loops: Loops<'a>,
    /// The other features, and the gradient, which are the sums that these keep around their own.
    others: Results<'a, 'out>,
    /// [`BLOCK`] slices of each product.
    products: Scratch,
    layout: Layout,
    width: usize,
    /// The depth at which the first of the slices lies.
    start: usize,
    smoothing: Sweep<'a>,
    results: Results<'a, 'out>,
}

impl<'a, 'out> Tensor<'a, 'out> {
    /// `place` is where the gradient is known, by `others`, and `smoothing` takes slices of the [`layout`](Self::layout) for
    /// it.
    pub(super) fn new(
        loops: Loops<'a>,
        others: Results<'a, 'out>,
        place: &Place,
        smoothing: Sweep<'a>,
        results: Results<'a, 'out>,
    ) -> Result<Self, Error> {
        let layout = Self::layout(place);
        Ok(Self {
            loops,
            products: Scratch::new(Self::room(others.around().len(), place), loops.checkpoint)?,
            others,
            layout,
            width: place.width(),
            start: place.depth.start,
            smoothing,
            results,
        })
    }

    /// How a slice of products lies in memory.
    pub(super) fn layout(place: &Place) -> Layout {
        let row = row_stride(place.width());
        Layout {
            start: 0,
            row,
            input: place.height.len() * row,
        }
    }

    /// The `f32` that it takes, without the sweep and the results.
    pub(super) fn room(components: usize, place: &Place) -> usize {
        BLOCK * products(components) * Self::layout(place).input
    }

    /// Multiplies the components of the gradient in the rows of `block`.
    fn multiply(&mut self, block: &Block) {
        let Layout { row: stride, input, .. } = self.layout;
        let gradient = self.others.around();
        let slice = products(gradient.len()) * input;
        for (row, (depth, height)) in block.places().enumerate() {
            let component = |number: usize| self.others.row_around(gradient[number], row);
            let pairs = (0..gradient.len()).flat_map(|i| (i..gradient.len()).map(move |j| (i, j)));
            for (number, (i, j)) in pairs.enumerate() {
                let at = depth % BLOCK * slice + number * input + height * stride;
                let out = &mut self.products[at..][..self.width];
                combine::product(self.loops.arch, component(i), component(j), out);
            }
        }
    }
}

impl Sink for Tensor<'_, '_> {
    fn rows(
        &mut self,
        block: &Block,
        compute: impl FnMut(usize, &mut [&mut [f32]]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.others.rows(block, compute)?;
        self.multiply(block);
        Ok(())
    }

    fn slices(&mut self, depths: Range<usize>) -> Result<(), Error> {
        let slice = products(self.others.around().len()) * self.layout.input;
        for depth in depths {
            let data = &self.products[depth % BLOCK * slice..][..slice];
            self.smoothing.push(self.start + depth, data, &mut self.results)?;
        }
        Ok(())
    }
}

/// How many products of two components there are.
pub(super) fn products(components: usize) -> usize {
    components * (components + 1) / 2
}

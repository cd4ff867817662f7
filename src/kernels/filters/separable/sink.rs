//! What takes the sums of a sweep: the results of a filter, or the second sweep of a structure tensor.

use std::array::from_fn;
use std::ops::Range;

use super::combine::{self, MOST, MOST_RESULTS};
use super::fir::BLOCK;
use super::loops::{Loops, block_of};
use super::recipe::{Combine, Feature};
use super::scratch::{Scratch, row_stride};
use super::sweep::{Layout, Place, Sweep};
use crate::error::Error;

/// A few rows of a tile: neighbours in height if it has no depth, else in depth.
pub(super) struct Block {
    /// The height that they have in common, or the depth, which is then 0.
    height: usize,
    is_deep: bool,
    /// The depths of the rows, or their heights, from the beginning of the tile.
    pub(super) rows: Range<usize>,
}

impl Block {
    /// The rows at `heights` of the only slice.
    pub(super) fn heights(heights: Range<usize>) -> Self {
        Self {
            height: 0,
            is_deep: false,
            rows: heights,
        }
    }

    /// The rows at `height` of the slices at `depths`.
    pub(super) fn depths(height: usize, depths: Range<usize>) -> Self {
        Self {
            height,
            is_deep: true,
            rows: depths,
        }
    }

    /// The depth and the height of the first row.
    fn first(&self) -> (usize, usize) {
        self.places().next().unwrap_or_default()
    }

    /// The depth and the height of each row.
    fn places(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let place = |row| if self.is_deep { (row, self.height) } else { (0, row) };
        self.rows.clone().map(place)
    }
}

/// Takes sums.
pub(super) trait Sink {
    /// Takes the rows of `block` of all sums. `compute` writes those of the sum of a number.
    fn rows(
        &mut self,
        block: &Block,
        compute: impl FnMut(usize, &mut [&mut [f32]]) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// All rows of the slices at `depths`, from the beginning of the tile, have been given.
    fn slices(&mut self, depths: Range<usize>) -> Result<(), Error>;
}

/// Combines the sums and writes the results.
pub(super) struct Results<'a, 'out> {
    loops: Loops<'a>,
    features: &'a [Feature],
    /// The rows of each result, by height and depth, so that the rows of a block are neighbours; `None` for a result that
    /// nobody wants.
    out: Vec<Option<Vec<&'out mut [f32]>>>,
    /// How deep the tile is.
    depths: usize,
    width: usize,
    /// The rows of a block, of each value that is combined.
    values: Scratch,
}

impl<'a, 'out> Results<'a, 'out> {
    pub(super) fn new(
        loops: Loops<'a>,
        features: &'a [Feature],
        out: Vec<Option<Vec<&'out mut [f32]>>>,
        place: &Place,
    ) -> Result<Self, Error> {
        Ok(Self {
            loops,
            features,
            out,
            depths: place.depth.len(),
            width: place.width(),
            values: Scratch::new(Self::room(features, place), loops.checkpoint)?,
        })
    }

    /// The `f32` that it takes.
    pub(super) fn room(features: &[Feature], place: &Place) -> usize {
        let values = features
            .iter()
            .map(|feature| feature.combine.values(feature.sums.len()));
        match values.max() {
            None | Some(0) => 0,
            Some(most) => most * BLOCK * row_stride(place.width()),
        }
    }

    /// The rows of `block` in `values`, of the first `count` values.
    fn values(&mut self, count: usize) -> impl Iterator<Item = [&mut [f32]; BLOCK]> {
        let (stride, width) = (row_stride(self.width), self.width);
        let rows = self.values.chunks_exact_mut(BLOCK * stride).take(count);
        rows.map(move |rows| block_of(rows.chunks_exact_mut(stride).map(|row| &mut row[..width])))
    }

    /// Combines the rows of `block` in `values`, which has `count` of them for each point, and writes the results from
    /// number `first` on.
    fn combine(&mut self, combine: Combine, count: usize, first: usize, block: &Block) -> Result<(), Error> {
        let (stride, width) = (row_stride(self.width), self.width);
        for (row, (depth, height)) in block.places().enumerate() {
            let values: [&[f32]; MOST] = from_fn(|value| match value < count {
                true => &self.values[(value * BLOCK + row) * stride..][..width],
                false => &[],
            });
            let mut out = self.out[first..].iter_mut();
            let mut rows: [&mut [f32]; MOST_RESULTS] = from_fn(|_| match out.next() {
                Some(Some(rows)) => &mut *rows[height * self.depths + depth],
                _ => &mut [],
            });
            self.loops
                .combine(combine, &values[..count], &mut rows[..combine.results()])?;
        }
        Ok(())
    }
}

impl Sink for Results<'_, '_> {
    fn rows(
        &mut self,
        block: &Block,
        mut compute: impl FnMut(usize, &mut [&mut [f32]]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (mut sum, mut result) = (0, 0);
        for Feature { sums, combine } in self.features {
            if *combine == Combine::Nothing {
                if let Some(out) = &mut self.out[result] {
                    let (depth, height) = block.first();
                    compute(sum, &mut out[height * self.depths + depth..][..block.rows.len()])?;
                }
            } else {
                for (own, mut values) in self.values(sums.len()).enumerate() {
                    compute(sum + own, &mut values[..block.rows.len()])?;
                }
                self.combine(*combine, sums.len(), result, block)?;
            }
            sum += sums.len();
            result += combine.results();
        }
        Ok(())
    }

    fn slices(&mut self, _: Range<usize>) -> Result<(), Error> {
        Ok(())
    }
}

/// Takes a gradient, and hands the products of its components to a second sweep, which smooths them.
pub(super) struct Tensor<'a, 'out> {
    loops: Loops<'a>,
    components: usize,
    /// The rows of a block, of each component.
    gradient: Scratch,
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
    /// `place` is where the gradient is known, and `smoothing` takes slices of the [`layout`](Self::layout) for it.
    pub(super) fn new(
        loops: Loops<'a>,
        components: usize,
        place: &Place,
        smoothing: Sweep<'a>,
        results: Results<'a, 'out>,
    ) -> Result<Self, Error> {
        let layout = Self::layout(place);
        Ok(Self {
            loops,
            components,
            gradient: Scratch::new(components * BLOCK * layout.row, loops.checkpoint)?,
            products: Scratch::new(BLOCK * products(components) * layout.input, loops.checkpoint)?,
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
        let layout = Self::layout(place);
        components * BLOCK * layout.row + BLOCK * products(components) * layout.input
    }

    /// Multiplies the components of the gradient in the rows of `block`.
    fn multiply(&mut self, block: &Block) {
        let Layout { row: stride, input, .. } = self.layout;
        let slice = products(self.components) * input;
        for (row, (depth, height)) in block.places().enumerate() {
            let component = |number: usize| &self.gradient[(number * BLOCK + row) * stride..][..self.width];
            let pairs = (0..self.components).flat_map(|i| (i..self.components).map(move |j| (i, j)));
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
        mut compute: impl FnMut(usize, &mut [&mut [f32]]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (stride, width) = (self.layout.row, self.width);
        for (component, rows) in self
            .gradient
            .chunks_exact_mut(BLOCK * stride)
            .take(self.components)
            .enumerate()
        {
            let mut rows = block_of(rows.chunks_exact_mut(stride).map(|row| &mut row[..width]));
            compute(component, &mut rows[..block.rows.len()])?;
        }
        self.multiply(block);
        Ok(())
    }

    fn slices(&mut self, depths: Range<usize>) -> Result<(), Error> {
        let slice = products(self.components) * self.layout.input;
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

//! What takes the sums of a sweep: the results of a filter, or the second sweep of a structure tensor.

use std::ops::Range;

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

    /// The depth and the height of each row.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
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

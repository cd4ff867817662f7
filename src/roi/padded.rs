//! Regions as text in columns.

use std::fmt;

use crate::roi::{Roi, Shape};

impl Roi {
    /// The region as text in columns as wide as the largest coordinates within `shape` need, so that lines of a log stand
    /// under each other. It can be parsed like the plain form. lazyflow's name: `slicing_to_string`.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Shape, roi};
    ///
    /// let shape = Shape::from([8, 2048]);
    /// assert_eq!(roi![0..1, 64..1024].padded(&shape).to_string(), "0..1,   64..1024");
    /// assert_eq!(roi![1..2, 1024..2048].padded(&shape).to_string(), "1..2, 1024..2048");
    /// ```
    pub fn padded(&self, shape: &Shape) -> Padded {
        let (roi, shape) = (*self, *shape);
        Padded { roi, shape }
    }
}

/// Displays a region in columns; made by [`Roi::padded`].
#[derive(Clone, Copy, Debug)]
pub struct Padded {
    roi: Roi,
    shape: Shape,
}

impl fmt::Display for Padded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.roi.rank() == 0 {
            return f.write_str("()");
        }
        for (axis, range) in self.roi.ranges().enumerate() {
            let comma = if axis == 0 { "" } else { ", " };
            let longest = self.shape.as_slice().get(axis).map_or(0, |length| *length);
            let width = longest.checked_ilog10().unwrap_or(0) as usize + 1;
            write!(f, "{comma}{:>width$}..{:>width$}", range.start, range.end)?;
        }
        Ok(())
    }
}

//! Where a box is drawn.

use std::ops::Range;

use crate::error::Error;

/// A box in a picture, in pixels. It may reach beyond the picture, as what a detector finds at a border does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rectangle {
    y: Range<i64>,
    x: Range<i64>,
}

impl Rectangle {
    /// The lines `y` and the columns `x`, without the ends of both.
    ///
    /// # Errors
    ///
    /// A range that runs backwards.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::kernels::Rectangle;
    ///
    /// let face = Rectangle::new(-5..40, 100..130)?;
    /// assert_eq!(face.y(), -5..40);
    /// assert!(Rectangle::new(9..3, 0..1).is_err());
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn new(y: Range<i64>, x: Range<i64>) -> Result<Self, Error> {
        if y.start > y.end || x.start > x.end {
            return Err(Error::invalid(format!(
                "a box of lines {y:?} and columns {x:?} runs backwards"
            )));
        }
        Ok(Self { y, x })
    }

    /// Its lines.
    pub fn y(&self) -> Range<i64> {
        self.y.clone()
    }

    /// Its columns.
    pub fn x(&self) -> Range<i64> {
        self.x.clone()
    }

    /// The part within a picture of that size.
    pub(super) fn within(&self, height: usize, width: usize) -> [Range<usize>; 2] {
        let clipped = |range: &Range<i64>, length: usize| {
            // A length of a picture in memory.
            let place = |at: i64| usize::try_from(at.max(0)).unwrap_or(usize::MAX).min(length);
            place(range.start)..place(range.end)
        };
        [clipped(&self.y, height), clipped(&self.x, width)]
    }

    /// A line just inside the border, as boxes that do not overlap. All of it, if it is no wider than the line.
    pub(super) fn outline(&self, thickness: u32) -> Vec<Self> {
        let (y, x, line) = (&self.y, &self.x, i64::from(thickness));
        let inner = |range: &Range<i64>| range.start.saturating_add(line)..range.end.saturating_sub(line);
        let (rows, columns) = (inner(y), inner(x));
        if rows.is_empty() || columns.is_empty() {
            return vec![self.clone()];
        }
        let part = |y: Range<i64>, x: Range<i64>| Self { y, x };
        vec![
            part(y.start..rows.start, x.clone()),
            part(rows.end..y.end, x.clone()),
            part(rows.clone(), x.start..columns.start),
            part(rows, columns.end..x.end),
        ]
    }
}

//! Regions in code.

/// A [`Roi`](crate::Roi) from one range for each axis, outermost first.
///
/// Ends may be any expressions of type `usize`; in a `const` the region is checked when it is compiled. More than eight axes
/// do not compile. For bounds from outside use [`Roi::new`](crate::Roi::new) or
/// [`Roi::from_ranges`](crate::Roi::from_ranges), which return an error.
///
/// # Panics
///
/// If a range stops before it starts, as slicing does.
///
/// # Examples
///
/// ```
/// use headwater::{Roi, roi};
///
/// const TILE: Roi = roi![0..1, 512..1024, 512..1024];
/// assert_eq!(TILE.shape(), [1, 512, 512]);
///
/// let (y, x) = (64, 128);
/// assert_eq!(roi![y..y + 64, x..x + 64].volume()?, 4096);
/// assert_eq!(roi![].rank(), 0);
/// # Ok::<(), headwater::Error>(())
/// ```
///
/// ```compile_fail
/// const BACKWARDS: headwater::Roi = headwater::roi![9..5];
/// ```
///
/// ```compile_fail
/// headwater::roi![0..1, 0..1, 0..1, 0..1, 0..1, 0..1, 0..1, 0..1, 0..1];
/// ```
#[macro_export]
macro_rules! roi {
    ($($range:expr),* $(,)?) => {
        $crate::roi::Roi::literal(&[$($range),*])
    };
}

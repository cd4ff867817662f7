//! What axes are called where a file does not say.

use crate::array::Axes;
use crate::error::Error;
use crate::roi::Shape;

/// The most that the last of three axes may have to be taken for channels.
const MOST_CHANNELS: usize = 4;

/// The usual names of the axes of an array of `shape`: `x`, `yx`, `zyx` (`yxc` if there are at most four of the last), `zyxc`,
/// `tzyxc`.
///
/// lazyflow: `get_default_axisordering`.
///
/// # Errors
///
/// No axes, or more than five.
pub fn axes_by_shape(shape: &Shape) -> Result<Axes, Error> {
    let letters = match shape.as_slice() {
        [_] => "x",
        [_, _] => "yx",
        [_, _, last] if *last <= MOST_CHANNELS => "yxc",
        [_, _, _] => "zyx",
        [_, _, _, _] => "zyxc",
        [_, _, _, _, _] => "tzyxc",
        other => {
            let n = other.len();
            return Err(Error::invalid(format!("{n} axes: 1 to 5 have names by themselves")));
        }
    };
    letters.parse()
}

//! Other axes for the same elements.

use crate::array::{Array, Axes};
use crate::error::Error;

impl Array {
    /// The same elements with their axes in the order of `axes`. Nothing is copied.
    ///
    /// An axis of `axes` that the array does not have is inserted, with length 1; one of the array's that `axes` does not name
    /// is left out, if its length is 1.
    ///
    /// # Errors
    ///
    /// `Invalid` if `axes` cannot be parsed, or leaves an axis of another length out; the message names that axis.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    ///
    /// let image = Array::from_vec("yxc", &[2, 3, 1], vec![1u8, 2, 3, 4, 5, 6])?;
    /// let turned = image.to_axes("zxy")?;
    /// assert_eq!(turned.shape(), [1, 3, 2]);
    /// assert_eq!(turned.view::<u8>()?[[0, 2, 0]], 3);
    /// let error = image.to_axes("yc").unwrap_err();
    /// assert_eq!(error.to_string(), "cannot show Array(yxc u8 [2, 3, 1]) as \"yc\": the length of axis x is 3, not 1");
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn to_axes<A>(&self, axes: A) -> Result<Self, Error>
    where
        A: TryInto<Axes>,
        Error: From<A::Error>,
    {
        let axes = axes.try_into()?;
        for (letter, length) in self.axes.iter().zip(self.shape()) {
            if *length != 1 && !axes.contains(letter) {
                return Err(Error::invalid(format!(
                    "cannot show {self:?} as {:?}: the length of axis {letter} is {length}, not 1",
                    axes.to_string()
                )));
            }
        }
        Ok(Self {
            window: self
                .window
                .arrange(axes.iter().map(|letter| self.axes.position(letter))),
            axes,
            ..self.clone()
        })
    }

    /// The same elements in the same order under other names of axes. Nothing is copied.
    ///
    /// # Errors
    ///
    /// `Invalid` if `axes` cannot be parsed or names another number of axes than there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    ///
    /// let frames = Array::from_vec("zyx", &[2, 1, 1], vec![1u8, 2])?.with_axes("tyx")?;
    /// assert_eq!(frames.length('t'), Some(2));
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn with_axes<A>(&self, axes: A) -> Result<Self, Error>
    where
        A: TryInto<Axes>,
        Error: From<A::Error>,
    {
        let axes = axes.try_into()?;
        if axes.len() != self.ndim() {
            return Err(Error::invalid(format!(
                "cannot call the axes of {self:?} {:?}: {} names for {}",
                axes.to_string(),
                axes.len(),
                self.ndim()
            )));
        }
        Ok(Self { axes, ..self.clone() })
    }
}

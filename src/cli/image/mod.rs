//! Images in memory, and their way from and to files.
//!
//! [`read`] and [`write`] speak [`Image`] alone; what a decoder or encoder calls its colours and samples stays in their
//! files. Formats: TIFF, PNG and JPEG in, TIFF and PNG out.

mod budget;
mod guard;
pub(crate) mod read;
#[cfg(test)]
mod tests;
mod watched;
pub(crate) mod write;

use headwater::{Array, Error};

pub(crate) use self::budget::Budget;

/// Samples in C order, with what their axes are called.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Image {
    /// The length of each axis.
    pub(crate) shape: Vec<usize>,
    /// One letter for each axis: `yx`, `zyx`, `yxc` or `zyxc`.
    pub(crate) axes: String,
    /// The product of `shape` many.
    pub(crate) samples: Samples,
}

/// The samples of an [`Image`], all of one type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Samples {
    U8(Vec<u8>),
    U16(Vec<u16>),
    F32(Vec<f32>),
}

/// The type of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SampleType {
    U8,
    U16,
    F32,
}

impl SampleType {
    /// The size of one sample.
    pub(crate) fn bytes(self) -> u64 {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::F32 => 4,
        }
    }

    /// The name by which Rust and numpy know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::F32 => "f32",
        }
    }
}

impl Samples {
    /// The type of each sample.
    pub(crate) fn sample_type(&self) -> SampleType {
        match self {
            Self::U8(_) => SampleType::U8,
            Self::U16(_) => SampleType::U16,
            Self::F32(_) => SampleType::F32,
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::F32(v) => v.len(),
        }
    }
}

impl Image {
    /// An image of `pages` pages (`None` has no z axis) and `channels` channels (`1` has no c axis).
    fn from_pages(pages: Option<usize>, height: usize, width: usize, channels: usize, samples: Samples) -> Self {
        let mut shape = vec![height, width];
        let mut axes = String::from("yx");
        if let Some(pages) = pages {
            shape.insert(0, pages);
            axes.insert(0, 'z');
        }
        if channels > 1 {
            shape.push(channels);
            axes.push('c');
        }
        Self { shape, axes, samples }
    }

    /// The same samples as an array, without a copy.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub(crate) fn into_array(self) -> Result<Array, Error> {
        self.check()?;
        let axes = self.axes.as_str();
        match self.samples {
            Samples::U8(samples) => Array::from_vec(axes, &self.shape, samples),
            Samples::U16(samples) => Array::from_vec(axes, &self.shape, samples),
            Samples::F32(samples) => Array::from_vec(axes, &self.shape, samples),
        }
    }

    /// An f32 array as an image.
    ///
    /// # Errors
    ///
    /// An array of another type, or with axes that no image has.
    pub(crate) fn from_array(array: &Array) -> Result<Self, Error> {
        let image = Self {
            shape: array.shape().to_vec(),
            axes: array.axes().to_string(),
            samples: Samples::F32(array.view::<f32>()?.iter().copied().collect()),
        };
        image.check()?;
        Ok(image)
    }

    /// The length of `axis`; 1 if the image has no such axis.
    pub(crate) fn length(&self, axis: char) -> usize {
        let place = self.axes.chars().position(|a| a == axis);
        place.and_then(|i| self.shape.get(i)).copied().unwrap_or(1)
    }

    /// "512 x 512 (yx) u16": for reports.
    pub(crate) fn describe(&self) -> String {
        let lengths: Vec<_> = self.shape.iter().map(usize::to_string).collect();
        format!(
            "{} ({}) {}",
            lengths.join(" x "),
            self.axes,
            self.samples.sample_type().name()
        )
    }

    /// Whether axes, shape and samples fit together and a file can hold them.
    ///
    /// # Errors
    ///
    /// Axes other than the four orders, an empty axis, a number of channels other than 1 and 3, or a number of samples
    /// that is not the product of the shape.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if !["yx", "zyx", "yxc", "zyxc"].contains(&self.axes.as_str()) || self.axes.len() != self.shape.len() {
            return Err(Error::invalid(format!(
                "axes `{}` with shape {:?}",
                self.axes, self.shape
            )));
        }
        let product = self.shape.iter().try_fold(1_usize, |n, &l| n.checked_mul(l));
        if product != Some(self.samples.len()) || product == Some(0) {
            let n = self.samples.len();
            return Err(Error::invalid(format!("{n} samples with shape {:?}", self.shape)));
        }
        match self.length('c') {
            1 | 3 => Ok(()),
            n => Err(Error::invalid(format!(
                "{n} channels: grey (1) and colour (3) can be written"
            ))),
        }
    }
}

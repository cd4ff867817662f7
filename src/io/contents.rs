//! What else there is where an image is looked for.

use crate::error::Error;
use crate::io::format::Format;
use crate::io::guard::guarded;
use crate::io::location::Location;
use crate::io::open::Open;
use crate::io::{npz, zarr};

/// More images than this are not listed: they would help nobody.
pub(crate) const MOST: usize = 100;

/// The images in a container, and the scales of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// Where the images lie that are further within, as [`Open::open`] takes them: the members of an NPZ, the datasets of HDF5 and
    /// N5, the images and arrays of a Zarr group, the labels beside an OME-Zarr image. Not its scales. At most a hundred.
    pub images: Vec<String>,
    /// The names of the scales of an OME-Zarr image, as [`Open::scale`] takes them, the finest first.
    pub scales: Vec<String>,
}

impl Open {
    /// What is in the container at `location`. Nothing, if it is none.
    ///
    /// # Errors
    ///
    /// Nothing there; no known format; damaged. The error names the file.
    pub fn contents(&self, location: &str) -> Result<Contents, Error> {
        let found = guarded(|| self.look_into(&Location::parse(location)?));
        found.map_err(|cause| cause.context(format!("cannot read `{}`", Location::shown(location))))
    }

    fn look_into(&self, at: &Location) -> Result<Contents, Error> {
        if at.is_pattern() {
            return Ok(Contents::default());
        }
        #[cfg(not(feature = "object-store"))]
        if at.url().is_some() {
            return crate::io::no_urls();
        }
        let format = match self.format {
            Some(format) => format,
            None => Format::of_content(at)?,
        };
        let (within, scales) = match format {
            Format::Zarr => zarr::contents(at, self)?,
            Format::Npz => (npz::names(at, self)?, Vec::new()),
            #[cfg(feature = "hdf5")]
            Format::Hdf5 if at.url().is_none() => (crate::io::hdf5::names(at)?, Vec::new()),
            #[cfg(feature = "n5")]
            Format::N5 => (crate::io::n5::names(at, self)?, Vec::new()),
            _ => Default::default(),
        };
        let place = |within: &String| at.clone().with_within(within).to_string();
        let images = within.iter().take(MOST).map(place).collect();
        Ok(Contents { images, scales })
    }
}

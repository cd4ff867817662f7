//! Opening what can be read.

use crate::array::Axes;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::format::Format;
use crate::io::guard::guarded;
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::reading::Reading;
use crate::io::source::Source;
use crate::io::{nifti, npy, npz, picture, raw, stack, tiff, y4m, zarr};

/// Opens an image for reading: the format is found out by the content.
///
/// # Errors
///
/// Nothing there; no known format; cut short, damaged, of a kind that the format's table does not have; needs more memory than
/// the [limit](Open::limit). Every error names the file.
///
/// # Examples
///
/// ```no_run
/// use headwater::io;
/// use headwater::{Checkpoint, roi};
///
/// let image = io::open("cells.npy")?;
/// let corner = image.read(&roi![0..64, 0..64], &Checkpoint::never())?;
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn open(location: &str) -> Result<Box<dyn Source>, Error> {
    Open::new().open(location)
}

/// How an image is opened.
#[derive(Clone, Debug, Default)]
pub struct Open {
    pub(crate) format: Option<Format>,
    pub(crate) axes: Option<Axes>,
    pub(crate) limit: Limit,
    pub(crate) scale: Option<String>,
    pub(crate) sequence_axis: Option<char>,
    pub(crate) checkpoint: Checkpoint,
    #[cfg(feature = "object-store")]
    pub(crate) settings: crate::io::object::Settings,
}

impl Open {
    /// As [`open`] does it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The format, whatever the content looks like.
    #[must_use]
    pub fn format(self, format: Format) -> Self {
        let format = Some(format);
        Self { format, ..self }
    }

    /// What the axes are called, whatever the file says: as many letters as it has axes.
    #[must_use]
    pub fn axes(self, axes: Axes) -> Self {
        let axes = Some(axes);
        Self { axes, ..self }
    }

    /// The most memory that reading may take at a time, beside the region itself. Default: half of the machine's.
    #[must_use]
    pub fn limit(self, limit: Limit) -> Self {
        Self { limit, ..self }
    }

    /// Which scale of an image that has several, by its name: of Zarr and TIFF, others have none. Default: the finest.
    #[must_use]
    pub fn scale(self, scale: &str) -> Self {
        let scale = Some(scale.to_owned());
        Self { scale, ..self }
    }

    /// Along which axis the files of a pattern follow each other; there has to be a pattern. Default: the first of `t`, `z` and `c`
    /// that they lack.
    #[must_use]
    pub fn sequence_axis(self, axis: char) -> Self {
        let sequence_axis = Some(axis);
        Self { sequence_axis, ..self }
    }

    /// What is looked at while the image is opened, so that waiting for a store ends when nobody wants it any more. Reading
    /// looks at its own.
    #[must_use]
    pub fn checkpoint(self, checkpoint: &Checkpoint) -> Self {
        let checkpoint = checkpoint.clone();
        Self { checkpoint, ..self }
    }

    /// A setting of the object store of a URL, such as `endpoint`, `region` or `access_key_id`, as the crate `object_store` names
    /// them. It has precedence over the environment, of which all variables count that begin with `AWS_`, `AZURE_` or `GOOGLE_`.
    #[cfg(feature = "object-store")]
    #[must_use]
    pub fn store_setting(self, name: &str, value: &str) -> Self {
        let settings = self.settings.with(name, value);
        Self { settings, ..self }
    }

    /// Opens the image.
    ///
    /// # Errors
    ///
    /// As [`open`].
    pub fn open(&self, location: &str) -> Result<Box<dyn Source>, Error> {
        let reading = Reading::of(&self.checkpoint);
        let how = self.clone().checkpoint(&reading.checkpoint());
        let source = guarded(|| how.dispatch(&Location::parse(location)?));
        reading.end();
        source.map_err(|cause| cause.context(format!("cannot read `{}`", Location::shown(location))))
    }

    /// Refuses what cannot be meant of one file of this format.
    fn check(&self, format: Format) -> Result<(), Error> {
        if let Some(axis) = self.sequence_axis {
            let message = format!("it is no pattern of files, of which some would follow each other along `{axis}`");
            return Err(Error::invalid(message));
        }
        match (&self.scale, format) {
            (Some(scale), format) if !matches!(format, Format::Zarr | Format::Tiff) => Err(Error::invalid(format!(
                "{} has no scales, so there is no `{scale}`; Zarr and TIFF have",
                format.name()
            ))),
            _ => Ok(()),
        }
    }

    fn dispatch(&self, at: &Location) -> Result<Box<dyn Source>, Error> {
        if at.is_pattern() {
            return stack::open(at, self);
        }
        let format = match self.format {
            Some(format) => format,
            None => Format::of_content(at)?,
        };
        self.check(format)?;
        if at.url().is_some() {
            #[cfg(feature = "object-store")]
            return crate::io::object::open(at, self, format);
            #[cfg(not(feature = "object-store"))]
            return crate::io::no_urls();
        }
        match format {
            Format::Npy => npy::open(at, self),
            Format::Tiff => tiff::open(at, self),
            Format::Zarr => zarr::open(at, self),
            Format::Npz => npz::open(at, self),
            Format::Raw => raw::open(at, self),
            Format::Nifti => nifti::open(at, self),
            Format::Png | Format::Jpeg => picture::open(at, self, format),
            Format::Y4m => y4m::open(at, self),
            #[cfg(feature = "hdf5")]
            Format::Hdf5 => crate::io::hdf5::open(at, self),
            #[cfg(feature = "n5")]
            Format::N5 => crate::io::n5::open(at, self),
            #[cfg(not(feature = "hdf5"))]
            Format::Hdf5 => crate::io::not_built(format, "hdf5"),
            #[cfg(not(feature = "n5"))]
            Format::N5 => crate::io::not_built(format, "n5"),
        }
    }
}

//! Where results go: what can be known to fail is to fail before an hour of computing.

use std::fs;
use std::path::PathBuf;

use headwater::Error;
use headwater::io::{Format, Location, check_writable};

use super::spot::Spot;

/// Where something is written.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// As errors and reports name it.
    pub(super) location: String,
    /// Whether what lies there may be replaced.
    pub(super) replace: bool,
    what: What,
}

/// What is written.
#[derive(Clone, Copy, Debug)]
enum What {
    /// An image, as this or as the name tells.
    Image(Option<Format>),
    /// One file, whatever its name looks like.
    File,
}

impl Place {
    /// That of an image.
    pub(super) fn image(location: &str, replace: bool, format: Option<Format>) -> Self {
        Self {
            location: location.to_owned(),
            replace,
            what: What::Image(format),
        }
    }

    /// That of one file: a table, a forest, a drawing, a timeline.
    pub(super) fn file(path: &str, replace: bool) -> Self {
        Self {
            location: path.to_owned(),
            replace,
            what: What::File,
        }
    }

    /// By what it is told from others.
    ///
    /// # Errors
    ///
    /// If it is no place.
    pub(super) fn spot(&self) -> Result<Spot, Error> {
        match self.what {
            What::Image(format) => Spot::image(&self.location, format),
            What::File => Ok(Spot::file(self.location.as_ref())),
        }
    }

    /// Whether it can be written: nothing is there, or it may be replaced and is none of `inputs`; its folder takes files.
    ///
    /// # Errors
    ///
    /// If not, or if it is no place. The error names it.
    pub(super) fn check(&self, inputs: &[String]) -> Result<(), Error> {
        let checked = self.checked(inputs);
        checked.map_err(|error| error.context(format!("cannot write `{}`", Location::shown(&self.location))))
    }

    fn checked(&self, inputs: &[String]) -> Result<(), Error> {
        let own = self.spot()?;
        let mut read = inputs.iter().flat_map(|input| Spot::read(input));
        if read.any(|read| own.overlaps(&read) && !own.is_added_to(&read)) {
            return Err(Error::invalid("it is what is read: it would be overwritten"));
        }
        let Some(path) = self.path()? else { return Ok(()) };
        if !self.replace && fs::symlink_metadata(&path).is_ok() {
            return Err(Error::invalid("it exists; --replace replaces it"));
        }
        check_writable(path, self.replace)
    }

    /// The file or folder that is made. Of a store, of a name that is still to be filled in, and of an image within a file
    /// only writing will tell.
    fn path(&self) -> Result<Option<PathBuf>, Error> {
        if let What::File = self.what {
            return Ok(Some(PathBuf::from(&self.location)));
        }
        let at = Location::parse(&self.location)?;
        let is_open = at.url().is_some() || self.location.contains('{') || !at.within().is_empty();
        Ok((!is_open).then(|| at.path().to_owned()))
    }
}

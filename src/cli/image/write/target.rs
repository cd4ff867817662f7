//! Where a result goes: checked before anything is computed, replaced in one step at the end.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use headwater::{Error, ErrorContext as _};
use tempfile::NamedTempFile;

use super::super::Image;

/// What the system's umask then restricts, as for every new file.
const NEW_FILE_MODE: u32 = 0o666;

/// A format that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Tiff,
    Png,
}

/// A path that can be written, as far as can be told beforehand.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// As the user wrote it.
    path: PathBuf,
    /// With symbolic links followed: a link is to stay one.
    place: PathBuf,
    folder: PathBuf,
    format: Format,
    /// Those of the file that will be replaced.
    permissions: Option<Permissions>,
}

impl Target {
    /// Whether a result can be written to `path`. Nothing is left behind.
    ///
    /// # Errors
    ///
    /// One line that names the file and the cause: no extension that is supported; a directory, a device or a read-only
    /// file; a folder that is missing, no folder, or not writable.
    pub(crate) fn check(path: &Path) -> Result<Self, Error> {
        Self::examine(path).map_err(|cause| cannot_write(path, cause))
    }

    fn examine(path: &Path) -> Result<Self, Error> {
        let format = Format::of(path)?;
        let permissions = existing(path)?;
        let place = if permissions.is_some() {
            fs::canonicalize(path)?
        } else {
            path.to_owned()
        };
        let folder = match place.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        check_folder(&folder)?;
        Ok(Self {
            path: path.to_owned(),
            place,
            folder,
            format,
            permissions,
        })
    }

    /// Whether the format can hold `image`: to be asked as soon as there is one, before anything is computed.
    ///
    /// # Errors
    ///
    /// A three-dimensional image for a PNG file.
    pub(crate) fn accept(&self, image: &Image) -> Result<(), Error> {
        self.check_shape(image).map_err(|cause| self.error(cause))
    }

    pub(super) fn check_shape(&self, image: &Image) -> Result<(), Error> {
        match self.format {
            Format::Png if image.axes.contains('z') => {
                let pages = image.length('z');
                let message = format!("PNG holds one page and the image has {pages}: use an OUTPUT that ends in .tif");
                Err(Error::invalid(message))
            }
            Format::Png | Format::Tiff => Ok(()),
        }
    }

    /// Where the result goes, as the user wrote it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    pub(super) fn error(&self, cause: Error) -> Error {
        cannot_write(&self.path, cause)
    }

    /// A new file beside the target; dropping it removes it.
    pub(super) fn begin(&self) -> io::Result<NamedTempFile> {
        let permissions = self
            .permissions
            .clone()
            .unwrap_or_else(|| Permissions::from_mode(NEW_FILE_MODE));
        tempfile::Builder::new()
            .prefix(".headwater-")
            .suffix(".part")
            .permissions(permissions)
            .tempfile_in(&self.folder)
    }

    /// Makes `file` the target, and returns its length.
    pub(super) fn commit(&self, file: NamedTempFile) -> Result<u64, Error> {
        if let Some(permissions) = &self.permissions {
            // The umask was applied to the new file; a replaced file keeps what it had.
            file.as_file().set_permissions(permissions.clone())?;
        }
        // The data must be on the disk before the name is, or a power cut leaves an empty file under the name.
        file.as_file().sync_all()?;
        let bytes = file.as_file().metadata()?.len();
        file.persist(&self.place).map_err(|failed| Error::new(failed.error))?;
        // The result is complete by now; not every file system can sync a folder.
        let _ = File::open(&self.folder).and_then(|folder| folder.sync_all());
        Ok(bytes)
    }
}

impl Format {
    fn of(path: &Path) -> Result<Self, Error> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("tif" | "tiff") => Ok(Self::Tiff),
            Some("png") => Ok(Self::Png),
            Some(other) => Err(Error::invalid(format!(
                "`.{other}` is not supported: use .tif, .tiff or .png"
            ))),
            None => Err(Error::invalid("its name has no extension: use .tif, .tiff or .png")),
        }
    }
}

fn cannot_write(path: &Path, cause: Error) -> Error {
    cause.context(format!("cannot write `{}`", path.display()))
}

/// The permissions of the file at `path`, if there is one.
fn existing(path: &Path) -> Result<Option<Permissions>, Error> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if metadata.is_dir() {
        return Err(Error::invalid("it is a directory"));
    }
    if !metadata.is_file() {
        return Err(Error::invalid("it is not a regular file"));
    }
    if metadata.permissions().readonly() {
        // Renaming would replace it all the same; whoever made it read-only meant it.
        return Err(Error::invalid("it exists and is read-only"));
    }
    Ok(Some(metadata.permissions()))
}

fn check_folder(folder: &Path) -> Result<(), Error> {
    let shown = folder.display();
    let metadata = fs::metadata(folder).context(format!("its folder `{shown}`"))?;
    if !metadata.is_dir() {
        return Err(Error::invalid(format!("`{shown}` is not a folder")));
    }
    // Only trying tells: permissions, read-only mounts, quotas. The file has no name, and is gone when it is closed.
    tempfile::tempfile_in(folder).context(format!("its folder `{shown}` is not writable"))?;
    Ok(())
}

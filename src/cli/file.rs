//! Files that are whole or not there.

use std::io::Write as _;
use std::path::Path;

use headwater::{Error, ErrorContext as _};
use tempfile::{Builder, NamedTempFile};

/// A new file beside `path`, that gets its name when it is persisted. It is gone if it is dropped.
///
/// # Errors
///
/// The folder cannot be written. The error names the file.
pub(super) fn beside(path: &Path) -> Result<NamedTempFile, Error> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let mut builder = Builder::new();
    // As `File::create` does it, with what the user's mask leaves of it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let made = builder.tempfile_in(folder.unwrap_or(Path::new(".")));
    made.context(format_args!("cannot write `{}`", path.display()))
}

/// Writes all of `bytes`, in the place of what was there.
///
/// # Errors
///
/// The file system's. The error names the file.
pub(super) fn save(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = beside(path)?;
    let written = file.write_all(bytes).and_then(|()| file.as_file().sync_all());
    let written = written.and_then(|()| Ok(file.persist(path)?));
    written.context(format_args!("cannot write `{}`", path.display()))?;
    Ok(())
}

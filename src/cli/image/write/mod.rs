//! From an [`Image`] to a file, whole or not at all.
//!
//! | format | extension | samples | shapes |
//! |---|---|---|---|
//! | TIFF (BigTIFF from 4 GB on) | `.tif`, `.tiff` | u8, u16, f32, as they are | `yx`, `yxc`; `zyx` and `zyxc` with a page for each z |
//! | PNG | `.png` | u8 and u16 as they are; f32 from its least (black) to its greatest (white) as u8 | `yx`, `yxc` |
//!
//! The file is written under a name of its own in the target's folder, synced, and then renamed: at every moment the target
//! holds what it held before, or the whole result. A failure, a cancelled checkpoint and a panic remove the half-written file.

mod png;
mod target;
mod tiff;

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use headwater::{Checkpoint, Error};

pub(crate) use self::target::Target;
use super::super::progress::Progress;
use super::Image;
use super::guard::guarded;
use super::watched::Watched;
use target::Format;

/// A file that has been written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    /// Where.
    pub(crate) path: PathBuf,
    /// The length of the file.
    pub(crate) bytes: u64,
    /// The values that black and white stand for, if samples were normalised.
    pub(crate) range: Option<(f32, f32)>,
}

/// Writes `image` to `target`; `progress` advances by one for each page.
///
/// # Errors
///
/// One line that names the file and the cause: a shape that the format cannot hold, a folder that cannot be written, a
/// full disk. Or the checkpoint's reason. The target is then as it was before.
pub(crate) fn write(
    target: &Target,
    image: &Image,
    checkpoint: &Checkpoint,
    progress: &Progress,
) -> Result<Written, Error> {
    guarded(|| store(target, image, checkpoint, progress)).map_err(|cause| match checkpoint.check() {
        Err(reason) => reason,
        Ok(()) => target.error(cause),
    })
}

fn store(target: &Target, image: &Image, checkpoint: &Checkpoint, progress: &Progress) -> Result<Written, Error> {
    image.check()?;
    target.check_shape(image)?;
    let mut file = target.begin()?;
    let mut stream = BufWriter::new(Watched::new(file.as_file_mut(), checkpoint));
    let range = match target.format() {
        Format::Tiff => tiff::encode(&mut stream, image, progress).map(|()| None),
        Format::Png => png::encode(&mut stream, image, progress),
    }?;
    stream.flush()?;
    drop(stream);
    checkpoint.check()?;
    let bytes = target.commit(file)?;
    Ok(Written {
        path: target.path().to_owned(),
        bytes,
        range,
    })
}

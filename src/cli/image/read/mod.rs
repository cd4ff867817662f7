//! From a file to an [`Image`].
//!
//! | format | samples | colours | pages |
//! |---|---|---|---|
//! | TIFF, BigTIFF | u8, u16, f32 | grey, RGB, each with or without alpha | one, or many: the z axis |
//! | PNG | u8, u16 (1, 2, 4 bit become u8) | grey, RGB, palette (becomes RGB), each with or without alpha | one |
//! | JPEG | u8 | grey, RGB, what decodes to RGB | one |
//!
//! The first bytes decide on the format, not the file's name. Alpha is dropped: smoothing colour without regard to alpha,
//! or alpha as if it were a colour, would both be wrong. Orientation tags and colour profiles are ignored, as in every
//! tool that measures pixels.
//!
//! A file is a claim by a stranger: sizes are admitted by the [`Budget`] before memory is taken, a file that ends early is
//! an error even where the decoder would paint the rest grey, and a decoder's panic is an error (`guarded`).

mod jpeg;
mod png;
mod tiff;

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

use ::image::{DynamicImage, ImageError};
use headwater::{Checkpoint, Error};

use super::guard::guarded;
use super::{Budget, Image, Samples};

const TIFF_STARTS: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];
const PNG_START: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG_START: &[u8] = b"\xff\xd8\xff";

enum Format {
    Tiff,
    Png,
    Jpeg,
}

/// Reads the image in the file at `path`, in at most `budget` bytes of memory, until `checkpoint` says stop.
///
/// # Errors
///
/// One line that names the file and the cause: no file, no regular file, empty, no known format, cut short, damaged, of a
/// kind that the table above does not have, pages that do not agree, above the budget. Or the checkpoint's reason.
pub(crate) fn read(path: &Path, budget: Budget, checkpoint: &Checkpoint) -> Result<Image, Error> {
    guarded(|| open_and_decode(path, budget, checkpoint)).map_err(|cause| {
        match checkpoint.check() {
            // A decoder that was stopped reports a broken stream: the reason to stop is the better answer.
            Err(reason) => reason,
            Ok(()) => cause.context(format!("cannot read `{}`", path.display())),
        }
    })
}

fn open_and_decode(path: &Path, budget: Budget, checkpoint: &Checkpoint) -> Result<Image, Error> {
    let kind = fs::metadata(path)?;
    if kind.is_dir() {
        return Err(Error::invalid("it is a directory"));
    }
    if !kind.is_file() {
        // Opening a pipe or a device could block for ever, or never end.
        return Err(Error::invalid("it is not a regular file"));
    }
    let mut file = File::open(path)?;
    let format = sniff(&file)?;
    file.rewind()?;
    match format {
        Format::Tiff => tiff::read(&file, budget, checkpoint),
        Format::Png => png::read(&file, budget, checkpoint),
        Format::Jpeg => jpeg::read(&file, budget, checkpoint),
    }
}

fn sniff(file: &File) -> Result<Format, Error> {
    let mut start = Vec::new();
    file.take(8).read_to_end(&mut start)?;
    if start.is_empty() {
        return Err(Error::invalid("the file is empty"));
    }
    if TIFF_STARTS.iter().any(|magic| start.starts_with(magic)) {
        Ok(Format::Tiff)
    } else if start.starts_with(PNG_START) {
        Ok(Format::Png)
    } else if start.starts_with(JPEG_START) {
        Ok(Format::Jpeg)
    } else {
        Err(Error::invalid("it is neither TIFF, PNG nor JPEG (by its first bytes)"))
    }
}

/// What went wrong with the stream below a decoder.
fn stream_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => cut_short(),
        _ => error.into(),
    }
}

fn cut_short() -> Error {
    Error::msg("it ends before its data do (cut short or damaged)")
}

/// The errors of the `image` crate, without the names that only its users know.
fn image_error(error: ImageError, budget: Budget) -> Error {
    match error {
        ImageError::IoError(error) => stream_error(error),
        ImageError::Limits(_) => budget.exceeded_somehow(),
        other => decoder_says(&other),
    }
}

/// A decoder's own message, on one line whatever it quotes.
fn decoder_says(error: &dyn std::error::Error) -> Error {
    let message = error.to_string();
    Error::msg(message.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// An [`Image`] of what PNG or JPEG decoded to.
fn from_dynamic(decoded: DynamicImage) -> Result<Image, Error> {
    let (width, height) = (decoded.width() as usize, decoded.height() as usize);
    let (channels, samples) = match decoded {
        DynamicImage::ImageLuma8(i) => (1, Samples::U8(i.into_raw())),
        DynamicImage::ImageLumaA8(i) => (1, Samples::U8(without_alpha(i.into_raw(), 2))),
        DynamicImage::ImageRgb8(i) => (3, Samples::U8(i.into_raw())),
        DynamicImage::ImageRgba8(i) => (3, Samples::U8(without_alpha(i.into_raw(), 4))),
        DynamicImage::ImageLuma16(i) => (1, Samples::U16(i.into_raw())),
        DynamicImage::ImageLumaA16(i) => (1, Samples::U16(without_alpha(i.into_raw(), 2))),
        DynamicImage::ImageRgb16(i) => (3, Samples::U16(i.into_raw())),
        DynamicImage::ImageRgba16(i) => (3, Samples::U16(without_alpha(i.into_raw(), 4))),
        other => {
            return Err(Error::invalid(format!("{:?} pixels are not supported", other.color())));
        }
    };
    Ok(Image::from_pages(None, height, width, channels, samples))
}

/// Drops the last of every `stored` samples, in place.
fn without_alpha<T: Copy>(mut samples: Vec<T>, stored: usize) -> Vec<T> {
    let kept = stored - 1;
    let pixels = samples.len() / stored;
    for pixel in 0..pixels {
        samples.copy_within(pixel * stored..pixel * stored + kept, pixel * kept);
    }
    samples.truncate(pixels * kept);
    samples
}

#[cfg(test)]
mod tests {
    use super::without_alpha;

    #[test]
    fn alpha_is_dropped_and_colours_stay_in_order() {
        assert_eq!(without_alpha(vec![1, 2, 3, 0, 4, 5, 6, 0], 4), [1, 2, 3, 4, 5, 6]);
        assert_eq!(without_alpha(vec![1, 0, 2, 0, 3, 0], 2), [1, 2, 3]);
    }
}

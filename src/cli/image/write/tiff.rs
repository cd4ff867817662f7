//! TIFF: a page for each z, uncompressed, samples as they are.

use std::io::{Seek, Write};

use ::tiff::encoder::colortype::{ColorType, Gray8, Gray16, Gray32Float, RGB8, RGB16, RGB32Float};
use ::tiff::encoder::{TiffEncoder, TiffKind, TiffValue};
use ::tiff::{TiffError, TiffResult};
use headwater::Error;

use super::super::super::progress::Progress;
use super::super::{Image, Samples};

/// Offsets in a TIFF are 32 bits wide; directories need some room too.
const LARGEST_PLAIN: u64 = (4 << 30) - (64 << 20);

/// Writes all pages of `image`, which has been checked.
///
/// # Errors
///
/// The stream's errors.
pub(super) fn encode(stream: impl Write + Seek, image: &Image, progress: &Progress) -> Result<(), Error> {
    let pages = image.length('z') as u64;
    progress.phase("writing", pages);
    let bytes = image.samples.len() as u64 * image.samples.sample_type().bytes();
    // A directory takes about 200 bytes.
    let outcome = if bytes + pages * 1024 <= LARGEST_PLAIN {
        TiffEncoder::new(stream).and_then(|encoder| by_type(encoder, image, progress))
    } else {
        TiffEncoder::new_big(stream).and_then(|encoder| by_type(encoder, image, progress))
    };
    outcome.map_err(|error| match error {
        TiffError::IoError(error) => error.into(),
        other => Error::msg(other.to_string()),
    })
}

fn by_type<W: Write + Seek, K: TiffKind>(e: TiffEncoder<W, K>, image: &Image, progress: &Progress) -> TiffResult<()> {
    match (&image.samples, image.length('c')) {
        (Samples::U8(v), 1) => pages::<Gray8, _, _>(e, image, v, progress),
        (Samples::U8(v), _) => pages::<RGB8, _, _>(e, image, v, progress),
        (Samples::U16(v), 1) => pages::<Gray16, _, _>(e, image, v, progress),
        (Samples::U16(v), _) => pages::<RGB16, _, _>(e, image, v, progress),
        (Samples::F32(v), 1) => pages::<Gray32Float, _, _>(e, image, v, progress),
        (Samples::F32(v), _) => pages::<RGB32Float, _, _>(e, image, v, progress),
    }
}

fn pages<C, W, K>(
    mut encoder: TiffEncoder<W, K>,
    image: &Image,
    samples: &[C::Inner],
    progress: &Progress,
) -> TiffResult<()>
where
    C: ColorType,
    [C::Inner]: TiffValue,
    W: Write + Seek,
    K: TiffKind,
{
    let (height, width) = (image.length('y'), image.length('x'));
    for page in samples.chunks_exact(height * width * image.length('c')) {
        encoder.write_image::<C>(u32::try_from(width)?, u32::try_from(height)?, page)?;
        progress.advance(1);
    }
    Ok(())
}

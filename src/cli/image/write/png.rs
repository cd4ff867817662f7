//! PNG: one page of 8 or 16 bit; floats become 8 bit.

use std::io::Write;

use ::image::codecs::png::PngEncoder;
use ::image::{ExtendedColorType, ImageEncoder as _, ImageError};
use headwater::Error;

use super::super::super::progress::Progress;
use super::super::{Image, Samples};

/// Writes `image`, which has been checked; returns the values of black and white if it was normalised.
///
/// # Errors
///
/// The stream's errors; a side of more than 2³² pixels.
pub(super) fn encode(stream: impl Write, image: &Image, progress: &Progress) -> Result<Option<(f32, f32)>, Error> {
    progress.phase("writing", 1);
    let grey = image.length('c') == 1;
    let (eight, sixteen) = if grey {
        (ExtendedColorType::L8, ExtendedColorType::L16)
    } else {
        (ExtendedColorType::Rgb8, ExtendedColorType::Rgb16)
    };
    let range = match &image.samples {
        Samples::U8(v) => save(stream, image, v, eight).map(|()| None),
        Samples::U16(v) => {
            let bytes: Vec<u8> = v.iter().flat_map(|s| s.to_ne_bytes()).collect();
            save(stream, image, &bytes, sixteen).map(|()| None)
        }
        Samples::F32(v) => {
            let (black, white) = finite_range(v);
            let bytes: Vec<u8> = v.iter().map(|&s| shade(s, black, white)).collect();
            save(stream, image, &bytes, eight).map(|()| Some((black, white)))
        }
    }?;
    progress.advance(1);
    Ok(range)
}

fn save(stream: impl Write, image: &Image, bytes: &[u8], color: ExtendedColorType) -> Result<(), Error> {
    let side = |axis| u32::try_from(image.length(axis)).map_err(Error::new);
    let (width, height) = (side('x')?, side('y')?);
    let outcome = PngEncoder::new(stream).write_image(bytes, width, height, color);
    outcome.map_err(|error| match error {
        ImageError::IoError(error) => error.into(),
        other => Error::msg(other.to_string()),
    })
}

/// The least and the greatest sample that is a number; zeros if there is none.
fn finite_range(samples: &[f32]) -> (f32, f32) {
    let finite = samples.iter().copied().filter(|s| s.is_finite());
    let (low, high) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), s| (l.min(s), h.max(s)));
    if low <= high { (low, high) } else { (0.0, 0.0) }
}

/// `sample` between black and white, as 0 to 255. Not-a-number is black; so is everything if black is white.
fn shade(sample: f32, black: f32, white: f32) -> u8 {
    // In f64 the difference of two f32 cannot overflow.
    let (sample, black, white) = (f64::from(sample), f64::from(black), f64::from(white));
    // `as` saturates, and takes not-a-number to 0.
    ((sample - black) / (white - black) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::{finite_range, shade};

    #[test]
    fn the_least_value_is_black_and_the_greatest_white() {
        let samples = [-2.0, 0.0, 2.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
        let (black, white) = finite_range(&samples);
        assert_eq!((black, white), (-2.0, 2.0));
        assert_eq!(samples.map(|s| shade(s, black, white)), [0, 128, 255, 0, 255, 0]);
    }

    #[test]
    fn extremes_of_the_type_do_not_overflow() {
        assert_eq!(shade(f32::MAX, f32::MIN, f32::MAX), 255);
        assert_eq!(shade(0.0, f32::MIN, f32::MAX), 128);
    }

    #[test]
    fn an_image_of_one_value_or_none_is_black() {
        assert_eq!(finite_range(&[f32::NAN]), (0.0, 0.0));
        assert_eq!(shade(5.0, 5.0, 5.0), 0);
    }
}

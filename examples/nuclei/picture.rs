//! Labels drawn over the image that they were found in.

use headwater::{Array, DType, Error, Roi};
use image::{Rgb, RgbImage};

/// An image in grey, of which planes are drawn.
pub(crate) struct Grey {
    image: Array,
    black: f32,
    white: f32,
}

/// A plane of an image beside others, and how many times larger.
const GAP: u32 = 4;

impl Grey {
    /// Black is the least value of `image`; white is so low that one element in 100 is brighter.
    pub(crate) fn new(image: &Array) -> Result<Self, Error> {
        let image = image.cast(DType::F32)?;
        let mut values: Vec<f32> = image.view::<f32>()?.iter().copied().collect();
        values.sort_unstable_by(f32::total_cmp);
        let (black, white) = (values[0], values[values.len() - 1 - values.len() / 100]);
        Ok(Self { image, black, white })
    }

    /// The plane at `z`, enlarged, with a line just inside the border of each of `labels`.
    pub(crate) fn outlined(
        &self,
        z: usize,
        labels: &Array,
        scale: u32,
        colour: impl Fn(u32) -> Rgb<u8>,
    ) -> Result<RgbImage, Error> {
        let (image, labels) = (plane(&self.image, z)?, plane(labels, z)?.cast(DType::U32)?);
        let (image, labels) = (image.view::<f32>()?, labels.view::<u32>()?);
        let at = |x: u32, y: u32| [(y / scale) as usize, (x / scale) as usize];
        let (height, width) = (labels.shape()[0] as u32 * scale, labels.shape()[1] as u32 * scale);
        let drawn = |x: u32, y: u32| {
            let own = labels[at(x, y)];
            let (left, up) = (x.saturating_sub(1), y.saturating_sub(1));
            let (right, down) = ((x + 1).min(width - 1), (y + 1).min(height - 1));
            let near = [at(left, y), at(right, y), at(x, up), at(x, down)];
            if own > 0 && near.iter().any(|&near| labels[near] != own) {
                return colour(own);
            }
            let grey = (image[at(x, y)] - self.black) / (self.white - self.black);
            Rgb([(grey.clamp(0.0, 1.0) * 255.0) as u8; 3])
        };
        Ok(RgbImage::from_fn(width, height, drawn))
    }
}

/// The plane at `z` of a volume; an image is one plane.
fn plane(array: &Array, z: usize) -> Result<Array, Error> {
    let [.., height, width] = *array.shape() else {
        return Err(Error::msg("not an image"));
    };
    match array.ndim() {
        2 => Ok(array.clone()),
        _ => array
            .slice(&Roi::new([z, 0, 0], [z + 1, height, width])?)?
            .to_axes("yx"),
    }
}

/// Colours far apart for numbers close together: hues by the golden ratio.
pub(crate) fn colour(label: u32) -> Rgb<u8> {
    let hue = (f64::from(label) * 0.618_034).fract() * 6.0;
    let part = |shift: f64| ((((hue + shift) % 6.0 - 3.0).abs() - 1.0).clamp(0.0, 1.0) * 200.0) as u8 + 55;
    Rgb([part(0.0), part(4.0), part(2.0)])
}

/// Pictures of one size, side by side in so many columns.
pub(crate) fn tiled(tiles: &[RgbImage], columns: u32) -> RgbImage {
    let (width, height) = tiles.first().map_or((0, 0), RgbImage::dimensions);
    let rows = (tiles.len() as u32).div_ceil(columns);
    let mut all = RgbImage::new((width + GAP) * columns - GAP, (height + GAP) * rows - GAP);
    for (tile, nth) in tiles.iter().zip(0..) {
        let (x, y) = (nth % columns * (width + GAP), nth / columns * (height + GAP));
        image::imageops::replace(&mut all, tile, x.into(), y.into());
    }
    all
}

//! The numbers by which colours become luma and colour differences.

use crate::io::y4m::ColourSpace;

/// Shares of red, green and blue in luma: ITU-R BT.601-7, 2.5.1.
pub(super) const RED: f32 = 0.299;
pub(super) const GREEN: f32 = 0.587;
pub(super) const BLUE: f32 = 0.114;
/// What a colour less luma is divided by to lie within one half of 0: ITU-R BT.601-7, 2.5.2.
pub(super) const BY_RED: f32 = 2.0 * (1.0 - RED);
pub(super) const BY_BLUE: f32 = 2.0 * (1.0 - BLUE);

/// How numbers from 0 to 1, and from -1/2 to 1/2, are stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    /// The greatest value of a colour.
    pub(super) peak: f32,
    /// Luma of black, and how much more that of white is.
    pub(super) black: f32,
    pub(super) luma: f32,
    /// Colour difference of grey, and the range of all.
    pub(super) grey: f32,
    pub(super) difference: f32,
}

impl Weights {
    /// Those of samples that use all of their range, or what BT.601-7, 2.5.3 leaves them of it.
    pub(super) fn of(space: ColourSpace, full: bool) -> Self {
        let unit = f32::from(1_u16 << (space.depth() - 8));
        let peak = 256.0 * unit - 1.0;
        let (black, luma, difference) = match full {
            true => (0.0, peak, peak),
            false => (16.0 * unit, 219.0 * unit, 224.0 * unit),
        };
        Self {
            peak,
            black,
            luma,
            grey: 128.0 * unit,
            difference,
        }
    }

    /// Red, green and blue, from 0 to the peak where they can be.
    #[inline(always)]
    pub(super) fn colours(&self, luma: f32, by_blue: f32, by_red: f32) -> [f32; 3] {
        let luma = (luma - self.black) * (self.peak / self.luma);
        let by_blue = (by_blue - self.grey) * (self.peak / self.difference);
        let by_red = (by_red - self.grey) * (self.peak / self.difference);
        let (red, blue) = (BY_RED * by_red, BY_BLUE * by_blue);
        let green = (RED / GREEN) * red + (BLUE / GREEN) * blue;
        [luma + red, luma - green, luma + blue]
    }

    /// Luma of a colour, from 0 to the peak.
    #[inline(always)]
    pub(super) fn luma(&self, [red, green, blue]: [f32; 3]) -> f32 {
        RED * red + GREEN * green + BLUE * blue
    }

    /// As luma of that colour is stored.
    #[inline(always)]
    pub(super) fn stored_luma(&self, colour: [f32; 3]) -> f32 {
        self.black + self.luma(colour) * (self.luma / self.peak)
    }

    /// As the differences of that colour are stored: of blue and of red.
    #[inline(always)]
    pub(super) fn stored_differences(&self, colour: [f32; 3]) -> [f32; 2] {
        let luma = self.luma(colour);
        let stored = |part: f32, by: f32| self.grey + (part - luma) / by * (self.difference / self.peak);
        [stored(colour[2], BY_BLUE), stored(colour[0], BY_RED)]
    }
}

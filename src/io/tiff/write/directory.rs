//! The bytes of directories.

use crate::array::DType;
use crate::graph::Meta;
use crate::io::tiff::page::Place;
use crate::io::tiff::tags;
use crate::io::tiff::write::plan::Plan;

const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
const LONG8: u16 = 16;

/// The directory of one page.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// Tag, type, number of values, their bytes.
    entries: Vec<(u16, u16, usize, Vec<u8>)>,
}

impl Directory {
    /// That of a page of `plan` whose strips or tiles lie at `places`. The first page bears the `description`.
    pub(super) fn of(plan: &Plan, meta: &Meta, places: &[Place], description: Option<&str>) -> Self {
        let layout = &plan.layout;
        let mut this = Self::default();
        let bits = if layout.dtype == DType::Bool {
            1
        } else {
            8 * layout.dtype.size() as u16
        };
        let format = match layout.dtype {
            DType::I8 | DType::I16 | DType::I32 | DType::I64 => 2,
            DType::F32 | DType::F64 => 3,
            _ => 1,
        };
        let each = |value: u16| vec![value; layout.samples];
        this.long(tags::IMAGE_WIDTH, layout.width);
        this.long(tags::IMAGE_LENGTH, layout.height);
        this.shorts(tags::BITS_PER_SAMPLE, &each(bits));
        this.shorts(tags::COMPRESSION, &[layout.codec.tag()]);
        this.shorts(tags::PHOTOMETRIC, &[if layout.samples == 3 { 2 } else { 1 }]);
        if let Some(description) = description {
            this.text(tags::IMAGE_DESCRIPTION, description);
            this.text(tags::SOFTWARE, "headwater");
        }
        this.shorts(tags::SAMPLES_PER_PIXEL, &[layout.samples as u16]);
        this.shorts(tags::PLANAR_CONFIGURATION, &[1]);
        this.shorts(tags::PREDICTOR, &[layout.predictor.tag()]);
        this.shorts(tags::SAMPLE_FORMAT, &each(format));
        this.resolution(meta);
        let (offsets, lengths) = match layout.tiled {
            true => (tags::TILE_OFFSETS, tags::TILE_BYTE_COUNTS),
            false => (tags::STRIP_OFFSETS, tags::STRIP_BYTE_COUNTS),
        };
        this.places(plan.big, offsets, places.iter().map(|place| place.offset));
        this.places(plan.big, lengths, places.iter().map(|place| place.length));
        if layout.tiled {
            this.long(tags::TILE_WIDTH, layout.chunk_width);
            this.long(tags::TILE_LENGTH, layout.chunk_height);
        } else {
            this.long(tags::ROWS_PER_STRIP, layout.chunk_height);
        }
        this.entries.sort_by_key(|(tag, ..)| *tag);
        this
    }

    /// Its bytes at offset `at`, with what does not fit its entries behind; the next directory follows if `more`.
    pub(super) fn bytes(&self, big: bool, at: u64, more: bool) -> Vec<u8> {
        let (count_size, wide) = if big { (8, 8) } else { (2, 4) };
        let table = count_size + self.entries.len() * (4 + 2 * wide) + wide;
        let mut bytes = Vec::new();
        let mut behind = Vec::new();
        put(&mut bytes, self.entries.len() as u64, count_size);
        for (tag, kind, count, values) in &self.entries {
            put(&mut bytes, u64::from(*tag), 2);
            put(&mut bytes, u64::from(*kind), 2);
            put(&mut bytes, *count as u64, wide);
            if values.len() <= wide {
                bytes.extend(values);
                bytes.resize(bytes.len() + wide - values.len(), 0);
                continue;
            }
            put(&mut bytes, at + (table + behind.len()) as u64, wide);
            behind.extend(values);
            behind.resize(behind.len().next_multiple_of(8), 0);
        }
        let end = (at + (table + behind.len()) as u64).next_multiple_of(8);
        put(&mut bytes, if more { end } else { 0 }, wide);
        bytes.extend(behind);
        bytes.resize((end - at) as usize, 0);
        bytes
    }

    fn shorts(&mut self, tag: u16, values: &[u16]) {
        let bytes = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
        self.entries.push((tag, SHORT, values.len(), bytes));
    }

    fn long(&mut self, tag: u16, value: usize) {
        let bytes = (value as u32).to_ne_bytes().to_vec();
        self.entries.push((tag, LONG, 1, bytes));
    }

    fn text(&mut self, tag: u16, text: &str) {
        let bytes = [text.as_bytes(), b"\0"].concat();
        self.entries.push((tag, ASCII, bytes.len(), bytes));
    }

    fn places(&mut self, big: bool, tag: u16, numbers: impl Iterator<Item = u64>) {
        let (kind, size) = if big { (LONG8, 8) } else { (LONG, 4) };
        let mut bytes = Vec::new();
        numbers.for_each(|number| put(&mut bytes, number, size));
        self.entries.push((tag, kind, bytes.len() / size, bytes));
    }

    /// Pixels per centimetre, for programs that know nothing of OME.
    fn resolution(&mut self, meta: &Meta) {
        let per_centimeter = |letter| {
            let at = meta.axes().position(letter)?;
            let pixel = &meta.pixel_size()?[at];
            let centimeters = match &*pixel.unit {
                "nanometer" => 1e-7,
                "micrometer" => 1e-4,
                "millimeter" => 0.1,
                "centimeter" => 1.0,
                _ => return None,
            };
            fraction(1.0 / (pixel.size * centimeters))
        };
        let (x, y, unit) = match (per_centimeter('x'), per_centimeter('y')) {
            (Some(x), Some(y)) => (x, y, 3),
            _ => ([1, 1], [1, 1], 1),
        };
        for (tag, fraction) in [(tags::X_RESOLUTION, x), (tags::Y_RESOLUTION, y)] {
            let bytes = fraction.iter().flat_map(|number: &u32| number.to_ne_bytes()).collect();
            self.entries.push((tag, RATIONAL, 1, bytes));
        }
        self.shorts(tags::RESOLUTION_UNIT, &[unit]);
    }
}

/// `value` as a fraction of 32-bit numbers, as exactly as powers of ten allow.
fn fraction(value: f64) -> Option<[u32; 2]> {
    let mut below = 1_000_000_000_u32;
    while below > 1 && value * f64::from(below) > f64::from(u32::MAX) {
        below /= 10;
    }
    let above = (value * f64::from(below)).round();
    (above >= 1.0 && above <= f64::from(u32::MAX)).then_some([above as u32, below])
}

/// Appends the lowest `size` bytes of `number`, in this machine's order.
fn put(bytes: &mut Vec<u8>, number: u64, size: usize) {
    if cfg!(target_endian = "big") {
        bytes.extend(&number.to_be_bytes()[8 - size..]);
    } else {
        bytes.extend(&number.to_le_bytes()[..size]);
    }
}

/// Bytes of a [`header`].
pub(super) fn header_size(big: bool) -> u64 {
    if big { 16 } else { 8 }
}

/// The first bytes of a file whose first directory is at `first`.
pub(super) fn header(big: bool, first: u64) -> Vec<u8> {
    let mut bytes = if cfg!(target_endian = "big") { b"MM" } else { b"II" }.to_vec();
    if big {
        put(&mut bytes, 43, 2);
        put(&mut bytes, 8, 2);
        put(&mut bytes, 0, 2);
        put(&mut bytes, first, 8);
    } else {
        put(&mut bytes, 42, 2);
        put(&mut bytes, first, 4);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_as_close_as_they_get() {
        assert_eq!(fraction(1.0), Some([1_000_000_000, 1_000_000_000]));
        assert_eq!(fraction(100_000.0), Some([1_000_000_000, 10_000]));
        assert_eq!(fraction(1e-3), Some([1_000_000, 1_000_000_000]));
        for beyond in [0.0, 1e-12, 1e10, f64::INFINITY, f64::NAN] {
            assert_eq!(fraction(beyond), None);
        }
    }
}

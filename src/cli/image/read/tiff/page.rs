//! One page of a TIFF: what it holds, what it takes, and its way into the image.

use std::io::{BufReader, Read as _, Seek as _, SeekFrom};

use ::tiff::decoder::{ChunkType, Decoder, DecodingResult};
use ::tiff::tags::{CompressionMethod, PhotometricInterpretation as Photometric, SampleFormat, Tag};
use ::tiff::{ColorType, TiffError};
use headwater::Error;

use super::super::super::{Budget, SampleType};
use super::super::{decoder_says, jpeg};
use super::{Source, explain, on_page};

/// How far into the data of a JPEG strip or tile its frame header may stand.
const JPEG_HEAD: u64 = 64 << 10;

/// What a page holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) sample_type: SampleType,
    /// Channels in the file.
    stored: usize,
    /// Channels in the image: without alpha.
    pub(super) kept: usize,
    /// Each channel is a plane of its own in the file.
    planar: bool,
    /// Memory that decoding takes beside the page's place in the image.
    pub(super) scratch: u64,
}

impl Page {
    /// The page where `decoder` stands, which is the `number`th.
    ///
    /// # Errors
    ///
    /// Colours, samples or a layout that are not supported; sizes that contradict each other or pass the budget.
    pub(super) fn of(decoder: &mut Decoder<Source<'_>>, budget: Budget, number: usize) -> Result<Self, Error> {
        check_photometric(decoder)
            .and_then(|refused| match refused {
                None => Self::parse(decoder),
                Some(refused) => Ok(Err(refused)),
            })
            .map_err(|error| explain(error, budget, number))?
            .and_then(|page| page.admitted(decoder, budget))
            .map_err(on_page(number))
    }

    /// The outer error is the decoder's, the inner one ours.
    fn parse(decoder: &mut Decoder<Source<'_>>) -> Result<Result<Self, Error>, TiffError> {
        let (width, height) = decoder.dimensions()?;
        let color = decoder.colortype()?;
        let layout = decoder.image_buffer_layout()?;
        let in_file: usize = decoder.find_tag_unsigned(Tag::SamplesPerPixel)?.unwrap_or(1);
        let extra: Vec<u16> = decoder.find_tag_unsigned_vec(Tag::ExtraSamples)?.unwrap_or_default();
        let Some(sample_type) = sample_type(color, layout.sample_format) else {
            let (bits, format) = (color.bit_depth(), format_name(layout.sample_format));
            return Ok(unsupported(
                format!("{bits}-bit {format} samples"),
                "8- and 16-bit unsigned and 32-bit float are",
            ));
        };
        let Some((stored, kept)) = channels(color, &extra).filter(|(stored, _)| *stored == in_file) else {
            return Ok(unsupported(
                format!("{in_file} samples per pixel of this kind"),
                "grey and RGB, with or without alpha, are",
            ));
        };
        let page = Self {
            width,
            height,
            sample_type,
            stored,
            kept,
            planar: layout.planes > 1,
            scratch: 0,
        };
        if layout.complete_len as u64 != page.bytes(stored) {
            return Ok(Err(Error::msg("its sizes contradict each other")));
        }
        Ok(Ok(page))
    }

    /// The same page with its scratch memory, unless one row of a strip or tile is beyond all measure by itself.
    fn admitted(mut self, decoder: &mut Decoder<Source<'_>>, budget: Budget) -> Result<Self, Error> {
        let (chunk_width, chunk_height) = decoder.chunk_dimensions();
        let row = u64::from(chunk_width).saturating_mul(self.stored as u64 * self.sample_type.bytes());
        let whole = if self.is_packed() { 0 } else { self.bytes(self.stored) };
        self.scratch = row.saturating_add(whole);
        budget.admit(self.scratch)?;
        let compression: Option<u16> = decoder.find_tag_unsigned(Tag::Compression).ok().flatten();
        if compression == Some(CompressionMethod::ModernJPEG.to_u16()) {
            let chunk = (chunk_width, chunk_height.min(self.height));
            check_frames(decoder, chunk)?;
            let compressed = decoder.inner().seek(SeekFrom::End(0))?;
            let working = jpeg::working_memory(chunk.0, chunk.1);
            self.scratch = self
                .scratch
                .saturating_add(working)
                .saturating_add(compressed.saturating_mul(2));
        }
        Ok(self)
    }

    /// Whether both can be pages of one image.
    pub(super) fn same_kind(self, other: Self) -> bool {
        let kind = |p: Self| (p.width, p.height, p.kept, p.sample_type);
        kind(self) == kind(other)
    }

    /// "512 x 512 u16 grey".
    pub(super) fn describe(self) -> String {
        let colour = if self.kept == 1 { "grey" } else { "RGB" };
        format!("{} x {} {} {colour}", self.height, self.width, self.sample_type.name())
    }

    /// Samples that the page adds to the image.
    pub(super) fn kept_samples(self) -> usize {
        self.width as usize * self.height as usize * self.kept
    }

    /// Bytes that the page adds to the image.
    pub(super) fn kept_bytes(self) -> u64 {
        self.bytes(self.kept)
    }

    fn bytes(self, channels: usize) -> u64 {
        let pixels = u64::from(self.width).saturating_mul(u64::from(self.height));
        pixels.saturating_mul(channels as u64 * self.sample_type.bytes())
    }

    /// Whether the file's order of samples is the image's.
    fn is_packed(self) -> bool {
        self.stored == self.kept && !self.planar
    }

    /// Decodes the page where `decoder` stands into `image`, from its sample `start` on.
    pub(super) fn decode(
        self,
        decoder: &mut Decoder<Source<'_>>,
        image: &mut DecodingResult,
        start: usize,
    ) -> Result<(), TiffError> {
        if self.is_packed() {
            let length = self.kept_bytes() as usize;
            return decoder.read_image_bytes(&mut image.as_buffer(start).as_bytes_mut()[..length]);
        }
        let mut page = zeroed(self.sample_type, self.kept_samples() / self.kept * self.stored);
        decoder.read_image_bytes(page.as_buffer(0).as_bytes_mut())?;
        match (&page, image) {
            (DecodingResult::U8(from), DecodingResult::U8(to)) => self.repack(from, &mut to[start..]),
            (DecodingResult::U16(from), DecodingResult::U16(to)) => self.repack(from, &mut to[start..]),
            (DecodingResult::F32(from), DecodingResult::F32(to)) => self.repack(from, &mut to[start..]),
            _ => unreachable!("invariant: both were made by `zeroed`, and all pages have one type"),
        }
        Ok(())
    }

    /// Puts the channels of each pixel side by side, without alpha.
    fn repack<T: Copy>(self, from: &[T], to: &mut [T]) {
        let pixels = from.len() / self.stored;
        let (pixel_step, channel_step) = if self.planar { (1, pixels) } else { (self.stored, 1) };
        for (pixel, place) in to.chunks_exact_mut(self.kept).take(pixels).enumerate() {
            for (channel, sample) in place.iter_mut().enumerate() {
                *sample = from[pixel * pixel_step + channel * channel_step];
            }
        }
    }
}

/// `count` zeros of the type, in the decoder's own container.
pub(super) fn zeroed(sample_type: SampleType, count: usize) -> DecodingResult {
    match sample_type {
        SampleType::U8 => DecodingResult::U8(vec![0; count]),
        SampleType::U16 => DecodingResult::U16(vec![0; count]),
        SampleType::F32 => DecodingResult::F32(vec![0.0; count]),
    }
}

fn unsupported<T>(what: String, but: &str) -> Result<T, Error> {
    Err(Error::invalid(format!("{what} are not supported ({but})")))
}

/// Our refusal of colours that are neither grey nor RGB, in words that do not need the decoder's source to read.
fn check_photometric(decoder: &mut Decoder<Source<'_>>) -> Result<Option<Error>, TiffError> {
    let photometric: Option<u16> = decoder.find_tag_unsigned(Tag::PhotometricInterpretation)?;
    let colours = match photometric.and_then(Photometric::from_u16) {
        Some(Photometric::WhiteIsZero | Photometric::BlackIsZero | Photometric::RGB) => {
            return Ok(None);
        }
        Some(Photometric::RGBPalette) => "palette colours",
        Some(Photometric::TransparencyMask) => "transparency masks",
        Some(Photometric::CMYK) => "CMYK colours",
        Some(Photometric::YCbCr) => "YCbCr colours",
        Some(Photometric::CIELab | Photometric::IccLab | Photometric::ItuLab) => "Lab colours",
        _ => "colours of an unknown kind",
    };
    Ok(unsupported::<()>(colours.to_owned(), "grey and RGB are: convert the file first").err())
}

fn sample_type(color: ColorType, format: SampleFormat) -> Option<SampleType> {
    match (color.bit_depth(), format) {
        (8, SampleFormat::Uint) => Some(SampleType::U8),
        (16, SampleFormat::Uint) => Some(SampleType::U16),
        (32, SampleFormat::IEEEFP) => Some(SampleType::F32),
        _ => None,
    }
}

fn format_name(format: SampleFormat) -> &'static str {
    match format {
        SampleFormat::Uint => "unsigned",
        SampleFormat::Int => "signed",
        SampleFormat::IEEEFP => "float",
        _ => "untyped",
    }
}

/// Channels in the file and in the image.
fn channels(color: ColorType, extra: &[u16]) -> Option<(usize, usize)> {
    /// `ExtraSamples`: associated and unassociated alpha.
    const ALPHA: [u16; 2] = [1, 2];
    match color {
        ColorType::Gray(_) => Some((1, 1)),
        ColorType::RGB(_) => Some((3, 3)),
        ColorType::RGBA(_) => Some((4, 3)),
        ColorType::Multiband { num_samples: 2, .. } if matches!(extra, [a] if ALPHA.contains(a)) => Some((2, 1)),
        _ => None,
    }
}

/// Whether the JPEG images inside of a page are as small as its strips or tiles: their decoder believes them, not the page.
fn check_frames(decoder: &mut Decoder<Source<'_>>, chunk: (u32, u32)) -> Result<(), Error> {
    let tag = match decoder.get_chunk_type() {
        ChunkType::Strip => Tag::StripOffsets,
        ChunkType::Tile => Tag::TileOffsets,
    };
    let offsets = decoder.get_tag_u64_vec(tag).map_err(|e| decoder_says(&e))?;
    for offset in offsets {
        let source = decoder.inner();
        source.seek(SeekFrom::Start(offset))?;
        let (width, height) = jpeg::frame_size(BufReader::new(source.take(JPEG_HEAD)))?;
        if width > chunk.0 || height > chunk.1 {
            let (w, h) = chunk;
            return Err(Error::msg(format!(
                "a JPEG of {width} x {height} in a strip or tile of {w} x {h}"
            )));
        }
    }
    Ok(())
}

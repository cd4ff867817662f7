//! TIFF: a survey of the pages first, then the pixels.
//!
//! The survey walks all pages without taking memory for pixels: it finds what cannot be read, pages that do not agree,
//! chains of pages that bite their own tail (the `tiff` crate refuses those), and sums up what the pixels will take. Only
//! what the [`Budget`] admits is then allocated, once, and every page is decoded into its place.

mod directory;
mod page;

use std::fs::File;
use std::io::{BufReader, Seek as _};

use ::tiff::TiffError;
use ::tiff::decoder::{Decoder, DecodingResult, Limits};
use headwater::{Checkpoint, Error};

use self::directory::Directories;
use self::page::{Page, zeroed};
use super::super::watched::Watched;
use super::super::{Budget, Image, Samples};
use super::{decoder_says, stream_error};

/// A page costs this much beside its pixels: the decoder remembers every directory to detect cycles.
const BYTES_PER_PAGE: u64 = 256;

type Source<'f> = Watched<BufReader<&'f File>>;

/// Reads all pages of the TIFF in `file`.
///
/// # Errors
///
/// Cut short, damaged, pages of different size or type, samples or colours that are not supported, above the budget.
pub(super) fn read(mut file: &File, budget: Budget, checkpoint: &Checkpoint) -> Result<Image, Error> {
    let (page, pages) = survey(file, budget, checkpoint)?;
    file.rewind()?;
    let mut samples = zeroed(page.sample_type, page.kept_samples() * pages);
    let mut decoder = open(file, budget, checkpoint).map_err(|e| explain(e, budget, 1))?;
    for n in 0..pages {
        if n > 0 {
            decoder.next_image().map_err(|e| explain(e, budget, n + 1))?;
        }
        let here = Page::of(&mut decoder, budget, n + 1)?;
        agree(page, here, n + 1)?;
        let start = n * page.kept_samples();
        here.decode(&mut decoder, &mut samples, start)
            .map_err(|e| explain(e, budget, n + 1))?;
    }
    let samples = match samples {
        DecodingResult::U8(v) => Samples::U8(v),
        DecodingResult::U16(v) => Samples::U16(v),
        DecodingResult::F32(v) => Samples::F32(v),
        _ => unreachable!("invariant: `zeroed` makes the three types of `SampleType`"),
    };
    let z = (pages > 1).then_some(pages);
    Ok(Image::from_pages(
        z,
        page.height as usize,
        page.width as usize,
        page.kept,
        samples,
    ))
}

/// The first page, and how many like it there are; the budget has admitted them all.
fn survey(file: &File, budget: Budget, checkpoint: &Checkpoint) -> Result<(Page, usize), Error> {
    let mut source = Watched::new(BufReader::new(file), checkpoint);
    let mut directories = Directories::of(&mut source)?;
    directories.check_next(&mut source, budget).map_err(on_page(1))?;
    source.rewind()?;
    let mut decoder = open(file, budget, checkpoint).map_err(|e| explain(e, budget, 1))?;
    let first = Page::of(&mut decoder, budget, 1)?;
    let mut pages = 1;
    let mut scratch = first.scratch;
    admit(budget, first, pages, scratch)?;
    while decoder.more_images() {
        pages += 1;
        directories
            .check_next(decoder.inner(), budget)
            .map_err(on_page(pages))?;
        decoder.next_image().map_err(|e| explain(e, budget, pages))?;
        let page = Page::of(&mut decoder, budget, pages)?;
        agree(first, page, pages)?;
        scratch = scratch.max(page.scratch);
        admit(budget, first, pages, scratch)?;
    }
    Ok((first, pages))
}

fn open<'f>(file: &'f File, budget: Budget, checkpoint: &Checkpoint) -> Result<Decoder<Source<'f>>, TiffError> {
    let source = Watched::new(BufReader::new(file), checkpoint);
    let limit = usize::try_from(budget.limit()).unwrap_or(usize::MAX);
    let mut limits = Limits::default();
    // The size of one compressed strip or tile, which is by itself no reason to refuse.
    limits.intermediate_buffer_size = limit;
    limits.decoding_buffer_size = limits.decoding_buffer_size.min(limit);
    Ok(Decoder::new(source)?.with_limits(limits))
}

fn admit(budget: Budget, page: Page, pages: usize, scratch: u64) -> Result<(), Error> {
    let one = page.kept_bytes().saturating_add(BYTES_PER_PAGE);
    budget.admit(one.saturating_mul(pages as u64).saturating_add(scratch))
}

fn agree(first: Page, page: Page, number: usize) -> Result<(), Error> {
    if first.same_kind(page) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "page {number} is {}, page 1 is {}: pages must agree to become the z axis",
        page.describe(),
        first.describe()
    )))
}

/// The errors of the `tiff` crate, with the page.
fn explain(error: TiffError, budget: Budget, page: usize) -> Error {
    let cause = match error {
        TiffError::IoError(error) => stream_error(error),
        TiffError::LimitsExceeded => budget.exceeded_somehow(),
        TiffError::IntSizeError => Error::msg("a number in it is out of range"),
        other => decoder_says(&other),
    };
    on_page(page)(cause)
}

fn on_page(number: usize) -> impl Fn(Error) -> Error {
    move |cause| cause.context(format!("page {number}"))
}

//! All pages of a file, without their pixels.

use crate::error::Error;
use crate::io::limit::Limit;
use crate::io::tiff::about::Resolution;
use crate::io::tiff::directory::{Chain, Directory};
use crate::io::tiff::file::TiffFile;
use crate::io::tiff::layout::Layout;
use crate::io::tiff::page::Page;
use crate::io::tiff::tags;

/// What we keep of a page, with room for an error instead.
const BYTES_PER_PAGE: u64 = 512;
/// A page mostly has the layout of one shortly before it; to look at all would take a hostile file's time squared.
const RECENT: usize = 16;
/// Pages between two questions to the limit.
const STRIDE: usize = 256;

/// The pages of a file, and what the first says of all.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) layouts: Vec<Layout>,
    /// A page that cannot be read matters only if it is part of the image.
    pub(super) pages: Vec<Result<Page, Error>>,
    /// Which pages are smaller copies or masks of others.
    pub(super) copies: Vec<bool>,
    pub(super) description: String,
    pub(super) resolution: Resolution,
    /// Width and height of the first page in its finest scale.
    pub(super) finest: (usize, usize),
}

impl Survey {
    /// Walks along the pages of `file`, of which scale `scale` is wanted.
    ///
    /// # Errors
    ///
    /// No pages, a chain that is damaged, more pages or a longer description than the limit allows; the checkpoint's reason.
    pub(super) fn of(file: &TiffFile, scale: u64, limit: Limit) -> Result<Self, Error> {
        let mut survey = Self {
            layouts: Vec::new(),
            pages: Vec::new(),
            copies: Vec::new(),
            description: String::new(),
            resolution: Resolution::default(),
            finest: (0, 0),
        };
        let mut chain = Chain::of(file);
        loop {
            let number = survey.pages.len() + 1;
            if number % STRIDE == 1 {
                limit.admit((number as u64 + STRIDE as u64) * BYTES_PER_PAGE)?;
            }
            let directory = chain.next(file.checkpoint()).map_err(on_page(number))?;
            let Some(directory) = directory else { break };
            if number == 1 {
                survey.describe(file, &directory, limit).map_err(on_page(1))?;
            }
            let copy = directory.number(file, tags::NEW_SUBFILE_TYPE, 0).unwrap_or(0) & 0b101 != 0;
            survey.copies.push(copy);
            let page = match scale {
                0 => survey.page(file, &directory),
                scale => match chain.scale(&directory, scale) {
                    Ok(coarser) => survey.page(file, &coarser),
                    Err(cause) => Err(cause),
                },
            };
            survey.pages.push(page.map_err(on_page(number)));
        }
        if survey.pages.is_empty() {
            return Err(Error::msg("it has no pages"));
        }
        Ok(survey)
    }

    fn page(&mut self, file: &TiffFile, directory: &Directory) -> Result<Page, Error> {
        let layout = Layout::of(file, directory)?;
        let recent = self.layouts.iter().rev().take(RECENT);
        let nth = match { recent }.position(|known| *known == layout) {
            Some(from_end) => self.layouts.len() - 1 - from_end,
            None => {
                self.layouts.push(layout);
                self.layouts.len() - 1
            }
        };
        Page::of(file, directory, &layout, nth as u32)
    }

    /// Takes in what the first page says of all.
    fn describe(&mut self, file: &TiffFile, directory: &Directory, limit: Limit) -> Result<(), Error> {
        if let Some(text) = directory.find(tags::IMAGE_DESCRIPTION) {
            let bytes = text.nbytes().unwrap_or(u64::MAX);
            if bytes > file.length() {
                file.must_have(0, bytes)?;
            }
            // As text, and what is made of it.
            limit.admit(bytes.saturating_mul(32))?;
            // Some writers put what they like here: without a text, there is no description.
            let bytes = text.bytes(file).unwrap_or_default();
            self.description = match String::from_utf8(bytes) {
                Ok(text) => text,
                // Latin-1, of old.
                Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
            };
        }
        let length = |tag| {
            directory
                .number(file, tag, 0)
                .map(|length| length.min(u64::from(u32::MAX)) as usize)
        };
        self.finest = (length(tags::IMAGE_WIDTH)?, length(tags::IMAGE_LENGTH)?);
        let fraction = |tag| directory.find(tag).and_then(|values| values.fraction(file).ok());
        self.resolution = Resolution {
            x: fraction(tags::X_RESOLUTION),
            y: fraction(tags::Y_RESOLUTION),
            unit: directory.number(file, tags::RESOLUTION_UNIT, 2)?,
        };
        Ok(())
    }
}

pub(super) fn on_page(number: usize) -> impl Fn(Error) -> Error {
    move |cause| cause.context(format_args!("page {number}"))
}

//! Which strips and tiles a region is made of.

use std::ops::Range;
use std::rc::Rc;

use crate::error::Error;
use crate::io::tiff::codec::Codec;
use crate::io::tiff::file::TiffFile;
use crate::io::tiff::image::{Image, Role};
use crate::io::tiff::layout::Layout;
use crate::io::tiff::page::{Page, Place};
use crate::io::tiff::piece::{Piece, Wanted};
use crate::roi::Roi;

/// Rows of strips whose places are fetched at a time.
const ROWS: usize = 4096;
/// The longest tables of JPEGs.
const TABLES: u64 = 256 << 10;

/// What is wanted of a strip or tile.
pub(super) struct Errand<'a> {
    pub(super) sheet: Rc<Sheet<'a>>,
    pub(super) place: Place,
    pub(super) piece: Piece,
}

/// A page of which something is wanted.
pub(super) struct Sheet<'a> {
    number: usize,
    page: &'a Page,
    pub(super) layout: &'a Layout,
    /// What its JPEGs share.
    pub(super) tables: Vec<u8>,
}

impl Sheet<'_> {
    /// Whatever went wrong, with the number of the plane.
    pub(super) fn on_plane<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        outcome.map_err(on_plane(self.number))
    }
}

fn on_plane(number: usize) -> impl Fn(Error) -> Error {
    move |cause| match cause.is_interrupted() {
        true => cause,
        false => cause.context(format_args!("plane {number}")),
    }
}

/// Told of each errand.
type Each<'e, 'a> = &'e mut dyn FnMut(Errand<'a>) -> Result<(), Error>;

/// Walks along the strips and tiles of a region, plane by plane.
pub(super) struct Walk<'a> {
    pub(super) file: &'a TiffFile,
    pub(super) image: &'a Image,
}

impl<'a> Walk<'a> {
    /// Calls `each` with what is wanted of all strips and tiles of `roi`.
    ///
    /// # Errors
    ///
    /// That of `each`; places that cannot be read.
    pub(super) fn along(&self, roi: &Roi, each: Each<'_, 'a>) -> Result<(), Error> {
        let (wanted, planes) = self.resolve(roi);
        let count = planes.iter().map(|(.., range)| range.len()).product();
        for nth in 0..count {
            let (mut rest, mut page, mut start) = (nth, 0, 0);
            for (of, step, range) in planes.iter().rev() {
                page += (range.start + rest % range.len()) * of;
                start += rest % range.len() * step;
                rest /= range.len();
            }
            self.page(page, &wanted, start, each)?;
        }
        Ok(())
    }

    /// What `roi` means within a page, and for each axis of planes its step in the list of pages, its step in C order, its range.
    fn resolve(&self, roi: &Roi) -> (Wanted, Vec<(usize, usize, Range<usize>)>) {
        let mut steps = vec![self.image.meta.dtype().size(); roi.rank()];
        for axis in (1..roi.rank()).rev() {
            steps[axis - 1] = steps[axis] * roi.range(axis).len();
        }
        let find = |role| self.image.roles.iter().position(|own| *own == role);
        let range = |role| find(role).map_or(0..1, |axis| roi.range(axis));
        let step = |role| find(role).map_or(0, |axis| steps[axis]);
        let wanted = Wanted {
            y: range(Role::Y),
            x: range(Role::X),
            samples: range(Role::Samples),
            strides: [step(Role::Y), step(Role::X), step(Role::Samples)],
        };
        let planes = (0..roi.rank()).filter_map(|axis| match self.image.roles[axis] {
            Role::Planes(of) => Some((of, steps[axis], roi.range(axis))),
            _ => None,
        });
        (wanted, planes.collect())
    }

    /// The first sample of the page goes to `start`.
    fn page(&self, number: usize, wanted: &Wanted, start: usize, each: Each<'_, 'a>) -> Result<(), Error> {
        let sheet = self.sheet(number).map_err(on_plane(number))?;
        if !sheet.layout.planar {
            return self.plane(&sheet, 0, wanted, start, each);
        }
        for plane in wanted.samples.clone() {
            let start = start + (plane - wanted.samples.start) * wanted.strides[2];
            let one = Wanted {
                y: wanted.y.clone(),
                x: wanted.x.clone(),
                samples: 0..1,
                strides: wanted.strides,
            };
            self.plane(&sheet, plane, &one, start, each)?;
        }
        Ok(())
    }

    fn sheet(&self, number: usize) -> Result<Rc<Sheet<'a>>, Error> {
        let page = &self.image.pages[number];
        let layout = &self.image.layouts[page.layout as usize];
        let tables = match (layout.codec, page.tables) {
            (Codec::Jpeg, Some(tables)) if tables.count() <= TABLES => tables.bytes(self.file)?,
            (Codec::Jpeg, Some(_)) => return Err(Error::msg("its JPEG tables are enormous (damaged)")),
            _ => Vec::new(),
        };
        Ok(Rc::new(Sheet {
            number,
            page,
            layout,
            tables,
        }))
    }

    /// All strips or tiles of a plane that are wanted.
    fn plane(
        &self,
        sheet: &Rc<Sheet<'a>>,
        plane: usize,
        wanted: &Wanted,
        start: usize,
        each: Each<'_, 'a>,
    ) -> Result<(), Error> {
        let layout = sheet.layout;
        let (across, base) = (layout.across(), plane * layout.across() * layout.down());
        let rows = wanted.y.start / layout.chunk_height..wanted.y.end.div_ceil(layout.chunk_height);
        let columns = wanted.x.start / layout.chunk_width..wanted.x.end.div_ceil(layout.chunk_width);
        let at_a_time = if across == 1 { ROWS } else { 1 };
        for first in rows.clone().step_by(at_a_time) {
            let last = rows.end.min(first + at_a_time) - 1;
            let range = base + first * across + columns.start..base + last * across + columns.end;
            let places = sheet
                .page
                .places(self.file, layout, range.start as u64..range.end as u64);
            for (place, nth) in sheet.on_plane(places)?.into_iter().zip(range) {
                let (row, column) = ((nth - base) / across, (nth - base) % across);
                let mut piece = Piece::of(layout, row, column, wanted);
                piece.start += start;
                let sheet = Rc::clone(sheet);
                each(Errand { sheet, place, piece })?;
            }
        }
        Ok(())
    }
}

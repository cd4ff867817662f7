//! Reading TIFF.

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::blob::Blob;
use crate::io::bytes;
use crate::io::guard::guarded;
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::open::Open;
use crate::io::source::Source;
use crate::io::tiff::chunk::{Bytes, Worker, scratch};
use crate::io::tiff::codec::Codec;
#[cfg(feature = "object-store")]
use crate::io::tiff::far;
use crate::io::tiff::file::TiffFile;
use crate::io::tiff::image::{Image, Role};
use crate::io::tiff::survey::Survey;
use crate::io::tiff::walk::Walk;
use crate::kernels::parallel::{join, threads};
use crate::roi::Roi;
use crate::runtime::machine::processors;

/// Parts of a region for each thread, so that none waits long for another.
const PARTS: usize = 4;
/// A part that is not divided any more.
const LEAST_PART: usize = 128 << 10;

struct Tiff {
    name: String,
    file: TiffFile,
    image: Image,
    limit: Limit,
    /// The most memory that a strip or tile takes.
    chunk_scratch: u64,
}

/// Opens the file.
///
/// # Errors
///
/// As [`crate::io::open`], without the file's name.
pub(crate) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let scale = how.scale.as_deref().unwrap_or("0");
    let scale = scale
        .parse()
        .map_err(|_| Error::invalid(format!("a TIFF's scales are called `0`, `1` and so on, not `{scale}`")))?;
    let file = TiffFile::open(Blob::open(at, how)?, &how.checkpoint)?;
    let survey = Survey::of(&file, scale, how.limit)?;
    let file_name = at.path().file_name().unwrap_or_default().to_string_lossy();
    let image = Image::of(&file, survey, &file_name, how)?;
    let used = image.pages.iter().map(|page| &image.layouts[page.layout as usize]);
    let chunk_scratch = used.map(scratch).max().unwrap_or(0);
    how.limit.admit(chunk_scratch)?;
    Ok(Box::new(Tiff {
        name: at.to_string(),
        file,
        image,
        limit: how.limit,
        chunk_scratch,
    }))
}

impl Source for Tiff {
    fn meta(&self) -> &Meta {
        &self.image.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read_region(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let read = guarded(|| {
            bytes::fill(out, |bytes| {
                let parts = self.parts();
                let reading = Reading {
                    file: self.file.watched_by(checkpoint),
                    image: &self.image,
                    #[cfg(feature = "object-store")]
                    parts,
                };
                reading.part(roi, bytes, parts)
            })
        });
        read.context(format_args!("cannot read `{}`", self.name))
    }

    fn scratch(&self, roi: &Roi) -> u64 {
        let volume = roi.shape().saturating_volume() as u64;
        let truths = if self.image.meta.dtype() == DType::Bool {
            volume
        } else {
            0
        };
        let fetched = match self.file.blob() {
            #[cfg(feature = "object-store")]
            Blob::Object(object) => object.kept().saturating_add(object.under_way(self.parts())),
            _ => 0,
        };
        let chunks = self.chunk_scratch.saturating_mul(self.most().min(processors() as u64));
        truths.saturating_add(chunks).saturating_add(fetched)
    }
}

impl Tiff {
    /// How many strips or tiles the memory has room for.
    fn most(&self) -> u64 {
        (self.limit.get() / self.chunk_scratch.max(1)).max(1)
    }

    /// How many parts of a region are read side by side: only what the memory allows, and what we have promised.
    fn parts(&self) -> usize {
        let parts = match threads() {
            threads if threads <= processors() && self.file.blob().is_near() => threads * PARTS,
            _ => processors(),
        };
        parts.min(self.most() as usize)
    }
}

/// A region that is being read.
struct Reading<'a> {
    file: TiffFile,
    image: &'a Image,
    /// How many read parts of it at the same time, at most.
    #[cfg(feature = "object-store")]
    parts: usize,
}

impl Reading<'_> {
    /// Reads `roi` in at most `parts` parts side by side.
    fn part(&self, roi: &Roi, out: &mut [u8], parts: usize) -> Result<(), Error> {
        if roi.is_empty() {
            return Ok(());
        }
        let Some((axis, middle)) = self.cut(roi).filter(|_| parts > 1 && out.len() > LEAST_PART) else {
            return self.alone(roi, out);
        };
        let (mut stop, mut start) = (roi.stop().to_vec(), roi.start().to_vec());
        let step = out.len() / (stop[axis] - start[axis]);
        let (left, right) = out.split_at_mut((middle - start[axis]) * step);
        (stop[axis], start[axis]) = (middle, middle);
        let (left_roi, right_roi) = (Roi::new(roi.start(), stop)?, Roi::new(start, roi.stop())?);
        let half = parts / 2;
        join(
            || guarded(|| self.part(&left_roi, left, half)),
            || guarded(|| self.part(&right_roi, right, parts - half)),
        )
    }

    /// Reads `roi` on this thread.
    fn alone(&self, roi: &Roi, out: &mut [u8]) -> Result<(), Error> {
        let (file, image) = (&self.file, self.image);
        let walk = Walk { file, image };
        #[cfg(feature = "object-store")]
        if let Blob::Object(object) = file.blob() {
            return far::read(object, &walk, roi, out, self.parts);
        }
        let mut worker = Worker::new(file);
        walk.along(roi, &mut |errand| worker.work(&errand, Bytes::InFile(file), out))
    }

    /// The axis and place to cut `roi` so that both halves lie apart in memory and share no strip or tile.
    fn cut(&self, roi: &Roi) -> Option<(usize, usize)> {
        let axis = (0..roi.rank()).find(|axis| roi.range(*axis).len() > 1)?;
        let layout = &self.image.layouts[self.image.pages[0].layout as usize];
        let grain = match self.image.roles[axis] {
            Role::Planes(_) => 1,
            Role::Y => layout.chunk_height,
            Role::X => layout.chunk_width,
            Role::Samples if layout.planar => 1,
            Role::Samples | Role::Nothing => return None,
        };
        // A bare page has no strips that would have to be kept whole.
        let grain = match layout.codec {
            Codec::None if !layout.tiled => 1,
            _ => grain,
        };
        let range = roi.range(axis);
        let middle = range.start + range.len() / 2;
        let middle = [middle / grain * grain, middle.next_multiple_of(grain)];
        let middle = middle
            .into_iter()
            .find(|middle| *middle > range.start && *middle < range.end)?;
        Some((axis, middle))
    }
}

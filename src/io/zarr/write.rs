//! Making a store in a folder.

use serde_json::json;

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::create::Create;
use crate::io::location::Location;
use crate::io::sink::{Saved, Sink};
use crate::io::staging::Staging;
use crate::io::zarr::downsample::Downsample;
use crate::io::zarr::encode::each;
use crate::io::zarr::plan::Plan;
use crate::io::zarr::pyramid::Pyramid;
use crate::io::zarr::store::{Folder, Store};
use crate::kernels::parallel::threads;
use crate::roi::{Roi, Shape};
use crate::sync::Arc;

/// What a run that can be resumed works at. It is gone when the store is whole.
const WORK: &str = ".headwater-work";

struct ZarrSink {
    name: String,
    meta: Meta,
    /// As they lie in the store.
    axes: Axes,
    /// Axis `n` of the store is axis `order[n]` of the image.
    order: Vec<usize>,
    unit: Shape,
    pyramid: Pyramid,
    folder: Arc<Folder>,
    staging: Staging,
}

/// Begins a store.
///
/// # Errors
///
/// As [`Create::create`], without the file's name.
pub(crate) fn create(at: &Location, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    if at.url().is_some() {
        return Err(Error::invalid(
            "it is a URL: only local files and folders are read and written",
        ));
    }
    let place = match at.within() {
        "" => at.path().to_owned(),
        within => {
            crate::io::zarr::keys::check(within)?;
            at.path().join(within)
        }
    };
    let plan = Plan::new(at, meta, how)?;
    let staging = Staging::new(&place, how.replace, how.resume.is_some())?;
    let folder = Arc::new(match how.resume {
        // The next run takes for whole what is there.
        Some(_) => Folder::new(staging.staged()),
        None => Folder::unseen(staging.staged()),
    });
    begin(&plan, &folder, &staging, how.resume.as_deref())?;
    let store: Arc<dyn Store> = Arc::<Folder>::clone(&folder);
    let (axes, order, unit) = (plan.axes(), plan.order().to_vec(), plan.unit()?);
    let levels = plan.open(&store, how.limit)?;
    let downsample = if how.labels {
        Downsample::Nearest
    } else {
        Downsample::Mean
    };
    let pyramid = Pyramid::new(levels, downsample, how.resume.is_some())?;
    how.limit
        .admit(pyramid.scratch())
        .map_err(|cause| cause.context("one chunk"))?;
    Ok(Box::new(ZarrSink {
        name: at.to_string(),
        meta: meta.clone(),
        axes,
        order,
        unit,
        pyramid,
        folder,
        staging,
    }))
}

/// Makes the folder with its metadata, unless an earlier run at the same work has left one.
fn begin(plan: &Plan, folder: &Folder, staging: &Staging, work: Option<&str>) -> Result<(), Error> {
    let record = json!({"work": work, "metadata": plan.documents()});
    let record = serde_json::to_vec(&record).context("its metadata")?;
    let never = Checkpoint::never();
    let mut found = Vec::new();
    let resumed = work.is_some() && staging.staged().is_dir() && {
        // As it would be written, to the byte: numbers that have been read may differ in their last digit.
        folder.length(WORK)? == Some(record.len() as u64)
            && folder.get(WORK, u64::MAX, &mut found, &never)?
            && found == record
    };
    if resumed {
        return folder.prepare();
    }
    staging.clear()?;
    folder.prepare()?;
    for (key, document) in plan.documents() {
        folder.put(
            key,
            &serde_json::to_vec_pretty(document).context("its metadata")?,
            &never,
        )?;
    }
    // Last: what it stands beside is complete.
    match work {
        Some(_) => folder.put(WORK, &record, &never),
        None => Ok(()),
    }
}

impl ZarrSink {
    /// `roi` as it lies in the store.
    fn stored(&self, roi: &Roi) -> Result<Roi, Error> {
        Ok(roi.permute_axes(&self.order)?)
    }

    fn check(&self, roi: &Roi, block: &Array) -> Result<(), Error> {
        roi.relative_to(&self.meta.roi())?;
        let units = |axis: usize| {
            let (range, unit, end) = (roi.range(axis), self.unit[axis], self.meta.shape()[axis]);
            range.start.is_multiple_of(unit) && (range.end.is_multiple_of(unit) || range.end == end)
        };
        if !(0..roi.rank()).all(units) {
            return Err(Error::invalid(format!(
                "{roi} is not made of whole chunks of {}",
                self.unit
            )));
        }
        let (shape, dtype) = (block.shape(), block.dtype());
        if roi.shape() != *shape || dtype != self.meta.dtype() || block.axes() != self.meta.axes() {
            return Err(Error::invalid(format!(
                "a block of {shape:?} {dtype} `{}` is not {roi}",
                block.axes()
            )));
        }
        Ok(())
    }

    fn write(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.check(roi, block)?;
        let (roi, block) = (self.stored(roi)?, block.to_axes(self.axes)?);
        let finest = self.pyramid.finest();
        let chunks: Vec<_> = finest.chunks().intersecting(&roi)?.map(|block| block.number).collect();
        let lanes = finest.lanes(finest.pieces().intersecting(&roi)?.len());
        let tasks = if lanes >= threads() { chunks.len() } else { lanes };
        each(&chunks, tasks, &|chunk: &usize| {
            checkpoint.check()?;
            self.pyramid.write(*chunk, &roi, &block, checkpoint)
        })
    }

    fn named(&self, cause: Error) -> Error {
        cause.context(format!("cannot write `{}`", self.name))
    }
}

impl Sink for ZarrSink {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> Shape {
        self.unit
    }

    fn is_written(&self, roi: &Roi) -> bool {
        let never = Checkpoint::never();
        let written = self.stored(roi).and_then(|roi| self.pyramid.has_all(0, &roi, &never));
        written.unwrap_or(false)
    }

    fn scratch(&self, roi: &Roi) -> u64 {
        let finest = self.pyramid.finest();
        let pieces = self
            .stored(roi)
            .ok()
            .and_then(|roi| Some(finest.pieces().intersecting(&roi).ok()?.len()));
        let lanes = finest.lanes(pieces.unwrap_or(usize::MAX));
        self.pyramid.scratch().saturating_mul(lanes as u64)
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.write(roi, block, checkpoint).map_err(|cause| self.named(cause))
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let Self {
            name,
            pyramid,
            folder,
            staging,
            ..
        } = *self;
        let path = staging.path().to_owned();
        let finish = || {
            pyramid.complete(checkpoint)?;
            folder.remove(WORK)?;
            folder.tidy()?;
            staging.commit()
        };
        let bytes = finish().map_err(|cause| cause.context(format!("cannot write `{name}`")))?;
        Ok(Saved { path, bytes })
    }
}

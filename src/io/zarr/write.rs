//! Making a store in a folder.

use serde_json::{Map, Value, json};

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::create::Create;
use crate::io::journal::begin_folder;
use crate::io::location::Location;
use crate::io::sink::{Saved, Sink, check_block};
use crate::io::staging::Staging;
use crate::io::zarr::downsample::Downsample;
use crate::io::zarr::encode::each;
use crate::io::zarr::plan::Plan;
use crate::io::zarr::pyramid::Pyramid;
use crate::io::zarr::store::{Folder, Store};
use crate::kernels::parallel::threads;
use crate::roi::{Roi, Shape};
use crate::sync::Arc;

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
    let store: Arc<dyn Store> = Arc::<Folder>::clone(&folder);
    let (axes, order, unit) = (plan.axes(), plan.order().to_vec(), plan.unit()?);
    let documents = plan.documents().clone();
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
    begin(&documents, &folder, &staging, how.resume.as_deref())?;
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

/// Makes the folder, unless an earlier run at the same work has left one, and the metadata in it.
fn begin(documents: &Map<String, Value>, folder: &Folder, staging: &Staging, work: Option<&str>) -> Result<(), Error> {
    let work = work.map(|work| json!({"work": work, "metadata": documents}).to_string());
    begin_folder(staging, work.as_deref())?;
    folder.prepare()?;
    // Those that are there already may be empty, after a power cut.
    for (key, document) in documents {
        let text = serde_json::to_vec_pretty(document).context("its metadata")?;
        folder.put(key, &text, &Checkpoint::never())?;
    }
    Ok(())
}

impl ZarrSink {
    /// `roi` as it lies in the store.
    fn stored(&self, roi: &Roi) -> Result<Roi, Error> {
        Ok(roi.permute_axes(&self.order)?)
    }

    fn write(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        check_block(&self.meta, &self.unit, roi, block)?;
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
            folder.tidy()?;
            let bytes = staging.secure(checkpoint)?;
            staging.publish().map(|()| bytes)
        };
        let bytes = finish().map_err(|cause| cause.context(format!("cannot write `{name}`")))?;
        Ok(Saved { path, bytes })
    }
}

//! Writing the chunks of a new store.

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::Meta;
use crate::io::create::Create;
use crate::io::location::Location;
use crate::io::sink::{Saved, Sink, check_block};
use crate::io::zarr::downsample::Downsample;
use crate::io::zarr::encode::each;
use crate::io::zarr::home::{self, Home};
use crate::io::zarr::plan::Plan;
use crate::io::zarr::pyramid::Pyramid;
use crate::kernels::parallel::threads;
use crate::roi::{Roi, Shape};

struct ZarrSink {
    name: String,
    meta: Meta,
    /// As they lie in the store.
    axes: Axes,
    /// Axis `n` of the store is axis `order[n]` of the image.
    order: Vec<usize>,
    unit: Shape,
    pyramid: Pyramid,
    home: Box<dyn Home>,
}

/// Begins a store.
///
/// # Errors
///
/// As [`Create::create`], without the file's name.
pub(crate) fn create(at: &Location, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    if !at.within().is_empty() {
        crate::io::zarr::keys::check(at.within())?;
    }
    let plan = Plan::new(at, meta, how)?;
    let home = home::new(at, &plan, how)?;
    let store = home.store();
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
    home.begin(&how.checkpoint)?;
    Ok(Box::new(ZarrSink {
        name: at.to_string(),
        meta: meta.clone(),
        axes,
        order,
        unit,
        pyramid,
        home,
    }))
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
        let lanes = self.pyramid.lanes();
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
        let lanes = self.pyramid.lanes().min(pieces.unwrap_or(usize::MAX));
        let (metadata, lanes) = (finest.metadata(), lanes as u64);
        let bytes = |shape: Shape| (shape.saturating_volume() as u64).saturating_mul(metadata.dtype.size() as u64);
        let growing = metadata
            .shards
            .as_ref()
            .map_or(0, |_| bytes(metadata.chunk).saturating_mul(lanes));
        let encoding = self.pyramid.scratch().saturating_mul(lanes);
        encoding.saturating_add(self.home.scratch(growing))
    }

    fn kept(&self) -> u64 {
        self.home.kept()
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.write(roi, block, checkpoint).map_err(|cause| self.named(cause))
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let Self {
            name, pyramid, home, ..
        } = *self;
        let finish = || {
            pyramid.complete(checkpoint)?;
            home.finish(checkpoint)
        };
        finish().map_err(|cause| cause.context(format!("cannot write `{name}`")))
    }
}

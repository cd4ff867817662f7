//! Writing a stack.

use std::path::Path;

use tempfile::TempDir;

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::create::Create;
use crate::io::flat::Flat;
use crate::io::location::Location;
use crate::io::sink::{Saved, Sink, WriteOrder, check_block};
use crate::io::stack::Template;
use crate::io::stack::home::Home;
use crate::io::stack::slices::{MOST_OPEN, Slices};
use crate::roi::{Roi, Shape};

/// Up to this size, a file is written in one piece.
const ONE_PIECE: u64 = 32 << 20;

struct StackSink {
    name: String,
    meta: Meta,
    /// The axis along which there is a file each.
    axis: usize,
    within: String,
    how: Create,
    /// Of one file.
    slice: Meta,
    unit: Shape,
    order: WriteOrder,
    slices: Slices,
    probe: Probe,
    /// After all that grows in it.
    home: Home,
}

/// Begins the files.
///
/// # Errors
///
/// As [`Create::create`], without the name.
pub(crate) fn create(at: &Location, template: Template, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    let axis = axis_of(&template, meta.axes())?;
    let count = meta.shape()[axis];
    if count == 0 {
        return Err(Error::invalid("a stack of no files"));
    }
    let targets: Vec<_> = (0..count).map(|n| template.path(n, count)).collect();
    let slice = slice_of(meta, axis)?;
    let inner = Create {
        replace: true,
        resume: None,
        ..how.clone()
    };
    // What cannot be is found before what an earlier run has left is cleared away.
    let probe = Probe::new(&targets[0], &template.within, &slice, &inner)?;
    let (unit, order) = pace(&*probe.sink, axis, count, how.limit.get())?;
    let work = how.resume.as_ref();
    let work = work.map(|work| identity(work, meta, how, &template.within));
    let mut home = Home::find(at.path(), targets, how.replace, work.is_some())?.durable(!how.volatile);
    home.begin(work.as_deref())?;
    Ok(Box::new(StackSink {
        name: at.to_string(),
        meta: meta.clone(),
        axis,
        within: template.within,
        how: inner,
        slice,
        unit,
        order,
        slices: Slices::default(),
        probe,
        home,
    }))
}

/// A file of the stack that is begun elsewhere, to be asked what writing a part of one takes.
struct Probe {
    sink: Box<dyn Sink>,
    /// After the file in it.
    _folder: TempDir,
}

impl Probe {
    fn new(target: &Path, within: &str, slice: &Meta, how: &Create) -> Result<Self, Error> {
        let folder = tempfile::tempdir().context("a folder for temporary files")?;
        let path = folder.path().join(target.file_name().unwrap_or_default());
        let sink = how.single(&Location::file(&path)?.with_within(within), slice)?;
        Ok(Self { sink, _folder: folder })
    }
}

/// All that decides about the bytes of the files; their names are in that of the folder.
fn identity(work: &str, meta: &Meta, how: &Create, within: &str) -> String {
    let (sizes, channels, ideal) = (meta.pixel_size(), meta.channel_names(), meta.ideal_block());
    let image = format!("{meta:?} {sizes:?} {channels:?} {ideal:?}");
    let Create {
        format,
        compression,
        chunk,
        shard,
        zarr_version,
        ome,
        labels,
        scales,
        limit: _,
        checkpoint: _,
        budget: _,
        replace: _,
        volatile: _,
        resume: _,
        #[cfg(feature = "object-store")]
            settings: _,
    } = how;
    let bytes = format!(
        "{format:?} {compression:?} {chunk:?} {shard:?} {zarr_version:?} {ome:?} {labels} {scales:?} {within:?}"
    );
    format!("{work}\n{image}\n{bytes}")
}

/// In which blocks, and in which order, the files are written, so that few of them are open at a time.
fn pace(probe: &dyn Sink, axis: usize, count: usize, limit: u64) -> Result<(Shape, WriteOrder), Error> {
    let (shape, dtype, unit) = (probe.meta().shape(), probe.meta().dtype(), probe.unit());
    let bytes = Flat::nbytes(&shape, dtype).unwrap_or(u64::MAX);
    let is_one = (0..shape.rank()).all(|axis| unit[axis] >= shape[axis]);
    if is_one || bytes <= ONE_PIECE.min(limit / 4) {
        let whole = Shape::from_fn(shape.rank(), |axis| shape[axis].max(1));
        return Ok((whole.insert_axis(axis, 1)?, WriteOrder::Any));
    }
    let unit = unit.insert_axis(axis, 1)?;
    if axis == 0 {
        // One file after another.
        return Ok((unit, WriteOrder::Ascending));
    }
    if count > MOST_OPEN {
        return Err(Error::invalid(format!(
            "{count} files would grow at the same time, {MOST_OPEN} are the most: make their axis the first"
        )));
    }
    Ok((unit, probe.order()))
}

fn axis_of(template: &Template, axes: Axes) -> Result<usize, Error> {
    let axis = match template.axis {
        Some(letter) => axes.position(letter),
        None => (!axes.is_empty()).then_some(0),
    };
    let wanted = || template.axis.map_or("one".to_owned(), |letter| format!("`{letter}`"));
    axis.ok_or_else(|| Error::invalid(format!("the image has the axes `{axes}`: no axis {}", wanted())))
}

/// The description of one file.
fn slice_of(meta: &Meta, axis: usize) -> Result<Meta, Error> {
    let gone = meta.axes().letter(axis);
    let letters = meta
        .axes()
        .iter()
        .filter(|letter| Some(*letter) != gone)
        .collect::<String>();
    let slice = meta
        .clone()
        .with_axes(letters.parse()?, meta.shape().remove_axis(axis)?)?;
    Ok(match gone {
        Some('c') => slice.with_channel_names(Vec::<&str>::new()),
        _ => slice,
    })
}

impl StackSink {
    fn write_slices(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        check_block(&self.meta, &self.unit, roi, block)?;
        let (whole, part) = (self.slice.roi(), roi.remove_axis(self.axis)?);
        for (nth, n) in roi.range(self.axis).enumerate() {
            checkpoint.check()?;
            let own = Roi::full(roi.shape()).with_axis(self.axis, nth..nth + 1)?;
            let slice = block.slice(&own)?.to_axes(self.slice.axes())?;
            let make = || self.how.single(&self.home.place(n, &self.within)?, &self.slice);
            self.slices.write((n, whole), make, (&part, &slice), checkpoint)?;
        }
        Ok(())
    }
}

impl Sink for StackSink {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> Shape {
        self.unit
    }

    fn order(&self) -> WriteOrder {
        self.order
    }

    fn is_written(&self, roi: &Roi) -> bool {
        roi.range(self.axis).all(|n| self.home.is_whole(n))
    }

    fn scratch(&self, roi: &Roi) -> u64 {
        roi.remove_axis(self.axis)
            .map_or(0, |part| self.probe.sink.scratch(&part))
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let written = self.write_slices(roi, block, checkpoint);
        written.context(format_args!("cannot write `{}`", self.name))
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let context = format!("cannot write `{}`", self.name);
        self.home.publish(checkpoint).context(context)
    }
}

//! Writing a stack.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::create::Create;
use crate::io::exchange::rename;
use crate::io::flat::Flat;
use crate::io::journal::{begin_folder, has_folder};
use crate::io::location::Location;
use crate::io::sink::{Saved, Sink, WriteOrder, check_block};
use crate::io::stack::Template;
use crate::io::stack::slices::{MOST_OPEN, Slices};
use crate::io::staging::Staging;
use crate::io::writable::existing;
use crate::roi::{Roi, Shape};

/// The file that says that all are whole and are getting their names: whatever is not in the folder any more has its own.
const NAMING: &str = ".headwater-naming";
/// Up to this size, a file is written in one piece.
const ONE_PIECE: u64 = 32 << 20;

struct StackSink {
    name: String,
    meta: Meta,
    /// The axis along which there is a file each.
    axis: usize,
    targets: Vec<PathBuf>,
    within: String,
    how: Create,
    replace: bool,
    /// Of one file.
    slice: Meta,
    unit: Shape,
    order: WriteOrder,
    /// Whether an earlier run had begun to give the files their names.
    naming: bool,
    slices: Slices,
    /// What writing a part of a file takes is what it takes for the first.
    probe: Box<dyn Sink>,
    /// After all that grows in it.
    staging: Staging,
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
    let staging = Staging::new(at.path(), false, how.resume.is_some())?;
    let work = how
        .resume
        .as_ref()
        .map(|work| identity(work, meta, how, &template.within));
    let naming = has_folder(&staging, work.as_deref())? && staging.staged().join(NAMING).exists();
    let is_named = |target: &Path| naming && !grown(&staging, target).exists();
    check_free(targets.iter().filter(|target| !is_named(target)), how.replace)?;
    begin_folder(&staging, work.as_deref())?;
    let inner = Create {
        replace: true,
        resume: None,
        ..how.clone()
    };
    let probe = inner.single(&staged(&staging, "probe-", &targets[0], &template.within)?, &slice)?;
    let (unit, order) = pace(&*probe, axis, count, how.limit.get())?;
    Ok(Box::new(StackSink {
        name: at.to_string(),
        meta: meta.clone(),
        axis,
        targets,
        within: template.within,
        how: inner,
        replace: how.replace,
        slice,
        unit,
        order,
        naming,
        slices: Slices::default(),
        probe,
        staging,
    }))
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

/// That `targets` may be written.
fn check_free<'a>(targets: impl Iterator<Item = &'a PathBuf>, replace: bool) -> Result<(), Error> {
    for target in targets {
        let check = || match existing(target, replace)? {
            Some(_) if target.is_dir() => Err(Error::invalid("it is a folder: in a stack, none is replaced")),
            _ => Ok(()),
        };
        check().context(format_args!("`{}`", target.display()))?;
    }
    Ok(())
}

/// Where the file that will be `target` is when it is whole.
fn grown(staging: &Staging, target: &Path) -> PathBuf {
    staging.staged().join(target.file_name().unwrap_or_default())
}

/// Where the file that will be `target` grows.
fn staged(staging: &Staging, prefix: &str, target: &Path, within: &str) -> Result<Location, Error> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let path = staging.staged().join(format!("{prefix}{name}"));
    Ok(Location::file(&path)?.with_within(within))
}

impl StackSink {
    /// Where file `n` is when it is whole.
    fn grown(&self, n: usize) -> PathBuf {
        grown(&self.staging, &self.targets[n])
    }

    /// Whether file `n` has got its name in an earlier run.
    fn is_named(&self, n: usize) -> bool {
        self.naming && !self.grown(n).exists() && self.targets[n].exists()
    }

    fn is_whole(&self, n: usize) -> bool {
        self.grown(n).exists() || self.is_named(n)
    }

    fn write_slices(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        check_block(&self.meta, &self.unit, roi, block)?;
        let (whole, part) = (self.slice.roi(), roi.remove_axis(self.axis)?);
        for (nth, n) in roi.range(self.axis).enumerate() {
            checkpoint.check()?;
            let own = Roi::full(roi.shape()).with_axis(self.axis, nth..nth + 1)?;
            let slice = block.slice(&own)?.to_axes(self.slice.axes())?;
            let make = || {
                let place = staged(&self.staging, "", &self.targets[n], &self.within)?;
                self.how.single(&place, &self.slice)
            };
            self.slices.write((n, whole), make, (&part, &slice), checkpoint)?;
        }
        Ok(())
    }

    /// Gives all files their names.
    fn publish(self, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let count = self.targets.len();
        if let Some(n) = (0..count).find(|n| !self.is_whole(*n)) {
            let name = self.targets[n].display();
            return Err(Error::msg(format!("`{name}` has not been written to its end")));
        }
        let left: Vec<_> = (0..count).filter(|n| !self.is_named(*n)).collect();
        // Once more: it may be hours ago.
        check_free(left.iter().map(|n| &self.targets[*n]), self.replace)?;
        fs::write(self.staging.staged().join(NAMING), "")?;
        self.staging.secure(checkpoint)?;
        for n in left {
            let target = &self.targets[n];
            rename(&self.grown(n), target, self.replace).context(format_args!("`{}`", target.display()))?;
        }
        let bytes = self
            .targets
            .iter()
            .map(|target| length(target))
            .sum::<io::Result<u64>>()?;
        let path = self.staging.path().to_owned();
        // Not every file system can sync a folder.
        if let Some(folder) = path.parent() {
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        drop(self.probe);
        self.staging.discard();
        Ok(Saved { path, bytes })
    }
}

/// Of a file, or of all files of a folder.
fn length(path: &Path) -> io::Result<u64> {
    let kind = fs::symlink_metadata(path)?;
    if !kind.is_dir() {
        return Ok(kind.len());
    }
    let entries = fs::read_dir(path)?;
    entries.map(|entry| length(&entry?.path())).sum()
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
        roi.range(self.axis).all(|n| self.is_whole(n))
    }

    fn scratch(&self, roi: &Roi) -> u64 {
        roi.remove_axis(self.axis).map_or(0, |part| self.probe.scratch(&part))
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let written = self.write_slices(roi, block, checkpoint);
        written.context(format_args!("cannot write `{}`", self.name))
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let context = format!("cannot write `{}`", self.name);
        self.publish(checkpoint).context(context)
    }
}

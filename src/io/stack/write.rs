//! Writing a stack.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::create::Create;
use crate::io::location::Location;
use crate::io::sink::{Saved, Sink, WriteOrder};
use crate::io::stack::Template;
use crate::io::staging::Staging;
use crate::roi::{Roi, Shape};
use crate::sync::{Arc, Mutex};

/// What the folder of a run that can be resumed says of its work.
const WORK: &str = "work";

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
    staging: Staging,
    slices: Mutex<HashMap<usize, Slice>>,
    /// What writing a part of a file takes is what it takes for the first.
    probe: Box<dyn Sink>,
}

/// A file of which something is written.
struct Slice {
    sink: Arc<Box<dyn Sink>>,
    written: usize,
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
    check_free(&targets, how.replace)?;
    let slice = slice_of(meta, axis)?;
    let staging = Staging::new(at.path(), false, how.resume.is_some())?;
    prepare(&staging, how.resume.as_deref(), meta)?;
    let inner = Create {
        replace: true,
        resume: None,
        ..how.clone()
    };
    let probe = inner.single(&staged(&staging, "probe-", &targets[0], &template.within)?, &slice)?;
    let unit = probe.unit().insert_axis(axis, 1)?;
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
        order: probe.order(),
        staging,
        slices: Mutex::default(),
        probe,
    }))
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

fn check_free(targets: &[PathBuf], replace: bool) -> Result<(), Error> {
    if replace {
        return Ok(());
    }
    match targets.iter().find(|target| fs::symlink_metadata(target).is_ok()) {
        None => Ok(()),
        Some(target) => Err(Error::invalid(format!(
            "`{}` exists, and is not to be replaced",
            target.display()
        ))),
    }
}

/// Makes the folder in which the files grow; keeps what is in it if it is of the same work.
fn prepare(staging: &Staging, work: Option<&str>, meta: &Meta) -> Result<(), Error> {
    let folder = staging.staged();
    let said = work.map(|work| format!("{meta:?}\n{work}"));
    let kept = fs::read_to_string(folder.join(WORK)).ok();
    if said.is_some() && kept == said {
        return Ok(());
    }
    staging.clear()?;
    fs::create_dir(folder)?;
    if let Some(said) = said {
        fs::write(folder.join(WORK), said)?;
    }
    Ok(())
}

/// Where the file that will be `target` grows.
fn staged(staging: &Staging, prefix: &str, target: &Path, within: &str) -> Result<Location, Error> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let path = staging.staged().join(format!("{prefix}{name}"));
    Ok(Location::file(&path)?.with_within(within))
}

impl StackSink {
    /// Where file `n` grows, and is when it is whole.
    fn grown(&self, n: usize) -> PathBuf {
        let name = self.targets[n].file_name().unwrap_or_default();
        self.staging.staged().join(name)
    }

    /// The sink of file `n`.
    fn sink(&self, n: usize) -> Result<Arc<Box<dyn Sink>>, Error> {
        let mut slices = self.slices.lock();
        if let Some(slice) = slices.get(&n) {
            return Ok(Arc::clone(&slice.sink));
        }
        let place = staged(&self.staging, "", &self.targets[n], &self.within)?;
        let sink = Arc::new(self.how.single(&place, &self.slice)?);
        let slice = Slice {
            sink: Arc::clone(&sink),
            written: 0,
        };
        slices.insert(n, slice);
        Ok(sink)
    }

    /// Counts what has been written of file `n`; finishes it with the last of it.
    fn count(&self, n: usize, pixels: usize, checkpoint: &Checkpoint) -> Result<(), Error> {
        let whole = {
            let mut slices = self.slices.lock();
            let Some(slice) = slices.get_mut(&n) else { return Ok(()) };
            slice.written += pixels;
            let whole = slice.written >= self.slice.shape().saturating_volume();
            if whole { slices.remove(&n) } else { None }
        };
        // Whoever wrote to it has let go of it before it counted.
        match whole.and_then(|slice| Arc::into_inner(slice.sink)) {
            Some(sink) => sink.finish(checkpoint).map(drop),
            None => Ok(()),
        }
    }

    fn write_slices(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let part = roi.remove_axis(self.axis)?;
        for (nth, n) in roi.range(self.axis).enumerate() {
            checkpoint.check()?;
            let own = Roi::full(roi.shape()).with_axis(self.axis, nth..nth + 1)?;
            let slice = block.slice(&own)?.to_axes(self.slice.axes())?;
            let sink = self.sink(n)?;
            sink.write_region(&part, &slice, checkpoint)?;
            drop(sink);
            self.count(n, part.shape().saturating_volume(), checkpoint)?;
        }
        Ok(())
    }

    /// Gives all files their names.
    fn publish(self) -> Result<Saved, Error> {
        let missing = (0..self.targets.len()).find(|n| !self.grown(*n).exists());
        if let Some(n) = missing {
            let name = self.targets[n].display();
            return Err(Error::msg(format!("`{name}` has not been written to its end")));
        }
        check_free(&self.targets, self.replace)?;
        let mut bytes = 0;
        for (n, target) in self.targets.iter().enumerate() {
            let grown = self.grown(n);
            bytes += length(&grown)?;
            if target.is_dir() {
                return Err(Error::invalid(format!("`{}` is a folder", target.display())));
            }
            fs::rename(grown, target).context(format!("`{}`", target.display()))?;
        }
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
        roi.range(self.axis).all(|n| self.grown(n).exists())
    }

    fn scratch(&self, roi: &Roi) -> u64 {
        roi.remove_axis(self.axis).map_or(0, |part| self.probe.scratch(&part))
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let written = self.write_slices(roi, block, checkpoint);
        written.context(format_args!("cannot write `{}`", self.name))
    }

    fn finish(self: Box<Self>, _checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let context = format!("cannot write `{}`", self.name);
        self.publish().context(context)
    }
}

//! Writing bare samples and their description.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::bytes::Endian;
use crate::io::create::Create;
use crate::io::flat_sink::FlatSink;
use crate::io::location::Location;
use crate::io::raw::Sidecar;
use crate::io::raw::change::Change;
use crate::io::raw::sidecar;
use crate::io::sink::{Saved, Sink, check_block};
use crate::io::staging::Staging;
use crate::roi::Roi;

struct RawSink {
    name: String,
    meta: Meta,
    place: PathBuf,
    text: String,
    samples: FlatSink,
    description: Staging,
}

/// Begins the file.
///
/// # Errors
///
/// As [`Create::create`], without the file's name.
pub(crate) fn create(at: &Location, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    let samples = Staging::new(at.path(), how.replace, how.resume.is_some())?.durable(!how.volatile);
    let beside = Sidecar::path(at.path());
    let text = Sidecar::of(meta).text()?;
    // What a run that was killed between the two files has left.
    let alone = !at.path().exists() && sidecar::bytes(&beside).is_ok_and(|old| old.as_deref() == Some(text.as_bytes()));
    let description = Staging::new(&beside, how.replace || alone, how.resume.is_some());
    let description = description.context(format!("its description `{}`", beside.display()))?;
    let description = description.durable(!how.volatile);
    let kind = (meta.shape(), meta.dtype(), Endian::NATIVE);
    let samples = FlatSink::new(samples, &[], kind, how.resume.as_deref())?;
    let place = at.path().to_owned();
    let (name, meta) = (at.to_string(), meta.clone());
    Ok(Box::new(RawSink {
        name,
        meta,
        place,
        text,
        samples,
        description,
    }))
}

impl RawSink {
    /// The order of the steps is that of the module's promise.
    fn commit(self, checkpoint: &Checkpoint) -> Result<u64, Error> {
        self.samples.check_complete()?;
        // What takes long comes first: between one name and the other is no more than a moment.
        let bytes = self.samples.secure(checkpoint)? + self.text.len() as u64;
        match self.samples.replaces() && self.place.exists() {
            true => self.replace(),
            false => self.appear(),
        }?;
        Ok(bytes)
    }

    /// The description comes first, which without samples is nothing.
    fn appear(self) -> Result<(), Error> {
        let description = self.description;
        describe(&description, self.text.as_bytes(), description.replaces())?;
        let published = self.samples.publish();
        if published.is_err() {
            let _ = fs::remove_file(description.path());
        }
        description.discard();
        published
    }

    fn replace(self) -> Result<(), Error> {
        let (description, new) = (self.description, self.text.as_bytes());
        let old = sidecar::bytes(description.path())?;
        if old.as_deref() == Some(new) {
            self.samples.publish()?;
            description.discard();
            return Ok(());
        }
        let grown = (self.samples.staged(), Sidecar::of(&self.meta));
        let change = Change::new(&self.place, old.as_deref(), grown)?;
        describe(&description, change.text()?.as_bytes(), true)?;
        if let Err(error) = self.samples.publish() {
            // The old samples have not gone: they need what was there. With both descriptions they can be read, too.
            let _ = match old {
                Some(old) => describe(&description, &old, true),
                None => fs::remove_file(description.path()).map_err(Error::from),
            };
            return Err(error);
        }
        describe(&description, new, true)?;
        description.discard();
        Ok(())
    }
}

/// Puts a description in its place, in one step.
fn describe(place: &Staging, text: &[u8], replace: bool) -> Result<(), Error> {
    place.new_file()?.write_all(text)?;
    place.secure(&Checkpoint::never())?;
    place.give_name(replace)
}

impl Sink for RawSink {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn is_written(&self, roi: &Roi) -> bool {
        self.samples.is_written(roi)
    }

    fn scratch(&self, _roi: &Roi) -> u64 {
        0
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let written =
            check_block(&self.meta, &self.unit(), roi, block).and_then(|()| self.samples.write(roi, block, checkpoint));
        written.context(format_args!("cannot write `{}`", self.name))
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let path = self.place.clone();
        let context = format!("cannot write `{}`", self.name);
        let bytes = self.commit(checkpoint).context(context)?;
        Ok(Saved { path, bytes })
    }
}

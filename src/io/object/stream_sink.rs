//! Writing bare samples into an object: NPY, and raw with its description beside it.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::create::Create;
use crate::io::flat::Flat;
use crate::io::inflated::run_block;
use crate::io::location::Location;
use crate::io::npy;
use crate::io::object::fetch::Part;
use crate::io::object::fingerprint::told;
use crate::io::object::remote::Remote;
use crate::io::object::stream::{Gate, Stream, scratch};
use crate::io::ordered::Ordered;
use crate::io::raw;
use crate::io::sink::{Saved, Sink, WriteOrder};
use crate::roi::{Roi, Shape};

use std::io::Write as _;

struct StreamSink {
    name: String,
    meta: Meta,
    samples: Ordered<Stream>,
    gate: Gate,
    length: u64,
    /// If a description lies beside the samples.
    described: Option<Described>,
}

/// Begins an NPY.
///
/// # Errors
///
/// As [`Create::create`], without the URL.
pub(super) fn npy(at: &Location, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    let header = npy::Header::write(meta.dtype(), &meta.shape());
    begin(at, meta, how, &header, None)
}

/// Begins raw samples.
///
/// # Errors
///
/// As [`Create::create`], without the URL.
pub(super) fn raw(at: &Location, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    let place = Location::parse(&format!("{at}.json"))?;
    let beside = Remote::new(&place, &how.settings)?;
    absent(&beside, how).context(format!("its description `{place}`"))?;
    let text = raw::Sidecar::of(meta).text()?.into_bytes();
    let described = Described {
        samples: Remote::new(at, &how.settings)?,
        beside,
        text,
    };
    begin(at, meta, how, &[], Some(described))
}

fn begin(
    at: &Location,
    meta: &Meta,
    how: &Create,
    head: &[u8],
    described: Option<Described>,
) -> Result<Box<dyn Sink>, Error> {
    let remote = Remote::new(at, &how.settings)?;
    remote.check_writable()?;
    absent(&remote, how)?;
    let samples = Flat::nbytes(&meta.shape(), meta.dtype());
    let length = samples.and_then(|samples| samples.checked_add(head.len() as u64));
    let length = length.ok_or_else(|| Error::invalid("more bytes than an object can have"))?;
    let mut stream = Stream::new(&remote, length, how.limit)?;
    let gate = stream.gate();
    stream.write_all(head)?;
    Ok(Box::new(StreamSink {
        name: at.to_string(),
        meta: meta.clone(),
        samples: Ordered::new(stream, meta),
        gate,
        length,
        described,
    }))
}

/// Whether there is nothing, or it may be replaced.
fn absent(remote: &Remote, how: &Create) -> Result<(), Error> {
    match remote.length("", &how.checkpoint)? {
        Some(_) if !how.replace => Err(Error::invalid("it exists, and is not to be replaced")),
        _ => Ok(()),
    }
}

impl StreamSink {
    fn end(self, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let stream = self.samples.end()?;
        let bytes = match self.described {
            None => stream.finish(checkpoint)?,
            Some(described) => described.end(stream, checkpoint)?,
        };
        let path = self.name.into();
        Ok(Saved { path, bytes })
    }
}

/// Where samples go whose description lies beside them.
///
/// There is no step that replaces two objects. No name ever shows samples with the description of others, so that of the old ones
/// goes when all the new samples are up that can be before they appear, and comes back if they do not. Who is killed between
/// leaves the one or the other samples without a description.
struct Described {
    samples: Remote,
    beside: Remote,
    text: Vec<u8>,
}

impl Described {
    /// Ends `stream`. Returns the bytes of the samples and of the description.
    ///
    /// # Errors
    ///
    /// The transfer's; the checkpoint's reason.
    fn end(self, stream: Stream, checkpoint: &Checkpoint) -> Result<u64, Error> {
        let never = Checkpoint::never();
        stream.settle(checkpoint)?;
        let before = told(&self.samples, "", checkpoint)?;
        let old = self.beside.get("", Part::Whole, raw::LONGEST, checkpoint)?;
        if old.is_some() {
            self.beside.remove("", checkpoint)?;
        }
        let finished = stream.finish(checkpoint);
        if let (Err(_), Some(old)) = (&finished, old)
            && told(&self.samples, "", &never).is_ok_and(|now| now == before)
        {
            // The cause is the better answer, whatever comes of this.
            let _ = self.beside.put("", old.bytes, &never);
        }
        let length = self.text.len() as u64;
        let bytes = finished?;
        // The samples are there: nobody is to find them without it.
        self.beside.put("", self.text, &never)?;
        Ok(bytes.saturating_add(length))
    }
}

impl Sink for StreamSink {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> Shape {
        let shape = self.meta.shape();
        run_block(&shape, self.meta.dtype()).unwrap_or(shape)
    }

    fn order(&self) -> WriteOrder {
        WriteOrder::Ascending
    }

    fn scratch(&self, _roi: &Roi) -> u64 {
        0
    }

    fn kept(&self) -> u64 {
        scratch(self.length).min(self.length)
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        // A block may be many parts.
        let room = || self.gate.room(checkpoint);
        let written = self.samples.write_when(roi, block, checkpoint, room);
        written.context(format_args!("cannot write `{}`", self.name))
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let context = format!("cannot write `{}`", self.name);
        self.end(checkpoint).context(context)
    }
}

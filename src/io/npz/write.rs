//! Writing NPZ: one entry.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression as Level, Crc};

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::bytes::Endian;
use crate::io::compression::Compression;
use crate::io::create::Create;
use crate::io::flat::Flat;
use crate::io::flat_sink::FlatSink;
use crate::io::inflated::run_block;
use crate::io::location::Location;
use crate::io::npy::Header;
use crate::io::npz::records::Record;
use crate::io::ordered::Ordered;
use crate::io::sink::{Saved, Sink, WriteOrder, check_block};
use crate::io::staging::Staging;
use crate::roi::{Roi, Shape};

/// What is summed up between two looks at the checkpoint.
const PIECE: usize = 256 << 10;
/// What the encoder holds: its window, its tables, the buffer behind it.
const SCRATCH: u64 = 512 << 10;
/// The name of the entry, if none is told.
const NAME: &str = "data";

struct NpzSink {
    name: String,
    meta: Meta,
    record: Record,
    samples: Samples,
}

enum Samples {
    Stored(FlatSink),
    Deflated(Ordered<Deflated>, Staging),
}

/// A deflated entry that grows.
struct Deflated {
    encoder: DeflateEncoder<BufWriter<File>>,
    sum: Crc,
}

impl Write for Deflated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.encoder.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.encoder.flush()
    }
}

/// Begins the file.
///
/// # Errors
///
/// As [`Create::create`], without the file's name.
pub(crate) fn create(at: &Location, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    let level = match how.compression {
        None | Some(Compression::None) => None,
        Some(Compression::Deflate(level)) => Some(level),
        Some(other) => {
            return Err(Error::invalid(format!(
                "{other} is no compression of NPZ: use deflate or none"
            )));
        }
    };
    let header = Header::write(meta.dtype(), &meta.shape());
    let record = record(at, meta, &header, level.is_some())?;
    // A stream cannot be resumed.
    let resumes = how.resume.is_some() && level.is_none();
    let staging = Staging::new(at.path(), how.replace, resumes)?.durable(!how.volatile);
    let samples = match level {
        None => {
            let head = [record.local(), header].concat();
            let kind = (meta.shape(), meta.dtype(), Endian::NATIVE);
            Samples::Stored(FlatSink::new(staging, &head, kind, how.resume.as_deref())?)
        }
        Some(level) => {
            let entry = Deflated::begin(staging.new_file()?, &record, &header, level)?;
            Samples::Deflated(Ordered::new(entry, meta), staging)
        }
    };
    Ok(Box::new(NpzSink {
        name: at.to_string(),
        meta: meta.clone(),
        record,
        samples,
    }))
}

/// The entry that `at` tells, with what is known of it before its data are there.
fn record(at: &Location, meta: &Meta, header: &[u8], deflated: bool) -> Result<Record, Error> {
    let entry = match at.within() {
        "" => NAME,
        within => within.trim_end_matches(".npy"),
    };
    if entry.len() > usize::from(u16::MAX / 2) {
        return Err(Error::invalid("a name of an array that is longer than zip allows"));
    }
    let samples = Flat::nbytes(&meta.shape(), meta.dtype());
    let size = samples
        .and_then(|samples| samples.checked_add(header.len() as u64))
        .ok_or_else(|| Error::invalid("more bytes than a file can have"))?;
    Ok(Record {
        name: format!("{entry}.npy"),
        method: if deflated { 8 } else { 0 },
        crc: 0,
        packed: size,
        size,
    })
}

impl Deflated {
    fn begin(mut file: File, record: &Record, header: &[u8], level: u8) -> Result<Self, Error> {
        file.write_all(&record.local())?;
        let encoder = DeflateEncoder::new(BufWriter::new(file), Level::new(level.into()));
        let sum = Crc::new();
        let mut entry = Self { encoder, sum };
        entry.write_all(header)?;
        Ok(entry)
    }
}

impl NpzSink {
    fn end(self, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let mut record = self.record;
        let start = record.local().len() as u64;
        match self.samples {
            Samples::Stored(flat) => {
                flat.check_complete()?;
                record.crc = sum(flat.file(), start, record.size, checkpoint)?;
                complete(flat.file(), start, &record)?;
                flat.finish(checkpoint)
            }
            Samples::Deflated(entry, staging) => {
                let mut entry = entry.end()?;
                entry.encoder.try_finish()?;
                record.crc = entry.sum.sum();
                record.packed = entry.encoder.total_out();
                let stream = entry.encoder.finish()?;
                let file = stream.into_inner().map_err(|error| Error::from(error.into_error()))?;
                complete(&file, start, &record)?;
                staging.commit(checkpoint)
            }
        }
    }
}

/// Writes what could not be known before the data were there.
fn complete(file: &File, start: u64, record: &Record) -> Result<(), Error> {
    file.write_all_at(&record.local(), 0)?;
    file.write_all_at(&record.ends(), start + record.packed)?;
    Ok(())
}

/// The checksum of `length` bytes from `start` on. The blocks came in any order, so it is made when all are there.
fn sum(file: &File, start: u64, length: u64, checkpoint: &Checkpoint) -> Result<u32, Error> {
    let mut sum = Crc::new();
    let mut piece = vec![0; PIECE];
    let mut at = 0;
    while at < length {
        checkpoint.check()?;
        let most = (length - at).min(PIECE as u64) as usize;
        file.read_exact_at(&mut piece[..most], start + at)?;
        sum.update(&piece[..most]);
        at += most as u64;
    }
    Ok(sum.sum())
}

impl Sink for NpzSink {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> Shape {
        let shape = self.meta.shape();
        match self.samples {
            Samples::Stored(_) => Shape::from_fn(shape.rank(), |_| 1),
            Samples::Deflated(..) => run_block(&shape, self.meta.dtype()).unwrap_or(shape),
        }
    }

    fn order(&self) -> WriteOrder {
        match self.samples {
            Samples::Stored(_) => WriteOrder::Any,
            Samples::Deflated(..) => WriteOrder::Ascending,
        }
    }

    fn is_written(&self, roi: &Roi) -> bool {
        match &self.samples {
            Samples::Stored(flat) => flat.is_written(roi),
            Samples::Deflated(..) => false,
        }
    }

    fn scratch(&self, _roi: &Roi) -> u64 {
        match self.samples {
            Samples::Stored(_) => 0,
            Samples::Deflated(..) => SCRATCH,
        }
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let written = check_block(&self.meta, &self.unit(), roi, block).and_then(|()| match &self.samples {
            Samples::Stored(flat) => flat.write(roi, block, checkpoint),
            Samples::Deflated(entry, _) => entry.write(roi, block, checkpoint),
        });
        written.context(format_args!("cannot write `{}`", self.name))
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let context = format!("cannot write `{}`", self.name);
        self.end(checkpoint).context(context)
    }
}

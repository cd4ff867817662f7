//! Reading NPZ.

use std::io::BufReader;

use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::blob::Blob;
use crate::io::file_reader::FileReader;
use crate::io::inflated::{Inflated, Packed, Wrapping, run_block};
use crate::io::location::Location;
use crate::io::npy::{Header, layout};
use crate::io::npz::directory::{Entry, data_start, entries};
use crate::io::open::Open;
use crate::io::reading::Reading;
use crate::io::sampled::Sampled;
use crate::io::samples::Samples;
use crate::io::source::Source;
use crate::sync::Arc;

/// Opens the archive.
///
/// # Errors
///
/// As [`crate::io::open`], without the file's name.
pub(crate) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let blob = Blob::open(at, how)?;
    let entry = choose(entries(&blob, &how.checkpoint)?, at.within())?;
    let entry_name = entry.name.clone();
    let (meta, samples) = open_entry(blob, entry, how).context(format!("its entry `{entry_name}`"))?;
    Ok(Sampled::source(at, meta, samples))
}

/// What the arrays in the archive are called; nothing, if one is told.
///
/// # Errors
///
/// No archive, cut short, damaged.
pub(crate) fn names(at: &Location, how: &Open) -> Result<Vec<String>, Error> {
    if !at.within().is_empty() {
        return Ok(Vec::new());
    }
    let entries = entries(&Blob::open(at, how)?, &how.checkpoint)?;
    let names = entries.iter().filter_map(|entry| entry.name.strip_suffix(".npy"));
    Ok(names.map(str::to_owned).collect())
}

/// The entry that is called `wanted`, or the only one.
fn choose(entries: Vec<Entry>, wanted: &str) -> Result<Entry, Error> {
    let mut arrays: Vec<_> = entries
        .into_iter()
        .filter(|entry| entry.name.ends_with(".npy"))
        .collect();
    let found = match wanted {
        "" if arrays.len() == 1 => Some(0),
        "" => None,
        wanted => arrays
            .iter()
            .position(|entry| entry.name == wanted || entry.name.strip_suffix(".npy") == Some(wanted)),
    };
    if let Some(found) = found {
        return Ok(arrays.swap_remove(found));
    }
    let mut names: Vec<_> = arrays.iter().map(|entry| entry.name.trim_end_matches(".npy")).collect();
    // A thousand names help nobody.
    if names.len() > 20 {
        names.truncate(20);
        names.push("…");
    }
    let names = names.join("`, `");
    Err(Error::invalid(match (arrays.len(), wanted) {
        (0, _) => "there is no array in it".to_owned(),
        (n, "") => format!("there are {n} arrays in it: name one of `{names}` behind the file's name and a slash"),
        (_, wanted) => format!("there is no array `{wanted}` in it, but `{names}`"),
    }))
}

fn open_entry(blob: Blob, entry: Entry, how: &Open) -> Result<(Meta, Samples), Error> {
    if entry.encrypted {
        return Err(Error::invalid("it is encrypted"));
    }
    let start = data_start(&blob, &entry, &how.checkpoint)?;
    let (blob, reading) = (Arc::new(blob), Reading::of(&how.checkpoint));
    match entry.method {
        0 => {
            let packed = entry.packed;
            let stream = FileReader::new(&blob, start, packed).watched_by(&reading);
            let header = Header::read(&mut BufReader::new(stream))?;
            let (meta, needed) = layout(&header, how.axes)?;
            fits(&entry, packed, needed)?;
            let kind = (header.dtype, header.order);
            let samples = blob.samples(start + header.offset, meta.shape(), kind)?;
            Ok((meta, samples))
        }
        8 => {
            let packed = Packed {
                blob,
                start,
                length: entry.packed,
                wrapping: Wrapping::Deflate,
                sum: Some((entry.size, entry.crc)),
            };
            let header = Header::read(&mut packed.stream(&reading))?;
            let (meta, needed) = layout(&header, how.axes)?;
            fits(&entry, entry.size, needed)?;
            packed.can_hold(needed)?;
            let block = run_block(&meta.shape(), meta.dtype())?;
            let kind = (header.dtype, header.order);
            let inflated = Inflated::new((packed, header.offset), meta.shape(), kind, how.limit);
            Ok((meta.with_ideal_block(block), Samples::Inflated(inflated)))
        }
        other => Err(Error::invalid(format!("compression {other} of zip is not supported"))),
    }
}

/// Whether an entry of `size` bytes holds what its header tells.
fn fits(entry: &Entry, size: u64, needed: u64) -> Result<(), Error> {
    if size >= needed && entry.size >= needed {
        return Ok(());
    }
    Err(Error::msg(format!(
        "it has {size} bytes and needs {needed} (cut short or damaged)"
    )))
}

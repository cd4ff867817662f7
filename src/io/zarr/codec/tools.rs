//! What a thread keeps from one chunk to the next: buffers and contexts of compressors.

use std::cell::Cell;

use crate::error::{Error, ErrorContext as _};

/// A buffer that has grown beyond this is given back after its chunk.
const MOST_KEPT: usize = 4 << 20;
/// Contexts of higher levels are as large as what they compress.
const MOST_KEPT_LEVEL: i32 = 6;

/// Buffers and contexts.
#[derive(Default)]
pub(in crate::io::zarr) struct Tools {
    /// A chunk as it is in the store.
    pub(in crate::io::zarr) encoded: Vec<u8>,
    pub(in crate::io::zarr) coding: Coding,
}

/// What turns a chunk into samples and back.
#[derive(Default)]
pub(in crate::io::zarr) struct Coding {
    /// The samples.
    pub(in crate::io::zarr) decoded: Vec<u8>,
    pub(in crate::io::zarr) contexts: Contexts,
}

/// Contexts of compressors, which take longer to make than a small chunk takes.
#[derive(Default)]
pub(in crate::io::zarr) struct Contexts {
    decompressor: Option<zstd::bulk::Decompressor<'static>>,
    compressor: Option<(i32, bool, zstd::bulk::Compressor<'static>)>,
}

impl Contexts {
    pub(super) fn decompressor(&mut self) -> Result<&mut zstd::bulk::Decompressor<'static>, Error> {
        if self.decompressor.is_none() {
            self.decompressor = Some(zstd::bulk::Decompressor::new().context("no Zstandard decoder")?);
        }
        self.decompressor.as_mut().ok_or_else(no_context)
    }

    pub(super) fn compressor(
        &mut self,
        level: i32,
        checksum: bool,
    ) -> Result<&mut zstd::bulk::Compressor<'static>, Error> {
        let fits = |(l, c, _): &(i32, bool, _)| (*l, *c) == (level, checksum);
        if !self.compressor.as_ref().is_some_and(fits) {
            let mut compressor = zstd::bulk::Compressor::new(level).context("no Zstandard encoder")?;
            compressor.include_checksum(checksum).context("no Zstandard encoder")?;
            self.compressor = Some((level, checksum, compressor));
        }
        let (_, _, compressor) = self.compressor.as_mut().ok_or_else(no_context)?;
        Ok(compressor)
    }
}

fn no_context() -> Error {
    Error::msg("there is no Zstandard context")
}

std::thread_local! {
    static IDLE: Cell<Option<Box<Tools>>> = const { Cell::new(None) };
}

/// Calls `work` with this thread's tools, or with new ones where it is called within itself.
pub(in crate::io::zarr) fn with_tools<R>(work: impl FnOnce(&mut Tools) -> R) -> R {
    let mut tools = IDLE.take().unwrap_or_default();
    let result = work(&mut tools);
    for buffer in [&mut tools.encoded, &mut tools.coding.decoded] {
        if buffer.capacity() > MOST_KEPT {
            *buffer = Vec::new();
        }
    }
    let compressor = &mut tools.coding.contexts.compressor;
    if compressor.as_ref().is_some_and(|(level, ..)| *level > MOST_KEPT_LEVEL) {
        *compressor = None;
    }
    IDLE.set(Some(tools));
    result
}

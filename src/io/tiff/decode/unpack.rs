//! The decoders of others, each into a buffer of ours.

use flate2::{Decompress, FlushDecompress, Status};
use libdeflater::Decompressor as Deflate;
use weezl::{BitOrder, LzwStatus, decode};
use zstd::bulk::Decompressor as Zstd;
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation as _, OutBuffer};

use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// A strip or tile up to this size is unpacked at one go, in less than a millisecond: the decoders that cannot stop in between
/// are twice as fast as those that can.
pub(in crate::io::tiff) const AT_ONCE: usize = 512 << 10;
/// What is unpacked between two looks at the checkpoint.
const PIECE: usize = 64 << 10;
/// A frame of Zstandard may ask for a window of its own memory: not for more than this power of two, which all levels up to 19
/// are content with.
const ZSTD_WINDOW_LOG: u32 = 23;
/// What unpacking Zstandard takes: the window and some.
pub(in crate::io::tiff) const ZSTD_MEMORY: u64 = (1 << ZSTD_WINDOW_LOG) + (1 << 20);

/// The decoders that unpack at one go, kept from one strip or tile to the next.
#[derive(Default)]
pub(in crate::io::tiff) struct Unpackers {
    deflate: Option<Deflate>,
    zstd: Option<Zstd<'static>>,
}

impl Unpackers {
    /// Fills `out` from a zlib stream. Of more than [`AT_ONCE`], or if the stream does not have as much, at least the first
    /// `needed` bytes.
    ///
    /// # Errors
    ///
    /// Data that are damaged or end early, the checkpoint's reason.
    pub(super) fn deflate(
        &mut self,
        packed: &[u8],
        out: &mut [u8],
        needed: usize,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        if out.len() <= AT_ONCE {
            let stream = self.deflate.get_or_insert_with(Deflate::new);
            if stream.zlib_decompress(packed, out) == Ok(out.len()) {
                return Ok(());
            }
        }
        // Longer than it should be, or damaged: as far as it is good, and with what is wrong.
        deflate(packed, &mut out[..needed], checkpoint)
    }

    /// Fills `out` from frames of Zstandard, as [`deflate`](Self::deflate) does.
    ///
    /// # Errors
    ///
    /// Data that are damaged or end early, a frame that asks for too large a window, the checkpoint's reason.
    pub(super) fn zstd(
        &mut self,
        packed: &[u8],
        out: &mut [u8],
        needed: usize,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        if out.len() <= AT_ONCE {
            let stream = match &mut self.zstd {
                Some(stream) => stream,
                none => none.insert(Zstd::new()?),
            };
            if stream.decompress_to_buffer(packed, out).ok() == Some(out.len()) {
                return Ok(());
            }
        }
        zstd(packed, &mut out[..needed], checkpoint)
    }
}

/// The error of data that do not fill their strip or tile.
pub(super) fn ended_early() -> Error {
    Error::msg("the data of a strip or tile end too early (cut short or damaged)")
}

fn damaged(what: &str) -> Error {
    Error::msg(format!("the {what} data of a strip or tile are damaged"))
}

/// Fills `out` from a zlib stream.
///
/// # Errors
///
/// Data that are damaged or end early, the checkpoint's reason.
fn deflate(packed: &[u8], out: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
    let mut stream = Decompress::new(true);
    let (mut read, mut filled) = (0, 0);
    while filled < out.len() {
        checkpoint.check()?;
        let end = out.len().min(filled + PIECE);
        let (before_in, before_out) = (stream.total_in(), stream.total_out());
        let status = stream.decompress(&packed[read..], &mut out[filled..end], FlushDecompress::None);
        read += (stream.total_in() - before_in) as usize;
        let gained = (stream.total_out() - before_out) as usize;
        filled += gained;
        match status {
            Err(_) => return Err(damaged("deflate")),
            Ok(Status::StreamEnd) if filled < out.len() => return Err(ended_early()),
            Ok(_) if gained == 0 => return Err(ended_early()),
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Fills `out` from frames of Zstandard.
///
/// # Errors
///
/// Data that are damaged or end early, a frame that asks for too large a window, the checkpoint's reason.
fn zstd(packed: &[u8], out: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
    let mut stream = Decoder::new()?;
    stream.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG))?;
    let mut input = InBuffer::around(packed);
    let mut filled = 0;
    while filled < out.len() {
        checkpoint.check()?;
        let end = out.len().min(filled + PIECE);
        let mut output = OutBuffer::around(&mut out[filled..end]);
        let step = stream.run(&mut input, &mut output);
        let gained = output.pos();
        filled += gained;
        step.map_err(|error| damaged("Zstandard").context(error))?;
        if gained == 0 && input.pos() == packed.len() {
            return Err(ended_early());
        }
    }
    Ok(())
}

/// Fills `out` from LZW, the highest bit of a byte first.
///
/// # Errors
///
/// Data that are damaged or end early, the checkpoint's reason.
pub(super) fn lzw(packed: &[u8], out: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
    let mut stream = decode::Configuration::with_tiff_size_switch(BitOrder::Msb, 8)
        .with_yield_on_full_buffer(true)
        .build();
    let (mut read, mut filled) = (0, 0);
    while filled < out.len() {
        checkpoint.check()?;
        let end = out.len().min(filled + PIECE);
        let step = stream.decode_bytes(&packed[read..], &mut out[filled..end]);
        read += step.consumed_in;
        filled += step.consumed_out;
        match step.status {
            Err(_) => return Err(damaged("LZW")),
            Ok(LzwStatus::Ok) => {}
            Ok(LzwStatus::Done | LzwStatus::NoProgress) if filled < out.len() => return Err(ended_early()),
            Ok(_) => {}
        }
    }
    Ok(())
}

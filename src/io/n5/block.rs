//! One block: its file, its head, its samples.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression as Level;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::zeroed;
use crate::io::flat::cut_short;
use crate::io::limit::Limit;
use crate::io::n5::attributes::Codec;
use crate::roi::{Roi, Shape};

/// What is decoded or encoded between two looks at the checkpoint.
const PIECE: usize = 32 << 10;
/// The largest window that a decoder of zstd may ask for, as a power of two: 8 MiB.
const WINDOW: u32 = 23;
/// What a decoder or encoder holds.
pub(super) const SCRATCH: u64 = 16 << 20;

/// The blocks of a dataset.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    pub(super) folder: PathBuf,
    /// The shape of a block.
    pub(super) shape: Shape,
    /// Bytes of a sample.
    pub(super) item: usize,
    pub(super) codec: Codec,
}

impl Blocks {
    /// The file of the block at `index`, in our order of axes.
    pub(super) fn path(&self, index: &[usize]) -> PathBuf {
        index
            .iter()
            .rev()
            .fold(self.folder.clone(), |path, n| path.join(n.to_string()))
    }

    /// The most bytes that reading a block takes.
    pub(super) fn scratch(&self) -> u64 {
        let block = self.shape.saturating_volume() as u64;
        block.saturating_mul(self.item as u64).saturating_add(SCRATCH)
    }

    /// The indices of the blocks that `roi` touches.
    ///
    /// # Errors
    ///
    /// None that a region within an image could have.
    pub(super) fn touched(&self, roi: &Roi) -> Result<Roi, Error> {
        let indices = roi
            .ranges()
            .zip(self.shape.iter())
            .map(|(range, block)| range.start / block..range.end.div_ceil(block));
        Ok(Roi::from_ranges(indices)?)
    }

    /// The samples of the block at `index`, and where they lie in the image; nothing if it has no file.
    ///
    /// # Errors
    ///
    /// The file system's, cut short, damaged, above the limit; the checkpoint's reason. It names the file.
    pub(super) fn read(
        &self,
        index: &[usize],
        limit: Limit,
        checkpoint: &Checkpoint,
    ) -> Result<Option<(Vec<u8>, Roi)>, Error> {
        let path = self.path(index);
        let open = || match fs::metadata(&path)?.is_file() {
            true => File::open(&path),
            // Opening a pipe could block for ever.
            false => Err(io::Error::other("it is not a regular file")),
        };
        let file = match open() {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::from(error).context(format!("its block `{}`", path.display()))),
        };
        let read = self.decode(BufReader::new(file), index, limit, checkpoint);
        read.map(Some)
            .map_err(|error| error.context(format!("its block `{}`", path.display())))
    }

    /// As [`read`](Self::read), from its beginning in `stream`.
    ///
    /// # Errors
    ///
    /// As there, without the file.
    pub(super) fn decode(
        &self,
        mut stream: impl Read,
        index: &[usize],
        limit: Limit,
        checkpoint: &Checkpoint,
    ) -> Result<(Vec<u8>, Roi), Error> {
        let lengths = self.head(&mut stream)?;
        let count = lengths.iter().map(|n| *n as u64).product::<u64>();
        let bytes = count.saturating_mul(self.item as u64);
        limit.admit(bytes.saturating_add(SCRATCH))?;
        let mut samples = zeroed(bytes)?;
        let mut stream: Box<dyn Read + '_> = match self.codec {
            Codec::Raw => Box::new(stream),
            Codec::Gzip(_) => Box::new(MultiGzDecoder::new(stream)),
            Codec::Zstd(_) => {
                let mut decoder = zstd::Decoder::new(stream)?;
                decoder.window_log_max(WINDOW)?;
                Box::new(decoder)
            }
        };
        for piece in samples.chunks_mut(PIECE) {
            checkpoint.check()?;
            stream.read_exact(piece).map_err(cut_short)?;
        }
        // Only at its end does a decoder look at its checksum.
        if stream.read(&mut [0]).map_err(cut_short)? != 0 {
            return Err(Error::msg(format!(
                "it holds more than the {bytes} bytes that its head tells"
            )));
        }
        let start = index.iter().zip(self.shape.iter()).map(|(n, block)| n * block);
        // Of an image that ends where numbers do, a padded block may not.
        let ranges = start
            .zip(lengths)
            .map(|(start, length)| start..start.saturating_add(length));
        Ok((samples, Roi::from_ranges(ranges)?))
    }

    /// The lengths of the block, which are at most those of all.
    fn head(&self, stream: &mut impl Read) -> Result<Vec<usize>, Error> {
        let mode = u16::from_be_bytes(array(stream)?);
        let rank = u16::from_be_bytes(array(stream)?);
        if mode > 1 || usize::from(rank) != self.shape.rank() {
            return Err(Error::msg(format!(
                "a head of mode {mode} with {rank} axes is not supported"
            )));
        }
        let mut lengths = Vec::new();
        for most in self.shape.iter().rev() {
            let length = u32::from_be_bytes(array(stream)?) as usize;
            if length > most {
                return Err(Error::msg(format!(
                    "it claims {length} samples along an axis where blocks have {most}"
                )));
            }
            lengths.insert(0, length);
        }
        if mode == 1 {
            let told = u64::from(u32::from_be_bytes(array(stream)?));
            let count = lengths.iter().map(|n| *n as u64).product::<u64>();
            if told != count {
                return Err(Error::msg(format!("it has {told} samples and not {count}")));
            }
        }
        Ok(lengths)
    }

    /// Writes `samples`, big endian, of a block of `shape`. The file appears when it is whole.
    ///
    /// # Errors
    ///
    /// The file system's, the checkpoint's reason.
    pub(super) fn write(
        &self,
        index: &[usize],
        shape: &Shape,
        samples: &[u8],
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let path = self.path(index);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let part = part_of(&path);
        let mut stream = BufWriter::new(File::create(&part)?);
        stream.write_all(&0_u16.to_be_bytes())?;
        stream.write_all(&(shape.rank() as u16).to_be_bytes())?;
        for length in shape.iter().rev() {
            let length = u32::try_from(length).map_err(Error::new)?;
            stream.write_all(&length.to_be_bytes())?;
        }
        match self.codec {
            Codec::Raw => feed(&mut stream, samples, checkpoint)?,
            Codec::Gzip(level) => {
                let mut encoder = GzEncoder::new(&mut stream, Level::new(level));
                feed(&mut encoder, samples, checkpoint)?;
                encoder.finish()?;
            }
            Codec::Zstd(level) => {
                let mut encoder = zstd::Encoder::new(&mut stream, level)?;
                feed(&mut encoder, samples, checkpoint)?;
                encoder.finish()?;
            }
        }
        stream.flush()?;
        drop(stream);
        Ok(fs::rename(part, path)?)
    }
}

/// Where a block grows.
fn part_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.part"))
}

fn feed(stream: &mut impl Write, samples: &[u8], checkpoint: &Checkpoint) -> Result<(), Error> {
    for piece in samples.chunks(PIECE) {
        checkpoint.check()?;
        stream.write_all(piece)?;
    }
    Ok(())
}

fn array<const N: usize>(stream: &mut impl Read) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).map_err(cut_short)?;
    Ok(bytes)
}

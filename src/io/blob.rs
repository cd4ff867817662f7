//! The bytes of a file or of an object, of which any part can be read.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;

use crate::array::DType;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::Endian;
use crate::io::flat::{Flat, cut_short};
use crate::io::location::Location;
#[cfg(feature = "object-store")]
use crate::io::object::RemoteBytes;
use crate::io::open::Open;
use crate::io::samples::Samples;
use crate::roi::Shape;
use crate::sync::Arc;

/// Bytes at places, read by any number of threads.
#[derive(Debug)]
pub(crate) enum Blob {
    /// A file, and how long it was.
    File(File, u64),
    /// An object of a store.
    #[cfg(feature = "object-store")]
    Object(RemoteBytes),
    /// What was an object.
    #[cfg(feature = "object-store")]
    Memory(Vec<u8>),
}

impl Blob {
    /// What lies at `at`.
    ///
    /// # Errors
    ///
    /// Nothing; the file system's or the store's.
    #[cfg_attr(
        not(feature = "object-store"),
        expect(unused_variables, reason = "files have no options")
    )]
    pub(crate) fn open(at: &Location, how: &Open) -> Result<Self, Error> {
        #[cfg(feature = "object-store")]
        if at.url().is_some() {
            return Ok(Self::Object(RemoteBytes::open(at, how)?));
        }
        if !fs::metadata(at.path())?.is_file() {
            // Opening a pipe could block for ever.
            return Err(Error::invalid("it is not a regular file"));
        }
        Self::of(File::open(at.path())?)
    }

    /// Those of `file`.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub(crate) fn of(file: File) -> Result<Self, Error> {
        let length = file.metadata()?.len();
        Ok(Self::File(file, length))
    }

    /// How many there were when it was opened.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::File(_, length) => *length,
            #[cfg(feature = "object-store")]
            Self::Object(object) => object.length(),
            #[cfg(feature = "object-store")]
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// Fills `into` with what lies from `at` on. The checkpoint is looked at where that takes a while.
    ///
    /// # Errors
    ///
    /// It ends before; the file system's or the transfer's; the checkpoint's reason.
    #[cfg_attr(
        not(feature = "object-store"),
        expect(unused_variables, reason = "files answer at once")
    )]
    pub(crate) fn read(&self, into: &mut [u8], at: u64, checkpoint: &Checkpoint) -> Result<(), Error> {
        match self {
            Self::File(file, _) => file.read_exact_at(into, at).map_err(cut_short),
            #[cfg(feature = "object-store")]
            Self::Object(object) => object.read(into, at, checkpoint),
            #[cfg(feature = "object-store")]
            Self::Memory(bytes) => {
                let from = usize::try_from(at)
                    .ok()
                    .and_then(|at| bytes.get(at..)?.get(..into.len()));
                let from = from.ok_or_else(|| cut_short(io::ErrorKind::UnexpectedEof.into()))?;
                into.copy_from_slice(from);
                Ok(())
            }
        }
    }

    /// Puts what lies from `at` on into `into`, and returns how much; nothing at the end.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[cfg_attr(
        not(feature = "object-store"),
        expect(unused_variables, reason = "files answer at once")
    )]
    pub(crate) fn read_some(&self, into: &mut [u8], at: u64, checkpoint: &Checkpoint) -> io::Result<usize> {
        match self {
            Self::File(file, _) => file.read_at(into, at),
            #[cfg(feature = "object-store")]
            Self::Object(_) | Self::Memory(_) => {
                let left = usize::try_from(self.length().saturating_sub(at)).unwrap_or(usize::MAX);
                let count = left.min(into.len());
                self.read(&mut into[..count], at, checkpoint)
                    .map_err(io::Error::other)?;
                Ok(count)
            }
        }
    }

    /// Whether its answers come at once.
    pub(crate) fn is_near(&self) -> bool {
        match self {
            Self::File(..) => true,
            #[cfg(feature = "object-store")]
            Self::Object(_) => false,
            #[cfg(feature = "object-store")]
            Self::Memory(_) => true,
        }
    }

    /// The same where its answers come at once: an object is taken into memory.
    ///
    /// # Errors
    ///
    /// More than the limit; the transfer's; the checkpoint's reason.
    #[cfg_attr(not(feature = "object-store"), expect(unused_variables, reason = "files are near"))]
    pub(crate) fn nearby(self: &Arc<Self>, checkpoint: &Checkpoint) -> Result<Arc<Self>, Error> {
        match &**self {
            #[cfg(feature = "object-store")]
            Self::Object(object) => Ok(Arc::new(Self::Memory(object.whole(checkpoint)?))),
            _ => Ok(Arc::clone(self)),
        }
    }

    /// The samples of `shape` that lie bare from `offset` on.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub(crate) fn samples(&self, offset: u64, shape: Shape, kind: (DType, Endian)) -> Result<Samples, Error> {
        match self {
            Self::File(file, _) => Ok(Samples::Bare(Flat::new(
                file.try_clone()?,
                offset,
                shape,
                kind.0,
                kind.1,
            ))),
            #[cfg(feature = "object-store")]
            Self::Object(object) => Ok(Samples::Remote(object.samples(offset, shape, kind))),
            #[cfg(feature = "object-store")]
            Self::Memory(_) => Err(Error::msg("it is in memory as a whole")),
        }
    }
}

//! Reading one frame after the other.

use std::fmt;
use std::io::{BufRead, BufReader, Read};

use crate::array::{Array, BufferPool};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::blob::Blob;
use crate::io::bytes::{Endian, fill, to_native};
use crate::io::file_reader::FileReader;
use crate::io::flat::cut_short;
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::open::Open;
use crate::io::reading::Reading;
use crate::io::y4m::convert::planar;
use crate::io::y4m::header::line;
use crate::io::y4m::{Frame, Header};
use crate::sync::Arc;

/// What is read at a time: between two looks at the checkpoint.
const PIECE: usize = 256 << 10;
/// Frames that nobody uses any more, whose memory is used again.
const KEPT: usize = 4;

/// Reads a stream of Y4M, one frame after the other. Dropped, it is closed.
///
/// It blocks its thread while it reads: in async code, read in a [`Request::kernel`](crate::Request::kernel).
///
/// # Examples
///
/// ```no_run
/// use headwater::Checkpoint;
/// use headwater::io::y4m::Reader;
///
/// let never = Checkpoint::never();
/// let mut clip = Reader::open("clip.y4m")?;
/// println!("{} × {}", clip.header().width(), clip.header().height());
/// while let Some(frame) = clip.next_frame(&never)? {
///     let picture = frame.to_array(&never)?;
/// }
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct Reader {
    name: String,
    header: Header,
    stream: Box<dyn BufRead + Send>,
    /// How much of a file is still to come; of a stream nobody knows.
    left: Option<u64>,
    limit: Limit,
    frames: u64,
    reading: Reading,
    buffers: Arc<BufferPool>,
    /// What went wrong: where the next frame would begin is not known then.
    failed: Option<Error>,
}

impl Reader {
    /// Opens the file at `location`.
    ///
    /// # Errors
    ///
    /// Nothing there, no Y4M, a header that cannot be read; frames that are larger than the file, or than half of the memory.
    /// Every error names the file.
    pub fn open(location: &str) -> Result<Self, Error> {
        Self::open_with(location, Limit::default())
    }

    /// The same with another limit to the memory that a frame may take.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(location: &str, limit: Limit) -> Result<Self, Error> {
        let shown = Location::shown(location);
        let opened = Location::parse(location).and_then(|at| {
            let blob = Arc::new(Blob::open(&at, &Open::new().limit(limit))?);
            let (reading, length) = (Reading::default(), blob.length());
            let stream = FileReader::new(&blob, 0, length).watched_by(&reading);
            Self::begin(
                shown.to_string(),
                Box::new(BufReader::new(stream)),
                limit,
                (reading, Some(length)),
            )
        });
        opened.map_err(|cause| cause.context(format!("cannot read `{shown}`")))
    }

    /// Reads any stream, such as what comes through a pipe. `name` is what errors call it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn new(name: &str, stream: impl Read + Send + 'static, limit: Limit) -> Result<Self, Error> {
        let stream = Box::new(BufReader::new(stream));
        let begun = Self::begin(name.to_owned(), stream, limit, (Reading::default(), None));
        begun.map_err(|cause| cause.context(format!("cannot read `{name}`")))
    }

    fn begin(
        name: String,
        mut stream: Box<dyn BufRead + Send>,
        limit: Limit,
        (reading, length): (Reading, Option<u64>),
    ) -> Result<Self, Error> {
        let (header, taken) = Header::read(&mut stream)?;
        let left = length.map(|length| length.saturating_sub(taken));
        let frame = header.frame_nbytes().unwrap_or(u64::MAX);
        if left.is_some_and(|left| left > 0 && left < frame) {
            return Err(cut_short(std::io::ErrorKind::UnexpectedEof.into()));
        }
        limit.admit(frame)?;
        let buffers = BufferPool::new((frame as usize).saturating_mul(KEPT));
        Ok(Self {
            name,
            header,
            stream,
            left,
            limit,
            frames: 0,
            reading,
            buffers,
            failed: None,
        })
    }

    /// What the stream says of its frames.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What it is called in errors.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many frames have been read.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The next frame; none at the end.
    ///
    /// # Errors
    ///
    /// A frame that is cut short, something else where a frame is due; the file system's; no memory; the checkpoint's reason.
    /// Each call after that gives the same error. It names the file and the frame, counted from 0.
    pub fn next_frame(&mut self, checkpoint: &Checkpoint) -> Result<Option<Frame>, Error> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        self.reading.set(checkpoint);
        let frame = self.read_frame(checkpoint);
        self.reading.end();
        match frame {
            Ok(frame) => {
                self.frames += u64::from(frame.is_some());
                Ok(frame)
            }
            Err(cause) => {
                let error = cause.context(format!("cannot read frame {} of `{}`", self.frames, self.name));
                self.failed = Some(error.clone());
                Err(error)
            }
        }
    }

    fn read_frame(&mut self, checkpoint: &Checkpoint) -> Result<Option<Frame>, Error> {
        checkpoint.check()?;
        let Some(line) = line(&mut self.stream)? else {
            return Ok(None);
        };
        if line != "FRAME" && !line.starts_with("FRAME ") {
            return Err(Error::invalid("it does not begin with FRAME (damaged)"));
        }
        // It was a number when the limit was asked.
        let nbytes = self.header.frame_nbytes().unwrap_or(u64::MAX);
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(line.len() as u64 + 1);
            if *left < nbytes {
                return Err(cut_short(std::io::ErrorKind::UnexpectedEof.into()));
            }
            *left -= nbytes;
        }
        self.limit.admit(nbytes)?;
        let (space, full) = (self.header.colour_space, self.header.is_full_range());
        let planes = space.planes(self.header.height, self.header.width);
        let planes: Result<Vec<_>, Error> = planes
            .map(|shape| {
                let mut plane = self.buffers.array(planar(), &shape, space.dtype())?;
                read_plane(&mut self.stream, &mut plane, checkpoint)?;
                Ok(plane)
            })
            .collect();
        Frame::new(space, full, planes?).map(Some)
    }
}

fn read_plane(stream: &mut impl Read, plane: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
    let item = plane.dtype().size();
    fill(plane, |bytes| {
        for piece in bytes.chunks_mut(PIECE) {
            checkpoint.check()?;
            stream.read_exact(piece).map_err(cut_short)?;
        }
        to_native(bytes, item, Endian::Little);
        Ok(())
    })
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("name", &self.name)
            .field("header", &self.header)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

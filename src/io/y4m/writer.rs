//! Writing one frame after the other.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write as _};

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::bytes::{Endian, bytes_of, to_native};
use crate::io::location::Location;
use crate::io::sink::Saved;
use crate::io::staging::Staging;
use crate::io::y4m::{Frame, Header, Settings};

/// What is written at a time: between two looks at the checkpoint.
const PIECE: usize = 1 << 20;

/// Writes a file of Y4M, one frame after the other; the first tells the size of all.
///
/// The file has its name with [`finish`](Self::finish), when it is whole. Dropped before, it leaves nothing behind.
///
/// # Examples
///
/// ```no_run
/// use headwater::io::y4m::{Settings, Writer};
/// use headwater::{Array, Checkpoint};
///
/// let never = Checkpoint::never();
/// let mut clip = Writer::create("fade.y4m", Settings::new().rate(25, 1))?;
/// for grey in 0..=255u8 {
///     clip.write(&Array::full("yx", &[480, 640], grey)?, &never)?;
/// }
/// clip.finish(&never)?; // only now is there a `fade.y4m`
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct Writer {
    name: String,
    settings: Settings,
    header: Option<Header>,
    stream: BufWriter<File>,
    staging: Staging,
    frames: u64,
    /// What went wrong half-way through a frame: what follows would not be one.
    failed: Option<Error>,
}

impl Writer {
    /// Begins a file at `path`. Nothing has that name yet.
    ///
    /// # Errors
    ///
    /// Something exists there and is not to be [replaced](Settings::replace); a folder that is missing or cannot be written; a
    /// URL. The error names the file.
    pub fn create(path: &str, settings: Settings) -> Result<Self, Error> {
        let begun = Location::parse(path).and_then(|at| Self::begin(&at, settings));
        begun.context(format_args!("cannot write `{}`", Location::shown(path)))
    }

    /// The same; the error does not name the file.
    pub(super) fn begin(at: &Location, settings: Settings) -> Result<Self, Error> {
        if at.url().is_some() {
            return Err(Error::invalid("Y4M is not written to URLs: write a file and copy it"));
        }
        let staging = Staging::new(at.path(), settings.replace, false)?.durable(settings.durable);
        let stream = BufWriter::new(staging.new_file()?);
        Ok(Self {
            name: at.to_string(),
            settings,
            header: None,
            stream,
            staging,
            frames: 0,
            failed: None,
        })
    }

    /// Where the file will be, as errors name it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the file says of its frames; none before the first.
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// How many frames have been written.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Whether nothing has been written, nor failed to be.
    pub(crate) fn is_untouched(&self) -> bool {
        self.header.is_none() && self.failed.is_none()
    }

    /// Writes a picture as the next frame, in the [chroma](Settings::chroma) of the settings: see [`Frame::of`].
    ///
    /// # Errors
    ///
    /// As [`write_frame`](Self::write_frame), and as [`Frame::of`].
    pub fn write(&mut self, picture: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let full = self.settings.is_full_range();
        let space = self.settings.space_of(picture);
        let frame = space.and_then(|space| Frame::of(picture, space, full, checkpoint));
        self.write_frame(&frame.map_err(|cause| self.named(cause))?, checkpoint)
    }

    /// Writes a frame as it is.
    ///
    /// # Errors
    ///
    /// Another size, colour space or range than those of the first, which changes nothing. A full disk, a folder that is gone,
    /// the checkpoint's reason: then the file is lost, and each call after that gives the same error. It names the file and the
    /// frame, counted from 0.
    pub fn write_frame(&mut self, frame: &Frame, checkpoint: &Checkpoint) -> Result<(), Error> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let (space, full) = (frame.colour_space(), frame.is_full_range());
        let header = self.settings.header(frame.height(), frame.width(), space, full);
        match &self.header {
            None => {}
            Some(first) if *first == header => {}
            Some(first) => {
                let message = format!("it is {}, and the first is {}", form(&header), form(first));
                return Err(self.named(Error::invalid(message)));
            }
        }
        let written = self.put(&header, frame, checkpoint);
        if let Err(cause) = written {
            let error = self.named(cause);
            self.failed = Some(error.clone());
            return Err(error);
        }
        self.frames += 1;
        Ok(())
    }

    fn put(&mut self, header: &Header, frame: &Frame, checkpoint: &Checkpoint) -> Result<(), Error> {
        checkpoint.check()?;
        if self.header.is_none() {
            writeln!(self.stream, "{header}")?;
            self.header = Some(header.clone());
        }
        self.stream.write_all(b"FRAME\n")?;
        for plane in frame.planes() {
            let mut bytes = bytes_of(plane)?;
            if Endian::NATIVE != Endian::Little && plane.dtype().size() > 1 {
                to_native(bytes.to_mut(), plane.dtype().size(), Endian::Little);
            }
            for piece in bytes.chunks(PIECE) {
                checkpoint.check()?;
                self.stream.write_all(piece)?;
            }
        }
        Ok(())
    }

    fn named(&self, cause: Error) -> Error {
        cause.context(format!("cannot write frame {} of `{}`", self.frames, self.name))
    }

    /// Makes the file appear under its name, in one step.
    ///
    /// # Errors
    ///
    /// No frame has been written, or one only in part; the file system's; the checkpoint's reason. The name is then as it was
    /// before.
    pub fn finish(mut self, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let saved = match self.header {
            None => Err(Error::invalid(
                "no frame has been written: a clip has the size of its first",
            )),
            Some(_) => self.stream.flush().map_err(Error::from).and_then(|()| {
                // What is left of the buffer is nothing: dropping it must not write behind what is renamed.
                drop(self.stream);
                self.staging.commit(checkpoint)
            }),
        };
        saved.context(format_args!("cannot write `{}`", self.name))
    }
}

/// What all frames of a file have in common.
fn form(header: &Header) -> String {
    let (width, height, space) = (header.width, header.height, header.colour_space);
    let range = if header.is_full_range() { " of full range" } else { "" };
    format!("{width} × {height} `{space}`{range}")
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("name", &self.name)
            .field("header", &self.header)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

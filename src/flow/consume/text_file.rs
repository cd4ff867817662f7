//! Lines in a file.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorContext as _};
use crate::flow::consumer::Consumer;
use crate::flow::context::NodeContext;
use crate::flow::envelope::{Item, Trace};

/// Writes a line for each item into a file: behind what is there ([`append`](Self::append)), or into a new file that has its name
/// when it is whole ([`create`](Self::create)).
///
/// It writes on a slot of the runtime, which what a disk takes for some lines does not hold up.
///
/// # Examples
///
/// ```
/// use futures::stream;
/// use headwater::Runtime;
/// use headwater::flow::Flow;
/// use headwater::flow::consume::TextFile;
///
/// let path = std::env::temp_dir().join(format!("headwater-lines-{}", std::process::id()));
/// let flow = Flow::batch();
/// flow.produce("numbers", stream::iter(1..=3)).consumer("file", TextFile::create(&path));
/// flow.build()?.run(&Runtime::builder().slots(1).build()?).wait()?;
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "1\n2\n3\n");
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct TextFile<T> {
    path: PathBuf,
    mode: Mode,
    file: Option<BufWriter<File>>,
    _input: PhantomData<fn(T)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Append,
    Create,
    Replace,
}

impl<T> TextFile<T> {
    /// Behind what is in the file, which is made if it is not there. Each line is handed to the system at once, and as a whole:
    /// other processes may append to the same file, and what had come before a crash of this one is there.
    pub fn append(path: impl Into<PathBuf>) -> Self {
        Self::new(path.into(), Mode::Append)
    }

    /// Into a new file. It grows under a name of its own beside it, and gets its name after the last item, in one step, when it
    /// is on the disk; if the flow fails or is aborted, nothing is left of it. That something is there already is an error.
    pub fn create(path: impl Into<PathBuf>) -> Self {
        Self::new(path.into(), Mode::Create)
    }

    /// As [`create`](Self::create), in the place of what is there, which stays until then.
    pub fn replace(path: impl Into<PathBuf>) -> Self {
        Self::new(path.into(), Mode::Replace)
    }

    fn new(path: PathBuf, mode: Mode) -> Self {
        Self {
            path,
            mode,
            file: None,
            _input: PhantomData,
        }
    }

    /// Where a new file grows. Two at a time would be one too many: the second is refused.
    fn part(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!(".{name}.headwater-part"))
    }

    fn begin(&self) -> Result<File, Error> {
        let mut options = OpenOptions::new();
        if self.mode == Mode::Append {
            return Ok(options.append(true).create(true).open(&self.path)?);
        }
        if self.mode == Mode::Create && fs::symlink_metadata(&self.path).is_ok() {
            return Err(Error::invalid("it exists, and is not to be replaced"));
        }
        let part = self.part();
        let file = options.write(true).create_new(true).open(&part);
        file.context(format_args!("`{}`, where it grows", part.display()))
    }

    fn end(&mut self) -> Result<(), Error> {
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        file.flush()?;
        if self.mode == Mode::Append {
            return Ok(());
        }
        file.get_ref().sync_all()?;
        let part = self.part();
        let named = match self.mode {
            // A second name, unlike another one, is never given in the place of what is there.
            Mode::Create => fs::hard_link(&part, &self.path),
            _ => return Ok(fs::rename(&part, &self.path)?),
        };
        // What was not given its name is gone as well.
        let removed = fs::remove_file(&part);
        named.and(removed)?;
        Ok(())
    }

    fn named<R>(&self, outcome: Result<R, Error>) -> Result<R, Error> {
        outcome.map_err(|cause| cause.context(format!("cannot write `{}`", self.path.display())))
    }
}

impl<T: Item + fmt::Display> Consumer for TextFile<T> {
    type Input = T;

    fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        let file = self.named(self.begin())?;
        self.file = Some(BufWriter::new(file));
        Ok(())
    }

    fn consume(&mut self, input: T, _trace: Trace) -> Result<(), Error> {
        let line = format!("{input}\n");
        let Some(file) = &mut self.file else { return Ok(()) };
        let written = match self.mode {
            Mode::Append => file.get_mut().write_all(line.as_bytes()),
            _ => file.write_all(line.as_bytes()),
        };
        self.named(written.map_err(Error::from))
    }

    fn finish(&mut self) -> Result<(), Error> {
        let ended = self.end();
        self.named(ended)
    }

    fn close(&mut self) -> Result<(), Error> {
        self.discard();
        Ok(())
    }
}

impl<T> TextFile<T> {
    /// Removes what has not got its name.
    fn discard(&mut self) {
        if let Some(file) = self.file.take()
            && self.mode != Mode::Append
        {
            // Not written out: it goes.
            drop(file.into_parts());
            let part: &Path = &self.part();
            let _ = fs::remove_file(part);
        }
    }
}

impl<T> Drop for TextFile<T> {
    fn drop(&mut self) {
        self.discard();
    }
}

impl<T> fmt::Debug for TextFile<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextFile")
            .field("path", &self.path)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

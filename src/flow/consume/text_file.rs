//! Lines in a file.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::marker::PhantomData;
use std::path::PathBuf;

use crate::error::Error;
use crate::flow::consume::new_file::NewFile;
use crate::flow::consumer::Consumer;
use crate::flow::context::NodeContext;
use crate::flow::envelope::{Item, Trace};

/// Writes a line for each item into a file: behind what is there ([`append`](Self::append)), or into a new file that has its name
/// when it is whole ([`create`](Self::create)).
///
/// The lines are written on a slot of the runtime, since some lines take microseconds; of a file that the system is slow to write,
/// such as one on a network, each write holds the slot. At the end, a new file holds it until it is on the disk.
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
    file: Option<Target>,
    _input: PhantomData<fn(T)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Append,
    Create,
    Replace,
}

/// What is open.
enum Target {
    Old(File),
    New(NewFile),
}

impl<T> TextFile<T> {
    /// Behind what is in the file, which is made if it is not there. Each line is handed to the system at once, and as a whole:
    /// other processes may append to the same file, and what had come before a crash of this one is there.
    pub fn append(path: impl Into<PathBuf>) -> Self {
        Self::new(path.into(), Mode::Append)
    }

    /// Into a new file. It grows under a random name beside it, and gets its name after the last item, in one step, when it is on
    /// the disk; if the flow fails or is aborted, nothing is left of it. That something has the name is an error, at the beginning
    /// and at the end. (Where the file system has neither such a step nor hard links, what comes in the very moment of the renaming
    /// is replaced.)
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

    fn begin(&self) -> Result<Target, Error> {
        match self.mode {
            Mode::Append => Ok(Target::Old(
                OpenOptions::new().append(true).create(true).open(&self.path)?,
            )),
            mode => NewFile::begin(&self.path, mode == Mode::Replace).map(Target::New),
        }
    }

    fn named<R>(&self, outcome: Result<R, Error>) -> Result<R, Error> {
        outcome.map_err(|cause| cause.context(format!("cannot write `{}`", self.path.display())))
    }
}

impl<T: Item + fmt::Display> Consumer for TextFile<T> {
    type Input = T;

    fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        self.file = Some(self.named(self.begin())?);
        Ok(())
    }

    fn consume(&mut self, input: T, _trace: Trace) -> Result<(), Error> {
        let line = format!("{input}\n");
        let written = match &mut self.file {
            Some(Target::Old(file)) => file.write_all(line.as_bytes()),
            Some(Target::New(file)) => file.write(line.as_bytes()),
            None => return Ok(()),
        };
        self.named(written.map_err(Error::from))
    }

    fn finish(&mut self) -> Result<(), Error> {
        match self.file.take() {
            Some(Target::New(file)) => self.named(file.publish()),
            Some(Target::Old(_)) | None => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        self.file = None;
        Ok(())
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

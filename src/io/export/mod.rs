//! A slot into a file: lazyflow's `OpExportSlot` and `OpFormattedDataExport`.
//!
//! # Protocol
//!
//! E1 A run reads one snapshot, from its first block to its last.
//! E2 Blocks are begun in the order of the [plan](ExportPlan), and never more than its number are in flight: asked for, computed,
//!    converted or written. Each is one request, which ends when its block is in the file.
//! E3 If the file is a stream, a block waits before it is written until the one before it has been. No more are computed ahead
//!    than are in flight.
//! E4 The sink is owned by those who use it. With the last of them it goes back to the run, which finishes it, or drops it if
//!    the run has failed or was cancelled; only then does the run end. So whoever has the answer finds the file whole, or no
//!    file and nothing beside it, or what the next run resumes.

mod conversion;
mod handle;
mod pace;
mod plan;
mod progress;
mod rehearsal;
mod run;

use std::fmt;

use crate::array::{Array, DType};
use crate::error::{Error, ErrorContext as _};
use crate::graph::{Handle, Snapshot};
use crate::io::create::Create;
use crate::io::export::conversion::{Conversion, Wanted};
use crate::io::export::plan::Bounds;
use crate::io::export::progress::Listener;
use crate::io::export::rehearsal::Rehearsal;
use crate::io::export::run::{Feed, Job};
use crate::io::location::Location;
use crate::io::{name, regions};
use crate::roi::{Roi, Shape};

pub use handle::Exporting;
pub use plan::ExportPlan;
pub use progress::ExportProgress;

/// Writes an array slot, or a part of it, to a file: block by block, in bounded memory.
///
/// It reads the revision that was the latest when it was made, whatever is edited meanwhile. Pixels are cropped, normalised and
/// cast, and their axes reordered, in this order. lazyflow: `OpFormattedDataExport`, whose formulas hold, except that what has no
/// place in an integer type becomes its least or greatest value here and wraps around there.
///
/// # Failing, cancelling
///
/// A run that fails or is [cancelled](Exporting::cancel) leaves nothing behind; one that may be [resumed](Self::resume) leaves
/// what the next needs.
///
/// # Examples
///
/// A part of a smoothed image, as bytes:
///
/// ```no_run
/// use headwater::graph::Graph;
/// use headwater::io::{Export, ImageSource};
/// use headwater::operators::Gaussian;
/// use headwater::{DType, roi};
///
/// let graph = Graph::new();
/// let (image, blur) = (graph.add(ImageSource::open("cells.npy")?), graph.add(Gaussian::new(2.0)));
/// graph.edit(|e| e.connect(&image.output, &blur.input))?;
/// let export = Export::new(&blur.output).region(roi![0..64, 0..512, 0..512]);
/// let export = export.normalise((0.0, 4095.0), (0.0, 255.0)).dtype(DType::U8);
/// let run = export.progress(|p| println!("{:.0} %", 100.0 * p.fraction())).to("smooth_{z_start}-{z_stop}.npy");
/// println!("{} bytes", run.wait()?.bytes);
/// # Ok::<(), headwater::Error>(())
/// ```
#[must_use = "nothing is written before `to` is called"]
pub struct Export {
    feed: Result<Feed, Error>,
    wanted: Wanted,
    create: Create,
    block: Option<Shape>,
    memory: Option<u64>,
    in_flight: Option<usize>,
    listener: Option<Listener>,
    work: Option<String>,
}

impl Export {
    /// All of `slot`, as it is in the latest revision of its graph.
    pub fn new<S: Handle<Type = Array>>(slot: &S) -> Self {
        let snapshot = Snapshot::of(slot);
        Self::with(snapshot.and_then(|snapshot| Feed::new(&snapshot, slot)))
    }

    /// All of `slot`, as it is in `snapshot`.
    pub fn of<S: Handle<Type = Array>>(snapshot: &Snapshot, slot: &S) -> Self {
        Self::with(Feed::new(snapshot, slot))
    }

    fn with(feed: Result<Feed, Error>) -> Self {
        Self {
            feed,
            wanted: Wanted::default(),
            create: Create::new(),
            block: None,
            memory: None,
            in_flight: None,
            listener: None,
            work: None,
        }
    }

    /// Only this part of the slot. In the file it begins at 0.
    pub fn region(mut self, roi: Roi) -> Self {
        self.wanted.roi = Some(roi);
        self
    }

    /// With its axes in this order, such as `"tzyxc"`: new ones have length 1, and one of length 1 may be left out.
    pub fn axes(mut self, order: impl Into<String>) -> Self {
        self.wanted.axes = Some(order.into());
        self
    }

    /// As elements of this type: rounded, halves to the even one, and saturated.
    pub fn dtype(mut self, dtype: DType) -> Self {
        self.wanted.dtype = Some(dtype);
        self
    }

    /// With values mapped linearly, so that `from`, its minimum and maximum, becomes `to`: see
    /// [`Normalise`](crate::kernels::Normalise). Equal ends of `from` make everything the least of `to`.
    pub fn normalise(mut self, from: (f64, f64), to: (f64, f64)) -> Self {
        self.wanted.normalise = Some((from, to));
        self
    }

    /// Format, compression, chunks, whether an old file is replaced.
    pub fn create(mut self, create: Create) -> Self {
        self.create = create;
        self
    }

    /// In blocks of this shape, in the axes of the file, made whole [units](crate::io::Sink::unit) of it. Default: as large as the
    /// [memory](Self::memory) allows, see [`block_shape`](crate::io::block_shape).
    pub fn blocks(mut self, shape: Shape) -> Self {
        self.block = Some(shape);
        self
    }

    /// What the blocks in flight may take. Default: half of the runtime's budget or, if it has none, a quarter of the machine's
    /// memory. Caches take what the runtime's budget leaves.
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// How many blocks may be in flight; at least 1. Default: one more than there are threads. Fewer, if the memory is too small
    /// for as many.
    pub fn in_flight(mut self, blocks: usize) -> Self {
        self.in_flight = Some(blocks.max(1));
        self
    }

    /// Calls `listener` after each block, from the run: it should be quick.
    pub fn progress(mut self, listener: impl FnMut(ExportProgress) + Send + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Keeps what is written if this run ends early, and resumes what an earlier one kept under the same `work`: any text
    /// that differs if the slot's pixels do, such as the pipeline with its parameters. Region, axes, types and ranges of the
    /// export are added to it.
    pub fn resume(mut self, work: impl Into<String>) -> Self {
        self.work = Some(work.into());
        self
    }

    /// What [`to`](Self::to) would do, without computing anything or touching the place.
    ///
    /// # Errors
    ///
    /// A slot that is not ready, a region that is not within it, axes that do not fit, a format that does not take the result;
    /// no folder for temporary files, where it is tried out.
    pub fn plan(&self, location: &str) -> Result<ExportPlan, Error> {
        let cannot = || format!("cannot export to `{}`", Location::shown(location));
        let (feed, conversion) = self.conversion().map_err(|error| error.context(cannot()))?;
        let location = Location::parse(&self.place(location)?)?;
        let rehearsal = Rehearsal::of(&location, &self.create)?;
        let create = Create {
            resume: None,
            volatile: true,
            budget: Some(self.bounds(feed).memory),
            ..self.create.clone()
        };
        // Its own name is not the user's business.
        let sink = create.begin(&rehearsal.place, &conversion.meta);
        let sink = sink.context(format_args!("cannot write `{location}`"))?;
        ExportPlan::new(&*sink, &conversion, self.bounds(feed))
    }

    /// Starts writing to `location`, in whose text `{roi}`, `{axes}`, `{x_start}`, `{x_stop}` and so on are
    /// [filled in](crate::io::fill_in). What does not work out is the error of the run.
    pub fn to(self, location: &str) -> Exporting {
        let (name, job) = match self.job(location) {
            Ok((name, job)) => (name, Ok(job)),
            Err(error) => (location.to_owned(), Err(error)),
        };
        Exporting::start(&name, job)
    }

    fn job(self, location: &str) -> Result<(String, Job), Error> {
        let location = self.place(location)?;
        let (feed, conversion) = self.conversion()?;
        let (feed, bounds) = (feed.clone(), self.bounds(feed));
        let mut create = Create {
            budget: Some(bounds.memory),
            ..self.create
        };
        if let Some(work) = self.work.or_else(|| create.resume.take()) {
            let (slot, what) = (&feed.name, conversion.describe());
            create = create.resume(format!("{work}\n{slot}, {what}"));
        }
        let job = Job {
            feed,
            conversion,
            bounds,
            create,
            location: location.clone(),
            listener: self.listener,
        };
        Ok((location, job))
    }

    fn conversion(&self) -> Result<(&Feed, Conversion), Error> {
        let feed = self.feed.as_ref().map_err(Clone::clone)?;
        let conversion = Conversion::new(&feed.meta, &self.wanted);
        Ok((feed, conversion.context(format_args!("cannot export `{}`", feed.name))?))
    }

    fn bounds(&self, feed: &Feed) -> Bounds {
        Bounds {
            block: self.block,
            memory: self.memory.unwrap_or_else(|| regions::budget(&feed.runtime)),
            in_flight: self.in_flight.unwrap_or_else(|| regions::in_flight(&feed.runtime)),
            bytes_per_pixel: feed.meta.bytes_per_pixel(),
        }
    }

    fn place(&self, location: &str) -> Result<String, Error> {
        let feed = self.feed.as_ref().map_err(Clone::clone)?;
        let roi = self.wanted.roi.unwrap_or(feed.meta.roi());
        let known = name::of_region(&roi, feed.meta.axes());
        let known: Vec<_> = known.iter().map(|(key, value)| (&**key, value.clone())).collect();
        Ok(name::fill_in(location, &known))
    }
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("slot", &self.feed.as_ref().map(|feed| &feed.name))
            .field("wanted", &self.wanted)
            .field("create", &self.create)
            .finish_non_exhaustive()
    }
}

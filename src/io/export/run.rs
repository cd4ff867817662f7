//! The run itself.

use futures::channel::oneshot;
use tokio_util::sync::CancellationToken;

use crate::array::Array;
use crate::checkpoint::{Checkpoint, Interrupt};
use crate::error::{Error, ErrorContext as _, ErrorKind};
use crate::graph::{Handle, Meta, Snapshot};
use crate::io::create::Create;
use crate::io::export::conversion::Conversion;
use crate::io::export::plan::{Bounds, ExportPlan};
use crate::io::export::progress::{Listener, Tracker, Written};
use crate::io::location::Location;
use crate::io::sink::{Saved, Sink, WriteOrder};
use crate::request::{Request, RequestBatch};
use crate::roi::Roi;
use crate::runtime::Runtime;
use crate::sync::Arc;

/// Where pixels come from.
#[derive(Clone)]
pub(super) struct Feed {
    pub(super) name: String,
    pub(super) meta: Arc<Meta>,
    pub(super) runtime: Runtime,
    ask: Arc<dyn Fn(Roi) -> Request<Array> + Send + Sync>,
}

impl Feed {
    pub(super) fn new<S: Handle<Type = Array>>(snapshot: &Snapshot, slot: &S) -> Result<Self, Error> {
        let (held, asked) = (snapshot.clone(), slot.clone());
        Ok(Self {
            name: slot.path(),
            meta: snapshot.meta(slot)?,
            runtime: snapshot.runtime().clone(),
            ask: Arc::new(move |roi| held.request(&asked, roi)),
        })
    }
}

/// All that a run needs.
pub(super) struct Job {
    pub(super) feed: Feed,
    pub(super) conversion: Conversion,
    pub(super) bounds: Bounds,
    pub(super) create: Create,
    pub(super) location: String,
    pub(super) listener: Option<Listener>,
}

/// Writes the file.
pub(super) async fn run(job: Job, token: CancellationToken, tracker: Arc<Tracker>) -> Result<Saved, Error> {
    let location = job.location.clone();
    let outcome = write(job, &token, &tracker).await;
    tracker.end();
    // An operator that was stopped says so in its own words: what happened to the run is that it was cancelled.
    let outcome = if token.is_cancelled() && outcome.is_err() {
        Err(cancelled())
    } else {
        outcome
    };
    outcome.context(format_args!("cannot export to `{}`", Location::shown(&location)))
}

async fn write(job: Job, token: &CancellationToken, tracker: &Arc<Tracker>) -> Result<Saved, Error> {
    let runtime = job.feed.runtime.clone();
    let (create, location, meta) = (job.create.clone(), job.location.clone(), job.conversion.meta.clone());
    let (lend, back) = oneshot::channel();
    let stop = Stop(token.clone());
    let made = Request::builder().on(&runtime).kernel(move |checkpoint| {
        let create = create.checkpoint(&stop.or(checkpoint));
        let sink = create.create(&location, &meta)?;
        Ok(Arc::new(Lent {
            sink: Some(sink),
            lend: Some(lend),
        }))
    });
    let sink = made.await?;
    let work = blocks(job, sink, Arc::clone(tracker));
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = token.cancelled() => Err(cancelled()),
    };
    // E4: nobody writes any more once it is back.
    let sink = back
        .await
        .map_err(|_| Error::msg("the file was closed before its time"))?;
    let stop = Stop(token.clone());
    let end = Request::builder().on(&runtime).kernel(move |checkpoint| match outcome {
        Ok(()) => sink.finish(&stop.or(checkpoint)),
        Err(error) => {
            drop(sink);
            Err(error)
        }
    });
    end.await
}

/// Computes and writes all blocks.
async fn blocks(job: Job, sink: Arc<Lent>, tracker: Arc<Tracker>) -> Result<(), Error> {
    let Job {
        feed,
        conversion,
        bounds,
        create,
        mut listener,
        ..
    } = job;
    let plan = ExportPlan::new(sink.get(), &conversion, bounds)?;
    tracker.begin(&plan);
    // For as long as there are blocks.
    let _kept = feed
        .runtime
        .charge(usize::try_from(sink.get().kept()).unwrap_or(usize::MAX));
    let (runtime, in_flight) = (feed.runtime.clone(), plan.in_flight);
    let one = Arc::new(Block {
        feed,
        conversion,
        sink,
        resumes: create.resume.is_some(),
    });
    let mut before = None;
    let requests = plan.regions()?.map(move |roi| {
        let (one, turn) = (Arc::clone(&one), before.take());
        let request = Request::builder()
            .on(&one.feed.runtime.clone())
            .future(async move { one.write(roi, turn).await });
        if plan.order == WriteOrder::Ascending {
            before = Some(request.clone());
        }
        request
    });
    let batch = RequestBatch::new(requests).on(&runtime).max_active(in_flight);
    let written = |written| {
        tracker.add(written);
        if let Some(listener) = &mut listener {
            listener(tracker.progress());
        }
        Ok(())
    };
    batch.run(written).await
}

/// What each block needs.
struct Block {
    feed: Feed,
    conversion: Conversion,
    sink: Arc<Lent>,
    resumes: bool,
}

impl Block {
    /// Sees to it that `roi` is in the file. If the file is a stream, not before its `turn` has come.
    async fn write(&self, roi: Roi, turn: Option<Request<Written>>) -> Result<Written, Error> {
        let points = roi.volume()? as u64;
        if self.resumes && self.is_written(roi).await? {
            return Ok(Written { points, resumed: true });
        }
        let pixels = (self.feed.ask)(self.conversion.source(&roi)?).await?;
        // They are the run's now, until they are in the file.
        let held = self.feed.runtime.charge(pixels.nbytes());
        let values = self.values(pixels).await?;
        if let Some(before) = turn {
            before.await?;
        }
        let block = self.conversion.arrange(&values)?;
        let sink = Arc::clone(&self.sink);
        let builder = Request::builder()
            .on(&self.feed.runtime)
            .bytes(sink.get().scratch(&roi));
        let written = builder.kernel(move |checkpoint| sink.get().write_region(&roi, &block, checkpoint));
        written.await?;
        drop(held);
        Ok(Written { points, resumed: false })
    }

    async fn is_written(&self, roi: Roi) -> Result<bool, Error> {
        let sink = Arc::clone(&self.sink);
        let asked = Request::builder().on(&self.feed.runtime);
        asked.kernel(move |_| Ok(sink.get().is_written(&roi))).await
    }

    async fn values(&self, pixels: Array) -> Result<Array, Error> {
        if self.conversion.is_plain() {
            return Ok(pixels);
        }
        let conversion = self.conversion.clone();
        let bytes = pixels.len() as u64 * conversion.bytes_per_point();
        let builder = Request::builder().on(&self.feed.runtime).bytes(bytes);
        builder
            .kernel(move |checkpoint| conversion.values(pixels, checkpoint))
            .await
    }
}

/// A sink that goes back to its owner with the last who uses it.
struct Lent {
    sink: Option<Box<dyn Sink>>,
    lend: Option<oneshot::Sender<Box<dyn Sink>>>,
}

impl Lent {
    fn get(&self) -> &dyn Sink {
        let sink = self.sink.as_ref();
        &**sink.expect("invariant: it goes back when it is dropped")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (Some(sink), Some(owner)) = (self.sink.take(), self.lend.take()) {
            // Without an owner it is dropped here.
            let _ = owner.send(sink);
        }
    }
}

/// The cancellation of a run, for a kernel.
struct Stop(CancellationToken);

impl Stop {
    fn or(self, checkpoint: &Checkpoint) -> Checkpoint {
        Checkpoint::new(Arc::new(Either(self.0, checkpoint.clone())))
    }
}

struct Either(CancellationToken, Checkpoint);

impl Interrupt for Either {
    fn interrupted(&self) -> Option<Error> {
        match self.0.is_cancelled() {
            true => Some(cancelled()),
            false => self.1.check().err(),
        }
    }
}

fn cancelled() -> Error {
    Error::condition(ErrorKind::Cancelled, "the export was cancelled")
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

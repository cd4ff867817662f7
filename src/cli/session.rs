//! What a command that computes runs in.

use std::time::{Duration, Instant};

use headwater::graph::{Graph, Meta, Output};
use headwater::io::{Export, ExportPlan, ImageSource, Limit, format_bytes, memory, peak_resident};
use headwater::{Array, Error, Request, Runtime};
use serde_json::json;

use super::images::Written;
use super::options::{Computing, Opening, Telling};
use super::place::Place;
use super::progress::Progress;
use super::report::Report;
use super::signal::Signal;
use super::spot::Spot;
use super::trace::Trace;

/// How long what runs may take to end after a signal.
const STOP: Duration = Duration::from_secs(2);
/// What operators keep beside the budget is a part of it, and no more than this: see `RuntimeBuilder::memory`.
const MOST_BUFFERS: u64 = 128 << 20;

/// A runtime, its limits, and the user at the terminal.
pub(super) struct Session {
    runtime: Runtime,
    budget: u64,
    signal: Signal,
    progress: Progress,
    trace: Option<Trace>,
    telling: Telling,
    begun: Instant,
}

impl Session {
    /// Starts threads; nothing is computed yet. A timeline replaces what is there if `replace` says so.
    ///
    /// # Errors
    ///
    /// The system refuses threads; the timeline cannot be written.
    pub(super) fn begin(options: &Computing, replace: bool, signal: &Signal) -> Result<Self, Error> {
        let begun = Instant::now();
        let budget = options.memory.unwrap_or(memory() / 2);
        let timeline = options
            .trace
            .as_ref()
            .map(|path| Place::file(&path.to_string_lossy(), replace));
        let trace = timeline.map(Trace::begin).transpose()?;
        let builder = Runtime::builder().memory(budget);
        let builder = match options.threads.and_then(|threads| usize::try_from(threads).ok()) {
            Some(threads) => builder.slots(threads).compute_threads(threads),
            None => builder,
        };
        Ok(Self {
            runtime: builder.build()?,
            budget,
            signal: signal.clone(),
            progress: Progress::new(options.telling.quiet),
            trace,
            telling: options.telling.clone(),
            begun,
        })
    }

    /// A new graph.
    pub(super) fn graph(&self) -> Graph {
        Graph::on(&self.runtime)
    }

    /// The most memory that reading may take at a time.
    pub(super) fn limit(&self) -> Limit {
        Limit::bytes(self.budget)
    }

    /// Opens an image, and reports it.
    ///
    /// # Errors
    ///
    /// It cannot be read. The error names the file.
    pub(super) fn open(
        &self,
        graph: &Graph,
        path: &str,
        opening: &Opening,
        report: &mut Report,
    ) -> Result<Output<Array>, Error> {
        let source = opening.within(self.limit()).open(path)?;
        let image = graph.add(ImageSource::new(source));
        report.read(None, path, &*image.output.meta()?);
        Ok(image.output.clone())
    }

    /// Whether an output can be written at `place`, and the timeline is neither it nor one of `inputs`.
    ///
    /// # Errors
    ///
    /// If not. The error names the file.
    pub(super) fn check(&self, place: &Place, inputs: &[String]) -> Result<(), Error> {
        place.check(inputs)?;
        self.check_timeline(inputs)?;
        match &self.trace {
            Some(trace) => trace.check(&place.location, &[place.spot()?]),
            None => Ok(()),
        }
    }

    /// Whether the timeline, if there is one, is none of `files`, which are read, and lies within none of them.
    ///
    /// # Errors
    ///
    /// If it does. The error names it.
    pub(super) fn check_timeline(&self, files: &[String]) -> Result<(), Error> {
        let Some(trace) = &self.trace else { return Ok(()) };
        files.iter().try_for_each(|file| trace.check(file, &Spot::read(file)))
    }

    /// The user's signals.
    pub(super) fn signal(&self) -> &Signal {
        &self.signal
    }

    /// Tells the user of what is not wrong, but most likely not meant.
    pub(super) fn warn(&self, text: &str) {
        if !self.telling.quiet {
            eprintln!("headwater: warning: {}", super::escape::one_line(text));
        }
    }

    /// What a run that writes as planned takes in memory at most, beside the program itself, as far as the estimates of the
    /// operators are right: the budget, or what a single block takes if that is more, and buffers.
    pub(super) fn bound<'a>(&self, plans: impl Iterator<Item = &'a ExportPlan>) -> u64 {
        let most = plans.map(|plan| plan.memory).fold(self.budget, u64::max);
        most.saturating_add((self.budget / 32).min(MOST_BUFFERS))
    }

    /// Waits for a value.
    ///
    /// # Errors
    ///
    /// Those of the request; a signal came.
    pub(super) fn value<T: Clone + Send + Sync + 'static>(&self, request: &Request<T>) -> Result<T, Error> {
        self.signal.check()?;
        let runtime = self.runtime.clone();
        // Whoever waits keeps a request alive: nothing less than the end of all makes it stop.
        let stop = move || drop(runtime.shutdown(STOP));
        self.signal.during(stop, || request.wait())
    }

    /// Writes an image like `meta`.
    ///
    /// # Errors
    ///
    /// Those of the export; a signal came. There is no such file then, or what there was before.
    pub(super) fn write(&self, name: &str, export: Export, location: &str, meta: Meta) -> Result<Written, Error> {
        self.signal.check()?;
        self.progress.begin(name);
        let shown = self.progress.clone();
        let exporting = export.progress(move |progress| shown.show(&progress)).to(location);
        let stopped = exporting.clone();
        let saved = self.signal.during(move || stopped.cancel(), || exporting.wait());
        self.progress.finish();
        let (saved, progress) = (saved?, exporting.progress());
        Ok(Written { meta, saved, progress })
    }

    /// Plans and writes an image, or only plans it, and reports.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write); what the plan tells.
    pub(super) fn write_or_plan(
        &self,
        export: Export,
        location: &str,
        dry_run: bool,
        report: &mut Report,
    ) -> Result<(), Error> {
        let plan = export.plan(location)?;
        if dry_run {
            report.planned(None, location, &plan);
            report.bound(self.bound([&plan].into_iter()));
            return Ok(());
        }
        report.written(None, &self.write(location, export, location, plan.meta)?);
        Ok(())
    }

    /// Ends the timeline, and prints the report with what all of it took.
    ///
    /// # Errors
    ///
    /// The timeline or the report cannot be written.
    pub(super) fn end(self, mut report: Report) -> Result<(), Error> {
        if !report.is_plan() {
            self.figures(&mut report);
        }
        if let Some(trace) = self.trace {
            let (path, events) = trace.finish()?;
            report.line("timeline", &format!("{path}, {events} events"));
            report.put("trace", json!({ "path": path, "events": events }));
        }
        report.print(&self.telling)
    }

    fn figures(&self, report: &mut Report) {
        let seconds = self.begun.elapsed().as_secs_f64();
        let statistics = self.runtime.statistics();
        report.line("time", &format!("{seconds:.3} s"));
        report.put("seconds", seconds);
        report.put("requests", statistics.requests);
        report.put("kernels", statistics.kernels);
        report.put("kernel_seconds", statistics.kernel_time.as_secs_f64());
        if let Some(bytes) = peak_resident() {
            report.line("memory", &format!("{} at the peak", format_bytes(bytes)));
            report.put("peak_bytes", bytes);
        }
    }
}

//! A timeline for the trace viewer of a browser.
//!
//! The runtime tells `tracing` of each change of a request on the thread on which it happens. Between `Started` or `Resumed` and
//! `Suspended` or `Ended` a request is in a poll, or its kernel runs: each such stretch becomes an event of its thread's lane.
//! (`Runtime::events` is the same without threads, and waits in memory until somebody takes it.)
//! Events go to the file as they come, so that memory holds those alone that run now.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use headwater::io::Location;
use headwater::{Error, ErrorContext as _};
use serde_json::json;
use tempfile::NamedTempFile;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::file;
use super::place::Place;
use super::spot::Spot;

/// A timeline that is being written.
///
/// Dropped before it is finished, it leaves nothing.
pub(super) struct Trace {
    place: Place,
    lanes: Arc<Mutex<Lanes>>,
}

/// What has been written, and what runs now.
struct Lanes {
    begun: Instant,
    /// `None` after the end.
    out: Option<BufWriter<NamedTempFile>>,
    failed: Option<io::Error>,
    events: u64,
    threads: HashMap<ThreadId, usize>,
    running: HashMap<String, (Duration, usize)>,
}

/// What `tracing` tells.
struct Listener {
    lanes: Arc<Mutex<Lanes>>,
}

/// An event of a request as `tracing` tells it.
#[derive(Default)]
struct Told {
    id: String,
    name: Option<String>,
    place: String,
    event: String,
}

impl Trace {
    /// Begins to write, beside `place`, whose name appears with [`finish`](Self::finish).
    ///
    /// # Errors
    ///
    /// Something is there that is not to be replaced; the folder cannot be written. The error names the file.
    pub(super) fn begin(place: Place) -> Result<Self, Error> {
        place.check(&[])?;
        let named = || format!("cannot write `{}`", place.location);
        let mut lanes = Lanes::new(file::beside(Path::new(&place.location))?);
        lanes.head();
        let lanes = Arc::new(Mutex::new(lanes));
        let listener = Listener {
            lanes: Arc::clone(&lanes),
        };
        tracing::subscriber::set_global_default(listener).context(named())?;
        Ok(Self { place, lanes })
    }

    /// Whether what is called `name` and lies at `spots`, which is read or written, is another file, and none in which it lies.
    ///
    /// # Errors
    ///
    /// If not. The error names it.
    pub(super) fn check(&self, name: &str, spots: &[Spot]) -> Result<(), Error> {
        let own = self.place.spot()?;
        let Some(taken) = spots.iter().find(|spot| own.overlaps(spot)) else {
            return Ok(());
        };
        let (location, name) = (&self.place.location, Location::shown(name));
        let how = if own.is_deeper(taken) { "lies within" } else { "is" };
        Err(Error::invalid(format!(
            "cannot write the timeline `{location}`: it {how} `{name}`"
        )))
    }

    /// Ends it: where it is, and how many events it has.
    ///
    /// # Errors
    ///
    /// It could not be written, or something has come to lie there. The error names the file.
    pub(super) fn finish(self) -> Result<(String, u64), Error> {
        let Place { location, replace, .. } = &self.place;
        let ended = lock(&self.lanes).finish();
        let written = ended.and_then(|(file, events)| {
            file.as_file().sync_all()?;
            match replace {
                true => file.persist(location)?,
                false => file.persist_noclobber(location)?,
            };
            Ok(events)
        });
        let events = written.context(format_args!("cannot write `{location}`"))?;
        Ok((location.clone(), events))
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        // `tracing` keeps the listener, and it the lanes, until the process ends; then nobody removes the file.
        let out = lock(&self.lanes).out.take();
        drop(out);
    }
}

impl Lanes {
    fn new(file: NamedTempFile) -> Self {
        Self {
            begun: Instant::now(),
            out: Some(BufWriter::new(file)),
            failed: None,
            events: 0,
            threads: HashMap::new(),
            running: HashMap::new(),
        }
    }

    fn head(&mut self) {
        let process = json!({ "ph": "M", "name": "process_name", "pid": 1, "args": { "name": "headwater" } });
        self.put(&format!("{{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n{process}"));
    }

    fn put(&mut self, text: &str) {
        let Some(out) = &mut self.out else { return };
        if let Err(error) = out.write_all(text.as_bytes()) {
            self.failed.get_or_insert(error);
        }
    }

    /// The lane of this thread; its name is written when it is new.
    fn lane(&mut self) -> usize {
        let (thread, next) = (thread::current(), self.threads.len() + 1);
        let lane = *self.threads.entry(thread.id()).or_insert(next);
        if lane == next {
            let name = json!({ "name": thread.name().unwrap_or("a thread") });
            let event = json!({ "ph": "M", "name": "thread_name", "pid": 1, "tid": lane, "args": name });
            self.put(&format!(",\n{event}"));
        }
        lane
    }

    fn hear(&mut self, told: Told) {
        let now = self.begun.elapsed();
        match told.event.as_str() {
            "Started" | "Resumed" => {
                let lane = self.lane();
                self.running.insert(told.id, (now, lane));
            }
            event if event == "Suspended" || event.starts_with("Ended") => {
                if let Some((since, lane)) = self.running.remove(&told.id) {
                    self.stretch(&told, lane, since, now);
                }
            }
            _ => {}
        }
    }

    fn stretch(&mut self, told: &Told, lane: usize, since: Duration, now: Duration) {
        let micros = |time: Duration| time.as_nanos() as f64 / 1e3;
        let event = json!({
            "ph": "X",
            "name": told.name.as_deref().unwrap_or(&told.place),
            "cat": "request",
            "pid": 1,
            "tid": lane,
            "ts": micros(since),
            "dur": micros(now.saturating_sub(since)),
            "args": { "id": told.id, "place": told.place, "then": told.event },
        });
        self.events += 1;
        self.put(&format!(",\n{event}"));
    }

    fn finish(&mut self) -> io::Result<(NamedTempFile, u64)> {
        self.put("\n]}\n");
        let out = self.out.take();
        match (self.failed.take(), out) {
            (Some(error), _) => Err(error),
            (None, None) => Err(io::Error::other("it has ended")),
            (None, Some(out)) => {
                let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
                Ok((file, self.events))
            }
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() == Level::TRACE && metadata.target().starts_with("headwater::")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut told = Told::default();
        event.record(&mut told);
        if !told.event.is_empty() {
            lock(&self.lanes).hear(told);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "name" {
            self.name = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = match field.name() {
            "id" => &mut self.id,
            "place" => &mut self.place,
            "event" => &mut self.event,
            _ => return,
        };
        // Writing to a string does not fail.
        let _ = write!(text, "{value:?}");
    }
}

fn lock(lanes: &Mutex<Lanes>) -> MutexGuard<'_, Lanes> {
    // A panic in the middle of an event leaves at worst a line that is cut off.
    lanes.lock().unwrap_or_else(PoisonError::into_inner)
}

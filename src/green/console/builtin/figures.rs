//! `statistics` for people and `metrics` for Prometheus.

use crate::error::Error;
use crate::green::console::builtin::requests::counted;
use crate::green::console::call::ConsoleCall;
use crate::green::console::shared::Shared;
use crate::green::console::text::{line, time};
use crate::runtime::Statistics;
use crate::runtime::account::Memory;
use crate::runtime::info::{RequestInfo, RequestState};

/// The states of a live request, and what they are called.
pub(super) const STATES: [(RequestState, &str); 5] = [
    (RequestState::Made, "made"),
    (RequestState::Queued, "queued"),
    (RequestState::Running, "running"),
    (RequestState::Suspended, "suspended"),
    (RequestState::Finishing, "finishing"),
];

pub(super) fn count(infos: &[RequestInfo], state: RequestState) -> usize {
    infos.iter().filter(|info| info.state == state).count()
}

/// The live requests that are not the console's own.
pub(super) fn live(shared: &Shared) -> Vec<RequestInfo> {
    let own = shared.own();
    let mut infos = shared.engine.snapshot();
    infos.retain(|info| !own.contains(&info.id));
    infos
}

pub(super) fn statistics(shared: &Shared, call: ConsoleCall) -> Result<String, Error> {
    call.finish()?;
    let (engine, statistics) = (&shared.engine, shared.engine.statistics());
    let infos = live(shared);
    let mut text = String::new();
    line(&mut text, format_args!("requests    {}", counted(&infos)));
    let made = statistics.requests;
    line(
        &mut text,
        format_args!("made        {made} so far, without children of live ones"),
    );
    line(&mut text, format_args!("slots       {}", engine.config.slots));
    line(
        &mut text,
        format_args!("threads     {} for kernels", engine.compute_threads()),
    );
    let spent = time(statistics.kernel_time);
    line(
        &mut text,
        format_args!("kernels     {} so far, {spent} in all", statistics.kernels),
    );
    let limit = time(engine.config.long_poll);
    line(
        &mut text,
        format_args!("long polls  {}, of more than {limit}", statistics.long_polls),
    );
    let sessions = shared.limits.sessions - shared.permits.available_permits().min(shared.limits.sessions);
    line(
        &mut text,
        format_args!("sessions    {sessions} of {}", shared.limits.sessions),
    );
    Ok(text)
}

/// What `metrics` is made of.
struct Now {
    statistics: Statistics,
    memory: Memory,
    live: Vec<RequestInfo>,
    slots: usize,
    compute_threads: usize,
}

/// One of Prometheus' metrics: name, kind, help, and how its samples are read, each with its labels.
type Metric = (&'static str, &'static str, &'static str, fn(&Now) -> Samples);
type Samples = Vec<(String, f64)>;

const METRICS: [Metric; 10] = [
    (
        "requests_total",
        "counter",
        "Requests made, without children of live ones.",
        |now| one(now.statistics.requests as f64),
    ),
    ("requests", "gauge", "Live requests by state.", by_state),
    ("slots", "gauge", "Requests that may be polled at once.", |now| {
        one(now.slots as f64)
    }),
    ("compute_threads", "gauge", "Threads that run kernels.", |now| {
        one(now.compute_threads as f64)
    }),
    ("kernels_total", "counter", "Kernels run.", |now| {
        one(now.statistics.kernels as f64)
    }),
    ("kernel_seconds_total", "counter", "Time spent in kernels.", |now| {
        one(now.statistics.kernel_time.as_secs_f64())
    }),
    ("long_polls_total", "counter", "Polls longer than the limit.", |now| {
        one(now.statistics.long_polls as f64)
    }),
    ("memory_used_bytes", "gauge", "Bytes in the account.", |now| {
        one(now.memory.used as f64)
    }),
    ("memory_peak_bytes", "gauge", "The most bytes so far.", |now| {
        one(now.memory.peak as f64)
    }),
    ("memory_limit_bytes", "gauge", "Bytes that may be used at once.", limit),
];

fn one(value: f64) -> Samples {
    vec![(String::new(), value)]
}

fn by_state(now: &Now) -> Samples {
    let sample = |(state, name)| (format!("{{state=\"{name}\"}}"), count(&now.live, state) as f64);
    STATES.map(sample).into()
}

fn limit(now: &Now) -> Samples {
    match now.memory.limit {
        u64::MAX => Vec::new(),
        limit => one(limit as f64),
    }
}

/// Prometheus' text format.
pub(super) fn metrics(shared: &Shared, call: ConsoleCall) -> Result<String, Error> {
    call.finish()?;
    let engine = &shared.engine;
    let now = Now {
        statistics: engine.statistics(),
        memory: engine.account.memory(),
        live: live(shared),
        slots: engine.config.slots,
        compute_threads: engine.compute_threads(),
    };
    let mut page = String::new();
    for (name, kind, help, read) in METRICS {
        let samples = read(&now);
        if samples.is_empty() {
            continue;
        }
        line(&mut page, format_args!("# HELP headwater_{name} {help}"));
        line(&mut page, format_args!("# TYPE headwater_{name} {kind}"));
        for (labels, value) in samples {
            line(&mut page, format_args!("headwater_{name}{labels} {value}"));
        }
    }
    Ok(page)
}

//! `statistics` for people and `metrics` for Prometheus.

use crate::error::Error;
use crate::green::console::builtin::requests::counted;
use crate::green::console::call::ConsoleCall;
use crate::green::console::shared::Shared;
use crate::green::console::text::{line, time};
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

pub(super) fn metrics(shared: &Shared, call: ConsoleCall) -> Result<String, Error> {
    call.finish()?;
    let (engine, statistics, memory) = (
        &shared.engine,
        shared.engine.statistics(),
        shared.engine.account.memory(),
    );
    let infos = live(shared);
    let mut page = Page::default();
    page.put(
        "requests_total",
        "counter",
        "Requests made, without children of live ones.",
        statistics.requests,
    );
    page.head("requests", "gauge", "Live requests by state.");
    for (state, name) in STATES {
        page.value(&format!("requests{{state=\"{name}\"}}"), count(&infos, state));
    }
    page.put(
        "slots",
        "gauge",
        "Requests that may be polled at once.",
        engine.config.slots,
    );
    page.put(
        "compute_threads",
        "gauge",
        "Threads that run kernels.",
        engine.compute_threads(),
    );
    page.put("kernels_total", "counter", "Kernels run.", statistics.kernels);
    let seconds = statistics.kernel_time.as_secs_f64();
    page.put("kernel_seconds_total", "counter", "Time spent in kernels.", seconds);
    page.put(
        "long_polls_total",
        "counter",
        "Polls longer than the limit.",
        statistics.long_polls,
    );
    page.put("memory_used_bytes", "gauge", "Bytes in the account.", memory.used);
    page.put("memory_peak_bytes", "gauge", "The most bytes so far.", memory.peak);
    if memory.limit != u64::MAX {
        page.put(
            "memory_limit_bytes",
            "gauge",
            "Bytes that may be used at once.",
            memory.limit,
        );
    }
    Ok(page.0)
}

/// Prometheus' text format.
#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        line(&mut self.0, format_args!("# HELP headwater_{name} {help}"));
        line(&mut self.0, format_args!("# TYPE headwater_{name} {kind}"));
    }

    fn value(&mut self, name: &str, value: impl std::fmt::Display) {
        line(&mut self.0, format_args!("headwater_{name} {value}"));
    }

    fn put(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        self.value(name, value);
    }
}

//! Random flows against a sequential model.
//!
//! A case is its seed. `HEADWATER_CASES` says how many are run, `HEADWATER_SEED` with which seed they begin: a failure prints
//! the one that replays it. Whatever happens in a flow (failures, panics, a stop, an abort, replicas that come and go, who looks
//! at it), it ends, leaves no request, no item and no open node behind, and accounts for every item. What a flow delivers that
//! completes, or is stopped, is exactly what the model makes of what its producers have made, in the order that is promised;
//! behind an edge that drops, a part of it.

mod build;
mod case;
mod check;
mod dice;
mod making;
mod model;
mod nodes;
mod stage;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};

use headwater::Runtime;
use headwater::flow::{End, Report};

use crate::{end, runtime, until};
use case::Case;
use making::case;
use stage::Stage;

/// As many as take a few seconds without optimisation.
const CASES: u64 = 800;

/// Panics that a case has planned are not told.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let is_planned = info.payload_as_str().is_some_and(|text| text.starts_with("planned"));
            if !is_planned {
                tell(info);
            }
        }));
    });
}

#[test]
fn random_flows_do_what_a_sequential_model_does() {
    hush();
    let number = |name| std::env::var(name).ok().map(|value| value.parse::<u64>().expect(name));
    let first = number("HEADWATER_SEED");
    let cases = number("HEADWATER_CASES").unwrap_or(if first.is_some() { 1 } else { CASES });
    let runtimes: Vec<_> = [0, 1, 2, 4].map(|slots| (slots, runtime(slots))).into();
    let mut tally = Tally::default();
    for seed in (first.unwrap_or(0)..).take(cases as usize) {
        let case = case(seed);
        let on = &runtimes.iter().find(|(slots, _)| *slots == case.slots).unwrap().1;
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| tally.add(&play(&case, on)))) {
            eprintln!("replay this one with HEADWATER_SEED={seed}:\n{case:#?}");
            resume_unwind(panic);
        }
    }
    if cases >= CASES {
        eprintln!("{cases} cases: {tally:?}");
        let Tally {
            completed,
            stopped,
            aborted,
            failed,
        } = tally;
        assert!(
            completed.min(stopped).min(aborted).min(failed) >= cases / 100,
            "no case of a kind: {tally:?}"
        );
    }
}

/// How many ended in which way.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    completed: u64,
    stopped: u64,
    aborted: u64,
    failed: u64,
}

impl Tally {
    fn add(&mut self, end: &Option<End>) {
        *match end {
            Some(End::Completed) => &mut self.completed,
            Some(End::Stopped) => &mut self.stopped,
            Some(End::Aborted) => &mut self.aborted,
            None => &mut self.failed,
        } += 1;
    }
}

/// Runs a case and checks what comes of it; says how it has ended, if it has not failed.
fn play(case: &Case, runtime: &Runtime) -> Option<End> {
    let stage = Stage::new(case);
    let (flow, got) = build::build(case, &stage);
    let running = flow.build().unwrap().run(runtime);
    stage.begin(&running);
    let has_ended = AtomicBool::new(false);
    let outcome = std::thread::scope(|scope| {
        if case.is_watched {
            scope.spawn(|| {
                while !has_ended.load(Ordering::SeqCst) {
                    check::at_any_time(&running.figures());
                    let _ = running.explain();
                    std::thread::yield_now();
                }
            });
        }
        let outcome = end(&running);
        has_ended.store(true, Ordering::SeqCst);
        outcome
    });
    until(|| runtime.snapshot().is_empty());
    check::all_closed(case, &stage, outcome.is_ok());
    assert!(stage.problems.lock().unwrap().is_empty(), "{:?}", stage.problems);
    let figures = running.figures();
    check::accounts(&figures);
    let ended = match &outcome {
        Ok(report) => Some(report.end()),
        Err(error) => {
            check::may_fail(case, error);
            None
        }
    };
    if let Ok(report) = &outcome
        && report.end() != End::Aborted
    {
        check::is_as_the_model(case, report, &got);
    }
    let asked = stage.asked.lock().unwrap().clone();
    assert!(
        ended.is_none_or(|end| end == End::Completed || asked.contains(&end)),
        "{ended:?} of {asked:?}"
    );
    nothing_is_left(stage, outcome.ok(), (flow, running, got));
    ended
}

/// All that a flow was made of is gone with it.
fn nothing_is_left<T>(stage: Arc<Stage>, report: Option<Report>, rest: T) {
    let token = Arc::clone(&stage.token);
    drop((report, rest));
    drop(stage);
    until(|| Arc::strong_count(&token) == 1);
}

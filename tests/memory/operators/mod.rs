//! What operators say that a request takes, against what it takes, and what the next one takes, and that this gives the same
//! whatever the memory held that it finds: a table of all operators of the library.

mod classifier;
mod filters;
mod fresh;
mod generic;
mod labels;
mod listed;
mod segmentation;
mod stores;

use std::time::{Duration, Instant};

use headwater::array::Element as _;
use headwater::graph::{Graph, Output};
use headwater::{Array, Checkpoint, Roi, Runtime, kernels, match_dtype};

use crate::{ALLOCATOR, alone, peak};

/// An operator at work: what to ask it for.
type Asked = (Output<Array>, Roi);

/// How what is taken compares with what was said.
#[derive(Clone, Copy, PartialEq)]
enum Said {
    /// To within a tenth.
    Right,
    /// The data decides, and this is where it takes less.
    Most,
}

/// Where the result lies.
#[derive(Clone, Copy, PartialEq)]
enum Lies {
    /// In a buffer of the pool, to which it returns: the next request finds it there.
    InPool,
    /// Somewhere else: it was handed on, or is kept.
    Elsewhere,
}

struct Case {
    /// The operator, and what is special.
    name: &'static str,
    said: Said,
    lies: Lies,
    /// Adds the operator to a graph, and does whatever has to be done before it is asked.
    build: fn(&Graph) -> Asked,
}

/// Computed and pooled, as said.
const fn computes(name: &'static str, build: fn(&Graph) -> Asked) -> Case {
    Case {
        name,
        said: Said::Right,
        lies: Lies::InPool,
        build,
    }
}

/// Handed on, at the cost of the input.
const fn hands_on(name: &'static str, build: fn(&Graph) -> Asked) -> Case {
    Case {
        lies: Lies::Elsewhere,
        ..computes(name, build)
    }
}

/// What takes less than in the worst case.
const fn at_most(case: Case) -> Case {
    Case {
        said: Said::Most,
        ..case
    }
}

impl Case {
    /// What is wrong, and by how much.
    fn wrong(&self) -> Option<String> {
        let before = ALLOCATOR.current_usage();
        let wrong = self.measured().or_else(|| self.remembered());
        // Threads may have the last handles of what they worked for.
        let end = Instant::now() + Duration::from_secs(20);
        while ALLOCATOR.current_usage() > before + (1 << 14) && Instant::now() < end {
            std::thread::yield_now();
        }
        wrong
    }

    /// What of a result shows in the next one, which is computed where the first one lay.
    fn remembered(&self) -> Option<String> {
        let runtime = runtime();
        let graph = Graph::on(&runtime);
        let (output, roi) = (self.build)(&graph);
        let mut first = output.request(roi).wait().unwrap();
        let mut expected = Array::zeros(first.axes(), first.shape(), first.dtype()).unwrap();
        kernels::cast(&first, &mut expected, &Checkpoint::never()).unwrap();
        // What is shared with somebody is not written to, but a copy of it.
        match_dtype!(first.dtype(), T => first.view_mut::<T>().unwrap().fill(f64::MAX.cast()));
        drop(first);
        let second = output.request(roi).wait().unwrap();
        (!second.same_bits(&expected)).then(|| format!("{}: another result where one lay before", self.name))
    }

    fn measured(&self) -> Option<String> {
        let runtime = runtime();
        let graph = Graph::on(&runtime);
        let (output, roi) = (self.build)(&graph);
        let said = output.meta().unwrap().bytes_for(roi.volume().unwrap() as u64);
        let take = || peak(|| output.request(roi).wait().unwrap());
        let (first, result) = take();
        let own = result.nbytes() as u64;
        drop(result);
        // It takes all but the result again. A thread may have a handle of the first result still, which comes back later then.
        let is_pooled = |second| self.lies == Lies::Elsewhere || second + own * 9 / 10 <= first;
        let mut second = take().0;
        for _ in 0..4 {
            if !is_pooled(second) {
                second = take().0;
            }
        }
        let (said, taken) = (said as f64, first as f64);
        let is_said = match self.said {
            Said::Right => (said / taken - 1.0).abs() <= 0.1,
            Said::Most => said >= 0.95 * taken,
        };
        let off = 100.0 * (said / taken - 1.0);
        let report = format!(
            "{}: said {said}, took {taken} ({off:+.0} %), then {second} for a result of {own}",
            self.name
        );
        (!(is_said && is_pooled(second))).then_some(report)
    }
}

fn runtime() -> Runtime {
    Runtime::builder().slots(2).compute_threads(1).build().unwrap()
}

#[track_caller]
fn check(cases: &[Case]) {
    let _alone = alone();
    let wrong: Vec<_> = cases.iter().filter_map(Case::wrong).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

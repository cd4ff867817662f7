//! How long a kernel computes between two looks at its checkpoint: how late it hears that nobody wants its result.

use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use headwater::kernels::{Gaussian, Stencil};
use headwater::{Array, Checkpoint, Error, Interrupt};

use crate::gaussian::noise;
use crate::table::Bench;

/// What the design asks for, in milliseconds.
const GOAL: f64 = 1.0;

/// Never interrupts, and remembers the longest time between two looks.
struct Watch {
    last: Mutex<Instant>,
    longest: Mutex<f64>,
}

impl Interrupt for Watch {
    fn interrupted(&self) -> Option<Error> {
        self.look();
        None
    }
}

impl Watch {
    fn look(&self) {
        let (mut last, now) = (self.last.lock().expect("one thread"), Instant::now());
        let gap = now.duration_since(*last).as_secs_f64() * 1e3;
        let mut longest = self.longest.lock().expect("one thread");
        *longest = longest.max(gap);
        *last = now;
    }
}

/// The longest time between two looks of `kernel`, from its beginning to its end, on one thread, in milliseconds: the least
/// of some runs, since the machine has other things to do as well.
pub(crate) fn report(bench: &Bench, name: &str, mut kernel: impl FnMut(&Checkpoint)) {
    let name = format!("patience: {name}");
    if !bench.wants(&name) {
        return;
    }
    let best = Cell::new(f64::INFINITY);
    for _ in 0..bench.rounds {
        let watch = Arc::new(Watch {
            last: Mutex::new(Instant::now()),
            longest: Mutex::new(0.0),
        });
        kernel(&Checkpoint::new(Arc::clone(&watch) as Arc<dyn Interrupt>));
        watch.look();
        let longest = *watch.longest.lock().expect("one thread");
        best.set(best.get().min(longest));
    }
    let verdict = if best.get() <= GOAL { "met" } else { "MISSED" };
    println!(
        "{name:46} {:9.3} ms between two looks, goal {GOAL} {verdict}",
        best.get()
    );
}

pub(crate) fn rows(bench: &Bench) {
    let volume = Array::from_ndarray("zyx", noise(&[128, 128, 128])).expect("three axes");
    report(bench, "Gaussian 3-D, sigma 3", |checkpoint| {
        Stencil::apply(&Gaussian::new(3.0), &volume, checkpoint).expect("a valid sigma");
    });
}

//! Where scenes are played: a world with slots, under many random schedules.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler};

use crate::request::tests::world::{World, thread};

/// How many scenes share the schedules.
const SCENES: u64 = 29;
/// Schedules that are played with one seed by the scheduler that looks for bugs of few preemptions (PCT).
const BATCH: u64 = 16;

/// Plays a scene with `slots` slots: under random schedules, or under the one that HEADWATER_SEED names.
pub(crate) fn play(slots: usize, scene: fn(&World)) {
    let number = |name| std::env::var(name).ok().map(|value| value.parse::<u64>().expect(name));
    let all = number("HEADWATER_SCHEDULES").unwrap_or(10_000).div_ceil(SCENES);
    let random = || std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), 0);
    let (first, mut left) = match number("HEADWATER_SEED") {
        Some(seed) => (seed, 1),
        None => (random(), all),
    };
    let mut seed = first;
    while left > 0 {
        let played = catch_unwind(AssertUnwindSafe(|| play_once(seed, slots, scene)));
        match played {
            Ok(schedules) => left = left.saturating_sub(schedules),
            Err(panic) => {
                eprintln!("replay this one with HEADWATER_SEED={seed}");
                resume_unwind(panic);
            }
        }
        seed = seed.wrapping_add(1);
    }
}

/// Plays a scene with `seed`; how many schedules that was.
fn play_once(seed: u64, slots: usize, scene: fn(&World)) -> u64 {
    let config = shuttle::Config::default();
    let run = move || on_stage(slots, scene);
    match seed % (2 * BATCH) {
        0 => {
            shuttle::Runner::new(PctScheduler::new_from_seed(seed, 3, BATCH as usize), config).run(run);
            BATCH
        }
        _ => {
            shuttle::Runner::new(RandomScheduler::new_from_seed(seed, 1), config).run(run);
            1
        }
    }
}

fn on_stage(slots: usize, scene: fn(&World)) {
    let world = World::new(slots);
    let slots: Vec<_> = (0..slots)
        .map(|_| {
            let world = world.clone();
            thread::spawn(move || world.slot())
        })
        .collect();
    scene(&world);
    world.close_slots();
    slots.into_iter().for_each(|slot| slot.join().unwrap());
    world.assert_quiet();
}

pub(crate) fn odds(of: u32) -> bool {
    thread_rng().gen_range(0..of) == 0
}

/// Runs `f` on `threads` threads and waits for all of them.
pub(crate) fn together<R: Send + 'static>(threads: usize, f: impl Fn(usize) -> R + Send + Sync + 'static) -> Vec<R> {
    let f = std::sync::Arc::new(f);
    let threads: Vec<_> = (0..threads)
        .map(|nth| {
            let f = std::sync::Arc::clone(&f);
            thread::spawn(move || f(nth))
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

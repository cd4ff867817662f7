//! The proof of the engine: model checks, random schedules, random histories.
//!
//! All of them run the engine itself, without tokio and rayon: a [`World`](world::World) plays its threads.
//!
//! - `loom_*`: every interleaving of a few threads, up to a bound of preemptions that each model names. `LOOM_MAX_PREEMPTIONS`
//!   overrides the bound, `LOOM_LOG=trace LOOM_LOCATION=1` shows what happened.
//!   `RUSTFLAGS="--cfg loom" cargo test --release --lib loom_` (80 seconds on two cores)
//! - `shuttle_*`: random interleavings of larger scenes. `HEADWATER_SCHEDULES` says how many in all, `HEADWATER_SEED` replays
//!   the one that a failure has printed.
//!   `RUSTFLAGS="--cfg shuttle" cargo test --release --lib shuttle_` (2 seconds for 10,000 schedules)
//! - `model`: random histories in one thread, compared with a model of 60 lines after every step. `HEADWATER_STEPS` says how
//!   many steps, `HEADWATER_SEED` replays a history.
//!   `cargo test --release --lib model_` (1 second for 200,000 steps)

#[cfg_attr(not(any(loom, shuttle)), allow(dead_code, reason = "histories need one thread only"))]
pub(crate) mod world;

#[cfg(not(any(loom, shuttle)))]
mod histories;
#[cfg(not(any(loom, shuttle)))]
mod model;

#[cfg(loom)]
mod loom_cancel;
#[cfg(loom)]
mod loom_ends;
#[cfg(loom)]
mod loom_lend;
#[cfg(loom)]
mod loom_listing;
#[cfg(loom)]
mod loom_lobby;
#[cfg(loom)]
mod loom_lock;
#[cfg(loom)]
mod loom_waits;

#[cfg(shuttle)]
mod shuttle_scenes;
#[cfg(shuttle)]
pub(crate) mod shuttle_stage;

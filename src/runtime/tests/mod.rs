//! Model checks of the queue and of the idle protocol, and what threads for blocking work do. How to run the checks stands in
//! `request/tests/mod.rs`.

#[cfg(loom)]
mod loom_idle;
#[cfg(loom)]
mod loom_queue;
#[cfg(not(any(loom, shuttle)))]
mod workers;

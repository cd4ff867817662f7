//! Model checks of the queue and of the idle protocol. How to run them stands in `request/tests/mod.rs`.

#[cfg(loom)]
mod loom_idle;
#[cfg(loom)]
mod loom_queue;

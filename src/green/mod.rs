//! Concurrency for applications: what greenhouse gave to Python programs, thin over tokio, on the slots of the
//! [`Runtime`](crate::Runtime).
//!
//! A [`Task`] is work that runs on its own: [`schedule`] starts it, it runs to its end whatever becomes of its handle, and the
//! handle gives its outcome to one owner. It is a request underneath, so snapshots, events, explanations and the refusal of
//! circular waits come for free, and requests and tasks wait for each other as they like.
//!
//! # Example
//!
//! A task that can be told to stop, and an error that nobody waits for:
//!
//! ```
//! use std::time::Duration;
//! use headwater::{Error, green};
//!
//! let _errors = green::on_error(|error| eprintln!("in the background: {}", error.report()));
//! green::schedule(async { Err::<(), _>(Error::msg("disk gone")) }).detach();
//!
//! let mut counter = green::schedule(async {
//!     let mut seconds = 0;
//!     while green::interruptible(green::pause_for(Duration::from_secs(1))).await.is_ok() {
//!         seconds += 1;
//!     }
//!     Ok(seconds) // interrupted: what there is by now
//! });
//! let _ = counter.interrupt(Error::msg("that will do"));
//! assert_eq!(counter.wait()?, 0);
//! # Ok::<(), Error>(())
//! ```
//!
//! # Tour
//!
//! - **When.** [`schedule_at`], [`schedule_in`], [`schedule_recurring`]; within a task [`pause`], [`pause_for`], [`pause_until`].
//!   [`Task::builder`] adds a name, a priority, a runtime, handlers and hooks.
//! - **Ending.** [`Task::cancel`] ends a task, [`Task::interrupt`] raises an error at its next [`interruptible`] await. A
//!   failure that nobody takes goes to the handlers of the task, then of the runtime ([`on_error`]), or to the log.
//! - **Looking.** [`on_switch`] is called around every poll; [`Runtime::watch_polls`](crate::Runtime::watch_polls) names a poll
//!   that blocks its thread, while it does, and [`Runtime::blocked`](crate::Runtime::blocked) lists them.
//! - **Many.** [`Pool`], [`OneWayPool`] and [`map()`] keep a bounded number of items going.
//! - **Between tasks.** [`Event`], [`Counter`], the queues, [`Timer`]; [`Condition`] and [`RLock`] for porting.
//! - **Code that blocks.** [`blocking`](blocking()) and [`BlockingPool`] run it on threads of its own, beside the slots.
//! - **From threads.** The twin of an `async` method that blocks the thread instead is `get_wait` for `get`, and `block` for
//!   `wait`; that of awaiting a [`Task`] itself is [`Task::wait`]. A time limit adds `_timeout`.
//!
//! # What is tokio's
//!
//! Whatever tokio has is not wrapped: sockets, files, processes and signals, `tokio::sync`, `select!`, `tokio::time::timeout`,
//! `CancellationToken`. A task of ours may use all of it, since slots run on tokio. What a module of greenhouse has become is in
//! the [guide](crate::guide::coming_from_greenhouse).

mod blocking;
mod claim_wait;
mod condition;
#[cfg(all(feature = "console", not(any(loom, shuttle))))]
pub mod console;
mod counter;
mod counter_guard;
mod current_task;
mod deferred;
pub(crate) mod error_handler;
mod event;
mod guarded_future;
mod interrupt_timer;
mod interrupted;
mod interruptible;
mod interruption;
mod interrupts;
mod line;
pub mod local;
mod moment;
mod owner;
mod pause;
mod pool;
mod put_error;
mod queue;
mod recurring;
mod registry;
mod rlock;
mod rlock_guard;
mod rlock_state;
mod schedule;
mod switch;
pub(crate) mod task;
mod task_body;
pub(crate) mod task_builder;
mod task_core;
mod task_handle;
#[cfg(all(test, shuttle))]
mod tests;
mod timer;
mod toolkit;
mod until;

pub use blocking::{BlockingPool, BlockingPoolBuilder, BlockingUsage, blocking};
pub use condition::Condition;
pub use counter::Counter;
pub use counter_guard::CounterGuard;
pub use error_handler::{ErrorHandlerGuard, handle_error, on_error};
pub use event::Event;
pub use interrupt_timer::InterruptTimer;
pub use interrupted::Interrupted;
pub use interruptible::{Interruptible, interruptible};
pub use interruption::Interruption;
pub use moment::Moment;
pub use pause::{pause, pause_for, pause_until};
pub use pool::{Close, Map, MapIter, OneWayPool, Pool, PoolIter, PoolResults, map, map_stream};
pub use put_error::PutError;
pub use queue::{Ascending, Fifo, Lifo, LifoQueue, PriorityQueue, Queue, QueueDiscipline, QueueOf, TryGetError};
pub use recurring::{Recurring, schedule_recurring};
pub use rlock::RLock;
pub use rlock_guard::RLockGuard;
pub use schedule::{schedule, schedule_at, schedule_in};
pub use switch::{Direction, Switch, SwitchHookGuard, on_switch};
pub use task::Task;
pub use task_builder::TaskBuilder;
pub use task_handle::TaskHandle;
pub use timer::{Timer, TimerCancel};
pub use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
pub use tokio::task_local;
pub use until::Until;

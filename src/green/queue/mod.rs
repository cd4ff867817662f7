//! Queues between requests, tasks and threads, with a count of what is still to be done.
//!
//! Where neither that count nor another order than first in, first out is needed, tokio's channels do: `tokio::sync::mpsc`
//! within [`cancellable`](crate::cancellable()).

mod claims;
mod fifo;
mod lifo;
mod priority;
mod queue_discipline;
mod queue_of;
pub(crate) mod state;
mod try_get_error;

pub use fifo::{Fifo, Queue};
pub use lifo::{Lifo, LifoQueue};
pub use priority::{Ascending, PriorityQueue};
pub use queue_discipline::QueueDiscipline;
pub use queue_of::QueueOf;
pub use try_get_error::TryGetError;

//! Pools: one function, many items, few at a time.
//!
//! | | results | for |
//! |---|---|---|
//! | [`OneWayPool`] | none; errors go to the [error handlers](crate::green::on_error) | what is done for its effects |
//! | [`Pool::new`] | in the order in which they are ready | many producers, many consumers |
//! | [`Pool::ordered`] | in the order of the items | the same, where the order counts |
//! | [`map()`] | in the order of the items | one input, one reader |
//!
//! For requests that are already made, and that fail together, there is [`RequestPool`](crate::RequestPool).
//!
//! # Protocol
//!
//! An item is *queued*, *running* as a [`Task`](crate::green::Task) of its own, *early* (done before one that was put before
//! it, in an ordered pool), *ready*, and taken. `state.rs` holds that as plain data under one mutex; `core.rs` turns what is
//! queued into tasks, outside of the mutex.
//!
//! - A1 At most `width` items run, and at most `window` items are anywhere in the pool.
//! - A2 Whoever ends a task or puts an item starts what can be started, one at a time for the whole pool, in a loop: a task
//!   that ends at once is no recursion.
//! - A3 An ordered pool makes a result ready when nothing that was put before it is queued or running.
//! - A4 Getters wait only while each ready result is granted to one of them; putters only while all room is. The end is seen
//!   when the pool is closed and nothing is queued, running or ready.

mod claims;
mod close;
pub(crate) mod core;
mod iter;
mod map;
mod map_iter;
mod one_way;
#[expect(
    clippy::module_inception,
    reason = "one public type per file, and this is the one the module is named after"
)]
mod pool;
mod results;
pub(crate) mod state;

pub use close::Close;
pub use iter::PoolIter;
pub use map::{Map, map, map_stream};
pub use map_iter::MapIter;
pub use one_way::OneWayPool;
pub use pool::Pool;
pub use results::PoolResults;

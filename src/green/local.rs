//! Values of one task: what to use for greenhouse's `Local`.
//!
//! | wanted | use |
//! |---|---|
//! | a value for a request and for everything that it makes and waits for | [`RequestContext`](crate::RequestContext) |
//! | the same, to be changed on the way | a `RequestContext` with a `Mutex` or an atomic in it |
//! | a value for the polls of one future, of a request or of any tokio task | [`tokio::task_local!`], re-exported as [`task_local!`](crate::green::task_local) |
//!
//! Both are bound to a scope: outside of it the value is not there, and it is dropped when its last user is gone. A task-local
//! is a property of the thread while a future is polled. A request that is awaited may run in the stack of its waiter, and
//! then sees the waiter's task-locals; or in a slot of its own, and then does not. So what a request needs from whoever
//! made it belongs in the context.
//!
//! # Examples
//!
//! ```
//! use std::cell::Cell;
//! use headwater::{Request, green::task_local};
//!
//! task_local! { static STEPS: Cell<u32>; }
//!
//! let walk = Request::new(STEPS.scope(Cell::new(0), async {
//!     STEPS.with(|steps| steps.set(steps.get() + 1));
//!     Ok(STEPS.with(Cell::get))
//! }));
//! assert_eq!(walk.wait()?, 1);
//! assert!(STEPS.try_with(Cell::get).is_err()); // not there outside
//! # Ok::<(), headwater::Error>(())
//! ```

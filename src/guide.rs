//! Longer explanations. Documentation only: there is nothing to call here.

pub mod cancellation {
    //! Who is cancelled, when, and what a workload notices.
    //!
    //! # It follows interest
    //!
    //! [`cancel`](crate::Request::cancel) says "I no longer want this". The request ends as soon as nobody waits for it: at
    //! once without waiters, else when the last of them leaves. What it says is [`Cancel`](crate::Cancel).
    //!
    //! From a cancelled request it goes on to what that one waited for and to the unfinished requests that it made, each
    //! under the same rule: one with another live waiter survives, and is looked at again when that waiter leaves. Holding
    //! a handle is no interest here; waiting is. `examples/cancel.rs` prints both diagrams.
    //!
    //! # What a workload notices
    //!
    //! - A pending await of one of ours returns [`is_interrupted`](crate::Error::is_interrupted) at once, so that the workload
    //!   can clean up in place; with `?` it simply ends.
    //! - If it is still pending after that, on a foreign future, it is dropped there, as tokio's `abort` does.
    //! - A section that has to finish stands in [`shield`](crate::shield()).
    //! - Between two awaits, [`check_cancelled`](crate::check_cancelled) asks; a kernel asks its
    //!   [`Checkpoint`](crate::Checkpoint).
    //!
    //! ```
    //! use headwater::{Error, Request, check_cancelled, shield};
    //!
    //! let export = Request::new(async {
    //!     for _block in 0..4 {
    //!         check_cancelled()?;
    //!         Request::kernel(|_checkpoint| Ok(())).await?;
    //!     }
    //!     shield(async { Ok::<_, Error>("renamed into place") }).await
    //! });
    //! assert_eq!(export.wait()?, "renamed into place");
    //! # Ok::<(), Error>(())
    //! ```
    //!
    //! # What waiters get
    //!
    //! Whoever waits for a cancelled one-shot request gets [`is_cancelled`](crate::Error::is_cancelled). A repeatable one starts
    //! its next generation instead. A value that was there before the cancellation stays a value.
    //!
    //! A moving viewport that gives up tiles and wants them back a moment later sets a
    //! [`grace`](crate::RuntimeBuilder::grace): so long a request outlives the last interest in it.
}

pub mod waiting {
    //! Which wait works where.
    //!
    //! | from | `.await` | `wait()`, `wait_timeout()` |
    //! |---|---|---|
    //! | a request, any async task, any executor | yes | on the workers of a multi-thread tokio runtime: they hand their other tasks over |
    //! | a plain thread, `spawn_blocking` | – | yes |
    //! | a callback | – | yes |
    //! | a current-thread runtime, a `LocalSet` | yes | an error that says so |
    //! | a kernel, a thread of a rayon pool | – | an error that says so; of finished requests, the value |
    //!
    //! A waiting request holds no slot, so any number may wait for each other with one slot. `wait()` inside a request keeps
    //! its thread, though: prefer `.await`.
    //!
    //! The first wait starts what nobody has submitted, and in the waiter's own stack up to its first pending await: that
    //! makes small requests nearly free. Submit what should run beside you.
    //!
    //! A time-out ([`wait_timeout`](crate::Request::wait_timeout), [`timeout`](crate::Request::timeout)) ends the wait, not the
    //! request. A [deadline](crate::RequestContext::with_deadline) holds for everything that a request makes.
    //!
    //! A wait that would close a circle is refused with [`is_circular`](crate::Error::is_circular) and the path. What waits for
    //! something outside of headwater can still hang: [`explain`](crate::Request::explain),
    //! [`stalled`](crate::Runtime::stalled) and [`stall_after`](crate::RuntimeBuilder::stall_after) name it.
    //!
    //! # Unlike a future
    //!
    //! - A dropped wait ends the wait. The request goes on as long as it was submitted, somebody else waits, or there is a
    //!   handle.
    //! - A request that was only awaited goes on in the queue if its waiter stops polling, so it never holds others up.
}

pub mod writing_an_operator;

pub mod coming_from_greenhouse;
pub mod coming_from_lazyflow_io;
pub mod coming_from_lazyflow_operators;
pub mod coming_from_videoflow;

pub mod coming_from_lazyflow {
    //! Old name, new name, difference: the table stands in the README. What it means in code:
    //!
    //! ```text
    //! def workload():                                   let workload = Request::new(async move {
    //!     a = Request(partial(smooth, 1.0))                 let a = Request::kernel(|cp| smooth(1.0, cp));
    //!     b = Request(partial(smooth, 3.0))                 let b = Request::kernel(|cp| smooth(3.0, cp));
    //!     b.submit()                                        b.submit();
    //!     return a.wait() - b.wait()                        Ok(a.await? - b.await?)
    //!                                                   });
    //! request = Request(workload)
    //! request.notify_finished(show)                     workload.on_finished(show);
    //! request.submit()                                  workload.submit();
    //! ```
    //!
    //! Three things to unlearn:
    //!
    //! - A request that a thread has waited for can be cancelled, also after a time-out.
    //! - Cancellation follows who waits, not who created; a spared child is looked at again when its waiter leaves.
    //! - A suspended request hears of its cancellation at once, not when what it waits for has ended.
}

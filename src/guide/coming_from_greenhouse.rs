//! The modules of greenhouse, and what they are here.
//!
//! Names on the right are of [`green`](crate::green) if nothing else is said. What is different everywhere:
//!
//! - There is no hub and no monkey-patching. What waits says so with `.await`; what blocks a thread goes to
//!   [`blocking`](crate::green::blocking()) and its threads.
//! - A task may run on any thread. Two of them run at the same time, so what they share needs a lock or an atomic even where
//!   nothing is awaited.
//! - Nothing is lost in silence: an error that nobody takes goes to the handlers, and without any to the log.
//! - A wait with a limit says `true`, or gives its value, if what was waited for came. Greenhouse said `True` if it did not.
//! - A cancelled request or task gets an error at its next await of ours, and leaves the line that it stood in.
//!
//! # Scheduler
//!
//! | greenhouse | here | difference |
//! |---|---|---|
//! | `schedule`, `schedule_at`, `schedule_in` | [`schedule`](crate::green::schedule), [`schedule_at`](crate::green::schedule_at), [`schedule_in`](crate::green::schedule_in) | each gives a [`Task`](crate::green::Task), which has the outcome and can be cancelled |
//! | `schedule_recurring` | [`schedule_recurring`](crate::green::schedule_recurring) | an error does not end it unless that is asked for; it can be cancelled |
//! | `pause`, `pause_for`, `pause_until` | [`pause`](crate::green::pause), [`pause_for`](crate::green::pause_for), [`pause_until`](crate::green::pause_until) | |
//! | `schedule_exception`, `…_at`, `…_in`, `end` | [`Task::interrupt`](crate::green::Task::interrupt), [`interrupt_at`](crate::green::Task::interrupt_at), [`interrupt_in`](crate::green::Task::interrupt_in), [`cancel`](crate::green::Task::cancel) | a delayed one has a timer of its own and does not fire early; several queue up |
//! | `global_exception_handler`, `local_…`, `handle_exception` | [`on_error`](crate::green::on_error), [`Task::on_error`](crate::green::Task::on_error), [`handle_error`](crate::green::handle_error) | kept by a guard, not by a weak reference |
//! | `global_hook`, `local_incoming_hook`, `local_outgoing_hook` | [`on_switch`](crate::green::on_switch) | |
//! | `SystemExit`, `KeyboardInterrupt` in a coroutine | – | nothing in a task ends the process |
//! | `set_ignore_interrupts`, `reset_poller`, pollers, timeout managers | – | tokio's |
//!
//! # Pools
//!
//! | greenhouse | here | difference |
//! |---|---|---|
//! | `OneWayPool` | [`OneWayPool`](crate::green::OneWayPool) | at most [`window`](crate::green::OneWayPool::window) items in it; a put after the end gives the item back |
//! | `Pool` | [`Pool::new`](crate::green::Pool::new) | bounded as above; a close leaves no result behind |
//! | `OrderedPool` | [`Pool::ordered`](crate::green::Pool::ordered) | the results that came early are bounded as well |
//! | `map` | [`map`](crate::green::map()), [`map_stream`](crate::green::map_stream) | pulls its input only as far as there is room; an endless or an empty one is fine |
//!
//! # Between tasks
//!
//! | greenhouse | here | difference |
//! |---|---|---|
//! | `Event` | [`Event`](crate::green::Event) | |
//! | `Lock` | [`RequestLock`](crate::RequestLock), or `tokio::sync::Mutex` | around its data, so it cannot be used without, and a free one cannot be released |
//! | `RLock` | [`RLock`](crate::green::RLock) | for porting; its owner is a request, a task or a thread |
//! | `Condition` | [`RequestCondition`](crate::RequestCondition); [`Condition`](crate::green::Condition) for porting | a wait releases every level of its lock |
//! | `Semaphore` | [`Semaphore`](crate::green::Semaphore), which is tokio's, within [`cancellable`](crate::cancellable()) | |
//! | `BoundedSemaphore` | the same | a permit comes back once, by its drop |
//! | `Queue`, `LifoQueue`, `PriorityQueue` | [`Queue`](crate::green::Queue), [`LifoQueue`](crate::green::LifoQueue), [`PriorityQueue`](crate::green::PriorityQueue) | can be closed; an item goes to the one who was woken for it; priorities are `i32` |
//! | `Empty`, `Full` | [`TryGetError`](crate::green::TryGetError), [`PutError`](crate::green::PutError) | the latter gives the item back |
//! | `Counter` | [`Counter`](crate::green::Counter) | a value that passed is not missed; thresholds |
//! | `Timer` | [`Timer`](crate::green::Timer) | |
//! | `Local` | see [`local`](crate::green::local) | |
//! | `Thread` | [`Task`](crate::green::Task) | one that has not been made cannot be joined, and one that waits for itself gets an error |
//!
//! # Input and output
//!
//! | greenhouse | here | difference |
//! |---|---|---|
//! | `Socket`, `File`, `pipe`, `wait_fds`, standard streams | `tokio::net`, `tokio::fs`, `tokio::net::unix::pipe`, `tokio::io::unix::AsyncFd`, `tokio::io` | within [`cancellable`](crate::cancellable()) to be told of a cancellation |
//! | `SSLSocket`, `ext.dns`, `ext.psycopg2`, `ext.zmq` | crates of the application's choice | |
//! | `emulation.patch` and relatives | [`blocking`](crate::green::blocking()) | the library that blocks runs unchanged, on a thread of its own |

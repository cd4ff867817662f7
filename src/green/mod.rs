//! Concurrency for applications: what greenhouse gave to Python programs, thin over tokio, on the slots of the
//! [`Runtime`](crate::Runtime).

mod blocking;
mod current_task;
pub(crate) mod error_handler;
mod guarded_future;
mod interrupt_timer;
mod interrupted;
mod interruptible;
mod interruption;
mod interrupts;
mod moment;
mod pause;
mod recurring;
mod registry;
mod schedule;
mod switch;
pub(crate) mod task;
mod task_body;
pub(crate) mod task_builder;
mod task_core;
mod task_handle;
mod toolkit;

pub use blocking::{BlockingPool, BlockingPoolBuilder, BlockingUsage, blocking};
pub use error_handler::{ErrorHandlerGuard, handle_error, on_error};
pub use interrupt_timer::InterruptTimer;
pub use interrupted::Interrupted;
pub use interruptible::{Interruptible, interruptible};
pub use interruption::Interruption;
pub use moment::Moment;
pub use pause::{pause, pause_for, pause_until};
pub use recurring::{Recurring, schedule_recurring};
pub use schedule::{schedule, schedule_at, schedule_in};
pub use switch::{Direction, Switch, SwitchHookGuard, on_switch};
pub use task::Task;
pub use task_builder::TaskBuilder;
pub use task_handle::TaskHandle;

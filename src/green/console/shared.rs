//! What all sessions of a console share.

use tokio::sync::Semaphore;
use tracing::level_filters::LevelFilter;

use crate::error::Error;
use crate::green::console::commands::Commands;
use crate::green::console::limits::Limits;
use crate::green::console::secret::Secret;
use crate::request::{Request, WeakRequest};
use crate::runtime::engine::Engine;
use crate::runtime::info::RequestId;
use crate::sync::atomic::{TALLY, Tally};
use crate::sync::{Arc, Mutex};

/// Changes what is logged.
pub(super) type LogLevel = Box<dyn Fn(LevelFilter) -> Result<(), Error> + Send + Sync>;

pub(super) struct Shared {
    pub(super) engine: Arc<Engine>,
    /// What a client is told first.
    pub(super) banner: String,
    pub(super) commands: Commands,
    pub(super) limits: Limits,
    pub(super) secret: Option<Secret>,
    pub(super) log_level: Option<LogLevel>,
    /// One permit for each session.
    pub(super) permits: Arc<Semaphore>,
    /// The requests that the console consists of: the listener and the sessions.
    own: Mutex<Vec<WeakRequest<()>>>,
    sessions: Tally,
}

impl Shared {
    pub(super) fn new(engine: Arc<Engine>, banner: String, commands: Commands, limits: Limits) -> Self {
        Self {
            engine,
            banner,
            commands,
            permits: Arc::new(Semaphore::new(limits.sessions)),
            limits,
            secret: None,
            log_level: None,
            own: Mutex::default(),
            sessions: Tally::new(1),
        }
    }

    /// The number of a new session.
    pub(super) fn next_session(&self) -> u64 {
        self.sessions.fetch_add(1, TALLY)
    }

    /// Counts `request` to the console's own.
    pub(super) fn add_own(&self, request: &Request<()>) {
        let mut own = self.own.lock();
        own.retain(WeakRequest::is_alive);
        own.push(request.downgrade());
    }

    /// The console's own requests; the first is the listener.
    pub(super) fn own(&self) -> Vec<RequestId> {
        let own = self.own.lock().clone();
        // Outside of the lock: what is dropped here may be the last handle.
        own.iter().filter_map(|weak| Some(weak.upgrade()?.id())).collect()
    }
}

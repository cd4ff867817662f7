//! A run that has been started.

use std::fmt;

use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::io::export::progress::{ExportProgress, Tracker};
use crate::io::export::run::{Job, run};
use crate::io::location::Location;
use crate::io::sink::Saved;
use crate::request::{Request, Wait};
use crate::sync::Arc;

/// An [`Export`](crate::io::Export) on its way. Clones are of the same one.
///
/// Await it, or [`wait`](Self::wait). It goes on, as a submitted request does, if all clones are dropped.
///
/// # Cancel safety
///
/// Awaiting it can be given up and begun again.
#[derive(Clone)]
#[must_use = "whether it failed is known by waiting for it"]
pub struct Exporting {
    request: Request<Saved>,
    token: CancellationToken,
    tracker: Arc<Tracker>,
}

impl Exporting {
    /// Starts `job`, or is the run that failed at once.
    pub(super) fn start(location: &str, job: Result<Job, Error>) -> Self {
        let (token, tracker) = (CancellationToken::new(), Arc::new(Tracker::new()));
        let builder = Request::builder().name(format!("export to `{}`", Location::shown(location)));
        let request = match job {
            Ok(job) => {
                let runtime = job.feed.runtime.clone();
                builder
                    .on(&runtime)
                    .future(run(job, token.clone(), Arc::clone(&tracker)))
            }
            Err(error) => {
                let error = error.context(format!("cannot export to `{}`", Location::shown(location)));
                builder.future(std::future::ready(Err(error)))
            }
        };
        request.submit();
        Self {
            request,
            token,
            tracker,
        }
    }

    /// Blocks the thread until the file is there.
    ///
    /// # Errors
    ///
    /// The first failure of an operator or of the file system; [`is_cancelled`](Error::is_cancelled) after
    /// [`cancel`](Self::cancel). The message names the file.
    pub fn wait(&self) -> Result<Saved, Error> {
        self.request.wait()
    }

    /// Ends the run: whoever waits for it is told that it was cancelled, once nothing works on it any more. After the end it does
    /// nothing.
    pub fn cancel(&self) {
        self.token.cancel();
    }

    /// How far it is.
    pub fn progress(&self) -> ExportProgress {
        self.tracker.progress()
    }
}

impl IntoFuture for Exporting {
    type Output = Result<Saved, Error>;
    type IntoFuture = Wait<Saved>;

    fn into_future(self) -> Wait<Saved> {
        self.request.into_future()
    }
}

impl IntoFuture for &Exporting {
    type Output = Result<Saved, Error>;
    type IntoFuture = Wait<Saved>;

    fn into_future(self) -> Wait<Saved> {
        self.request.clone().into_future()
    }
}

impl fmt::Debug for Exporting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporting")
            .field("request", &self.request)
            .field("progress", &self.progress())
            .finish_non_exhaustive()
    }
}

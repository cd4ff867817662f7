//! Flows that run.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Either, select};

use crate::error::Error;
use crate::flow::engine::Engine;
use crate::flow::explain;
use crate::flow::figures::Figures;
use crate::flow::report::{End, Report};
use crate::flow::scale;
use crate::request::Request;
use crate::sync::Arc;

/// A flow at work. Clones are the same one.
///
/// Awaiting it, or [`wait`](Self::wait), gives the account of all nodes when the flow has ended.
///
/// # Drop
///
/// Dropping it does not end the flow. Dropping, or cancelling, what waits for it ends the wait. When the request that has started
/// it is cancelled, the flow is aborted.
#[derive(Clone)]
pub struct Running {
    engine: Arc<Engine>,
    request: Request<Report>,
}

/// Waits for the tasks; the flow is named by this request.
pub(crate) fn start(engine: Arc<Engine>) -> Running {
    let of = Arc::clone(&engine);
    let builder = engine.request(&format!("flow `{}`", engine.name)).outlives_waiters();
    // Made here, so that it is there before the first poll.
    let guard = AbortsOnDrop(Some(Arc::clone(&of)));
    let request = builder.future(async move {
        tasks(&of).await?;
        of.end();
        guard.disarm();
        of.close_plan();
        match of.failure() {
            Some(error) => Err(error.context(format!("flow `{}`", of.name))),
            None => Ok(report(&of)),
        }
    });
    request.submit();
    Running { engine, request }
}

/// Whoever cancels the request, or shuts the runtime down, ends the flow.
struct AbortsOnDrop(Option<Arc<Engine>>);

impl AbortsOnDrop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for AbortsOnDrop {
    fn drop(&mut self) {
        if let Some(engine) = &self.0 {
            engine.abort();
            engine.close_plan();
        }
    }
}

async fn tasks(engine: &Engine) -> Result<(), Error> {
    while let Some(task) = engine.next_task() {
        match (&task).await {
            Ok(()) => {}
            Err(error) if error.is_interrupted() => return Err(error),
            // A node of that task waits for this flow, and has begun to before this waited for the task.
            Err(error) if error.is_circular() => engine.fail(error.context(head_of(engine, &task))),
            // Something outside of the nodes: a panic in a closure of the user's that finds a key, or the end of the runtime.
            Err(error) => engine.fail(error),
        }
    }
    Ok(())
}

/// The node at the head of a task: its request is called after it and the flow.
fn head_of(engine: &Engine, task: &Request<()>) -> String {
    let name = task.info().name.unwrap_or_default();
    let node = name.strip_prefix(&*engine.name).and_then(|rest| rest.strip_prefix('/'));
    format!("node `{}`", node.unwrap_or(&name))
}

fn report(engine: &Engine) -> Report {
    let end = if engine.is_aborted() {
        End::Aborted
    } else if engine.brake.is_stopped() {
        End::Stopped
    } else {
        End::Completed
    };
    Report {
        end,
        figures: Figures::of(engine),
    }
}

impl Running {
    /// Producers make nothing more; all that they have made goes its way to the end. Does not wait.
    pub fn stop(&self) {
        self.engine.brake.stop();
    }

    /// Everything ends as soon as it can, whatever is under way is let go of, and all nodes are closed. Does not wait.
    pub fn abort(&self) {
        self.engine.abort();
    }

    /// Stops the flow when `signal` is ready.
    pub fn stop_when(&self, signal: impl Future<Output = ()> + Send + 'static) {
        let flow = self.clone();
        self.beside("until a signal", async move {
            // However it ends.
            let ended = flow.request.clone().into_future();
            if let Either::Left(_) = select(Box::pin(signal), ended).await {
                flow.stop();
            }
        });
    }

    /// Runs something beside the flow.
    pub(crate) fn beside(&self, what: &str, work: impl Future<Output = ()> + Send + 'static) {
        let builder = self.engine.own_request(&format!("flow `{}` {what}", self.engine.name));
        let beside = builder.future(async move {
            work.await;
            Ok(())
        });
        beside.submit();
    }

    /// Stops the flow at the first Ctrl-C, and aborts it at the second one.
    ///
    /// From then on, and also after the flow, Ctrl-C does not end the process by itself.
    pub fn stop_on_ctrl_c(&self) {
        let flow = self.clone();
        self.stop_when(async move {
            if tokio::signal::ctrl_c().await.is_err() {
                // There are no signals here: the flow ends otherwise.
                return std::future::pending().await;
            }
            let again = flow.clone();
            flow.stop_when(async move {
                if tokio::signal::ctrl_c().await.is_ok() {
                    again.abort();
                }
            });
        });
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.engine.name
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.request.has_ended()
    }

    /// Waits for its end, blocking the thread.
    ///
    /// # Errors
    ///
    /// The error of the node that the flow failed for, and [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn wait(&self) -> Result<Report, Error> {
        self.request.wait()
    }

    /// The same, for at most `limit`; the flow goes on when the time is over.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and [`is_timeout`](Error::is_timeout) with what each node waits for.
    pub fn wait_timeout(&self, limit: Duration) -> Result<Report, Error> {
        let outcome = self.request.wait_timeout(limit);
        outcome.map_err(|error| self.explain_timeout(error))
    }

    /// Waits for its end, for at most `limit`; the flow goes on when the time is over.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait.
    ///
    /// # Errors
    ///
    /// As [`wait_timeout`](Self::wait_timeout).
    pub async fn join(&self, limit: Duration) -> Result<Report, Error> {
        let outcome = self.request.timeout(limit).await;
        outcome.map_err(|error| self.explain_timeout(error))
    }

    fn explain_timeout(&self, error: Error) -> Error {
        match error.is_timeout() && !self.has_ended() {
            true => error.context(self.explain()),
            false => error,
        }
    }

    /// What each node and edge has counted so far.
    pub fn figures(&self) -> Figures {
        Figures::of(&self.engine)
    }

    /// Why it has not ended: each node that is left, with what it is at, and the edge that it waits for.
    pub fn explain(&self) -> String {
        explain::explain(&self.engine)
    }

    /// Changes how many replicas of a node there are. Further ones begin at once; those that are too many finish what they have
    /// taken, [flush](crate::flow::Processor::flush), and end.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::ErrorKind::Invalid): there is no such node, it is a producer or fused to another one, its items are
    /// partitioned by a key, it was made of one value, nothing was said of its [replicas](crate::flow::Node::replicas) nor order,
    /// it has ended, `replicas` is 0, or another node is being scaled.
    pub fn scale(&self, node: &str, replicas: usize) -> Result<(), Error> {
        scale::scale(&self.engine, node, replicas)
    }
}

impl IntoFuture for Running {
    type Output = Result<Report, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.request.into_future().boxed()
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("name", &self.engine.name)
            .field("has_ended", &self.has_ended())
            .finish_non_exhaustive()
    }
}

//! What the nodes of a case share, and what they do beside their work.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use headwater::flow::{End, Running};

use super::case::{Act, Case, Event};
use super::model::Plain;

/// Counts who is alive: nothing of a flow is left when it has ended and all that it gave is gone.
pub(super) type Token = Arc<()>;

/// What flows.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) key: u32,
    pub(super) value: u64,
    pub(super) token: Token,
}

impl Item {
    pub(super) fn plain(&self) -> Plain {
        (self.key, self.value)
    }

    pub(super) fn with(&self, value: u64) -> Self {
        Self {
            key: self.key,
            value,
            token: Arc::clone(&self.token),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Stage {
    pub(super) token: Token,
    running: OnceLock<Running>,
    events: Vec<Event>,
    calls: Vec<AtomicU64>,
    /// What happened before it was known what runs.
    early: Mutex<Vec<Act>>,
    pub(super) opened: AtomicU64,
    pub(super) flushed: AtomicU64,
    pub(super) closed: AtomicU64,
    /// Whether somebody has asked for an end.
    pub(super) asked: Mutex<Vec<End>>,
    /// What went wrong where a panic would be an item's failure.
    pub(super) problems: Mutex<Vec<String>>,
}

impl Stage {
    pub(super) fn new(case: &Case) -> Arc<Self> {
        Arc::new(Self {
            events: case.events.clone(),
            calls: case.specs.iter().map(|_| AtomicU64::new(0)).collect(),
            ..Self::default()
        })
    }

    /// A node is called.
    pub(super) fn call(&self, node: usize) {
        let nth = 1 + self.calls[node].fetch_add(1, Ordering::SeqCst);
        for event in self
            .events
            .iter()
            .filter(|event| (event.node, event.nth) == (node, nth))
        {
            let early = {
                let mut early = self.early.lock().unwrap();
                if self.running.get().is_none() {
                    early.push(event.act);
                }
                self.running.get()
            };
            if let Some(running) = early {
                self.act(running, event.act);
            }
        }
    }

    pub(super) fn begin(&self, running: &Running) {
        let early = {
            let mut early = self.early.lock().unwrap();
            self.running.set(running.clone()).unwrap();
            std::mem::take(&mut *early)
        };
        early.into_iter().for_each(|act| self.act(running, act));
    }

    fn act(&self, running: &Running, act: Act) {
        let asked = |end| self.asked.lock().unwrap().push(end);
        let check = |is_right: bool, problem: &str| {
            if !is_right {
                self.problems.lock().unwrap().push(problem.to_owned());
            }
        };
        match act {
            Act::Stop => {
                asked(End::Stopped);
                running.stop();
            }
            Act::Abort => {
                asked(End::Aborted);
                running.abort();
            }
            Act::Look => {
                check(running.explain().contains("flow"), "no explanation");
                check(!running.figures().nodes.is_empty(), "no figures");
            }
            Act::Scale { node, replicas } => {
                if let Err(error) = running.scale(&name(node), replicas) {
                    let brief = error.brief();
                    check(
                        brief.contains("it has ended") || brief.contains("is being scaled"),
                        &brief,
                    );
                }
            }
        }
    }
}

/// The name of a node.
pub(super) fn name(node: usize) -> String {
    format!("n{node}")
}

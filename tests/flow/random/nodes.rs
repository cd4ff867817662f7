//! The nodes of a case.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use headwater::Error;
use headwater::flow::{AsyncProcessor, Controlled, Emitter, NodeContext, Port, Processor, Producer};

use super::case::Work;
use super::model::{attempt, copies, mapped, own_key, source};
use super::stage::{Item, Stage};

pub(super) const SIDE: Port<Item> = Port::new("side");

/// Lets others go first for a time that differs from item to item.
async fn dawdle(value: u64) {
    for _ in 0..value % 4 {
        tokio::task::yield_now().await;
    }
}

pub(super) struct Source {
    pub(super) stage: Arc<Stage>,
    pub(super) node: usize,
    pub(super) count: u64,
    pub(super) dawdles: bool,
    pub(super) breaks_at: Option<u64>,
    pub(super) made: u64,
}

impl Producer for Source {
    type Item = Item;

    async fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        self.stage.opened.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Item>, Error> {
        if self.dawdles {
            dawdle(source(self.node, self.made).1).await;
        }
        self.stage.call(self.node);
        if self.breaks_at == Some(self.made) {
            return match self.made % 2 {
                0 => Err(Error::msg("planned: no more")),
                _ => panic!("planned: no more"),
            };
        }
        if self.made == self.count {
            return Ok(None);
        }
        self.made += 1;
        let (key, value) = source(self.node, self.made);
        let token = Arc::clone(&self.stage.token);
        Ok(Some(Item { key, value, token }))
    }

    async fn close(&mut self) -> Result<(), Error> {
        // It has no flush.
        self.stage.flushed.fetch_add(1, Ordering::SeqCst);
        self.stage.closed.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// Does what a [`Work`] says.
#[derive(Clone)]
pub(super) struct Worker {
    pub(super) stage: Arc<Stage>,
    pub(super) node: usize,
    pub(super) work: Work,
    /// The value that has failed so often, if it is to be tried again.
    pub(super) failing: Option<(u64, u32)>,
}

impl Worker {
    /// What is emitted by which port, and whether it fails then.
    fn take(&mut self, value: u64) -> (Vec<(usize, u64)>, bool) {
        let nth = match self.failing {
            Some((failing, nth)) if failing == value => nth + 1,
            _ => 1,
        };
        let (emitted, has_failed) = attempt(&self.work, self.node, value, nth);
        let retries = self.work.bad.and_then(|bad| bad.retries).unwrap_or(0);
        self.failing = (has_failed && nth <= retries).then_some((value, nth));
        (emitted, has_failed)
    }

    fn fail(&self) -> Result<(), Error> {
        match self.work.bad {
            Some(bad) if bad.panics => panic!("planned"),
            _ => Err(Error::msg("planned")),
        }
    }
}

impl Processor for Worker {
    type Input = Item;
    type Output = Item;

    fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        self.stage.opened.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn process(&mut self, item: Item, output: &mut Emitter<'_, Item>) -> Result<(), Error> {
        self.stage.call(self.node);
        let (emitted, has_failed) = self.take(item.value);
        for (port, value) in emitted {
            match port {
                0 => output.emit(item.with(value)),
                _ => output.emit_to(SIDE, item.with(value)),
            }
        }
        if has_failed { self.fail() } else { Ok(()) }
    }

    fn flush(&mut self, _output: &mut Emitter<'_, Item>) -> Result<(), Error> {
        self.stage.flushed.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        self.stage.closed.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// The same, with pauses.
pub(super) struct Pausing(pub(super) Worker);

impl AsyncProcessor for Pausing {
    type Input = Item;
    type Output = Item;

    async fn open(&mut self, context: &NodeContext) -> Result<(), Error> {
        self.0.open(context)
    }

    async fn process(&mut self, item: Item, output: &mut Emitter<'_, Item>) -> Result<(), Error> {
        dawdle(item.value).await;
        self.0.process(item, output)
    }

    async fn flush(&mut self, output: &mut Emitter<'_, Item>) -> Result<(), Error> {
        dawdle(3).await;
        self.0.flush(output)
    }

    async fn close(&mut self) -> Result<(), Error> {
        self.0.close()
    }
}

/// Passes all on, and their sum at the end.
pub(super) struct Sum {
    pub(super) stage: Arc<Stage>,
    pub(super) node: usize,
    pub(super) sum: u64,
}

impl Processor for Sum {
    type Input = Item;
    type Output = Item;

    fn process(&mut self, item: Item, output: &mut Emitter<'_, Item>) -> Result<(), Error> {
        self.stage.call(self.node);
        self.sum = self.sum.wrapping_add(item.value);
        output.emit(item);
        Ok(())
    }

    fn flush(&mut self, output: &mut Emitter<'_, Item>) -> Result<(), Error> {
        output.emit(Item {
            key: own_key(self.node),
            value: self.sum,
            token: Arc::clone(&self.stage.token),
        });
        Ok(())
    }
}

/// Emits none, one or several of each.
pub(super) fn copy(stage: &Stage, node: usize, item: &Item, output: &mut Emitter<'_, Item>) {
    stage.call(node);
    copies(node, item.value).for_each(|value| output.emit(item.with(value)));
}

/// Listens to a second input, which changes nothing.
#[derive(Clone)]
pub(super) struct Listener {
    pub(super) stage: Arc<Stage>,
    pub(super) node: usize,
}

impl Processor for Listener {
    type Input = Item;
    type Output = Item;

    fn process(&mut self, item: Item, output: &mut Emitter<'_, Item>) -> Result<(), Error> {
        self.stage.call(self.node);
        output.emit(item.with(mapped(self.node, item.value)));
        Ok(())
    }
}

impl Controlled for Listener {
    type Control = Item;

    fn control(&mut self, _control: Item, _output: &mut Emitter<'_, Item>) -> Result<(), Error> {
        self.stage.call(self.node);
        Ok(())
    }
}

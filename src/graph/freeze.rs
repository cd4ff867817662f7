//! Slots that stand still: a frozen slot gives what it gave when it was frozen, while the graph around it changes.

use crate::error::Error;
use crate::graph::dirt::Dirt;
use crate::graph::draft::Draft;
use crate::graph::id::SlotId;
use crate::graph::node::Edited;
use crate::graph::state::State;
use crate::graph::version::Version;
use crate::sync::Arc;

/// What a frozen slot remembers.
#[derive(Clone)]
pub(crate) struct Frozen {
    /// The version that it answers from; it has the slot, not frozen.
    pub(crate) version: Arc<Version>,
    /// What changed since.
    pub(crate) missed: Dirt,
    /// What its operator said of it since, if it did: the slot's own state stays that of the version.
    pub(crate) live: Option<State>,
}

impl Draft {
    /// Pins a slot to the revision that the edit started from. A frozen one stays as it is, and one that this edit has thawed
    /// becomes so again.
    pub(crate) fn freeze(&mut self, id: SlotId) -> Result<(), Error> {
        let node = self.slot(id)?;
        if node.info.level > 0 {
            let message = format!("`{}` is a list; its elements can be frozen", self.next.slot_name(id));
            return Err(Error::invalid(message));
        }
        if node.frozen.is_some() {
            return Ok(());
        }
        let Some(before) = self.base.slot(id).cloned() else {
            let message = format!(
                "`{}` was made in this edit; it can be frozen in the next",
                self.next.slot_name(id)
            );
            return Err(Error::invalid(message));
        };
        let revision = self.next.revision;
        let node = self.next.slot_mut(id);
        match &before.frozen {
            Some(frozen) => {
                node.frozen = Some(Arc::clone(frozen));
                node.state = before.state.clone();
                if node.edited == (revision, Edited::Thawed) {
                    node.edited = before.edited;
                }
            }
            None => {
                node.frozen = Some(Arc::new(Frozen {
                    version: Arc::clone(&self.base),
                    missed: Dirt::nothing(),
                    live: None,
                }));
            }
        }
        self.touch(id);
        Ok(())
    }

    /// Lets a slot follow the graph again; what changed meanwhile is dirty now.
    pub(crate) fn thaw(&mut self, id: SlotId) -> Result<(), Error> {
        let node = self.slot(id)?;
        if let Some(frozen) = node.frozen.clone() {
            let node = self.next.slot_mut(id);
            node.frozen = None;
            if let Some(live) = &frozen.live {
                node.state = live.clone();
            }
            self.note(id, Edited::Thawed);
            self.touch(id);
            self.seeds.push((id, frozen.missed.clone()));
        }
        Ok(())
    }
}

//! Lists: which elements there are. A list that is connected has those of its source, in one direction only (D19); one
//! that is not has those that edits gave it, or, of an output, those that its operator's setup did.

use crate::error::Error;
use crate::graph::draft::Draft;
use crate::graph::id::{LaneKey, SlotId};
use crate::graph::node::{Direction, Edited, SlotInfo, Source};
use crate::sync::Arc;

impl Draft {
    /// Adds an element to a list of an operator's inputs.
    pub(crate) fn insert_lane(&mut self, asked: SlotId, position: usize) -> Result<(LaneKey, SlotId), Error> {
        let list = self.owning(asked)?;
        let mut keys = self.own_keys(list)?;
        if position > keys.len() {
            let name = self.next.slot_name(list);
            return Err(Error::invalid(format!(
                "`{name}` has {} elements; none can be inserted at {position}",
                keys.len()
            )));
        }
        let before = keys.clone();
        let key = self.next.new_lane();
        keys.insert(position, key);
        self.grow(list, &before, &keys)?;
        let lanes = &self.next.known(asked).lanes;
        Ok(*lanes
            .iter()
            .find(|(own, _)| *own == key)
            .expect("invariant: the lists of one table have its elements"))
    }

    /// Removes an element from a list of an operator's inputs.
    pub(crate) fn remove_lane(&mut self, list: SlotId, key: LaneKey) -> Result<(), Error> {
        let list = self.owning(list)?;
        let mut keys = self.own_keys(list)?;
        let Some(position) = keys.iter().position(|own| *own == key) else {
            return Err(Error::invalid(format!("`{}` has no {key}", self.next.slot_name(list))));
        };
        keys.remove(position);
        self.sync_lanes(list, &keys)
    }

    /// Adds elements at the end, or removes the last ones.
    pub(crate) fn resize(&mut self, list: SlotId, len: usize) -> Result<(), Error> {
        let list = self.owning(list)?;
        let mut keys = self.own_keys(list)?;
        let before = keys.clone();
        keys.truncate(len);
        while keys.len() < len {
            keys.push(self.next.new_lane());
        }
        self.grow(list, &before, &keys)
    }

    /// Gives a list the elements `keys`, or leaves it with those of `before` if one of the others cannot be fed.
    fn grow(&mut self, list: SlotId, before: &[LaneKey], keys: &[LaneKey]) -> Result<(), Error> {
        let grown = self.sync_lanes(list, keys);
        if grown.is_err() {
            self.sync_lanes(list, before)?;
        }
        grown
    }

    /// The list whose elements are changed when those of `list` are to be: of an operator over lanes, its table.
    fn owning(&self, list: SlotId) -> Result<SlotId, Error> {
        let node = self.slot(list)?;
        let promoted = node.lane.is_none() && node.info.level > 0 && !matches!(node.source, Source::Slot(_));
        let input = node.info.direction == Direction::Input;
        Ok(self
            .table(node.info.owner)
            .filter(|_| promoted && input)
            .unwrap_or(list))
    }

    /// Connects all elements of a list to one slot, and those that will come.
    pub(crate) fn broadcast(&mut self, from: SlotId, list: SlotId) -> Result<(), Error> {
        self.own_keys(list)?;
        self.slot(from)?;
        self.refuse_circle(from, list)?;
        let lanes = self.next.known(list).lanes.clone();
        lanes.into_iter().try_for_each(|(_, lane)| self.connect(from, lane))?;
        self.next.slot_mut(list).broadcast = Some(from);
        self.touch(list);
        Ok(())
    }

    fn own_keys(&self, list: SlotId) -> Result<Vec<LaneKey>, Error> {
        let node = self.slot(list)?;
        let name = || self.next.slot_name(list);
        if node.info.level == 0 {
            return Err(Error::invalid(format!("`{}` is a single slot, not a list", name())));
        }
        if let Source::Slot(from) = node.source {
            let from = self.next.slot_name(from);
            return Err(Error::invalid(format!(
                "`{}` has the elements of `{from}`, which it is connected to",
                name()
            )));
        }
        if node.info.direction == Direction::Output {
            return Err(Error::invalid(format!(
                "the elements of `{}` are its operator's affair",
                name()
            )));
        }
        Ok(node.lanes.iter().map(|(key, _)| *key).collect())
    }

    /// Gives a list exactly the elements `keys`, in that order, and those that follow it the same.
    ///
    /// An element whose connection would close a circle stays without it, and is the error; all else is done.
    pub(crate) fn sync_lanes(&mut self, list: SlotId, keys: &[LaneKey]) -> Result<(), Error> {
        let old = self.next.known(list).lanes.clone();
        if old.iter().map(|(key, _)| *key).eq(keys.iter().copied()) {
            return Ok(());
        }
        for (_, lane) in old.iter().filter(|(key, _)| !keys.contains(key)) {
            self.drop_lane(*lane);
        }
        let kept = |key: LaneKey| old.iter().find(|(own, _)| *own == key).map(|(_, lane)| *lane);
        let mut lanes = Vec::with_capacity(keys.len());
        let mut added = Vec::new();
        for &key in keys {
            let lane = kept(key).unwrap_or_else(|| {
                let lane = self.add_lane(list, key);
                added.push(lane);
                lane
            });
            lanes.push((key, lane));
        }
        self.next.slot_mut(list).lanes = lanes;
        self.touch(list);
        self.seed(list);
        let mut result = Ok(());
        for lane in added {
            result = result.and(self.feed_lane(lane));
        }
        for follower in self.next.known(list).consumers.clone() {
            result = result.and(self.sync_lanes(follower, keys));
        }
        match self.next.known(list).lane {
            None => result.and(self.follow_table(list, keys)),
            Some(_) => result,
        }
    }

    fn add_lane(&mut self, list: SlotId, key: LaneKey) -> SlotId {
        let node = self.next.known(list);
        let info = SlotInfo {
            name: Arc::clone(&node.info.name),
            level: node.info.level - 1,
            default: node.info.default.clone(),
            ..*node.info
        };
        self.add_slot(Arc::new(info), Some((list, key)))
    }

    /// Connects a new element of a connected list to its source's.
    fn feed_lane(&mut self, lane: SlotId) -> Result<(), Error> {
        let (list, key) = self
            .next
            .known(lane)
            .lane
            .expect("invariant: a lane is an element of a list");
        let Source::Slot(from) = self.next.known(list).source else {
            let one = self.next.known(list).broadcast;
            return match one.filter(|one| self.next.slot(*one).is_some()) {
                Some(one) => self.connect(one, lane),
                None => Ok(()),
            };
        };
        let from = self.next.known(from).lanes.iter().find(|(own, _)| *own == key);
        let (_, from) = *from.expect("invariant: the elements of a connected list are its source's");
        self.next.slot_mut(from).consumers.push(lane);
        self.next.slot_mut(lane).source = Source::Slot(from);
        self.note(lane, Edited::Connected);
        self.raise(lane);
        if self.next.known(lane).info.level == 0 {
            return Ok(());
        }
        let keys: Vec<_> = self.next.known(from).lanes.iter().map(|(key, _)| *key).collect();
        self.sync_lanes(lane, &keys)
    }

    /// Removes an element with what is below it. What it fed is left unconnected.
    fn drop_lane(&mut self, lane: SlotId) {
        for slot in self.next.family(lane).into_iter().rev() {
            self.unhook(slot);
            for consumer in self.next.known(slot).consumers.clone() {
                self.unhook(consumer);
            }
            self.touch(slot);
            self.next.remove_slot(slot);
        }
    }
}

//! Random graphs, random edits and random reads, against an oracle that knows no graph: it computes everything anew from a
//! plain description, every time.
//!
//! `HEADWATER_GRAPH_STEPS` says how many steps, `HEADWATER_SEED` replays one history. A failure prints seed and history, and
//! shrinks the history first: steps are dropped as long as it still fails.

use std::collections::BTreeMap;
use std::sync::Arc;

use headwater::graph::{Dirt, GraphEventKind, Input, LaneKey, List, Node, Output, Slot};
use headwater::operators::BlockCache;
use headwater::{Array, Error, roi};

use crate::common::*;

/// One step of a history. Numbers are taken modulo what there is when it is replayed, so any part of a history is one.
#[derive(Clone, Debug)]
enum Step {
    /// Several changes in one edit, which fails at its end if `fails`.
    Edit {
        changes: Vec<Change>,
        fails: bool,
    },
    Read {
        of: usize,
        from: usize,
        len: usize,
    },
    /// Many questions at once, most of them dropped.
    Storm {
        of: usize,
    },
    Freeze {
        of: usize,
    },
    Thaw {
        of: usize,
    },
}

#[derive(Clone, Debug)]
enum Change {
    AddOperator { kind: usize },
    Connect { from: usize, to: usize },
    Disconnect { of: usize },
    SetImage { of: usize, seed: u8, long: bool },
    SetOffset { of: usize, offset: u8 },
    Write { of: usize, at: usize, value: u8 },
    MarkDirty { of: usize, at: usize },
    PushLane { of: usize },
    RemoveLane { of: usize, nth: usize },
    Remove { of: usize },
}

/// An image input and where it is in the model.
#[derive(Clone)]
struct Port {
    slot: Input<Array>,
    operator: usize,
    lane: Option<LaneKey>,
    name: &'static str,
}

enum Op {
    Add(Node<Add>),
    Sum(Node<Sum>),
    Dilate(Node<Dilate>),
    Total(Node<Total>),
    Cache(Node<BlockCache>),
}

/// What the oracle knows of an operator.
#[derive(Clone)]
struct Model {
    kind: usize,
    offset: u8,
    /// What feeds each image input, by name; lanes by key.
    inputs: BTreeMap<(&'static str, Option<LaneKey>), Feed>,
    lanes: Vec<LaneKey>,
    /// What a frozen output gives.
    frozen: Option<Option<Vec<u8>>>,
}

#[derive(Clone)]
enum Feed {
    Image(Vec<u8>),
    Operator(usize),
}

type Models = BTreeMap<usize, Model>;

impl Model {
    fn value(&self, models: &Models) -> Option<Vec<u8>> {
        match &self.frozen {
            Some(frozen) => frozen.clone(),
            None => self.live(models),
        }
    }

    fn live(&self, models: &Models) -> Option<Vec<u8>> {
        let input = |name, lane| match self.inputs.get(&(name, lane))? {
            Feed::Image(image) => Some(image.clone()),
            Feed::Operator(id) => models[id].value(models),
        };
        let add = |a: Vec<u8>, b: &[u8]| a.iter().zip(b).map(|(a, b)| a.wrapping_add(*b)).collect::<Vec<_>>();
        match self.kind {
            0 => input("input", None).map(|image| image.iter().map(|v| v.wrapping_add(self.offset)).collect()),
            1 => {
                let a = input("a", None)?;
                match input("b", None) {
                    Some(b) if a.len() != b.len() => None,
                    Some(b) => Some(add(a, &b)),
                    None => Some(a),
                }
            }
            2 => input("input", None).map(|image| dilated(&image)),
            3 => {
                let mut lanes = self.lanes.iter().map(|key| input("images", Some(*key)));
                let first = lanes.next()??;
                lanes.try_fold(first, |sum, lane| {
                    let lane = lane?;
                    (lane.len() == sum.len()).then(|| add(sum, &lane))
                })
            }
            _ => input("input", None),
        }
    }

    fn feeds_on(&self, id: usize) -> bool {
        self.inputs
            .values()
            .any(|feed| matches!(feed, Feed::Operator(own) if *own == id))
    }
}

struct Scene {
    ops: BTreeMap<usize, Op>,
    calls: BTreeMap<usize, Arc<Calls>>,
    models: Models,
    next: usize,
    events: headwater::graph::GraphEvents,
    /// Dropped last: it looks whether any byte is left.
    world: World,
}

fn image(seed: u8, long: bool) -> Vec<u8> {
    (0..if long { 30_u8 } else { 24 })
        .map(|at| at.wrapping_mul(37).wrapping_add(seed))
        .collect()
}

fn nth<K: Copy, V>(map: &BTreeMap<K, V>, nth: usize) -> Option<K> {
    map.keys().nth(nth.checked_rem(map.len())?).copied()
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        let events = world.subscribe();
        Self {
            world,
            ops: BTreeMap::new(),
            calls: BTreeMap::new(),
            models: BTreeMap::new(),
            next: 0,
            events,
        }
    }

    fn output(&self, id: usize) -> Output<Array> {
        match &self.ops[&id] {
            Op::Add(node) => node.output.clone(),
            Op::Sum(node) => node.output.clone(),
            Op::Dilate(node) => node.output.clone(),
            Op::Total(node) => node.output.clone(),
            Op::Cache(node) => node.output.clone(),
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Edit { changes, fails } => self.edit(changes, *fails)?,
            Step::Read { of, from, len } => self.read(*of, *from, *len)?,
            Step::Storm { of } => self.storm(*of),
            Step::Freeze { of } => {
                if let Some(id) = nth(&self.models, *of) {
                    self.world
                        .edit(|e| e.freeze(&self.output(id)))
                        .map_err(|error| error.report())?;
                    let value = self.models[&id].value(&self.models);
                    self.models.get_mut(&id).unwrap().frozen = Some(value);
                }
            }
            Step::Thaw { of } => {
                if let Some(id) = nth(&self.models, *of) {
                    self.world
                        .edit(|e| e.thaw(&self.output(id)))
                        .map_err(|error| error.report())?;
                    self.models.get_mut(&id).unwrap().frozen = None;
                }
            }
        }
        self.check_events()
    }

    fn edit(&mut self, changes: &[Change], fails: bool) -> Result<(), String> {
        let (mut models, mut ops) = (self.models.clone(), std::mem::take(&mut self.ops));
        let (mut calls, mut next) = (self.calls.clone(), self.next);
        for calls in calls.values() {
            let _ = calls.take();
        }
        let world = &self.world;
        let known: Vec<_> = ops.keys().copied().collect();
        let result = world.edit(|e| {
            for change in changes {
                // What goes wrong is undone alone, and the model knows nothing of it.
                let before = (models.clone(), next);
                let mut scene = Changing {
                    ops: &mut ops,
                    calls: &mut calls,
                    models: &mut models,
                    next: &mut next,
                };
                if e.edit(|e| scene.apply(e, change)).is_err() {
                    (models, next) = before;
                }
            }
            match fails {
                true => Err(Error::msg("on purpose")),
                false => Ok(()),
            }
        });
        if result.is_err() != fails {
            return Err(format!("the edit ended with {result:?}"));
        }
        self.next = next;
        self.calls = calls;
        if fails {
            ops.retain(|id, _| known.contains(id));
        } else {
            ops.retain(|id, _| models.contains_key(id));
            self.models = models;
        }
        self.ops = ops;
        for (id, calls) in &self.calls {
            let (setups, dirties, _) = calls.take();
            if setups > 1 || dirties > 1 {
                return Err(format!(
                    "operator {id} was set up {setups} times and told of dirt {dirties} times"
                ));
            }
            if fails && setups + dirties > 0 {
                return Err(format!("operator {id} was called in an edit that failed"));
            }
        }
        Ok(())
    }

    fn read(&self, of: usize, from: usize, len: usize) -> Result<(), String> {
        let Some(id) = nth(&self.models, of) else { return Ok(()) };
        let expected = self.models[&id].value(&self.models);
        let output = self.output(id);
        let Some(expected) = expected else {
            let ready = output.is_ready();
            return if ready {
                Err(format!("operator {id} is ready and should not be"))
            } else {
                Ok(())
            };
        };
        let from = from % expected.len();
        let to = (from + 1 + len % 8).min(expected.len());
        match output.request(roi![from..to]).wait() {
            Ok(array) if values(&array) == expected[from..to] => Ok(()),
            Ok(array) => Err(format!(
                "{from}..{to} of {id}: {:?}, not {:?}",
                values(&array),
                &expected[from..to]
            )),
            Err(error) => Err(format!("{from}..{to} of {id}: {}", error.report())),
        }
    }

    fn storm(&self, of: usize) {
        let Some(id) = nth(&self.models, of) else { return };
        if let Ok(meta) = self.output(id).meta() {
            let len = meta.shape()[0];
            for nth in 0..20 {
                let at = (nth * 7) % len;
                let request = self.output(id).request(roi![at..(at + 3).min(len)]);
                if nth % 3 == 0 {
                    request.submit();
                }
                let _ = request.cancel();
            }
        }
    }

    /// No event without a difference: of one slot and kind there is at most one in a batch, and dirt is not empty.
    fn check_events(&mut self) -> Result<(), String> {
        while let Some(batch) = self.events.try_next() {
            let mut seen = Vec::new();
            for event in &batch.events {
                let kind = std::mem::discriminant(&event.kind);
                if seen.contains(&(event.slot, kind)) {
                    return Err(format!("told twice: {event:?}"));
                }
                seen.push((event.slot, kind));
                if matches!(&event.kind, GraphEventKind::Dirty(dirt) if dirt.is_nothing()) {
                    return Err(format!("dirt without a region: {event:?}"));
                }
            }
        }
        Ok(())
    }
}

/// The scene while an edit is in progress.
struct Changing<'a> {
    ops: &'a mut BTreeMap<usize, Op>,
    calls: &'a mut BTreeMap<usize, Arc<Calls>>,
    models: &'a mut Models,
    next: &'a mut usize,
}

impl Changing<'_> {
    fn apply(&mut self, e: &mut headwater::graph::Edit<'_>, change: &Change) -> Result<(), Error> {
        match change {
            Change::AddOperator { kind } => self.add(e, kind % 5),
            Change::Connect { from, to } => {
                let (Some(from), Some(port)) = (nth(self.models, *from), self.port(*to)) else {
                    return Ok(());
                };
                e.connect(&self.output(from), &port.slot)?;
                self.feed(&port, Some(Feed::Operator(from)));
                Ok(())
            }
            Change::Disconnect { of } => {
                let Some(port) = self.port(*of) else { return Ok(()) };
                e.disconnect(&port.slot)?;
                self.feed(&port, None);
                Ok(())
            }
            Change::SetImage { of, seed, long } => {
                let Some(port) = self.port(*of) else { return Ok(()) };
                e.set(&port.slot, bytes(&image(*seed, *long)))?;
                self.feed(&port, Some(Feed::Image(image(*seed, *long))));
                Ok(())
            }
            Change::SetOffset { of, offset } => {
                let Some(id) = nth(self.models, *of) else { return Ok(()) };
                if let Op::Add(node) = &self.ops[&id] {
                    e.set(&node.offset, *offset)?;
                    self.models.get_mut(&id).unwrap().offset = *offset;
                }
                Ok(())
            }
            Change::Write { of, at, value } => {
                let Some(port) = self.port(*of) else { return Ok(()) };
                let key = (port.name, port.lane);
                let Some(Feed::Image(image)) = self.models.get_mut(&port.operator).unwrap().inputs.get_mut(&key) else {
                    return Ok(());
                };
                let at = at % image.len();
                e.write(&port.slot, roi![at..at + 1], &bytes(&[*value]))?;
                image[at] = *value;
                Ok(())
            }
            Change::MarkDirty { of, at } => {
                let Some(id) = nth(self.models, *of) else { return Ok(()) };
                let at = at % 24;
                e.mark_dirty(&self.output(id), Dirt::from(roi![at..at + 2]))
            }
            Change::PushLane { of } => {
                let Some((id, list)) = self.list(*of) else {
                    return Ok(());
                };
                let (key, _) = e.push(&list)?;
                self.models.get_mut(&id).unwrap().lanes.push(key);
                Ok(())
            }
            Change::RemoveLane { of, nth } => {
                let Some((id, list)) = self.list(*of) else {
                    return Ok(());
                };
                let model = self.models.get_mut(&id).unwrap();
                if let Some(nth) = nth.checked_rem(model.lanes.len()) {
                    let key = model.lanes.remove(nth);
                    model.inputs.remove(&("images", Some(key)));
                    e.remove_lane(&list, key)?;
                }
                Ok(())
            }
            Change::Remove { of } => {
                let Some(id) = nth(self.models, *of) else { return Ok(()) };
                let used = self.models.values().any(|model| model.feeds_on(id));
                let removed = match &self.ops[&id] {
                    Op::Add(node) => e.remove(node),
                    Op::Sum(node) => e.remove(node),
                    Op::Dilate(node) => e.remove(node),
                    Op::Total(node) => e.remove(node),
                    Op::Cache(node) => e.remove(node),
                };
                assert_eq!(removed.is_err(), used, "only what feeds others stays: {removed:?}");
                removed?;
                self.models.remove(&id);
                Ok(())
            }
        }
    }

    fn add(&mut self, e: &mut headwater::graph::Edit<'_>, kind: usize) -> Result<(), Error> {
        let calls = Arc::new(Calls::default());
        let own = Arc::clone(&calls);
        let op = match kind {
            0 => Op::Add(e.add(Add { calls: own })),
            1 => Op::Sum(e.add(Sum { calls: own })),
            2 => Op::Dilate(e.add(Dilate { calls: own })),
            3 => Op::Total(e.add(Total { calls: own })),
            _ => Op::Cache(e.add(BlockCache::new().block([5]))),
        };
        let id = *self.next;
        *self.next += 1;
        self.ops.insert(id, op);
        self.calls.insert(id, calls);
        let model = Model {
            kind,
            offset: 1,
            inputs: BTreeMap::new(),
            lanes: Vec::new(),
            frozen: None,
        };
        self.models.insert(id, model);
        Ok(())
    }

    fn output(&self, id: usize) -> Output<Array> {
        match &self.ops[&id] {
            Op::Add(node) => node.output.clone(),
            Op::Sum(node) => node.output.clone(),
            Op::Dilate(node) => node.output.clone(),
            Op::Total(node) => node.output.clone(),
            Op::Cache(node) => node.output.clone(),
        }
    }

    fn list(&self, of: usize) -> Option<(usize, List<Input<Array>>)> {
        let lists = self.ops.iter().filter(|(id, _)| self.models.contains_key(id));
        let lists: Vec<_> = lists
            .filter_map(|(id, op)| match op {
                Op::Total(node) => Some((*id, node.images.clone())),
                _ => None,
            })
            .collect();
        lists.get(of.checked_rem(lists.len())?).cloned()
    }

    fn port(&self, of: usize) -> Option<Port> {
        let port = |slot: &Input<Array>, operator, name| Port {
            slot: slot.clone(),
            operator,
            lane: None,
            name,
        };
        let mut ports = Vec::new();
        for (&id, model) in self.models.iter() {
            match &self.ops[&id] {
                Op::Add(node) => ports.push(port(&node.input, id, "input")),
                Op::Sum(node) => ports.extend([port(&node.a, id, "a"), port(&node.b, id, "b")]),
                Op::Dilate(node) => ports.push(port(&node.input, id, "input")),
                Op::Cache(node) => ports.push(port(&node.input, id, "input")),
                Op::Total(node) => {
                    let lanes = model
                        .lanes
                        .iter()
                        .filter_map(|key| Some((*key, node.images.lane(*key)?)));
                    ports.extend(lanes.map(|(key, slot)| Port {
                        slot,
                        operator: id,
                        lane: Some(key),
                        name: "images",
                    }));
                }
            }
        }
        ports.get(of.checked_rem(ports.len())?).cloned()
    }

    fn feed(&mut self, port: &Port, feed: Option<Feed>) {
        let inputs = &mut self.models.get_mut(&port.operator).unwrap().inputs;
        match feed {
            Some(feed) => inputs.insert((port.name, port.lane), feed),
            None => inputs.remove(&(port.name, port.lane)),
        };
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): a history is its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn change(&mut self) -> Change {
        let (of, byte) = (self.below(64), self.below(256) as u8);
        match self.below(16) {
            0 | 1 => Change::AddOperator { kind: of },
            2..=5 => Change::Connect {
                from: self.below(64),
                to: of,
            },
            6 => Change::Disconnect { of },
            7..=9 => Change::SetImage {
                of,
                seed: byte,
                long: self.below(6) == 0,
            },
            10 => Change::SetOffset { of, offset: byte },
            11 | 12 => Change::Write {
                of,
                at: self.below(64),
                value: byte,
            },
            13 => Change::MarkDirty { of, at: self.below(64) },
            14 => match self.below(3) {
                0 => Change::RemoveLane { of, nth: self.below(8) },
                _ => Change::PushLane { of },
            },
            _ => match self.below(2) {
                0 => Change::Remove { of },
                _ => Change::PushLane { of },
            },
        }
    }

    fn step(&mut self) -> Step {
        let of = self.below(64);
        match self.below(20) {
            0..=7 => {
                let changes = (0..1 + self.below(4)).map(|_| self.change()).collect();
                Step::Edit {
                    changes,
                    fails: self.below(10) == 0,
                }
            }
            8 => Step::Storm { of },
            9 => Step::Freeze { of },
            10 => Step::Thaw { of },
            _ => Step::Read {
                of,
                from: self.below(64),
                len: self.below(64),
            },
        }
    }
}

/// Where and how a history fails, if it does.
fn replay(history: &[Step]) -> Option<String> {
    let run = || {
        let mut scene = Scene::new();
        for (nth, step) in history.iter().enumerate() {
            if let Err(what) = scene.step(step) {
                return Some(format!("step {nth}, {step:?}: {what}"));
            }
        }
        None
    };
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(result) => result,
        Err(_) => Some("a panic".to_owned()),
    }
}

/// Drops parts of a history as long as it still fails.
fn shrink(mut history: Vec<Step>) -> Vec<Step> {
    let mut part = history.len() / 2;
    while part > 0 {
        let mut at = 0;
        while at < history.len() {
            let mut shorter = history.clone();
            shorter.drain(at..(at + part).min(history.len()));
            if replay(&shorter).is_some() {
                history = shorter;
            } else {
                at += part;
            }
        }
        part /= 2;
    }
    history
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// P36, D1, D5, D6, D9, D11, D22: whatever is edited, everything that is read is what it would be if computed anew.
#[test]
fn p36_random_histories_agree_with_an_oracle_that_recomputes_everything() {
    const LENGTH: usize = 400;
    let steps = setting("HEADWATER_GRAPH_STEPS").unwrap_or(200_000) as usize;
    let one = setting("HEADWATER_SEED");
    let seeds = one.map_or(0..steps.div_ceil(LENGTH) as u64, |seed| seed..seed + 1);
    for seed in seeds {
        let mut dice = Dice(seed);
        let history: Vec<_> = (0..LENGTH).map(|_| dice.step()).collect();
        if let Some(what) = replay(&history) {
            let short = shrink(history);
            let again = replay(&short);
            panic!(
                "HEADWATER_SEED={seed}: {what}\nshrunk to {} steps: {again:?}\n{short:#?}",
                short.len()
            );
        }
    }
}

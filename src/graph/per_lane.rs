//! An operator over the lanes of a list: one operator for each element, made when the element comes and removed when it
//! goes. lazyflow's `OperatorWrapper`.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;
use crate::graph::declare::Declare;
use crate::graph::dirt::Dirt;
use crate::graph::draft::Draft;
use crate::graph::id::{LaneKey, OperatorId, SlotId};
use crate::graph::node::{Direction, Source};
use crate::graph::operator::Operator;
use crate::graph::slot::{Handle, List, RawSlot};
use crate::graph::state::State;
use crate::sync::{Arc, Weak};

/// Wraps an operator over lanes: its promoted inputs and all its outputs become lists, the other inputs are shared.
///
/// The first promoted input is the table of lanes. The other promoted lists have its elements, unless they are connected to
/// lists of their own; then they are matched by key, or else by position.
///
/// # Examples
///
/// ```
/// # use headwater::graph::{Data, Declare, Execute, Graph, Input, Operator, Output, PerLane, Setup};
/// # use headwater::{Error, roi::Roi};
/// struct Scale;
/// struct ScaleSlots { value: Input<u32>, factor: Input<u32>, output: Output<u32> }
/// impl Operator for Scale {
///     type Slots = ScaleSlots;
///     fn slots(&self, d: &mut Declare<'_>) -> ScaleSlots {
///         ScaleSlots { value: d.input("value"), factor: d.default("factor", 10), output: d.output("output") }
///     }
///     fn setup(&self, s: &ScaleSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
///         let product = cx.value(&s.value)? * cx.value(&s.factor)?;
///         cx.provide(&s.output, product)
///     }
/// }
///
/// let graph = Graph::new();
/// let scales = graph.add(PerLane::new(|| Scale).promote(["value"]));
/// let (values, outputs) = (scales.list(|s| &s.value), scales.list(|s| &s.output));
/// graph.edit(|e| {
///     for value in 1..=3_u32 {
///         let (_, lane) = e.push(&values)?;
///         e.set(&lane, value)?;
///     }
///     e.set(&scales.shared(|s| &s.factor), 7_u32)
/// })?;
/// let products: Result<Vec<_>, _> = outputs.iter().map(|output| output.get().wait()).collect();
/// assert_eq!(products?, [7, 14, 21]);
/// # Ok::<(), Error>(())
/// ```
pub struct PerLane<O> {
    make: Arc<dyn Fn() -> O + Send + Sync>,
    promoted: Option<Vec<String>>,
}

impl<O: Operator> PerLane<O> {
    /// Makes an operator for each lane. All inputs are promoted unless [`promote`](Self::promote) says which.
    pub fn new(make: impl Fn() -> O + Send + Sync + 'static) -> Self {
        Self {
            make: Arc::new(make),
            promoted: None,
        }
    }

    /// Promotes the inputs of these names only. A name that the operator does not have is a flaw that every output reports.
    #[must_use]
    pub fn promote<N: Into<String>>(self, inputs: impl IntoIterator<Item = N>) -> Self {
        let promoted = Some(inputs.into_iter().map(Into::into).collect());
        Self { promoted, ..self }
    }
}

impl<O> fmt::Debug for PerLane<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerLane")
            .field("promoted", &self.promoted)
            .finish_non_exhaustive()
    }
}

/// The slots of an operator over lanes, each picked by the slot of the operator inside that it belongs to.
#[derive(Debug)]
pub struct LaneSlots<S> {
    inner: S,
}

impl<S> LaneSlots<S> {
    /// The list that a promoted input or an output became.
    pub fn list<H: Handle>(&self, pick: impl FnOnce(&S) -> &H) -> List<H> {
        let raw = pick(&self.inner).raw();
        List::from_raw(RawSlot {
            id: raw.id,
            core: Weak::clone(&raw.core),
        })
    }

    /// An input that all lanes share.
    pub fn shared<H: Handle>(&self, pick: impl FnOnce(&S) -> &H) -> H {
        pick(&self.inner).clone()
    }
}

impl<O: Operator> Operator for PerLane<O> {
    type Slots = LaneSlots<O::Slots>;

    fn slots(&self, declare: &mut Declare<'_>) -> Self::Slots {
        let promoted = self.promoted.clone();
        let promote = |name: &str, direction| {
            direction == Direction::Output
                || promoted
                    .as_ref()
                    .is_none_or(|names| names.iter().any(|own| own == name))
        };
        let owner = declare.owner;
        let mut template = Declare {
            draft: &mut *declare.draft,
            owner,
            promote: Some(&promote),
        };
        let inner = (self.make)().slots(&mut template);
        declare.draft.forget_children(owner);
        let make = Arc::clone(&self.make);
        let factory = move |draft: &mut Draft, name: &str, parent| draft.add(name, Arc::new(make()), Some(parent)).id;
        let node = declare.draft.next.operator_mut(owner);
        node.lanes = Some(Arc::new(LaneOperators {
            factory: Arc::new(factory),
            children: Vec::new(),
            has_failed: false,
        }));
        let inputs = node.inputs.clone();
        let known: Vec<_> = inputs
            .iter()
            .map(|id| Arc::clone(&declare.draft.next.known(*id).info.name))
            .collect();
        let unknown = self
            .promoted
            .iter()
            .flatten()
            .find(|name| !known.iter().any(|own| **own == ***name));
        if let Some(unknown) = unknown {
            let flaw = format!("it has no input `{unknown}` to promote");
            declare.draft.next.operator_mut(owner).flaw = Some(flaw.into());
        }
        LaneSlots { inner }
    }
}

type Factory = dyn Fn(&mut Draft, &str, OperatorId) -> OperatorId + Send + Sync;

/// How the operators of lanes are made, and those that there are.
#[derive(Clone)]
pub(crate) struct LaneOperators {
    factory: Arc<Factory>,
    children: Vec<(LaneKey, OperatorId)>,
    /// Whether one could not be made, which is then the flaw of the operator over lanes until all can be.
    has_failed: bool,
}

impl Draft {
    /// Removes what a template added inside; each lane's operator brings its own.
    fn forget_children(&mut self, owner: OperatorId) {
        for child in self.next.owner(owner).children.clone() {
            if let Err(error) = self.remove(child) {
                self.next.operator_mut(owner).flaw = Some(error.report().into());
            }
        }
        let next = &self.next;
        self.fresh.retain(|id| next.operator(*id).is_some());
        self.seeds.retain(|(slot, _)| next.slot(*slot).is_some());
    }

    /// The list that says which lanes an operator over lanes has, if it is one and has promoted inputs.
    pub(crate) fn table(&self, owner: OperatorId) -> Option<SlotId> {
        let node = self.next.operator(owner)?;
        node.lanes.as_ref()?;
        node.inputs
            .iter()
            .copied()
            .find(|input| self.next.known(*input).info.level > 0)
    }

    /// Makes and removes operators and elements until they are those of the table.
    pub(crate) fn sync_children(&mut self, owner: OperatorId) {
        let Some(table) = self.table(owner) else { return };
        let keys: Vec<_> = self.next.known(table).lanes.iter().map(|(key, _)| *key).collect();
        let node = Arc::clone(self.next.owner(owner));
        let sync = node
            .lanes
            .as_ref()
            .expect("invariant: only an operator over lanes has a table");
        for (_, child) in sync.children.iter().filter(|(key, _)| !keys.contains(key)) {
            self.drop_child(*child);
        }
        let kept = |key: LaneKey| {
            sync.children
                .iter()
                .find(|(own, _)| *own == key)
                .map(|(_, child)| *child)
        };
        let mut failed = Vec::new();
        let mut children = Vec::with_capacity(keys.len());
        let mut made = Vec::new();
        for (position, &key) in keys.iter().enumerate() {
            let child = match kept(key) {
                Some(child) => child,
                None => match self.make_child(&*sync.factory, owner, position) {
                    Ok(child) => {
                        made.push((position, key, child));
                        child
                    }
                    Err(error) => {
                        failed.push((position, key, error));
                        continue;
                    }
                },
            };
            self.next.operator_mut(child).name = position.to_string().into();
            children.push((key, child));
        }
        let over = self.next.operator_mut(owner);
        over.lanes = Some(Arc::new(LaneOperators {
            factory: Arc::clone(&sync.factory),
            children,
            has_failed: !failed.is_empty(),
        }));
        if sync.has_failed {
            over.flaw = None;
        }
        for output in node.outputs.clone() {
            if let Err(error) = self.sync_lanes(output, &keys) {
                self.next.operator_mut(owner).flaw = Some(error.report().into());
            }
        }
        for (position, key, error) in failed {
            self.lack_child(owner, position, key, error);
        }
        made.into_iter()
            .for_each(|(position, key, child)| self.wire_child(owner, child, position, key));
    }

    /// Makes the operator of one lane. What one that panicked had declared by then is taken out again.
    fn make_child(&mut self, factory: &Factory, owner: OperatorId, position: usize) -> Result<OperatorId, Error> {
        let before = self.next.owner(owner).children.len();
        let made = catch_unwind(AssertUnwindSafe(|| factory(self, &position.to_string(), owner)));
        made.map_err(|payload| {
            let over = Arc::clone(self.next.owner(owner));
            over.children[before..].iter().for_each(|child| self.drop_child(*child));
            Error::panicked(&*payload).context(format_args!("making the operator of lane {position}"))
        })
    }

    /// Lets the outputs of a lane fail whose operator could not be made.
    fn lack_child(&mut self, owner: OperatorId, position: usize, key: LaneKey, error: Error) {
        self.next.operator_mut(owner).flaw = Some(error.report().into());
        for list in self.next.owner(owner).outputs.clone() {
            let Some(lane) = self.element(list, position, key) else {
                continue;
            };
            let leaves: Vec<_> = self.next.leaves(lane).collect();
            for leaf in leaves {
                self.next.slot_mut(leaf).state = State::Failed(error.clone());
                self.touch(leaf);
                self.seeds.push((leaf, Dirt::everything()));
            }
        }
    }

    /// Connects the operator of one lane to that lane of the slots around it.
    fn wire_child(&mut self, owner: OperatorId, child: OperatorId, position: usize, key: LaneKey) {
        let (outer, inner) = (Arc::clone(self.next.owner(owner)), Arc::clone(self.next.owner(child)));
        for (outside, inside) in outer.inputs.iter().zip(&inner.inputs) {
            let from = if self.next.known(*outside).info.level > self.next.known(*inside).info.level {
                self.element(*outside, position, key)
            } else {
                Some(*outside)
            };
            if let Some(from) = from {
                self.link(from, *inside);
            }
        }
        for (outside, inside) in outer.outputs.iter().zip(&inner.outputs) {
            if let Some(lane) = self.element(*outside, position, key) {
                self.link(*inside, lane);
            }
        }
    }

    fn element(&self, list: SlotId, position: usize, key: LaneKey) -> Option<SlotId> {
        let lanes = &self.next.known(list).lanes;
        let found = lanes
            .iter()
            .find(|(own, _)| *own == key)
            .or_else(|| lanes.get(position));
        found.map(|(_, lane)| *lane)
    }

    /// Connects what is known to fit; if a circle stands in the way after all, the operator says so.
    fn link(&mut self, from: SlotId, to: SlotId) {
        if let Err(error) = self.connect(from, to) {
            let owner = self.next.known(to).info.owner;
            self.next.operator_mut(owner).flaw = Some(error.report().into());
        }
    }

    fn drop_child(&mut self, child: OperatorId) {
        for slot in self
            .inside(child)
            .into_iter()
            .flat_map(|id| self.all_slots(id))
            .collect::<Vec<_>>()
        {
            for consumer in self.next.known(slot).consumers.clone() {
                self.unhook(consumer);
            }
        }
        let removed = self.remove(child);
        debug_assert!(removed.is_ok(), "nothing takes data from a lane that is gone");
    }

    /// Keeps the promoted lists of an operator over lanes at the elements of its table.
    pub(crate) fn follow_table(&mut self, list: SlotId, keys: &[LaneKey]) -> Result<(), Error> {
        let owner = self.next.known(list).info.owner;
        if self.table(owner) != Some(list) {
            return Ok(());
        }
        let mut result = Ok(());
        for sibling in self.next.owner(owner).inputs.clone() {
            let node = self.next.known(sibling);
            if sibling != list && node.info.level > 0 && !matches!(node.source, Source::Slot(_)) {
                result = result.and(self.sync_lanes(sibling, keys));
            }
        }
        result
    }
}

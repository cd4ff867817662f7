//! What an operator says of itself when it is added.

use crate::graph::connect::Connect;
use crate::graph::data::{Data, SlotType};
use crate::graph::draft::Draft;
use crate::graph::handle::Node;
use crate::graph::id::{OperatorId, SlotId};
use crate::graph::node::{Direction, Durability, Edited, Kind, SlotInfo, SlotNode, Source};
use crate::graph::operator::Operator;
use crate::graph::slot::{Handle, Input, List, Output, RawSlot, Slot};
use crate::graph::state::{NotReady, State, Why};
use crate::sync::{Arc, Weak};

/// Says of a slot, by its name and direction, whether it gets a list around it.
pub(crate) type Promote<'a> = dyn Fn(&str, Direction) -> bool + 'a;

/// Takes down the slots of an operator, and the operators inside it.
///
/// Names are unique within an operator; a second slot of the same name is a flaw that its outputs report when they are
/// asked. Slots of a list type are declared by [`list`](Self::list).
pub struct Declare<'a> {
    pub(crate) draft: &'a mut Draft,
    pub(crate) owner: OperatorId,
    /// Of an operator over lanes: which slots get a list around them.
    pub(crate) promote: Option<&'a Promote<'a>>,
}

impl Declare<'_> {
    /// A required input.
    pub fn input<T: SlotType>(&mut self, name: &str) -> Input<T> {
        self.declare(name, false, None)
    }

    /// An input that the operator can do without.
    pub fn optional<T: SlotType>(&mut self, name: &str) -> Input<T> {
        self.declare(name, true, None)
    }

    /// An input with a value for when it has neither a connection nor a value of its own, also after it has been
    /// disconnected.
    pub fn default<T: SlotType>(&mut self, name: &str, value: T) -> Input<T> {
        self.declare(name, false, Some(value.into_data()))
    }

    /// An output.
    pub fn output<T: SlotType>(&mut self, name: &str) -> Output<T> {
        self.declare(name, false, None)
    }

    /// A list: `declare.list::<Input<Array>>("images")`, or of lists: `declare.list::<List<Input<Array>>>("tiles")`. An
    /// input list is required to have an element.
    pub fn list<S: Handle>(&mut self, name: &str) -> List<S> {
        self.declare(name, false, None)
    }

    /// An input list that may be empty.
    pub fn optional_list<S: Handle>(&mut self, name: &str) -> List<S> {
        self.declare(name, true, None)
    }

    /// Adds an operator inside.
    pub fn add<O: Operator>(&mut self, operator: O) -> Node<O> {
        let name = operator.name().to_owned();
        self.add_named(&name, operator)
    }

    /// Adds an operator inside under a name.
    pub fn add_named<O: Operator>(&mut self, name: &str, operator: O) -> Node<O> {
        self.draft.add(name, Arc::new(operator), Some(self.owner))
    }

    /// Connects two slots of operators inside, or an own input to one of theirs.
    ///
    /// What is wrong with it is a flaw that the outputs report when they are asked.
    pub fn connect<D: Slot>(&mut self, from: &impl Connect<D>, to: &D) {
        if self.promote.is_some() {
            return;
        }
        let result = self.draft.connect(from.raw().id, to.raw().id);
        self.flaw(result);
    }

    /// Gives an input of an operator inside a value.
    pub fn set<T: SlotType>(&mut self, input: &Input<T>, value: T) {
        let result = self.draft.set(input.raw().id, value.into_data(), Durability::High);
        self.flaw(result);
    }

    /// Declares an output that gives what a slot of an operator inside, or an own input, gives.
    pub fn expose<T: SlotType, S: Handle<Type = T>>(&mut self, name: &str, inner: &S) -> Output<T> {
        let output = self.output(name);
        self.expose_raw(inner.raw().id, output.raw().id);
        output
    }

    /// Declares a list of outputs that gives what a list of an operator inside gives.
    pub fn expose_list<S: Handle>(&mut self, name: &str, inner: &List<S>) -> List<S> {
        let output = self.list(name);
        self.expose_raw(inner.raw().id, output.raw().id);
        output
    }

    fn expose_raw(&mut self, inner: SlotId, output: SlotId) {
        // A template of lanes only shows which slots there are; each lane's operator makes its own connections.
        if self.promote.is_none() {
            let result = self.draft.connect(inner, output);
            self.flaw(result);
        }
    }

    fn flaw(&mut self, result: Result<(), crate::error::Error>) {
        if let Err(error) = result {
            self.draft.next.operator_mut(self.owner).flaw = Some(error.report().into());
        }
    }

    fn declare<H: Handle>(&mut self, name: &str, optional: bool, default: Option<Data>) -> H {
        let direction = Direction::from(H::DIRECTION);
        let promoted = self.promote.is_some_and(|promote| promote(name, direction));
        let info = SlotInfo {
            name: name.into(),
            owner: self.owner,
            direction,
            level: H::LEVEL + u8::from(promoted),
            kind: Kind::of::<H::Type>(),
            optional,
            default,
        };
        let id = self.draft.declare(info);
        H::from_raw(RawSlot {
            id,
            core: Weak::clone(&self.draft.core),
        })
    }
}

impl Kind {
    pub(crate) fn of<T: SlotType>() -> Self {
        Self {
            id: std::any::TypeId::of::<T>(),
            name: std::any::type_name::<T>(),
            by_region: T::BY_REGION,
        }
    }
}

impl Draft {
    /// Adds a slot to its owner.
    fn declare(&mut self, info: SlotInfo) -> SlotId {
        let owner = info.owner;
        let direction = info.direction;
        let name = Arc::clone(&info.name);
        let node = Arc::clone(self.next.owner(owner));
        let twice = node
            .inputs
            .iter()
            .chain(&node.outputs)
            .any(|id| self.next.known(*id).info.name == name);
        let id = self.add_slot(Arc::new(info), None);
        let node = self.next.operator_mut(owner);
        match direction {
            Direction::Input => node.inputs.push(id),
            Direction::Output => node.outputs.push(id),
        }
        if twice {
            node.flaw = Some(format!("it declares two slots called `{name}`").into());
        }
        id
    }

    /// A slot of an operator, or an element of a list.
    pub(crate) fn add_slot(
        &mut self,
        info: Arc<SlotInfo>,
        lane: Option<(SlotId, crate::graph::id::LaneKey)>,
    ) -> SlotId {
        let made_here = info.direction == Direction::Output;
        let revision = self.next.revision;
        let new = self.next.add_slot(|id| SlotNode {
            id,
            lane,
            source: if made_here { Source::Operator } else { Source::Unset },
            consumers: Vec::new(),
            lanes: Vec::new(),
            broadcast: None,
            state: State::NotReady(Arc::new(NotReady {
                slot: id,
                name: Arc::clone(&info.name),
                why: Why::New,
            })),
            frozen: None,
            durability: Durability::High,
            edited: (revision, Edited::Added),
            info,
        });
        self.touch(new);
        self.seed(new);
        new
    }
}

impl std::fmt::Debug for Declare<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "declaration of `{}`", self.draft.next.operator_name(self.owner))
    }
}

//! An operator as the library knows it.

use std::any::TypeId;
use std::fmt;

use crate::error::Error;
use crate::graph::{Edit, Graph};
use crate::pipeline::hand::Hand;
use crate::pipeline::kind::Kind;
use crate::pipeline::parameter::Parameter;
use crate::pipeline::value::Value;
use crate::sync::{Arc, OnceLock};

/// An operator that pipelines can name: what it is for and what its slots are. Made by a
/// [`Registration`](crate::pipeline::Registration).
pub struct Entry {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) group: &'static str,
    pub(crate) slots: Vec<SlotEntry>,
    pub(crate) add: Box<Add>,
    pub(crate) defaults: OnceLock<Vec<Option<Value>>>,
}

/// The handles of the slots of an operator, in the order of its entry; an argument has none.
pub(crate) type Hands = Vec<Option<Box<dyn Hand>>>;

/// Adds an operator to a graph under a name.
pub(crate) type Add = dyn Fn(&mut Edit<'_>, &str, &Arguments<'_>) -> Result<Hands, Error> + Send + Sync;

/// A slot of an operator, or an argument with which it is made.
#[derive(Clone, Debug)]
pub struct SlotEntry {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) role: Role,
    pub(crate) carries: Carries,
    /// How deeply lists are nested in it.
    pub(crate) depth: u8,
    pub(crate) is_required: bool,
    /// Of parameters and arguments.
    pub(crate) kind: Option<Kind>,
    /// Of arguments.
    pub(crate) default: Option<Value>,
    /// Of parameters and arguments.
    pub(crate) settle: fn(&Value) -> Result<Value, Error>,
}

/// What a slot is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Data comes in, from an input of the pipeline or another node.
    Input,
    /// A value, which stands in the file, or comes from another node.
    Parameter,
    /// A value with which the operator is made: it stands in the file, and no edit changes it.
    Argument,
    /// Data or a value goes out.
    Output,
}

/// The type of what a slot carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Carries {
    pub(crate) id: TypeId,
    name: &'static str,
}

impl Carries {
    pub(crate) fn of<T: 'static>() -> Self {
        Self {
            id: TypeId::of::<T>(),
            name: std::any::type_name::<T>(),
        }
    }
}

impl fmt::Display for Carries {
    /// For people: an image is an image, other types have their names without paths.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: [(Self, &str); 5] = [
            (Self::of::<crate::array::Array>(), "an image"),
            (Self::of::<crate::kernels::Table>(), "a table"),
            (Self::of::<f64>(), "a number"),
            (Self::of::<usize>(), "a whole number"),
            (Self::of::<crate::operators::Classifier>(), "a classifier"),
        ];
        if let Some((_, name)) = known.iter().find(|(own, _)| own.id == self.id) {
            return f.write_str(name);
        }
        let parts = self.name.split_inclusive(['<', '>', ',', '(', ')', ' ']);
        let short: String = parts.map(|part| part.rsplit("::").next().unwrap_or(part)).collect();
        write!(f, "a value of type `{short}`")
    }
}

impl Entry {
    /// What `operator` says in a file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does, in a sentence.
    pub fn doc(&self) -> &str {
        &self.doc
    }

    /// Of which kind it is, in the plural: `filters`. Those that a program has registered are its `own`.
    pub fn group(&self) -> &str {
        self.group
    }

    /// Inputs, parameters, arguments and outputs, in the order in which they were registered.
    pub fn slots(&self) -> &[SlotEntry] {
        &self.slots
    }

    /// What a parameter or argument is if the file does not say; `None` if it has to, and of inputs and outputs.
    pub fn default_of(&self, slot: &str) -> Option<&Value> {
        let nth = self.slots.iter().position(|own| own.name == slot)?;
        self.defaults.get_or_init(|| self.look_up_defaults())[nth].as_ref()
    }

    pub(crate) fn slot(&self, name: &str) -> Option<&SlotEntry> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    /// The input, parameter or argument of a name: an output may have the same.
    pub(crate) fn key(&self, name: &str) -> Option<&SlotEntry> {
        self.slots.iter().find(|slot| slot.is_key() && slot.name == name)
    }

    /// The slots with a role.
    pub(crate) fn with_role(&self, role: Role) -> impl Iterator<Item = &SlotEntry> {
        self.slots.iter().filter(move |slot| slot.role == role)
    }

    /// The output that is meant where a node is named without one.
    pub(crate) fn main_output(&self) -> Option<&SlotEntry> {
        let mut outputs = self.with_role(Role::Output);
        let first = outputs.next()?;
        if outputs.next().is_none() {
            return Some(first);
        }
        self.with_role(Role::Output).find(|output| output.name == "output")
    }

    /// The values that the slots have in an operator which has just been made: so the list cannot lie.
    fn look_up_defaults(&self) -> Vec<Option<Value>> {
        let own: Vec<_> = self.slots.iter().map(|slot| slot.default.clone()).collect();
        let is_wanted = |slot: &SlotEntry| slot.role == Role::Parameter && !slot.is_required;
        if !self.slots.iter().any(is_wanted) {
            return own;
        }
        let arguments = Arguments {
            slots: &self.slots,
            values: &[],
        };
        let found = Graph::new().edit(|e| {
            let hands = (self.add)(e, &self.name, &arguments)?;
            let values = self.slots.iter().zip(&hands).map(|(slot, hand)| match hand {
                Some(hand) if is_wanted(slot) => hand.value(e).ok(),
                _ => slot.default.clone(),
            });
            Ok(values.collect())
        });
        found.unwrap_or(own)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "operator `{}`", self.name)
    }
}

impl SlotEntry {
    /// Its name, which is the key in a file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for, in a few words.
    pub fn doc(&self) -> &str {
        &self.doc
    }

    /// What it is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Which values it takes, of a parameter or argument.
    pub fn kind(&self) -> Option<&Kind> {
        self.kind.as_ref()
    }

    /// Whether a file has to say it.
    pub fn is_required(&self) -> bool {
        self.is_required
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.depth > 0
    }

    /// What it takes or gives, for people: `an image`, `a number of at least 0`, `a list of images`.
    pub fn takes(&self) -> String {
        match (&self.kind, self.depth) {
            (Some(kind), _) => kind.to_string(),
            (None, 0) => self.carries.to_string(),
            (None, depth) => format!(
                "{}a list, each {}",
                "a list of ".repeat(usize::from(depth) - 1),
                self.carries
            ),
        }
    }

    /// `value` as it is taken, in the one way to say it, so that what is the same looks the same; or what is wrong with it.
    pub(crate) fn check(&self, value: Value) -> Result<Value, String> {
        let kind = self.kind.as_ref().ok_or("it takes no value")?;
        (self.settle)(&kind.check(value)?).map_err(|error| error.report())
    }

    pub(crate) fn is_key(&self) -> bool {
        self.role != Role::Output
    }
}

/// The values with which an operator is made.
#[derive(Debug)]
pub struct Arguments<'a> {
    pub(crate) slots: &'a [SlotEntry],
    pub(crate) values: &'a [(Arc<str>, Value)],
}

impl Arguments<'_> {
    /// The argument called `name`, or its default.
    ///
    /// # Errors
    ///
    /// If no argument of the name was registered, or it is required and missing, or it is of another type.
    pub fn get<T: Parameter>(&self, name: &str) -> Result<T, Error> {
        let said = self
            .values
            .iter()
            .find(|(own, _)| **own == *name)
            .map(|(_, value)| value);
        let default = || self.slots.iter().find(|slot| slot.name == name)?.default.as_ref();
        let value = said.or_else(default);
        let value = value.ok_or_else(|| Error::invalid(format!("there is no `{name}`, and it has no default")))?;
        T::from_value(value)
    }
}

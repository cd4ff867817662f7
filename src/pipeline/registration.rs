//! How an operator gets into the library.

use std::ops::RangeInclusive;

use crate::error::Error;
use crate::graph::{Edit, Input, List, Operator, Output, SlotType};
use crate::pipeline::entry::{Arguments, Carries, Entry, Hands, Role, SlotEntry};
use crate::pipeline::hand::{Hand, InputHand, ListHand, ListsHand, OutputHand, OutputListHand, ParameterHand};
use crate::pipeline::kind::Kind;
use crate::pipeline::parameter::Parameter;
use crate::sync::OnceLock;

/// Says how an operator is made and which of its slots a file can name.
///
/// What is registered is typed: a parameter's type says which values a file may have, its default is what the slot holds.
///
/// # Examples
///
/// An operator of one's own in a pipeline:
///
/// ```
/// use headwater::graph::{Declare, Graph, Input};
/// use headwater::kernels::{Form, Gaussian};
/// use headwater::operators::{Filter, Values};
/// use headwater::pipeline::{Library, Registration};
/// use headwater::{Array, Error, roi};
///
/// struct Soften;
///
/// impl Filter for Soften {
///     type Kernel = Gaussian;
///     type Parameters = Input<f64>;
///
///     fn parameters(&self, declare: &mut Declare<'_>) -> Input<f64> {
///         declare.default("softness", 1.0)
///     }
///
///     fn kernel(&self, softness: &Input<f64>, values: &mut Values<'_, '_>, _: &Form) -> Result<Gaussian, Error> {
///         Ok(Gaussian::new(values.get(softness)? * 0.5))
///     }
/// }
///
/// let mut library = Library::standard();
/// library.register(
///     Registration::new("Soften", "Takes the edge off.", || Soften)
///         .input("input", "an image", |slots| &slots.input)
///         .parameter("softness", "how much", |slots| slots)
///         .within(0.0..=10.0)
///         .output("output", "the softened image", |slots| &slots.output),
/// )?;
///
/// let text = r#"
///     version = 1
///     inputs.image = {}
///     nodes.soft = { operator = "Soften", input = "image", softness = 2.5 }
///     outputs.soft = { from = "soft", path = "soft.npy" }
/// "#;
/// let pipeline = library.parse(text, "soft.toml")?;
/// let built = pipeline.builder().array("image", Array::full("yx", &[8, 8], 7_u8)?).build(&Graph::new())?;
/// let soft = built.image("soft")?.request(roi![0..1, 0..1]).wait()?;
/// assert!((soft.view::<f32>()?[[0, 0]] - 7.0).abs() < 1e-5);
/// # Ok::<(), Error>(())
/// ```
#[must_use = "it has to be registered"]
pub struct Registration<O: Operator> {
    name: String,
    doc: String,
    make: Box<Make<O>>,
    slots: Vec<SlotEntry>,
    hands: Vec<Option<Find<O>>>,
}

/// Makes the operator.
type Make<O> = dyn Fn(&Arguments<'_>) -> Result<O, Error> + Send + Sync;

/// Finds a slot among those of the operator.
type Find<O> = Box<dyn Fn(&<O as Operator>::Slots) -> Box<dyn Hand> + Send + Sync>;

/// Where a slot is among those of the operator.
type At<O, S> = fn(&<O as Operator>::Slots) -> &S;

impl<O: Operator> Registration<O> {
    /// An operator that is made without arguments.
    pub fn new(name: &str, doc: &str, make: impl Fn() -> O + Send + Sync + 'static) -> Self {
        Self::with(name, doc, move |_| Ok(make()))
    }

    /// An operator that is made with [arguments](Self::argument).
    pub fn with(
        name: &str,
        doc: &str,
        make: impl Fn(&Arguments<'_>) -> Result<O, Error> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.to_owned(),
            doc: doc.to_owned(),
            make: Box::new(make),
            slots: Vec::new(),
            hands: Vec::new(),
        }
    }

    /// An input that has to be connected.
    pub fn input<T: SlotType>(self, name: &str, doc: &str, at: At<O, Input<T>>) -> Self {
        let slot = slot::<T>(name, doc, Role::Input);
        self.found(slot, move |slots| Box::new(InputHand(at(slots).clone())))
    }

    /// An input that can be left alone.
    pub fn optional<T: SlotType>(self, name: &str, doc: &str, at: At<O, Input<T>>) -> Self {
        self.input(name, doc, at).not_required()
    }

    /// A list of inputs, of which there has to be one.
    pub fn list<T: SlotType>(self, name: &str, doc: &str, at: At<O, List<Input<T>>>) -> Self {
        let slot = SlotEntry {
            depth: 1,
            ..slot::<T>(name, doc, Role::Input)
        };
        self.found(slot, move |slots| Box::new(ListHand(at(slots).clone())))
    }

    /// A list of inputs that may be empty.
    pub fn optional_list<T: SlotType>(self, name: &str, doc: &str, at: At<O, List<Input<T>>>) -> Self {
        self.list(name, doc, at).not_required()
    }

    /// A list of lists of inputs.
    pub fn lists<T: SlotType>(self, name: &str, doc: &str, at: At<O, List<List<Input<T>>>>) -> Self {
        let slot = SlotEntry {
            depth: 2,
            ..slot::<T>(name, doc, Role::Input)
        };
        self.found(slot, move |slots| Box::new(ListsHand(at(slots).clone())))
    }

    /// A parameter whose slot has a default.
    pub fn parameter<T: Parameter>(self, name: &str, doc: &str, at: At<O, Input<T>>) -> Self {
        self.required(name, doc, at).not_required()
    }

    /// A parameter that a file has to say, whatever the slot holds at first.
    pub fn required<T: Parameter>(self, name: &str, doc: &str, at: At<O, Input<T>>) -> Self {
        let slot = value_slot::<T>(name, doc, Role::Parameter);
        self.found(slot, move |slots| Box::new(ParameterHand(at(slots).clone())))
    }

    /// A value with which the operator is made, and what it is if a file does not say it.
    pub fn argument<T: Parameter>(mut self, name: &str, doc: &str, default: T) -> Self {
        self.slots.push(SlotEntry {
            default: default.to_value(),
            is_required: false,
            ..value_slot::<T>(name, doc, Role::Argument)
        });
        self.hands.push(None);
        self
    }

    /// A value with which the operator is made, and which a file has to say.
    pub fn required_argument<T: Parameter>(mut self, name: &str, doc: &str) -> Self {
        self.slots.push(value_slot::<T>(name, doc, Role::Argument));
        self.hands.push(None);
        self
    }

    /// An output. Where a file names a node without a slot, its only one is meant, or that called `output`.
    pub fn output<T: SlotType>(self, name: &str, doc: &str, at: At<O, Output<T>>) -> Self {
        let slot = slot::<T>(name, doc, Role::Output);
        self.found(slot, move |slots| Box::new(OutputHand(at(slots).clone())))
    }

    /// A list of outputs.
    pub fn output_list<T: SlotType>(self, name: &str, doc: &str, at: At<O, List<Output<T>>>) -> Self {
        let slot = SlotEntry {
            depth: 1,
            ..slot::<T>(name, doc, Role::Output)
        };
        self.found(slot, move |slots| Box::new(OutputListHand(at(slots).clone())))
    }

    /// Takes numbers of this range only for the parameter before.
    pub fn within(self, range: RangeInclusive<f64>) -> Self {
        self.limited(*range.start(), *range.end(), false)
    }

    /// Takes numbers of at least this only for the parameter before.
    pub fn at_least(self, least: f64) -> Self {
        self.limited(least, f64::MAX, false)
    }

    /// Takes numbers above this only for the parameter before.
    pub fn above(self, least: f64) -> Self {
        self.limited(least, f64::MAX, true)
    }

    /// Says of the parameter before which values there are, in the place of what its type says. They have to be of the type.
    pub fn kind(mut self, kind: Kind) -> Self {
        if let Some(slot) = self.slots.last_mut() {
            slot.kind = Some(kind);
        }
        self
    }

    fn limited(mut self, least: f64, greatest: f64, above: bool) -> Self {
        if let Some(slot) = self.slots.last_mut() {
            slot.kind = slot.kind.take().map(|kind| kind.within(least, greatest, above));
        }
        self
    }

    fn not_required(mut self) -> Self {
        if let Some(slot) = self.slots.last_mut() {
            slot.is_required = false;
        }
        self
    }

    fn found(mut self, slot: SlotEntry, find: impl Fn(&O::Slots) -> Box<dyn Hand> + Send + Sync + 'static) -> Self {
        self.slots.push(slot);
        self.hands.push(Some(Box::new(find)));
        self
    }

    /// The operator with its type erased.
    pub(crate) fn entry(self) -> Entry {
        let Self {
            name,
            doc,
            make,
            slots,
            hands,
        } = self;
        let add = move |e: &mut Edit<'_>, name: &str, arguments: &Arguments<'_>| -> Result<Hands, Error> {
            let node = e.add_named(name, make(arguments)?);
            Ok(hands.iter().map(|find| find.as_ref().map(|find| find(&node))).collect())
        };
        Entry {
            name,
            doc,
            group: "own",
            slots,
            add: Box::new(add),
            defaults: OnceLock::new(),
        }
    }
}

fn slot<T: SlotType>(name: &str, doc: &str, role: Role) -> SlotEntry {
    SlotEntry {
        name: name.to_owned(),
        doc: doc.to_owned(),
        role,
        carries: Carries::of::<T>(),
        depth: 0,
        is_required: role != Role::Output,
        kind: None,
        default: None,
        settle: |value| Ok(value.clone()),
    }
}

fn value_slot<T: Parameter>(name: &str, doc: &str, role: Role) -> SlotEntry {
    SlotEntry {
        kind: Some(T::kind()),
        settle: |value| Ok(T::from_value(value)?.to_value().unwrap_or_else(|| value.clone())),
        ..slot::<T>(name, doc, role)
    }
}

impl<O: Operator> std::fmt::Debug for Registration<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "registration of `{}`", self.name)
    }
}

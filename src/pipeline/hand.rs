//! The slots of operators of any kind, by hand: typed handles behind one face.

use std::any::Any;
use std::fmt;

use crate::error::Error;
use crate::graph::{Edit, Input, List, Output, Slot, SlotId, SlotType};
use crate::pipeline::parameter::Parameter;
use crate::pipeline::value::Value;

/// A slot of an operator in a graph. The checks of the file have seen to it that what is asked of one makes sense.
pub(crate) trait Hand: Send + Sync {
    /// The handle itself.
    fn handle(&self) -> &dyn Any;

    /// Its name in the graph.
    fn id(&self) -> SlotId;

    fn path(&self) -> String;

    fn slot(&self) -> &dyn Look;

    /// Connects `from` to it.
    fn connect(&self, e: &mut Edit<'_>, from: &dyn Hand) -> Result<(), Error> {
        let _ = (e, from);
        Err(self.refusal("cannot be connected"))
    }

    /// Adds an element that `from` is connected to.
    fn push(&self, e: &mut Edit<'_>, from: &dyn Hand) -> Result<(), Error> {
        let _ = (e, from);
        Err(self.refusal("is no list of inputs"))
    }

    fn set(&self, e: &mut Edit<'_>, value: &Value) -> Result<(), Error> {
        let _ = (e, value);
        Err(self.refusal("takes no value from a file"))
    }

    /// The value that lies in it, its own or a default.
    fn value(&self, e: &mut Edit<'_>) -> Result<Value, Error> {
        let _ = e;
        Err(self.refusal("holds what a file cannot say"))
    }

    /// Of a list, the elements.
    fn elements(&self) -> Vec<Box<dyn Hand>> {
        Vec::new()
    }

    fn refusal(&self, why: &str) -> Error {
        Error::invalid(format!("`{}` {why}", self.path()))
    }
}

/// What can be seen of any slot.
pub(crate) trait Look {
    fn source(&self) -> Option<SlotId>;
    fn is_set(&self) -> bool;
    fn readiness(&self) -> crate::graph::Readiness;
}

impl<S: Slot> Look for S {
    fn source(&self) -> Option<SlotId> {
        Slot::source(self)
    }

    fn is_set(&self) -> bool {
        Slot::is_connected(self)
    }

    fn readiness(&self) -> crate::graph::Readiness {
        Slot::readiness(self)
    }
}

impl fmt::Debug for dyn Hand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slot `{}`", self.path())
    }
}

macro_rules! common {
    () => {
        fn handle(&self) -> &dyn Any {
            &self.0
        }

        fn id(&self) -> SlotId {
            self.0.id()
        }

        fn path(&self) -> String {
            self.0.path()
        }

        fn slot(&self) -> &dyn Look {
            &self.0
        }
    };
}

pub(crate) struct InputHand<T>(pub(crate) Input<T>);

impl<T: SlotType> Hand for InputHand<T> {
    common!();

    fn connect(&self, e: &mut Edit<'_>, from: &dyn Hand) -> Result<(), Error> {
        match from.handle().downcast_ref::<Output<T>>() {
            Some(from) => e.connect(from, &self.0),
            None => Err(self.refusal("does not take that")),
        }
    }
}

pub(crate) struct ParameterHand<T>(pub(crate) Input<T>);

impl<T: Parameter> Hand for ParameterHand<T> {
    common!();

    fn connect(&self, e: &mut Edit<'_>, from: &dyn Hand) -> Result<(), Error> {
        InputHand(self.0.clone()).connect(e, from)
    }

    fn set(&self, e: &mut Edit<'_>, value: &Value) -> Result<(), Error> {
        e.set(&self.0, T::from_value(value)?)
    }

    fn value(&self, e: &mut Edit<'_>) -> Result<Value, Error> {
        let value = e.value(&self.0)?.to_value();
        value.ok_or_else(|| self.refusal("holds what a file cannot say"))
    }
}

pub(crate) struct OutputHand<T>(pub(crate) Output<T>);

impl<T: SlotType> Hand for OutputHand<T> {
    common!();
}

pub(crate) struct ListHand<T: SlotType>(pub(crate) List<Input<T>>);

impl<T: SlotType> Hand for ListHand<T> {
    common!();

    fn connect(&self, e: &mut Edit<'_>, from: &dyn Hand) -> Result<(), Error> {
        match from.handle().downcast_ref::<List<Output<T>>>() {
            Some(from) => e.connect(from, &self.0),
            None => Err(self.refusal("does not take that")),
        }
    }

    fn push(&self, e: &mut Edit<'_>, from: &dyn Hand) -> Result<(), Error> {
        let (_, lane) = e.push(&self.0)?;
        InputHand(lane).connect(e, from)
    }

    fn elements(&self) -> Vec<Box<dyn Hand>> {
        self.0
            .iter()
            .map(|lane| -> Box<dyn Hand> { Box::new(InputHand(lane)) })
            .collect()
    }
}

pub(crate) struct ListsHand<T: SlotType>(pub(crate) List<List<Input<T>>>);

impl<T: SlotType> Hand for ListsHand<T> {
    common!();

    fn push(&self, e: &mut Edit<'_>, from: &dyn Hand) -> Result<(), Error> {
        let (_, lane) = e.push(&self.0)?;
        ListHand(lane).connect(e, from)
    }

    fn elements(&self) -> Vec<Box<dyn Hand>> {
        self.0
            .iter()
            .map(|lane| -> Box<dyn Hand> { Box::new(ListHand(lane)) })
            .collect()
    }
}

pub(crate) struct OutputListHand<T: SlotType>(pub(crate) List<Output<T>>);

impl<T: SlotType> Hand for OutputListHand<T> {
    common!();
}

//! Adding a node behind an output.

mod cheap;
mod consumers;
mod processors;

use std::panic::Location;

use crate::flow::envelope::Item;
use crate::flow::node::Node;
use crate::flow::plan::{Assemble, Role};

/// What a second input is called.
pub(crate) const CONTROL: &str = "control";

impl<J, T: Item> Node<J, T> {
    /// Adds a node that takes from here.
    pub(super) fn behind<O>(
        &self,
        name: impl Into<String>,
        role: Role,
        assemble: impl Assemble + 'static,
        place: &'static Location<'static>,
    ) -> Node<T, O> {
        let inputs = Node::<T, O>::one_input();
        Node::add(self.shared(), name.into(), role, inputs, Box::new(assemble), place).wire(self)
    }
}

//! A pipeline that has become a graph.

use std::collections::HashMap;
use std::fmt;

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Drawing, Graph, Input, Output, Readiness, SlotId, SlotType};
use crate::kernels::Table;
use crate::pipeline::document::{NodeSpec, Pipeline, Reference, Setting};
use crate::pipeline::entry::{Entry, Hands, Role, SlotEntry};
use crate::pipeline::hand::Hand;
use crate::pipeline::kind::Kind;
use crate::pipeline::nearest::unknown;
use crate::pipeline::problem::{At, Problems};
use crate::pipeline::specs::OutputSpec;
use crate::pipeline::value::Value;
use crate::sync::Arc;

/// The graph of a pipeline, with its slots by name.
///
/// It keeps the graph alive.
pub struct Built {
    graph: Graph,
    pipeline: Pipeline,
    inputs: HashMap<String, Box<dyn Hand>>,
    /// In the order of the pipeline.
    nodes: Vec<BuiltNode>,
}

/// An operator in the graph.
pub(crate) struct BuiltNode {
    pub(crate) entry: Arc<Entry>,
    pub(crate) hands: Hands,
}

impl BuiltNode {
    /// The output of a name, or the main one.
    pub(crate) fn output(&self, name: Option<&str>) -> Option<&dyn Hand> {
        let name = match name {
            Some(name) => name,
            None => &self.entry.main_output()?.name,
        };
        let mut slots = self.entry.slots.iter().zip(&self.hands);
        let (_, hand) = slots.find(|(slot, _)| slot.role == Role::Output && slot.name == name)?;
        hand.as_deref()
    }

    /// The input, parameter or argument of a name; an argument has no handle.
    pub(crate) fn key(&self, name: &str) -> Option<(&SlotEntry, Option<&dyn Hand>)> {
        let mut slots = self.entry.slots.iter().zip(&self.hands);
        let (slot, hand) = slots.find(|(slot, _)| slot.is_key() && slot.name == name)?;
        Some((slot, hand.as_deref()))
    }
}

impl Built {
    pub(crate) fn new(
        graph: Graph,
        pipeline: Pipeline,
        inputs: HashMap<String, Box<dyn Hand>>,
        nodes: Vec<BuiltNode>,
    ) -> Self {
        Self {
            graph,
            pipeline,
            inputs,
            nodes,
        }
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The pipeline that it was built of.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The output of the pipeline of a name, if it is an image.
    ///
    /// # Errors
    ///
    /// If there is none, or it is a table.
    pub fn image(&self, output: &str) -> Result<Output<Array>, Error> {
        self.written(output, "an image")
    }

    /// The output of the pipeline of a name, if it is a table.
    ///
    /// # Errors
    ///
    /// If there is none, or it is an image.
    pub fn table(&self, output: &str) -> Result<Output<Table>, Error> {
        self.written(output, "a table")
    }

    fn written<T: SlotType>(&self, name: &str, what: &str) -> Result<Output<T>, Error> {
        let outputs = self.pipeline.outputs.iter();
        let Some(output) = outputs.clone().find(|output| output.name == name) else {
            let message = unknown("output", name, outputs.map(|output| &*output.name));
            return Err(Error::invalid(format!("{}: {message}", self.pipeline.file)));
        };
        let slot = self.reference(&output.from)?.handle().downcast_ref::<Output<T>>();
        slot.cloned()
            .ok_or_else(|| Error::invalid(format!("{}: the output `{name}` is not {what}", self.pipeline.file)))
    }

    /// An output of a node, as references name it: `components.count`; or an input of the pipeline.
    ///
    /// # Errors
    ///
    /// If there is none, or it carries something else.
    pub fn output<T: SlotType>(&self, reference: &str) -> Result<Output<T>, Error> {
        let (part, slot) = match reference.split_once('.') {
            Some((part, slot)) => (part, Some(slot.into())),
            None => (reference, None),
        };
        let hand = self.reference(&Reference {
            part: part.into(),
            slot,
        })?;
        let slot = hand.handle().downcast_ref::<Output<T>>().cloned();
        slot.ok_or_else(|| Error::invalid(format!("`{reference}` does not give {}", std::any::type_name::<T>())))
    }

    /// An input or parameter of a node, to be edited: `smooth.sigma`.
    ///
    /// # Errors
    ///
    /// If there is none, or it carries something else.
    pub fn input<T: SlotType>(&self, name: &str) -> Result<Input<T>, Error> {
        let missing = || Error::invalid(format!("{}: there is no slot `{name}`", self.pipeline.file));
        let (part, slot) = name.split_once('.').ok_or_else(missing)?;
        let node = self
            .pipeline
            .nodes
            .iter()
            .position(|node| node.name == part)
            .ok_or_else(missing)?;
        let (_, hand) = self.nodes[node].key(slot).ok_or_else(missing)?;
        let input = hand.ok_or_else(missing)?.handle().downcast_ref::<Input<T>>().cloned();
        input.ok_or_else(|| Error::invalid(format!("`{name}` does not take {}", std::any::type_name::<T>())))
    }

    /// What the pipeline writes.
    pub fn outputs(&self) -> &[OutputSpec] {
        &self.pipeline.outputs
    }

    /// A drawing of the pipeline: of each node its name and operator, of each input and output its file.
    pub fn draw(&self) -> Drawing {
        let pipeline = &self.pipeline;
        let mut drawing = self.graph.draw().depth(1);
        for input in &pipeline.inputs {
            let path = input.path.as_deref().map(|path| pipeline.resolve(path));
            if let (Ok(image), Some(path)) = (self.output::<Array>(&input.name), path) {
                drawing = drawing.source(&image, path);
            }
        }
        for output in &pipeline.outputs {
            let (name, path) = (&output.name, pipeline.resolve(&output.path));
            drawing = match (self.image(name), self.table(name)) {
                (Ok(image), _) => drawing.sink(&image, name, path),
                (_, Ok(table)) => drawing.sink(&table, name, path),
                _ => drawing,
            };
        }
        drawing
    }

    fn reference(&self, reference: &Reference) -> Result<&dyn Hand, Error> {
        let node = self
            .pipeline
            .nodes
            .iter()
            .position(|node| *node.name == *reference.part);
        let hand = match node {
            Some(nth) => self.nodes[nth].output(reference.slot.as_deref()),
            None => self.inputs.get(&*reference.part).map(|hand| &**hand),
        };
        hand.ok_or_else(|| Error::invalid(format!("{}: there is no output `{reference}`", self.pipeline.file)))
    }

    /// Whether all outputs of the nodes can be asked, so that whatever is wrong with shapes, axes and types is found before
    /// anything is computed.
    ///
    /// # Errors
    ///
    /// The nodes that refuse what they get, with their places in the pipeline. Those behind them are not named.
    pub fn check(&self) -> Result<(), Error> {
        let unused = |name: &str| {
            self.pipeline
                .warnings
                .iter()
                .any(|warning| warning.part() == Some(name))
        };
        let states: HashMap<&str, Option<String>> = self
            .pipeline
            .nodes
            .iter()
            .zip(&self.nodes)
            .map(|(node, built)| (&*node.name, refusal(built)))
            .collect();
        let mut problems = Vec::new();
        for node in self.pipeline.nodes.iter().filter(|node| !unused(&node.name)) {
            let is_bad = |name: &str| states.get(name).is_some_and(Option::is_some);
            let Some(message) = states[&*node.name].clone() else {
                continue;
            };
            if node.references().any(|(_, reference)| is_bad(&reference.part)) {
                continue;
            }
            problems.push(self.pipeline.problem(At::part("node", &node.name), message));
        }
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Problems::error(problems)),
        }
    }

    /// The pipeline as the graph is now: with the values and connections that edits have made since it was built.
    ///
    /// # Errors
    ///
    /// If a slot holds what a file cannot say, such as an array, or is connected to an operator that is not of the pipeline.
    /// The error names the slot.
    pub fn to_pipeline(&self) -> Result<Pipeline, Error> {
        let names = self.names();
        let nodes = self.pipeline.nodes.iter().zip(&self.nodes);
        let nodes = nodes
            .map(|(node, built)| self.present(node, built, &names))
            .collect::<Result<_, _>>()?;
        Ok(Pipeline {
            nodes,
            ..self.pipeline.clone()
        })
    }

    /// What each slot that gives something is called.
    fn names(&self) -> HashMap<SlotId, Reference> {
        let mut names = HashMap::new();
        for (node, built) in self.pipeline.nodes.iter().zip(&self.nodes) {
            let main = built.entry.main_output().map(|main| &*main.name);
            for (slot, hand) in built.entry.slots.iter().zip(&built.hands) {
                if let (Role::Output, Some(hand)) = (slot.role, hand) {
                    let part = node.name.as_str().into();
                    let slot = (main != Some(&*slot.name)).then(|| slot.name.as_str().into());
                    names.insert(hand.id(), Reference { part, slot });
                }
            }
        }
        for (name, hand) in &self.inputs {
            let part = name.as_str().into();
            names.insert(hand.id(), Reference { part, slot: None });
        }
        names
    }

    fn present(
        &self,
        node: &NodeSpec,
        built: &BuiltNode,
        names: &HashMap<SlotId, Reference>,
    ) -> Result<NodeSpec, Error> {
        let mut settings = Vec::new();
        for (slot, hand) in built.entry.slots.iter().zip(&built.hands) {
            let setting = match hand {
                _ if slot.role == Role::Output => None,
                Some(hand) => self.present_slot(slot, &**hand, names)?,
                None => {
                    let own = node.settings.iter().find(|(name, _)| **name == *slot.name);
                    own.map(|(_, setting)| setting.clone())
                }
            };
            settings.extend(setting.map(|setting| (slot.name.as_str().into(), setting)));
        }
        Ok(NodeSpec {
            settings,
            ..node.clone()
        })
    }

    fn present_slot(
        &self,
        slot: &SlotEntry,
        hand: &dyn Hand,
        names: &HashMap<SlotId, Reference>,
    ) -> Result<Option<Setting>, Error> {
        let named = |id: SlotId| {
            names
                .get(&id)
                .cloned()
                .ok_or_else(|| hand.refusal("is connected to no node of the pipeline"))
        };
        if let Some(source) = hand.slot().source() {
            return Ok(Some(Setting::From(named(source)?)));
        }
        if slot.depth > 0 {
            let elements = hand.elements();
            let sources = elements.iter().map(|element| match element.slot().source() {
                Some(source) => named(source),
                None => Err(element.refusal("is not connected, and a file cannot say what it holds")),
            });
            let sources: Vec<_> = sources.collect::<Result<_, _>>()?;
            return Ok((!sources.is_empty()).then_some(Setting::List(sources)));
        }
        if !hand.slot().is_set() {
            return Ok(None);
        }
        let value = self.graph.edit(|e| hand.value(e))?;
        Ok(Some(Setting::Value(match (&slot.kind, value) {
            (Some(Kind::Path), Value::Text(path)) => Value::Text(self.pipeline.unresolve(&path)),
            (_, value) => value,
        })))
    }
}

/// Why a node cannot be asked, if that is so.
fn refusal(built: &BuiltNode) -> Option<String> {
    let outputs = built.entry.slots.iter().zip(&built.hands);
    let mut outputs = outputs.filter(|(slot, _)| slot.role == Role::Output);
    outputs.find_map(|(slot, hand)| match hand.as_ref()?.slot().readiness() {
        Readiness::Failed(error) => Some(error.report()),
        // A list may well be empty.
        Readiness::NotReady(reason) if slot.depth == 0 => Some(reason.to_string()),
        _ => None,
    })
}

impl fmt::Debug for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "graph of `{}`", self.pipeline.file)
    }
}

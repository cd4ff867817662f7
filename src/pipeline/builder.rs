//! From a pipeline to a graph.

use std::collections::HashMap;

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Edit, Graph, Output};
use crate::io::{ImageSource, Limit, Open, SharedSource};
use crate::operators::ArraySource;
use crate::pipeline::built::{Built, BuiltNode};
use crate::pipeline::document::{NodeSpec, Pipeline, Reference, Setting};
use crate::pipeline::entry::{Arguments, Role};
use crate::pipeline::hand::{Hand, OutputHand};
use crate::pipeline::kind::Kind;
use crate::pipeline::nearest::unknown;
use crate::pipeline::problem::At;
use crate::pipeline::specs::InputSpec;
use crate::pipeline::value::Value;
use crate::sync::Arc;

/// Builds the graph of a pipeline; its inputs are the files that the pipeline names, unless something else is said.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::pipeline::Pipeline;
/// use headwater::{Array, roi};
///
/// let pipeline = Pipeline::parse(
///     r#"
///         version = 1
///         inputs.image.path = "cells.tif"
///         nodes.bright = { operator = "Threshold", input = "image", level = 10 }
///         outputs.mask = { from = "bright", path = "mask.npy" }
///     "#,
///     "bright.toml",
/// )?;
/// let image = Array::from_vec("x", &[3], vec![5_u8, 10, 15])?;
/// let built = pipeline.builder().array("image", image).build(&Graph::new())?;
/// let mask = built.image("mask")?.request(roi![0..3]).wait()?;
/// assert_eq!(mask, Array::from_vec("x", &[3], vec![false, false, true])?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Debug)]
pub struct Builder<'p> {
    pipeline: &'p Pipeline,
    feeds: HashMap<String, Feed>,
    limit: Limit,
}

/// Where an input comes from.
#[derive(Clone, Debug)]
enum Feed {
    Open(Opened),
    Path(String),
}

/// An input that has been opened.
#[derive(Clone, Debug)]
enum Opened {
    Array(Array),
    Source(SharedSource),
    Slot(Output<Array>),
}

/// What has been made so far.
#[derive(Default)]
struct Made {
    inputs: HashMap<String, Box<dyn Hand>>,
    nodes: Vec<BuiltNode>,
}

impl<'p> Builder<'p> {
    pub(crate) fn new(pipeline: &'p Pipeline) -> Self {
        Self {
            pipeline,
            feeds: HashMap::new(),
            limit: Limit::default(),
        }
    }

    /// An array for the input called `name`.
    #[must_use]
    pub fn array(self, name: &str, array: Array) -> Self {
        self.feed(name, Feed::Open(Opened::Array(array)))
    }

    /// What has been opened for the input called `name`.
    #[must_use]
    pub fn source(self, name: &str, source: impl Into<SharedSource>) -> Self {
        self.feed(name, Feed::Open(Opened::Source(source.into())))
    }

    /// An output of the same graph for the input called `name`.
    #[must_use]
    pub fn slot(self, name: &str, slot: &Output<Array>) -> Self {
        self.feed(name, Feed::Open(Opened::Slot(slot.clone())))
    }

    /// Another file for the input called `name`, relative to the folder of the program. What the pipeline says of its format and
    /// axes holds for it too.
    #[must_use]
    pub fn path(self, name: &str, path: &str) -> Self {
        self.feed(name, Feed::Path(path.to_owned()))
    }

    /// The most memory that reading an input may take at a time, beside the region itself. Default: half of the machine's.
    #[must_use]
    pub fn limit(self, limit: Limit) -> Self {
        Self { limit, ..self }
    }

    fn feed(mut self, name: &str, feed: Feed) -> Self {
        self.feeds.insert(name.to_owned(), feed);
        self
    }

    /// Opens the files and adds the operators to `graph`, under their names, in one edit: all of them or none.
    ///
    /// Nothing is computed. That what is connected does not fit together is told by [`Built::check`].
    ///
    /// # Errors
    ///
    /// An input that has no path and is not given; one that is given and not there; a file that cannot be opened; a value that
    /// an operator does not take. The error names the place in the pipeline.
    pub fn build(self, graph: &Graph) -> Result<Built, Error> {
        let names = || self.pipeline.inputs.iter().map(|input| &*input.name);
        if let Some(stranger) = self.feeds.keys().find(|name| names().all(|own| own != *name)) {
            let message = unknown("input", stranger, names());
            return Err(Error::invalid(format!("{}: {message}", self.pipeline.file)));
        }
        // Files are opened before, since nobody else can edit during an edit.
        let feeds: Vec<_> = self
            .pipeline
            .inputs
            .iter()
            .map(|input| self.open(input))
            .collect::<Result<_, _>>()?;
        let made = graph.edit(|e| {
            let mut made = Made::default();
            for (input, feed) in self.pipeline.inputs.iter().zip(feeds) {
                made.inputs.insert(input.name.clone(), add_input(e, &input.name, feed));
            }
            for node in &self.pipeline.nodes {
                made.nodes.push(self.add(e, node)?);
            }
            for (nth, node) in self.pipeline.nodes.iter().enumerate() {
                self.set(e, node, &made, nth)?;
            }
            Ok(made)
        })?;
        Ok(Built::new(
            graph.clone(),
            self.pipeline.clone(),
            made.inputs,
            made.nodes,
        ))
    }

    fn open(&self, input: &InputSpec) -> Result<Opened, Error> {
        let at = At::part("input", &input.name);
        let path = match (self.feeds.get(&input.name), &input.path) {
            (Some(Feed::Path(path)), _) => path.clone(),
            (Some(Feed::Open(opened)), _) => return Ok(opened.clone()),
            (None, Some(path)) => self.pipeline.resolve(path),
            (None, None) => {
                let message = "it has no `path`: whoever runs the pipeline has to say where it is";
                return Err(self.pipeline.placed(&at, Error::invalid(message)));
            }
        };
        let opened = self.open_file(input, &path);
        opened
            .map(Opened::Source)
            .map_err(|error| self.pipeline.placed(&at.slot("path"), error))
    }

    fn open_file(&self, input: &InputSpec, path: &str) -> Result<SharedSource, Error> {
        let mut open = Open::new().limit(self.limit);
        if let Some(format) = input.format {
            open = open.format(format);
        }
        if let Some(axes) = input.axes {
            open = open.axes(axes);
        }
        if let Some(scale) = &input.scale {
            open = open.scale(scale);
        }
        if let Some(axis) = input.sequence_axis {
            open = open.sequence_axis(axis);
        }
        Ok(open.open(path)?.into())
    }

    fn add(&self, e: &mut Edit<'_>, node: &NodeSpec) -> Result<BuiltNode, Error> {
        let at = At::part("node", &node.name);
        let entry = self.pipeline.library.find(&node.operator).map(Arc::clone);
        let entry = entry.ok_or_else(|| Error::invalid(self.pipeline.library.unknown(&node.operator)))?;
        let values = node.settings.iter().filter_map(|(name, setting)| match setting {
            Setting::Value(value) => Some((Arc::clone(name), value.clone())),
            _ => None,
        });
        let values: Vec<_> = values.collect();
        let arguments = Arguments {
            slots: &entry.slots,
            values: &values,
        };
        let hands = (entry.add)(e, &node.name, &arguments).map_err(|error| self.pipeline.placed(&at, error))?;
        Ok(BuiltNode { entry, hands })
    }

    /// Connects the inputs of a node and sets its parameters.
    fn set(&self, e: &mut Edit<'_>, node: &NodeSpec, made: &Made, nth: usize) -> Result<(), Error> {
        let built = &made.nodes[nth];
        for (name, setting) in &node.settings {
            let Some((slot, hand)) = built.key(name) else { continue };
            let done = match setting {
                Setting::Value(_) if slot.role == Role::Argument => Ok(()),
                Setting::Value(value) => {
                    hand.map_or(Ok(()), |hand| hand.set(e, &self.resolved(slot.kind.as_ref(), value)))
                }
                Setting::From(reference) => self.feeding(made, reference, |from| match hand {
                    Some(hand) => hand.connect(e, from),
                    None => Ok(()),
                }),
                Setting::List(references) => references.iter().try_for_each(|reference| {
                    self.feeding(made, reference, |from| match hand {
                        Some(hand) => hand.push(e, from),
                        None => Ok(()),
                    })
                }),
            };
            let at = At::part("node", &node.name).slot(name);
            done.map_err(|error| self.pipeline.placed(&at, error))?;
        }
        Ok(())
    }

    /// Does `f` with the slot that a reference names.
    fn feeding(
        &self,
        made: &Made,
        reference: &Reference,
        f: impl FnOnce(&dyn Hand) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let node = self
            .pipeline
            .nodes
            .iter()
            .position(|node| *node.name == *reference.part);
        let hand = match node {
            Some(nth) => made.nodes[nth].output(reference.slot.as_deref()),
            None => made.inputs.get(&*reference.part).map(|hand| &**hand),
        };
        f(hand.ok_or_else(|| Error::invalid(format!("there is no `{reference}`")))?)
    }

    /// A value with its path made that of a file.
    fn resolved(&self, kind: Option<&Kind>, value: &Value) -> Value {
        match (kind, value) {
            (Some(Kind::Path), Value::Text(path)) => Value::Text(self.pipeline.resolve(path)),
            _ => value.clone(),
        }
    }
}

fn add_input(e: &mut Edit<'_>, name: &str, input: Opened) -> Box<dyn Hand> {
    let output = match input {
        Opened::Array(array) => e.add_named(name, ArraySource::new(array)).output.clone(),
        Opened::Source(source) => e.add_named(name, ImageSource::new(source)).output.clone(),
        Opened::Slot(output) => output,
    };
    Box::new(OutputHand(output))
}

//! A pipeline as it is written: what a file says, checked, with nothing open and nothing built.

use std::collections::HashMap;
use std::fmt;
use std::io::Read as _;
use std::path::Path;

use crate::error::Error;
use crate::graph::Graph;
use crate::io::Location;
use crate::pipeline::builder::Builder;
use crate::pipeline::built::Built;
use crate::pipeline::library::Library;
use crate::pipeline::nearest::unknown;
use crate::pipeline::problem::{At, Lines, Place, Problem, Problems};
use crate::pipeline::specs::{InputSpec, OutputSpec};
use crate::pipeline::value::Value;
use crate::pipeline::write;
use crate::sync::Arc;

/// The most bytes of a file: a pipeline of ten thousand nodes takes a tenth of it.
const LONGEST: u64 = 16 << 20;

/// A graph as text: inputs, nodes and outputs, all checked.
///
/// Two are the same if they say the same: names, operators, connections, values, in the same order.
#[derive(Clone)]
pub struct Pipeline {
    pub(crate) file: Arc<str>,
    pub(crate) library: Library,
    pub(crate) description: Option<String>,
    pub(crate) inputs: Vec<InputSpec>,
    pub(crate) nodes: Vec<NodeSpec>,
    pub(crate) outputs: Vec<OutputSpec>,
    pub(crate) places: Arc<HashMap<At, Place>>,
    pub(crate) warnings: Vec<Problem>,
}

/// One operator of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSpec {
    pub(crate) name: String,
    pub(crate) operator: String,
    /// In the order of the operator's slots, so that the order in a file does not matter.
    pub(crate) settings: Vec<(Arc<str>, Setting)>,
}

/// What a file says of an input, parameter or argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A value.
    Value(Value),
    /// It is connected.
    From(Reference),
    /// Its elements are connected.
    List(Vec<Reference>),
}

/// The name of an output of a node, or of an input of the pipeline: `components.count`; `components`, if it is the main one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    pub(crate) part: Arc<str>,
    /// `None` is the main one.
    pub(crate) slot: Option<Arc<str>>,
}

impl Reference {
    /// The node or input.
    pub fn part(&self) -> &str {
        &self.part
    }

    /// The output of the node; `None` is its main one.
    pub fn slot(&self) -> Option<&str> {
        self.slot.as_deref()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.slot {
            Some(slot) => write!(f, "{}.{slot}", self.part),
            None => f.write_str(&self.part),
        }
    }
}

impl NodeSpec {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of its operator in the library.
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// What the file says of its slots.
    pub fn settings(&self) -> impl ExactSizeIterator<Item = (&str, &Setting)> {
        self.settings.iter().map(|(name, setting)| (&**name, setting))
    }

    /// The references in it.
    pub(crate) fn references(&self) -> impl Iterator<Item = (&Arc<str>, &Reference)> {
        self.settings.iter().flat_map(|(name, setting)| {
            let references = match setting {
                Setting::Value(_) => &[],
                Setting::From(reference) => std::slice::from_ref(reference),
                Setting::List(references) => &references[..],
            };
            references.iter().map(move |reference| (name, reference))
        })
    }
}

impl Pipeline {
    /// Reads a pipeline of the [standard library](Library::standard). `name` is the file that errors name; paths in the text
    /// are relative to its folder.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the text, all of it at once: see [`Problems`](crate::pipeline::Problems).
    pub fn parse(text: &str, name: &str) -> Result<Self, Error> {
        Library::standard().parse(text, name)
    }

    /// Reads a pipeline of the [standard library](Library::standard) from a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is longer than 16 MiB, is not UTF-8; those of [`parse`](Self::parse). The error names the file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::read_with(path, &Library::standard())
    }

    /// Reads a pipeline of the operators of `library` from a file.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_with(path: impl AsRef<Path>, library: &Library) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.to_string_lossy();
        let bytes = bytes_of(path).map_err(|error| error.context(format!("cannot read the pipeline `{name}`")))?;
        library.parse(text_of(&bytes, &name)?, &name)
    }

    /// The file, by the name that the text was given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What the file says that it is for.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The operators that its nodes may be.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// What comes from files or from the program.
    pub fn inputs(&self) -> &[InputSpec] {
        &self.inputs
    }

    /// The operators.
    pub fn nodes(&self) -> &[NodeSpec] {
        &self.nodes
    }

    /// What goes to files.
    pub fn outputs(&self) -> &[OutputSpec] {
        &self.outputs
    }

    /// What is not wrong, but most likely not meant: a node that no output needs.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// Where a node, input or output stands in the file, or a slot of a node or an option of the others.
    pub fn place(&self, part: &str, slot: Option<&str>) -> Option<Place> {
        ["node", "input", "output"].into_iter().find_map(|section| {
            let at = At::part(section, part);
            let at = slot.map_or(at.clone(), |slot| at.slot(slot));
            self.places.get(&at).copied()
        })
    }

    /// The place of a file that the pipeline names: relative to the folder of the pipeline, unless it is absolute or a URL.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::pipeline::Pipeline;
    ///
    /// let pipeline = Pipeline::parse("version = 1", "analysis/cells.toml")?;
    /// assert_eq!(pipeline.resolve("raw/cells.tif"), "analysis/raw/cells.tif");
    /// assert_eq!(pipeline.resolve("s3://bucket/cells.zarr"), "s3://bucket/cells.zarr");
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn resolve(&self, path: &str) -> String {
        if Location::is_url(path) || Path::new(path).is_absolute() {
            return path.to_owned();
        }
        let folder = Path::new(&*self.file).parent();
        match folder.and_then(Path::to_str).filter(|folder| !folder.is_empty()) {
            Some(folder) => format!("{}/{path}", folder.trim_end_matches('/')),
            None => path.to_owned(),
        }
    }

    /// The path that [`resolve`](Self::resolve) makes `resolved` of.
    pub(crate) fn unresolve(&self, resolved: &str) -> String {
        let root = self.resolve("");
        let relative = resolved.strip_prefix(&root).filter(|_| !root.is_empty());
        relative.unwrap_or(resolved).to_owned()
    }

    /// The pipeline as text; [`parse`](Self::parse) makes the same of it. Comments are not kept.
    pub fn to_toml(&self) -> String {
        write::toml(self)
    }

    /// Gives a parameter or argument of a node, as in `smooth.sigma`, another value than the file says: what it is connected to
    /// does not count any more.
    ///
    /// # Errors
    ///
    /// If there is none of the name, or it does not take the value. The pipeline is then as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::pipeline::Pipeline;
    ///
    /// let text = "version = 1\ninputs.a = {}\nnodes.smooth = { operator = \"Gaussian\", input = \"a\" }";
    /// let mut pipeline = Pipeline::parse(text, "cells.toml")?;
    /// pipeline.set("smooth.sigma", "[1, 2.5]".parse()?)?;
    /// assert!(pipeline.to_toml().contains("sigma = [1.0, 2.5]"));
    /// assert!(pipeline.set("smooth.sigma", "\"large\"".parse()?).is_err());
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn set(&mut self, slot: &str, value: Value) -> Result<(), Error> {
        let (part, name) = slot.split_once('.').unwrap_or((slot, ""));
        let at = At::part("node", part);
        let nodes = self.nodes.iter().map(|node| &*node.name);
        let Some(nth) = nodes.clone().position(|node| node == part) else {
            return Err(Error::invalid(format!(
                "{}: {}",
                self.file,
                unknown("node", part, nodes)
            )));
        };
        let entry = self.library.operator(&self.nodes[nth].operator)?;
        let known = entry.slots.iter().filter(|slot| slot.kind.is_some());
        let Some(own) = known.clone().find(|slot| slot.name == name) else {
            let message = unknown("parameter", name, known.map(|slot| &*slot.name));
            return Err(self.placed(&at, Error::invalid(message)));
        };
        let value = own
            .check(value)
            .map_err(|wrong| self.placed(&at.slot(name), Error::invalid(wrong)))?;
        let order = |name: &str| entry.slots.iter().position(|slot| slot.is_key() && slot.name == name);
        let mut settings = self.nodes[nth].settings.clone();
        settings.retain(|(other, _)| **other != *name);
        settings.push((name.into(), Setting::Value(value)));
        settings.sort_by_key(|(name, _)| order(name));
        self.nodes[nth].settings = settings;
        Ok(())
    }

    /// Opens the inputs and builds the graph.
    ///
    /// # Errors
    ///
    /// As [`Builder::build`].
    pub fn build(&self, graph: &Graph) -> Result<Built, Error> {
        self.builder().build(graph)
    }

    /// Builds the graph with inputs from elsewhere.
    pub fn builder(&self) -> Builder<'_> {
        Builder::new(self)
    }

    pub(crate) fn problem(&self, at: At, message: String) -> Problem {
        Problem {
            file: Arc::clone(&self.file),
            place: self.place_of(&at),
            at,
            message,
        }
    }

    fn place_of(&self, at: &At) -> Place {
        let whole = At {
            slot: None,
            ..at.clone()
        };
        let place = self.places.get(at).or_else(|| self.places.get(&whole));
        place.copied().unwrap_or(Place { line: 1, column: 1 })
    }

    /// An error of something that the file says, with the place in front.
    pub(crate) fn placed(&self, at: &At, error: Error) -> Error {
        let Place { line, column } = self.place_of(at);
        error.context(format!("{}:{line}:{column}: {at}", self.file))
    }
}

impl PartialEq for Pipeline {
    fn eq(&self, other: &Self) -> bool {
        self.description == other.description
            && self.inputs == other.inputs
            && self.nodes == other.nodes
            && self.outputs == other.outputs
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_toml())
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, Error> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(Error::invalid("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Error::invalid("it is longer than 16 MiB"));
    }
    Ok(bytes)
}

/// Refuses what is not UTF-8.
fn text_of<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str, Error> {
    std::str::from_utf8(bytes).map_err(|error| {
        let end = error.valid_up_to();
        let before = String::from_utf8_lossy(&bytes[..end]);
        Problems::error(vec![Problem {
            file: name.into(),
            place: Lines::of(&before).place(end),
            at: At::default(),
            message: "the text is not UTF-8".to_owned(),
        }])
    })
}

//! The pipeline that the user means: a file, with what the command line says otherwise.

use std::path::PathBuf;

use headwater::Error;
use headwater::graph::Graph;
use headwater::io::Limit;
use headwater::pipeline::{Built, InputSpec, Kind, NodeSpec, Pipeline, Setting, Value};

use crate::cli::options::{Pair, pair};

/// A pipeline and what is to be different.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct PipelineOptions {
    /// The pipeline: a TOML file
    #[arg(value_name = "PIPELINE")]
    pub(in crate::cli) pipeline: PathBuf,

    /// Give a parameter another value, such as smooth.sigma=2.5, written as in the file
    #[arg(long, value_name = "NODE.PARAMETER=VALUE", value_parser = pair)]
    set: Vec<Pair>,

    /// Read another image for an input, relative to the current folder
    #[arg(long, value_name = "NAME=PATH", value_parser = pair)]
    input: Vec<Pair>,
}

impl PipelineOptions {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// It cannot be read; all that is wrong with it; a parameter that it has not, or that does not take the value.
    pub(in crate::cli) fn read(&self) -> Result<Pipeline, Error> {
        let mut pipeline = Pipeline::read(&self.pipeline)?;
        for Pair { name, value: text } in &self.set {
            // A text may be without its quotes, and `0` be the name of a scale.
            let bare = Value::Text(text.clone());
            let value = text.parse().unwrap_or_else(|_| bare.clone());
            pipeline
                .set(name, value)
                .or_else(|wrong| pipeline.set(name, bare).map_err(|_| wrong))
                .map_err(|wrong| wrong.context(format!("--set {name}={text}")))?;
        }
        Ok(pipeline)
    }

    /// Opens the inputs and builds the graph. All that can be asked of it is ready.
    ///
    /// # Errors
    ///
    /// A file that cannot be opened; nodes that refuse what they get.
    pub(in crate::cli) fn build(&self, pipeline: &Pipeline, graph: &Graph, limit: Limit) -> Result<Built, Error> {
        let builder = pipeline.builder().limit(limit);
        let builder = self
            .input
            .iter()
            .fold(builder, |builder, pair| builder.path(&pair.name, &pair.value));
        let built = builder.build(graph)?;
        built.check()?;
        Ok(built)
    }

    /// All files that are read: the pipeline itself, and what it names.
    pub(in crate::cli) fn files(&self, pipeline: &Pipeline) -> Vec<String> {
        let own = pipeline.file().to_owned();
        [own].into_iter().chain(self.named(pipeline)).collect()
    }

    /// What a pipeline says that is to be read: its inputs, and the files that parameters name, such as a forest.
    pub(super) fn named(&self, pipeline: &Pipeline) -> Vec<String> {
        let inputs = pipeline.inputs().iter().map(|input| self.path_of(pipeline, input));
        let nodes = pipeline.nodes().iter().flat_map(|node| paths(pipeline, node));
        inputs.chain(nodes).collect()
    }

    /// Where an input is read from.
    pub(in crate::cli) fn path_of(&self, pipeline: &Pipeline, input: &InputSpec) -> String {
        let other = self.input.iter().rev().find(|pair| pair.name == input.name);
        match (other, &input.path) {
            (Some(pair), _) => pair.value.clone(),
            (None, Some(path)) => pipeline.resolve(path),
            (None, None) => String::new(),
        }
    }
}

/// The values of a node that are paths, where the builder looks for them.
fn paths<'a>(pipeline: &'a Pipeline, node: &'a NodeSpec) -> impl Iterator<Item = String> + 'a {
    let entry = pipeline.library().operator(node.operator()).ok();
    node.settings().filter_map(move |(name, setting)| {
        let mut slots = entry?.slots().iter();
        let is_path = slots.any(|slot| slot.name() == name && slot.kind() == Some(&Kind::Path));
        match setting {
            Setting::Value(Value::Text(path)) if is_path => Some(pipeline.resolve(path)),
            _ => None,
        }
    })
}

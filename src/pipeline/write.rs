//! From a pipeline to text.

use std::fmt::{self, Write as _};

use crate::pipeline::document::{NodeSpec, Pipeline, Setting};
use crate::pipeline::entry::Role;
use crate::pipeline::read::VERSION;
use crate::pipeline::value::{Key, Value};

pub(crate) fn toml(pipeline: &Pipeline) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, pipeline);
    text
}

fn write(f: &mut String, pipeline: &Pipeline) -> fmt::Result {
    writeln!(f, "version = {VERSION}")?;
    if let Some(description) = &pipeline.description {
        writeln!(f, "description = {}", Value::Text(description.clone()))?;
    }
    for input in &pipeline.inputs {
        writeln!(f, "\n[inputs.{}]", Key(&input.name))?;
        options(f, &input.options())?;
    }
    for node in &pipeline.nodes {
        write_node(f, pipeline, node)?;
    }
    for output in &pipeline.outputs {
        writeln!(f, "\n[outputs.{}]", Key(&output.name))?;
        writeln!(f, "from = {}", text(&output.from))?;
        options(f, &output.options())?;
    }
    Ok(())
}

fn write_node(f: &mut String, pipeline: &Pipeline, node: &NodeSpec) -> fmt::Result {
    let entry = pipeline.library.find(&node.operator);
    let is_parameter =
        |name: &str| entry.is_some_and(|entry| entry.key(name).is_some_and(|slot| slot.role == Role::Parameter));
    writeln!(f, "\n[nodes.{}]", Key(&node.name))?;
    writeln!(f, "operator = {}", text(&node.operator))?;
    for (name, setting) in &node.settings {
        write!(f, "{} = ", Key(name))?;
        match setting {
            Setting::Value(value) => writeln!(f, "{value}")?,
            Setting::From(reference) if is_parameter(name) => writeln!(f, "{{ from = {} }}", text(reference))?,
            Setting::From(reference) => writeln!(f, "{}", text(reference))?,
            Setting::List(references) => {
                let references = references.iter().map(text).collect();
                writeln!(f, "{}", Value::List(references))?;
            }
        }
    }
    Ok(())
}

fn options(f: &mut String, options: &[(&str, Value)]) -> fmt::Result {
    options
        .iter()
        .try_for_each(|(name, value)| writeln!(f, "{name} = {value}"))
}

fn text(text: impl ToString) -> Value {
    Value::Text(text.to_string())
}

//! A pipeline in lines for people.

use headwater::Array;
use headwater::pipeline::{Built, NodeSpec, Setting};

use crate::cli::escape::one_line;
use crate::cli::report::describe;
use crate::cli::run::PipelineOptions;

/// Inputs, nodes and outputs, each with what it is.
pub(super) fn of(built: &Built, options: &PipelineOptions) -> String {
    let pipeline = built.pipeline();
    let mut sections = vec![("inputs", Vec::new()), ("nodes", Vec::new()), ("outputs", Vec::new())];
    for input in pipeline.inputs() {
        let path = options.path_of(pipeline, input);
        sections[0]
            .1
            .push((&*input.name, format!("{path}{}", image(built, &input.name))));
    }
    for node in pipeline.nodes() {
        sections[1]
            .1
            .push((node.name(), format!("{}{}", call(node), image(built, node.name()))));
    }
    for output in pipeline.outputs() {
        let from = output.from.to_string();
        let text = format!("{from} into {}{}", pipeline.resolve(&output.path), image(built, &from));
        sections[2].1.push((&*output.name, text));
    }
    let names = sections
        .iter()
        .flat_map(|(_, lines)| lines.iter().map(|(name, _)| name.len()));
    let width = names.max().unwrap_or_default();
    let mut text = String::new();
    for (title, lines) in &sections {
        text += &format!("{title}\n");
        for (name, line) in lines {
            text += &format!("  {name:width$}  {}\n", one_line(line));
        }
    }
    text
}

/// `Gaussian(input = image, sigma = 1.5)`.
fn call(node: &NodeSpec) -> String {
    let settings = node.settings().map(|(name, setting)| match setting {
        Setting::Value(value) => format!("{name} = {value}"),
        Setting::From(reference) => format!("{name} = {reference}"),
        Setting::List(references) => {
            let references: Vec<_> = references.iter().map(ToString::to_string).collect();
            format!("{name} = [{}]", references.join(", "))
        }
    });
    let settings: Vec<_> = settings.collect();
    format!("{}({})", node.operator(), settings.join(", "))
}

/// The image that a reference names, if it is one.
fn image(built: &Built, reference: &str) -> String {
    let meta = built.output::<Array>(reference).and_then(|slot| slot.meta());
    meta.map(|meta| format!(": {}", describe(&meta))).unwrap_or_default()
}

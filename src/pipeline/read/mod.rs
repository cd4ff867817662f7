//! From text to a pipeline.

mod nodes;
mod outputs;
mod paths;
mod references;

use std::collections::HashMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::Error;
use crate::pipeline::document::Pipeline;
use crate::pipeline::entry::Entry;
use crate::pipeline::library::Library;
use crate::pipeline::nearest::unknown;
use crate::pipeline::parameter::Parameter;
use crate::pipeline::problem::{At, Lines, Place, Problem, Problems};
use crate::pipeline::specs::{Field, InputSpec, input_fields};
use crate::pipeline::value::Value;
use crate::sync::Arc;

/// The version of the form of files.
pub(crate) const VERSION: i64 = 1;

/// The sections of a file.
pub(crate) const KEYS: [&str; 5] = ["version", "description", "inputs", "nodes", "outputs"];

type Text<'t> = Spanned<std::borrow::Cow<'t, str>>;
type Node<'t> = Spanned<DeValue<'t>>;

/// Reads `text`, whose file is called `name`.
pub(crate) fn pipeline(text: &str, name: &str, library: &Library) -> Result<Pipeline, Error> {
    let mut reader = Reader::new(text, name, library);
    let document = match DeTable::parse(text) {
        Ok(document) => document.into_inner(),
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            reader.problem(&span, At::default(), error.message().replace('\n', ", "));
            return Err(Problems::error(reader.problems));
        }
    };
    reader.document(&document)
}

/// Reads one text, and takes down what is wrong with it.
struct Reader<'l, 't> {
    file: Arc<str>,
    lines: Lines<'t>,
    library: &'l Library,
    problems: Vec<Problem>,
    places: HashMap<At, Place>,
    /// What can be referred to: `None` is an input, or a node whose operator is not known.
    known: HashMap<String, Known<'l>>,
}

/// What a name stands for.
#[derive(Clone, Copy)]
enum Known<'l> {
    Input,
    Node(&'l Entry),
    /// A node whose operator is not known: whatever is said of its outputs may be right.
    Unclear,
}

impl<'l, 't> Reader<'l, 't> {
    fn new(text: &'t str, name: &str, library: &'l Library) -> Self {
        Self {
            file: name.into(),
            lines: Lines::of(text),
            library,
            problems: Vec::new(),
            places: HashMap::new(),
            known: HashMap::new(),
        }
    }

    fn document(mut self, document: &DeTable<'t>) -> Result<Pipeline, Error> {
        self.unknown_keys(&At::default(), document, &KEYS);
        self.version(document);
        let description = self.option::<String>(&At::default(), document, "description", None);
        let (inputs, nodes) = (self.section(document, "inputs"), self.section(document, "nodes"));
        let inputs: Vec<_> = inputs
            .iter()
            .filter_map(|(key, value)| self.input(key, value))
            .collect();
        // First what there is, since nodes may refer to later ones.
        let nodes = self.operators(&nodes);
        let nodes: Vec<_> = nodes.iter().filter_map(|node| self.node(node)).collect();
        let outputs = self.section(document, "outputs");
        let outputs: Vec<_> = outputs
            .iter()
            .filter_map(|(key, value)| self.output(key, value))
            .collect();
        self.refuse_circle(&nodes);
        if !self.problems.is_empty() {
            return Err(Problems::error(self.problems));
        }
        self.warn_of_unused(&inputs, &nodes, &outputs);
        Ok(Pipeline {
            file: self.file,
            library: self.library.clone(),
            description,
            inputs,
            nodes,
            outputs,
            places: Arc::new(self.places),
            warnings: self.problems,
        })
    }

    fn version(&mut self, document: &DeTable<'t>) {
        let at = At::default();
        let Some((key, value)) = document.get_key_value("version") else {
            let message = format!("there is no `version`; this is the form of `version = {VERSION}`");
            return self.problem(&(0..0), at, message);
        };
        match Value::read(value) {
            Ok(Value::Integer(VERSION)) => {}
            Ok(other) => {
                let message = format!(
                    "`version` is {}, and {VERSION} is all that this program knows",
                    other.told()
                );
                self.problem(&value.span(), at, message);
            }
            Err(wrong) => self.problem(&key.span(), at, wrong),
        }
    }

    /// The entries of a table of tables, which may be missing.
    fn section<'d>(&mut self, document: &'d DeTable<'t>, name: &str) -> Vec<(&'d Text<'t>, &'d Node<'t>)> {
        match document.get(name) {
            None => Vec::new(),
            Some(value) => match value.get_ref() {
                DeValue::Table(table) => table.iter().collect(),
                _ => {
                    let message = format!("`{name}` has to be a table, as in `[{name}.cells]`");
                    self.problem(&value.span(), At::default(), message);
                    Vec::new()
                }
            },
        }
    }

    /// The name of a part, and what is said of it.
    fn part<'d>(
        &mut self,
        section: &'static str,
        key: &Text<'t>,
        value: &'d Node<'t>,
    ) -> Option<(At, &'d DeTable<'t>)> {
        let name: &str = key.get_ref();
        let at = At::part(section, name);
        let place = self.lines.place(key.span().start);
        self.places.insert(at.clone(), place);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || name.len() > 64 || !name.chars().all(is_name) {
            let message = "a name has up to 64 letters, digits, `_` and `-`, and no others".to_owned();
            self.problem(&key.span(), at, message);
            return None;
        }
        match value.get_ref() {
            DeValue::Table(table) => {
                for (key, _) in table {
                    let place = self.lines.place(key.span().start);
                    self.places.insert(at.slot(key.get_ref()), place);
                }
                Some((at, table))
            }
            _ => {
                let message = format!("it has to be a table, as in `[{section}s.{name}]`");
                self.problem(&value.span(), at, message);
                None
            }
        }
    }

    fn input(&mut self, key: &Text<'t>, value: &Node<'t>) -> Option<InputSpec> {
        let (at, table) = self.part("input", key, value)?;
        let name = key.get_ref().clone().into_owned();
        self.known.insert(name.clone(), Known::Input);
        let fields = input_fields();
        self.unknown_keys(&at, table, &fields.iter().map(|field| field.name).collect::<Vec<_>>());
        let path = self.field::<String>(&at, table, &fields, "path");
        if path.as_deref() == Some("") {
            self.problem(&key.span(), at.slot("path"), "it is empty".to_owned());
        }
        Some(InputSpec {
            name,
            path,
            format: self.field(&at, table, &fields, "format"),
            axes: self.field(&at, table, &fields, "axes"),
            scale: self.field(&at, table, &fields, "scale"),
            sequence_axis: self.field(&at, table, &fields, "sequence_axis"),
        })
    }

    /// An option whose kind is that of the field.
    fn field<T: Parameter>(&mut self, at: &At, table: &DeTable<'t>, fields: &[Field], name: &str) -> Option<T> {
        self.option(at, table, name, fields.iter().find(|field| field.name == name))
    }

    /// The value of a key, if it is there and right.
    fn option<T: Parameter>(&mut self, at: &At, table: &DeTable<'t>, name: &str, field: Option<&Field>) -> Option<T> {
        let value = table.get(name)?;
        let kind = field.map_or_else(T::kind, |field| field.kind.clone());
        let read = Value::read(value).and_then(|value| kind.check(value));
        let read = read.and_then(|value| T::from_value(&value).map_err(|error| error.report()));
        match read {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.problem(&value.span(), at.slot(name), wrong);
                None
            }
        }
    }

    fn unknown_keys(&mut self, at: &At, table: &DeTable<'t>, known: &[&str]) {
        for (key, _) in table {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let message = unknown("key", name, known.iter().copied());
                self.problem(&key.span(), at.clone(), message);
            }
        }
    }

    fn problem(&mut self, span: &Range<usize>, at: At, message: String) {
        self.problems.push(Problem {
            file: Arc::clone(&self.file),
            place: self.lines.place(span.start),
            at,
            message,
        });
    }
}

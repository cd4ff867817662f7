//! Outputs.

use toml::de::DeTable;

use super::{Node, Reader, Text};
use crate::array::Array;
use crate::io::{Format, Location};
use crate::kernels::Table;
use crate::pipeline::document::Reference;
use crate::pipeline::entry::Carries;
use crate::pipeline::problem::At;
use crate::pipeline::specs::{OutputKind, OutputSpec, output_fields};

/// The options that a table has.
const OF_TABLES: [&str; 3] = ["from", "path", "replace"];

impl<'t> Reader<'_, 't> {
    pub(super) fn output(&mut self, key: &Text<'t>, value: &Node<'t>) -> Option<OutputSpec> {
        let (at, table) = self.part("output", key, value)?;
        let fields = output_fields();
        let names: Vec<_> = ["from"]
            .into_iter()
            .chain(fields.iter().map(|field| field.name))
            .collect();
        self.unknown_keys(&at, table, &names);
        for name in ["from", "path"] {
            if !table.contains_key(name) {
                self.problem(&key.span(), at.clone(), format!("it does not say `{name}`"));
            }
        }
        let format = self.field(&at, table, &fields, "format");
        let path = self.field::<String>(&at, table, &fields, "path");
        let from = self.from(&at, table);
        let kind = match (&path, &from) {
            (Some(path), Some((_, carries))) => self.output_kind(&at, table, path, format, *carries),
            _ => None,
        };
        let spec = OutputSpec {
            name: key.get_ref().clone().into_owned(),
            from: from.map(|(from, _)| from)?,
            path: path?,
            kind: kind.unwrap_or(OutputKind::Image),
            format,
            region: self.field(&at, table, &fields, "region"),
            axes: self.field(&at, table, &fields, "axes"),
            dtype: self.field(&at, table, &fields, "dtype"),
            normalise: self.field(&at, table, &fields, "normalise"),
            compression: self.field(&at, table, &fields, "compression"),
            chunk: self.field(&at, table, &fields, "chunk"),
            shard: self.field(&at, table, &fields, "shard"),
            scales: self.field(&at, table, &fields, "scales"),
            labels: self.field(&at, table, &fields, "labels").unwrap_or(false),
            replace: self.field(&at, table, &fields, "replace").unwrap_or(false),
        };
        Some(spec)
    }

    /// What is written, and what that is.
    fn from(&mut self, at: &At, table: &DeTable<'t>) -> Option<(Reference, Option<Carries>)> {
        let value = table.get("from")?;
        let at = at.slot("from");
        let (reference, lead) = self.reference(&at, value)?;
        let Some(lead) = lead else {
            return Some((reference, None));
        };
        let is_written = [Carries::of::<Array>().id, Carries::of::<Table>().id].contains(&lead.carries.id);
        if lead.depth > 0 || !is_written {
            let what = super::references::told(lead.carries, lead.depth);
            let message = format!("`{reference}` is {what}; only an image or a table can be written");
            self.problem(&value.span(), at, message);
            return None;
        }
        Some((reference, Some(lead.carries)))
    }

    /// As what it is written, by the ending of the path, which has to fit.
    fn output_kind(
        &mut self,
        at: &At,
        table: &DeTable<'t>,
        path: &str,
        format: Option<Format>,
        carries: Option<Carries>,
    ) -> Option<OutputKind> {
        let place = table.get("path").map_or(0..0, Node::span);
        let at_path = at.slot("path");
        let location = match Location::parse(path) {
            Ok(location) => location,
            Err(error) => {
                self.problem(&place, at_path, error.report());
                return None;
            }
        };
        let is_csv = location.extension() == "csv";
        let kind = if is_csv { OutputKind::Table } else { OutputKind::Image };
        let is_table = carries.map_or(is_csv, |carries| carries.id == Carries::of::<Table>().id);
        match (is_table, kind) {
            (true, OutputKind::Image) => {
                self.problem(
                    &place,
                    at_path,
                    "a table is written to a file whose name ends in `.csv`".to_owned(),
                );
            }
            (false, OutputKind::Table) => {
                self.problem(&place, at_path, "an image is not written as `.csv`".to_owned());
            }
            (true, OutputKind::Table) => {
                for (key, _) in table.iter().filter(|(key, _)| !OF_TABLES.contains(&&**key.get_ref())) {
                    let message = "a table has no such option".to_owned();
                    self.problem(&key.span(), at.slot(key.get_ref()), message);
                }
            }
            (false, OutputKind::Image) => {
                if let (None, Err(error)) = (format, Format::of_name(&location)) {
                    self.problem(&place, at_path, error.report());
                }
            }
        }
        Some(kind)
    }
}

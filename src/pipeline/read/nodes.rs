//! Nodes.

use toml::de::{DeTable, DeValue};

use super::{Known, Node, Reader, Text};
use crate::pipeline::document::{NodeSpec, Setting};
use crate::pipeline::entry::{Entry, Role, SlotEntry};
use crate::pipeline::nearest::unknown;
use crate::pipeline::problem::At;
use crate::pipeline::value::Value;

/// A node whose operator is known.
pub(super) struct Open<'l, 'd, 't> {
    name: String,
    key: &'d Text<'t>,
    at: At,
    entry: &'l Entry,
    table: &'d DeTable<'t>,
}

impl<'l, 't> Reader<'l, 't> {
    /// The nodes whose operators are known. All names can be referred to from now on.
    pub(super) fn operators<'d>(&mut self, nodes: &[(&'d Text<'t>, &'d Node<'t>)]) -> Vec<Open<'l, 'd, 't>> {
        let mut open = Vec::new();
        for &(key, value) in nodes {
            let Some((at, table)) = self.part("node", key, value) else {
                continue;
            };
            let name = key.get_ref().clone().into_owned();
            if self.known.contains_key(&name) {
                let message = "an input has this name too: what refers to it could mean both".to_owned();
                self.problem(&key.span(), at, message);
                continue;
            }
            let entry = self.operator(&at, key, table);
            self.known
                .insert(name.clone(), entry.map_or(Known::Unclear, Known::Node));
            if let Some(entry) = entry {
                open.push(Open {
                    name,
                    key,
                    at,
                    entry,
                    table,
                });
            }
        }
        open
    }

    fn operator(&mut self, at: &At, key: &Text<'t>, table: &DeTable<'t>) -> Option<&'l Entry> {
        let Some(value) = table.get("operator") else {
            self.problem(&key.span(), at.clone(), "it does not say its `operator`".to_owned());
            return None;
        };
        let at = at.slot("operator");
        let DeValue::String(name) = value.get_ref() else {
            self.problem(&value.span(), at, "it takes the name of an operator".to_owned());
            return None;
        };
        let library = self.library;
        let entry = library.find(name).map(|entry| &**entry);
        if entry.is_none() {
            self.problem(&value.span(), at, library.unknown(name));
        }
        entry
    }

    pub(super) fn node(&mut self, node: &Open<'l, '_, 't>) -> Option<NodeSpec> {
        let before = self.problems.len();
        for (key, _) in node.table {
            self.key(node, key);
        }
        let mut settings = Vec::new();
        for slot in node.entry.slots.iter().filter(|slot| slot.is_key()) {
            let at = node.at.slot(&slot.name);
            match node.table.get(&*slot.name) {
                Some(value) => {
                    let setting = self.setting(&at, slot, value);
                    settings.extend(setting.map(|setting| (slot.name.as_str().into(), setting)));
                }
                None if slot.is_required => {
                    let message = format!("`{}` is missing: {}; it takes {}", slot.name, slot.doc, slot.takes());
                    self.problem(&node.key.span(), node.at.clone(), message);
                }
                None => {}
            }
        }
        let (name, operator) = (node.name.clone(), node.entry.name.clone());
        (self.problems.len() == before).then_some(NodeSpec {
            name,
            operator,
            settings,
        })
    }

    /// Takes down a key that is none.
    fn key(&mut self, node: &Open<'l, '_, 't>, key: &Text<'t>) {
        let name: &str = key.get_ref();
        if name == "operator" || node.entry.key(name).is_some() {
            return;
        }
        let message = match node.entry.slot(name) {
            Some(_) => format!("`{name}` is an output: others name it, it takes nothing"),
            None => {
                let keys = node.entry.slots.iter().filter(|slot| slot.is_key());
                unknown("key", name, keys.map(|slot| &*slot.name))
            }
        };
        self.problem(&key.span(), node.at.clone(), message);
    }

    fn setting(&mut self, at: &At, slot: &SlotEntry, value: &Node<'t>) -> Option<Setting> {
        match slot.role {
            Role::Input => self.connection(at, slot, value),
            Role::Parameter => match from(value) {
                Some(inner) => {
                    let (reference, lead) = self.reference(at, inner)?;
                    let fits = self.must_fit(at, inner, (&reference, lead), (slot, 0));
                    fits.then_some(Setting::From(reference))
                }
                None => self.value(at, slot, value),
            },
            Role::Argument => match from(value) {
                Some(inner) => {
                    let message = "the operator is made with it, so it cannot be connected".to_owned();
                    self.problem(&inner.span(), at.clone(), message);
                    None
                }
                None => self.value(at, slot, value),
            },
            Role::Output => None,
        }
    }

    fn connection(&mut self, at: &At, slot: &SlotEntry, value: &Node<'t>) -> Option<Setting> {
        let DeValue::Array(elements) = value.get_ref() else {
            let (reference, lead) = self.reference(at, value)?;
            let fits = self.must_fit(at, value, (&reference, lead), (slot, slot.depth));
            return fits.then_some(Setting::From(reference));
        };
        if slot.depth == 0 {
            let message = format!("it takes {} and no list", slot.carries);
            self.problem(&value.span(), at.clone(), message);
            return None;
        }
        if elements.is_empty() && slot.is_required {
            self.problem(&value.span(), at.clone(), "it takes at least one".to_owned());
            return None;
        }
        if elements.is_empty() {
            return None;
        }
        let mut references = Vec::new();
        for element in elements.iter() {
            if let Some((reference, lead)) = self.reference(at, element) {
                self.must_fit(at, element, (&reference, lead), (slot, slot.depth - 1));
                references.push(reference);
            }
        }
        Some(Setting::List(references))
    }

    fn value(&mut self, at: &At, slot: &SlotEntry, value: &Node<'t>) -> Option<Setting> {
        match Value::read(value).and_then(|value| slot.check(value)) {
            Ok(value) => Some(Setting::Value(value)),
            Err(mut wrong) => {
                let name = value.get_ref().as_str().and_then(|text| text.split('.').next());
                if slot.role == Role::Parameter && name.is_some_and(|name| self.known.contains_key(name)) {
                    wrong += &format!(
                        "; to connect it, write {{ from = {value} }}",
                        value = Value::read(value).ok()?
                    );
                }
                self.problem(&value.span(), at.clone(), wrong);
                None
            }
        }
    }
}

/// The reference in `{ from = "otsu" }`.
fn from<'d, 't>(value: &'d Node<'t>) -> Option<&'d Node<'t>> {
    match value.get_ref() {
        DeValue::Table(table) if table.len() == 1 => table.get("from"),
        _ => None,
    }
}

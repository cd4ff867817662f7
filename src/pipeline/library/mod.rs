//! The operators that pipelines can name.

mod cache;
mod channels;
mod classifier;
mod filters;
mod generic;
mod labels;
mod missing;
mod segment;
mod values;

use std::collections::BTreeMap;
use std::fmt;

use crate::error::Error;
use crate::graph::Operator;
use crate::pipeline::document::Pipeline;
use crate::pipeline::entry::Entry;
use crate::pipeline::nearest::unknown;
use crate::pipeline::registration::Registration;
use crate::pipeline::{read, schema};
use crate::sync::{Arc, OnceLock};

/// The operators that a pipeline can name: those of this crate, and yours.
///
/// A clone shares everything and costs nothing.
#[derive(Clone)]
pub struct Library {
    entries: Arc<BTreeMap<String, Arc<Entry>>>,
}

impl Library {
    /// The operators of [`operators`](crate::operators) that make sense in a file: those that take no functions, and wait for
    /// nobody's edits.
    pub fn standard() -> Self {
        static STANDARD: OnceLock<Library> = OnceLock::new();
        STANDARD.get_or_init(Self::own).clone()
    }

    /// No operators.
    pub fn empty() -> Self {
        let entries = Arc::default();
        Self { entries }
    }

    fn own() -> Self {
        let groups = [
            ("caches", cache::entries()),
            ("channels", channels::entries()),
            ("pixel classification", classifier::entries()),
            ("filters", filters::entries()),
            ("arrays", generic::entries()),
            ("labels", labels::entries()),
            ("missing slices", missing::entries()),
            ("segmentation", segment::entries()),
            ("values", values::entries()),
        ];
        let entries = groups.into_iter().flat_map(|(group, entries)| {
            let grouped = move |entry| Entry { group, ..entry };
            entries.into_iter().map(grouped)
        });
        let named = entries.map(|entry| (entry.name.clone(), Arc::new(entry)));
        let entries = Arc::new(named.collect());
        Self { entries }
    }

    /// Adds an operator.
    ///
    /// # Errors
    ///
    /// If there is one of the name; if two of its slots have one name, or one is called `operator`, which is the key of the
    /// operator itself.
    pub fn register<O: Operator>(&mut self, registration: Registration<O>) -> Result<(), Error> {
        let entry = registration.entry();
        let name = entry.name.clone();
        let refuse = |why: &str| Err(Error::invalid(format!("cannot register the operator `{name}`: {why}")));
        if self.entries.contains_key(&name) {
            return refuse("there is one of this name");
        }
        let mut names: Vec<_> = entry
            .slots
            .iter()
            .filter(|slot| slot.is_key())
            .map(|slot| &slot.name)
            .collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return refuse(&format!("two of its slots are called `{}`", twice[0]));
        }
        if names.iter().any(|name| *name == "operator") {
            return refuse("no slot can be called `operator`, which is a key of each node");
        }
        Arc::make_mut(&mut self.entries).insert(name, Arc::new(entry));
        Ok(())
    }

    /// The operators, by name.
    pub fn operators(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.values().map(|entry| &**entry)
    }

    /// The operator of a name.
    ///
    /// # Errors
    ///
    /// If there is none. The error says which one may have been meant.
    pub fn operator(&self, name: &str) -> Result<&Entry, Error> {
        let found = self.entries.get(name).map(|entry| &**entry);
        found.ok_or_else(|| Error::invalid(self.unknown(name)))
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Entry>> {
        self.entries.get(name)
    }

    /// The message that there is no operator of the name.
    pub(crate) fn unknown(&self, name: &str) -> String {
        unknown("operator", name, self.entries.keys().map(|name| &**name))
    }

    /// Reads a pipeline whose nodes are of these operators. `name` is the file that errors name; paths in the text are
    /// relative to its folder.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the text, all of it at once: see [`Problems`](crate::pipeline::Problems).
    pub fn parse(&self, text: &str, name: &str) -> Result<Pipeline, Error> {
        read::pipeline(text, name, self)
    }

    /// What an editor needs to know to check and complete pipelines as they are written: a JSON Schema, draft 2020-12.
    ///
    /// It says all that the parser says but for what it takes more than a look at a value to know: whether names lead
    /// somewhere, whether there is a circle, whether what is connected fits.
    pub fn schema(&self) -> serde_json::Value {
        schema::of(self)
    }
}

impl Default for Library {
    fn default() -> Self {
        Self::standard()
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;
    use crate::pipeline::entry::Arguments;
    use crate::pipeline::value::Value;

    /// Registered slots are those of their names, and no input of an operator is left out.
    #[test]
    fn slots_are_those_that_they_are_called() {
        let values = [("shapes".into(), Value::List(Vec::new()))];
        for entry in Library::standard().entries.values() {
            let graph = Graph::new();
            let arguments = Arguments {
                slots: &entry.slots,
                values: &values,
            };
            let hands = graph.edit(|e| (entry.add)(e, "node", &arguments)).unwrap();
            for (slot, hand) in entry.slots.iter().zip(&hands) {
                if let Some(hand) = hand {
                    assert_eq!(hand.path(), format!("node.{}", slot.name), "of {}", entry.name);
                }
            }
            let version = graph.core.visible();
            let node = version.operators().find(|node| node.parent.is_none()).unwrap();
            for input in &node.inputs {
                let name = &version.slot(*input).unwrap().info.name;
                assert!(entry.key(name).is_some(), "{}.{name} is not registered", entry.name);
            }
        }
    }
}

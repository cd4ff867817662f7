//! `headwater operators`: the library.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use headwater::Error;
use headwater::pipeline::{Entry, Library, Role, SlotEntry, Value};
use serde_json::{Value as Json, json};

use super::report::print;

/// List the operators that pipelines can name; or tell all of one: inputs, parameters with their defaults, outputs.
#[derive(Debug, clap::Args)]
pub(crate) struct OperatorsArgs {
    /// Of one operator: what it takes and gives
    name: Option<String>,

    /// Print as JSON
    #[arg(long)]
    json: bool,

    /// Print the JSON schema of pipelines, with which an editor checks and completes them
    #[arg(long, conflicts_with_all = ["name", "json"])]
    schema: bool,
}

/// The roles of slots, and what they are called.
const ROLES: [(Role, &str); 4] = [
    (Role::Input, "inputs"),
    (Role::Parameter, "parameters"),
    (Role::Argument, "arguments"),
    (Role::Output, "outputs"),
];

/// Runs the command.
///
/// # Errors
///
/// There is no such operator; standard output cannot be written.
pub(super) fn run(args: &OperatorsArgs) -> Result<(), Error> {
    let library = Library::standard();
    if args.schema {
        return print(&format!("{:#}\n", library.schema()));
    }
    match (&args.name, args.json) {
        (Some(name), true) => print(&format!("{:#}\n", detailed(library.operator(name)?))),
        (Some(name), false) => print(&told(library.operator(name)?)),
        (None, true) => {
            let all: Vec<_> = library.operators().map(detailed).collect();
            print(&format!("{:#}\n", Json::Array(all)))
        }
        (None, false) => print(&listed(&library)),
    }
}

fn listed(library: &Library) -> String {
    let mut groups: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in library.operators() {
        groups.entry(entry.group()).or_default().push(entry);
    }
    let longest = library.operators().map(|entry| entry.name().len()).max();
    let (mut text, width) = (String::new(), longest.unwrap_or_default());
    for (nth, (group, entries)) in groups.iter().enumerate() {
        text += if nth > 0 { "\n" } else { "" };
        text += &format!("{group}\n");
        for entry in entries {
            text += &format!("  {:width$}  {}\n", entry.name(), entry.doc());
        }
    }
    text
}

fn told(entry: &Entry) -> String {
    let mut text = format!("{}: {}\n", entry.name(), entry.doc());
    for (role, title) in ROLES {
        let slots: Vec<_> = entry.slots().iter().filter(|slot| slot.role() == role).collect();
        let width = slots.iter().map(|slot| slot.name().len()).max().unwrap_or_default();
        if !slots.is_empty() {
            text += &format!("\n{title}\n");
        }
        for slot in slots {
            text += &format!("  {:width$}  {}\n", slot.name(), slot.doc());
            text += &format!("  {:width$}  {}\n", "", taken(entry, slot));
        }
    }
    text
}

/// What a slot takes or gives, and what if a file does not say.
fn taken(entry: &Entry, slot: &SlotEntry) -> String {
    let mut text = slot.takes();
    let default = entry.default_of(slot.name()).filter(|_| slot.role() != Role::Output);
    match default {
        // Writing to a string does not fail.
        Some(default) => drop(write!(text, " [default: {default}]")),
        None if slot.role() == Role::Output => {}
        None if slot.is_required() => text += " [required]",
        None => text += " [optional]",
    }
    text
}

fn detailed(entry: &Entry) -> Json {
    let slots = |role: Role| -> Json {
        let slots = entry.slots().iter().filter(|slot| slot.role() == role);
        slots.map(|slot| of_slot(entry, slot)).collect()
    };
    let mut json = json!({ "name": entry.name(), "group": entry.group(), "doc": entry.doc() });
    for (role, title) in ROLES {
        json[title] = slots(role);
    }
    json
}

fn of_slot(entry: &Entry, slot: &SlotEntry) -> Json {
    let mut json = json!({ "name": slot.name(), "doc": slot.doc(), "takes": slot.takes() });
    if slot.role() != Role::Output {
        json["required"] = slot.is_required().into();
        json["default"] = entry.default_of(slot.name()).map_or(Json::Null, Value::to_json);
    }
    json
}

//! The schema of pipelines, for editors.

use serde_json::{Map, Value as Json, json};

use crate::pipeline::entry::{Entry, Role, SlotEntry};
use crate::pipeline::library::Library;
use crate::pipeline::read::VERSION;
use crate::pipeline::specs::{Field, input_fields, output_fields};

/// What a name is.
const NAME: &str = "^[A-Za-z0-9_-]{1,64}$";

/// What a name of an output is.
const REFERENCE: &str = r"^[A-Za-z0-9_-]{1,64}(\..+)?$";

pub(crate) fn of(library: &Library) -> Json {
    let operators: Map<_, _> = library
        .operators()
        .map(|entry| (entry.name().to_owned(), operator(entry)))
        .collect();
    let nodes: Vec<_> = library
        .operators()
        .map(|entry| json!({ "$ref": format!("#/$defs/{}", entry.name()) }))
        .collect();
    let mut definitions = operators;
    definitions.insert(
        "reference".to_owned(),
        json!({
            "description": "The name of an input or node, or of an output of a node: `node.output`.",
            "type": "string",
            "pattern": REFERENCE,
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Headwater pipeline",
        "type": "object",
        "properties": {
            "version": { "description": "The form of the file.", "const": VERSION },
            "description": { "description": "What it is for.", "type": "string" },
            "inputs": parts("Images that come in.", &fields(&input_fields(), None)),
            "nodes": parts("Operators, and how they hang together.", &json!({
                "required": ["operator"],
                // With which operator something is wrong is told by the one that is named.
                "oneOf": nodes,
            })),
            "outputs": parts("What goes to files.", &fields(&output_fields(), Some("from"))),
        },
        "required": ["version"],
        "additionalProperties": false,
        "$defs": definitions,
    })
}

/// Things by name.
fn parts(description: &str, part: &Json) -> Json {
    json!({
        "description": description,
        "type": "object",
        "propertyNames": { "pattern": NAME },
        "additionalProperties": part,
    })
}

fn reference() -> Json {
    json!({ "$ref": "#/$defs/reference" })
}

fn fields(fields: &[Field], from: Option<&str>) -> Json {
    let mut properties: Map<_, _> = fields
        .iter()
        .map(|field| (field.name.to_owned(), described(field.kind.schema(), field.doc)))
        .collect();
    let mut required: Vec<_> = fields
        .iter()
        .filter(|field| field.is_required)
        .map(|field| field.name)
        .collect();
    if let Some(from) = from {
        properties.insert(from.to_owned(), reference());
        required.push(from);
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn described(mut schema: Json, doc: &str) -> Json {
    schema["description"] = doc.into();
    schema
}

fn operator(entry: &Entry) -> Json {
    let mut properties = Map::new();
    properties.insert("operator".to_owned(), json!({ "const": entry.name() }));
    let mut required = vec!["operator"];
    for slot in entry.slots().iter().filter(|slot| slot.is_key()) {
        let mut schema = described(schema_of(slot), slot.doc());
        if let Some(default) = entry.default_of(slot.name()) {
            schema["default"] = default.to_json();
        }
        properties.insert(slot.name().to_owned(), schema);
        if slot.is_required() {
            required.push(slot.name());
        }
    }
    json!({
        "description": entry.doc(),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn schema_of(slot: &SlotEntry) -> Json {
    let value = || slot.kind().map_or(Json::Bool(true), |kind| kind.schema());
    let connected = || {
        json!({
            "type": "object",
            "properties": { "from": reference() },
            "required": ["from"],
            "additionalProperties": false,
        })
    };
    match slot.role() {
        Role::Argument => value(),
        Role::Parameter => json!({ "anyOf": [value(), connected()] }),
        Role::Input | Role::Output if !slot.is_list() => json!({ "$ref": "#/$defs/reference" }),
        Role::Input | Role::Output => json!({ "anyOf": [
            { "type": "array", "items": reference(), "minItems": usize::from(slot.is_required()) },
            reference(),
        ] }),
    }
}

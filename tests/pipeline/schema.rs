//! The schema says what the parser says.

use headwater::pipeline::{Library, Pipeline};
use serde_json::Value;

use crate::support::{VALID, with_nodes};

/// What both refuse.
const INVALID: &[&str] = &[
    "",
    "version = 2",
    "version = 1\nvresion = 1",
    "version = 1\ninputs.\"a b\" = {}",
    "version = 1\ninputs.a.path = 3",
    "version = 1\ninputs.a.axes = \"YX\"",
    "version = 1\ninputs.a.axes = \"yy\"",
    "version = 1\ninputs.a = {}\noutputs.b = { from = \"a\" }",
    "version = 1\ninputs.a = {}\noutputs.b = { from = \"a\", path = \"a.npy\", dtype = \"int\" }",
    "version = 1\ninputs.a = {}\noutputs.b = { from = \"a\", path = \"a.npy\", chunk = [-1] }",
    "version = 1\ninputs.a = {}\noutputs.b = { from = \"a\", path = \"a.npy\", normalise = { form = [0, 1] } }",
    "version = 1\ninputs.a = {}\noutputs.b = { from = \"a\", path = \"a.npy\", compression = \"zip\" }",
    "version = 1\nnodes.a = {}",
];

/// Nodes that both refuse.
const NODES: &[&str] = &[
    r#"{ operator = "Gausian", input = "image" }"#,
    r#"{ operator = "Gaussian" }"#,
    r#"{ operator = "Gaussian", input = 3 }"#,
    r#"{ operator = "Gaussian", input = ["image"] }"#,
    r#"{ operator = "Gaussian", input = "image", sgima = 3 }"#,
    r#"{ operator = "Gaussian", input = "image", output = 3 }"#,
    r#"{ operator = "Gaussian", input = "image", sigma = -1 }"#,
    r#"{ operator = "Gaussian", input = "image", sigma = [1, "2"] }"#,
    r#"{ operator = "Gaussian", input = "image", window = 0 }"#,
    r#"{ operator = "Gaussian", input = "image", window = { form = "x" } }"#,
    r#"{ operator = "Threshold", input = "image" }"#,
    r#"{ operator = "Threshold", input = "image", level = true }"#,
    r#"{ operator = "Rank", input = "image", percentile = 100.5 }"#,
    r#"{ operator = "Rank", input = "image", radius = 1.5 }"#,
    r#"{ operator = "Stack", images = [], axis = "x" }"#,
    r#"{ operator = "Stack", images = ["image"], axis = "xy" }"#,
    r#"{ operator = "BlockCache", input = "image", block = { from = "image" } }"#,
    r#"{ operator = "TrainForest", images = ["image"], labels = ["image"], options = { trees = 0 } }"#,
    r#"{ operator = "DetectMissing", input = "image", range = [1, 2, 3] }"#,
    r#"{ operator = "Morphology", input = "image", operation = "erode", radius = [1, -1] }"#,
];

/// A text as JSON, as an editor hands it to a validator.
fn json(text: &str) -> Value {
    let document = toml::de::DeTable::parse(text).unwrap();
    table(document.get_ref())
}

fn table(table: &toml::de::DeTable<'_>) -> Value {
    table
        .iter()
        .map(|(key, value)| (key.get_ref().to_string(), value_of(value.get_ref())))
        .collect()
}

fn value_of(value: &toml::de::DeValue<'_>) -> Value {
    use toml::de::DeValue;
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(digits) => digits.as_str().parse::<i64>().unwrap().into(),
        DeValue::Float(digits) => digits.as_str().parse::<f64>().unwrap().into(),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(_) => panic!("no dates here"),
        DeValue::Array(list) => list.iter().map(|value| value_of(value.get_ref())).collect(),
        DeValue::Table(entries) => table(entries),
    }
}

#[test]
fn validator_and_parser_agree() {
    let schema = Library::standard().schema();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for text in VALID {
        let wrong: Vec<_> = validator
            .iter_errors(&json(text))
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}\n{text}");
    }
    let nodes = NODES.iter().map(|node| with_nodes(&format!("nodes.a = {node}")));
    for text in INVALID.iter().map(|text| (*text).to_owned()).chain(nodes) {
        assert!(!validator.is_valid(&json(&text)), "the schema takes\n{text}");
        assert!(Pipeline::parse(&text, "test.toml").is_err(), "the parser takes\n{text}");
    }
}

#[test]
fn the_schema_describes_operators_and_defaults() {
    let schema = Library::standard().schema();
    let gaussian = &schema["$defs"]["Gaussian"];
    assert_eq!(gaussian["description"], "Smooths by a Gaussian.");
    assert_eq!(gaussian["properties"]["sigma"]["default"], 1.0);
    assert_eq!(gaussian["required"], serde_json::json!(["operator", "input"]));
}

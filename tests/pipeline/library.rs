//! The list of operators is complete, and true.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use headwater::graph::{Graph, Input};
use headwater::operators::Identity;
use headwater::pipeline::{Library, Registration, Role};

/// Operators that no pipeline can name, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("ArraySource", "gives an array of the program: an input of the pipeline"),
    ("FixableCache", "is fixed by edits"),
    ("ListToLanes", "of a type that the program chooses"),
    ("Merge", "takes a function"),
    ("MissingSource", "stands for data that a program knows to be gone"),
    ("Pointwise", "takes a function"),
    ("Precomputed", "is told by edits what is right"),
    ("SelectAttribute", "takes a function"),
    ("SelectMeta", "takes a function"),
    ("UserLabels", "is painted by edits"),
    ("ValueCache", "of a type that the program chooses"),
];

/// What `operators` exports that is no operator.
const OTHERS: &[&str] = &[
    "CacheStatistics",
    "Classifier",
    "ElementFn",
    "FeatureMatrix",
    "Filter",
    "MergeFn",
    "MetaField",
    "MetaPatch",
    "MissingDataError",
    "PinGuard",
    "Values",
];

fn source(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The operators that `src/operators/mod.rs` exports.
fn exported() -> BTreeSet<String> {
    let text = source("src/operators/mod.rs");
    let exports = text
        .split("pub use ")
        .skip(1)
        .map(|export| export.split(';').next().unwrap());
    let names = exports.flat_map(|export| {
        let list = export
            .split_once('{')
            .map_or_else(|| export.rsplit("::").next().unwrap(), |(_, list)| list);
        list.trim_end_matches('}').split(',').map(|name| name.trim().to_owned())
    });
    let is_operator = |name: &String| {
        let ends = ["Slots", "Parameters"].iter().any(|end| name.ends_with(end));
        !name.is_empty() && !ends && !OTHERS.contains(&&**name)
    };
    names.filter(is_operator).collect()
}

#[test]
fn no_operator_is_forgotten() {
    let library = Library::standard();
    let known: BTreeSet<String> = library.operators().map(|entry| entry.name().to_owned()).collect();
    let excepted: BTreeSet<String> = EXCEPTIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(known.union(&excepted).cloned().collect::<BTreeSet<_>>(), exported());
    assert!(known.is_disjoint(&excepted));
}

/// The first sentence of the documentation of each type under `src/operators`.
fn sentences() -> BTreeMap<String, String> {
    let mut sentences = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/operators");
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                collect(&fs::read_to_string(path).unwrap(), &mut sentences);
            }
        }
    }
    sentences
}

fn collect(text: &str, sentences: &mut BTreeMap<String, String>) {
    let mut paragraph: Vec<&str> = Vec::new();
    let (mut is_over, mut in_docs) = (false, false);
    for line in text.lines() {
        if let Some(doc) = line.strip_prefix("///") {
            if !in_docs {
                paragraph.clear();
                is_over = false;
            }
            in_docs = true;
            is_over |= doc.trim().is_empty();
            if !is_over {
                paragraph.push(doc.trim());
            }
            continue;
        }
        in_docs = false;
        if let Some(name) = line.strip_prefix("pub struct ") {
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            sentences.insert(name.to_owned(), plain(&paragraph.join(" ")));
        }
    }
}

/// Without links, and no more than the first sentence.
fn plain(doc: &str) -> String {
    let mut text = String::new();
    let mut rest = doc;
    while let Some((before, link)) = rest.split_once('[') {
        text += before;
        let (shown, after) = link.split_once(']').unwrap_or((link, ""));
        text += shown;
        rest = match after.strip_prefix('(') {
            Some(target) => target.split_once(')').map_or("", |(_, after)| after),
            None => after,
        };
    }
    text += rest;
    match text.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => text,
    }
}

#[test]
fn operators_say_what_their_documentation_says() {
    let sentences = sentences();
    let differ: Vec<_> = Library::standard()
        .operators()
        .filter(|entry| sentences[entry.name()] != entry.doc())
        .map(|entry| {
            format!(
                "{}\n  src: {}\n  own: {}",
                entry.name(),
                sentences[entry.name()],
                entry.doc()
            )
        })
        .collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn all_that_can_be_said_of_slots_is_said() {
    for entry in Library::standard().operators() {
        let name = entry.name();
        for slot in entry.slots() {
            assert!(!slot.doc().is_empty(), "{name}.{}", slot.name());
            let takes_value = matches!(slot.role(), Role::Parameter | Role::Argument);
            assert_eq!(slot.kind().is_some(), takes_value, "{name}.{}", slot.name());
            let default = entry.default_of(slot.name());
            assert_eq!(
                default.is_some(),
                takes_value && !slot.is_required(),
                "{name}.{}",
                slot.name()
            );
        }
        assert!(entry.slots().iter().any(|slot| slot.role() == Role::Output), "{name}");
    }
}

#[test]
fn defaults_are_those_of_the_operators() {
    let library = Library::standard();
    let default = |operator: &str, slot: &str| {
        library
            .operator(operator)
            .unwrap()
            .default_of(slot)
            .unwrap()
            .to_string()
    };
    assert_eq!(default("Gaussian", "sigma"), "1.0");
    assert_eq!(default("ConnectedComponents", "connectivity"), "\"faces\"");
    assert_eq!(default("ConnectedComponents", "block"), "\"none\"");
    assert_eq!(default("BlockCache", "compressed"), "false");
    assert_eq!(
        default("PixelFeatures", "scales"),
        "[0.3, 0.7, 1.0, 1.6, 3.5, 5.0, 10.0]"
    );
}

#[test]
fn a_name_is_registered_once() {
    let mut library = Library::standard();
    let identity = |name: &str, slot: &str| {
        Registration::new(name, "Nothing.", || Identity)
            .input("input", "anything", |s| &s.input)
            .input(slot, "anything", |s| -> &Input<_> { &s.input })
            .output("output", "the same", |s| &s.output)
    };
    assert!(library.register(identity("Gaussian", "more")).is_err());
    assert!(library.register(identity("Mine", "input")).is_err());
    assert!(library.register(identity("Mine", "operator")).is_err());
    assert!(library.register(identity("Mine", "more")).is_ok());
    assert!(Library::standard().operator("Mine").is_err());
    let text = "version = 1\ninputs.a = {}\nnodes.b = { operator = \"Mine\", input = \"a\", more = \"a\" }";
    let pipeline = library.parse(text, "test.toml").unwrap();
    assert!(
        pipeline
            .builder()
            .array("a", crate::support::image())
            .build(&Graph::new())
            .is_ok()
    );
}

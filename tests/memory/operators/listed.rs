//! Whether the tables have all operators of the library.

use std::collections::BTreeSet;

/// Those that give no images: values are not admitted by their size, the blocks that they are computed from are.
const VALUES: &[&str] = &[
    "ConcatenateFeatureMatrices",
    "FeatureMatrixCache",
    "ListToLanes",
    "LoadForest",
    "Otsu",
    "RegionFeatures",
    "SelectAttribute",
    "SelectMeta",
    "TrainForest",
    "TrainFromMatrix",
    "ValueCache",
    "ValueRange",
];

/// One that gives nothing.
const NOTHING: &[&str] = &["MissingSource"];

/// What the module has besides operators.
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

#[test]
fn every_operator_is_in_a_table() {
    let module = include_str!("../../../src/operators/mod.rs");
    let exported = module
        .split("pub use")
        .skip(1)
        .filter_map(|uses| uses.split(';').next());
    let names = exported.flat_map(|uses| uses.split(['{', '}', ',', ':']).map(str::trim));
    let is_type = |name: &&str| name.starts_with(|first: char| first.is_ascii_uppercase());
    let is_operator = |name: &&str| !name.ends_with("Slots") && !name.ends_with("Parameters");
    let operators: BTreeSet<_> = names.filter(is_type).filter(is_operator).collect();
    assert!(operators.len() > 60, "{operators:?}");
    let tables = [
        include_str!("classifier.rs"),
        include_str!("filters.rs"),
        include_str!("generic.rs"),
        include_str!("labels.rs"),
        include_str!("segmentation.rs"),
        include_str!("stores.rs"),
    ]
    .concat();
    let is_in_table = |name: &str| {
        let case = format!("(\"{name}");
        let ends = [",", "\"", " "];
        tables
            .split(&case)
            .skip(1)
            .any(|rest| ends.iter().any(|end| rest.starts_with(end)))
    };
    let without_images = [VALUES, NOTHING, OTHERS].concat();
    let missing: Vec<_> = operators
        .iter()
        .filter(|name| !without_images.contains(*name) && !is_in_table(name))
        .collect();
    assert!(missing.is_empty(), "no table has {missing:?}");
    let gone: Vec<_> = without_images
        .iter()
        .filter(|name| !operators.contains(*name))
        .collect();
    assert!(gone.is_empty(), "{gone:?} are no operators");
}

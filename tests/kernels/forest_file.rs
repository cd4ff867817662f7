//! Forests in files: round trips, and files that lie.

use std::collections::HashMap;

use headwater::kernels::{Forest, RandomForest};
use headwater::{Checkpoint, ErrorKind};
use proptest::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};

use crate::forest::{by_sum, noise};

const NEVER: Checkpoint = Checkpoint::never();

/// What a file of a forest has, to be read by others than the forest, and to be changed.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) about: String,
    pub(crate) classes: Vec<u32>,
    pub(crate) roots: Vec<u64>,
    pub(crate) child: Vec<u32>,
    pub(crate) split: Vec<u32>,
    pub(crate) threshold: Vec<f32>,
    pub(crate) shares: Vec<f32>,
    pub(crate) importances: Vec<f64>,
}

impl Parts {
    pub(crate) fn of(forest: &Forest) -> Self {
        let bytes = forest.to_bytes().unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let data = |name: &str| file.tensor(name).unwrap().data();
        let words = |name| {
            data(name)
                .as_chunks()
                .0
                .iter()
                .map(|word| u32::from_le_bytes(*word))
                .collect()
        };
        let floats = |name| {
            data(name)
                .as_chunks()
                .0
                .iter()
                .map(|word| f32::from_le_bytes(*word))
                .collect()
        };
        Self {
            about: header.metadata().as_ref().unwrap()["forest"].clone(),
            classes: words("classes"),
            roots: data("roots")
                .as_chunks()
                .0
                .iter()
                .map(|word| u64::from_le_bytes(*word))
                .collect(),
            child: words("child"),
            split: words("split"),
            threshold: floats("threshold"),
            shares: floats("shares"),
            importances: data("importances")
                .as_chunks()
                .0
                .iter()
                .map(|word| f64::from_le_bytes(*word))
                .collect(),
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        fn flat<T: Copy, const N: usize>(values: &[T], encode: fn(T) -> [u8; N]) -> Vec<u8> {
            values.iter().flat_map(|value| encode(*value)).collect()
        }
        let arrays = [
            ("classes", Dtype::U32, flat(&self.classes, u32::to_le_bytes)),
            ("roots", Dtype::U64, flat(&self.roots, u64::to_le_bytes)),
            ("child", Dtype::U32, flat(&self.child, u32::to_le_bytes)),
            ("split", Dtype::U32, flat(&self.split, u32::to_le_bytes)),
            ("threshold", Dtype::F32, flat(&self.threshold, f32::to_le_bytes)),
            ("shares", Dtype::F32, flat(&self.shares, f32::to_le_bytes)),
            ("importances", Dtype::F64, flat(&self.importances, f64::to_le_bytes)),
        ];
        let views = arrays.iter().map(|(name, dtype, data)| {
            let length = data.len() * 8 / dtype.bitsize();
            (*name, TensorView::new(*dtype, vec![length], data).unwrap())
        });
        let about = HashMap::from([("forest".to_owned(), self.about.clone())]);
        serialize(views, Some(about.into_iter().collect())).unwrap()
    }

    fn read(&self) -> Result<Forest, String> {
        Forest::from_bytes(&self.to_bytes(), &NEVER).map_err(|error| {
            assert_eq!(error.kind(), ErrorKind::Invalid);
            error.to_string()
        })
    }
}

fn forest() -> Forest {
    let values = noise(60, 3, 7);
    let options = RandomForest::new()
        .trees(4)
        .feature_names(["red", "green", "\"blue\"\n"]);
    options.train(values.view(), &by_sum(&values), &NEVER).unwrap()
}

/// The error when a part of a sound file is changed.
#[track_caller]
fn refusal(change: impl FnOnce(&mut Parts)) -> String {
    let mut parts = Parts::of(&forest());
    change(&mut parts);
    let refusal = parts.read().map(|_| ()).unwrap_err();
    refusal.strip_prefix("not a forest: ").unwrap().to_owned()
}

#[test]
fn a_forest_comes_back_from_its_bytes_and_its_file() {
    let forest = forest();
    let bytes = forest.to_bytes().unwrap();
    assert_eq!(bytes, forest.to_bytes().unwrap());
    let back = Forest::from_bytes(&bytes, &NEVER).unwrap();
    assert!(back == forest);
    assert_eq!(back.feature_names(), ["red", "green", "\"blue\"\n"]);
    let asked = noise(50, 3, 8);
    assert_eq!(
        back.predict(asked.view(), &NEVER).unwrap(),
        forest.predict(asked.view(), &NEVER).unwrap()
    );
    assert!(Parts::of(&forest).read() == Ok(forest.clone()));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nuclei.safetensors");
    forest.save(&path).unwrap();
    forest.save(&path).unwrap(); // over the old one
    assert!(Forest::load(&path, &NEVER).unwrap() == forest);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_failed_save_leaves_nothing_behind_and_names_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = folder.path().join("occupied");
    std::fs::create_dir_all(occupied.join("inside")).unwrap();
    let error = forest().save(&occupied).unwrap_err();
    assert!(
        error
            .report()
            .starts_with(&format!("cannot write the forest to {}: ", occupied.display()))
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let missing = folder.path().join("missing");
    let error = Forest::load(&missing, &NEVER).unwrap_err();
    assert!(
        error
            .report()
            .starts_with(&format!("cannot read the forest in {}: ", missing.display()))
    );
    let error = Forest::load(std::env::current_exe().unwrap(), &NEVER).unwrap_err();
    assert!(error.report().contains("not a forest: "), "{}", error.report());
}

#[test]
fn children_that_lead_back_or_out_are_refused() {
    let root = |parts: &mut Parts, child: u32| parts.child[0] = child;
    let inner = |parts: &Parts| (1..).find(|at| parts.child[*at] != 0).unwrap();
    assert!(
        refusal(|parts| {
            let at = inner(parts);
            parts.child[at] = at as u32;
        })
        .ends_with("which is not behind it")
    );
    assert!(refusal(|parts| root(parts, u32::MAX)).ends_with("child 4294967295, which is not in the tree"));
    assert!(refusal(|parts| root(parts, 3)).contains("two parents"));
    assert!(refusal(|parts| parts.child[0] = 0).starts_with("tree 0: "));
    let orphans = refusal(|parts| {
        let at = inner(parts);
        (parts.child[at], parts.split[at]) = (0, 0);
    });
    assert!(orphans.ends_with("has no parent"), "{orphans}");
}

#[test]
fn nodes_that_name_what_is_not_there_are_refused() {
    assert_eq!(
        refusal(|parts| parts.split[0] = 3),
        "tree 0: node 0 compares feature 3 of 3"
    );
    assert_eq!(
        refusal(|parts| parts.split[0] = 1 << 16),
        "node 0 compares feature 65536"
    );
    assert_eq!(
        refusal(|parts| parts.threshold[0] = f32::NAN),
        "the threshold of node 0 is NaN"
    );
    let refused = refusal(|parts| {
        let leaf = parts.child.iter().position(|child| *child == 0).unwrap();
        parts.split[leaf] = u32::MAX;
    });
    assert!(refused.contains("has shares 4294967295 of "), "{refused}");
}

#[test]
fn sizes_that_lie_are_refused() {
    assert_eq!(
        refusal(|parts| parts.roots[0] = 1),
        format!(
            "the trees do not share {} nodes among them",
            Parts::of(&forest()).child.len()
        )
    );
    assert!(refusal(|parts| parts.roots[1] = u64::MAX).starts_with("the trees do not share"));
    assert!(refusal(|parts| parts.roots.truncate(1)).starts_with("the trees do not share"));
    assert!(refusal(|parts| parts.threshold.truncate(1)).ends_with("thresholds"));
    assert!(refusal(|parts| parts.shares.truncate(1)).contains("shares of 2 classes"));
    assert!(refusal(|parts| parts.shares.resize(100_000, 0.5)).contains("shares of 2 classes for"));
    assert!(refusal(|parts| parts.importances.truncate(1)).starts_with("the importances are not"));
    let huge = |parts: &mut Parts| {
        parts.about = parts
            .about
            .replace("\"features\":3", "\"features\":1000000000000000000")
    };
    assert_eq!(refusal(huge), "1000000000000000000 is no number of features");
    let many = |parts: &mut Parts| parts.about = parts.about.replace("\"features\":3", "\"features\":60000");
    assert_eq!(refusal(many), "the feature names are not 60000 texts");
}

#[test]
fn numbers_that_are_no_classes_or_shares_are_refused() {
    let classes = "the classes are not ascending numbers from 1";
    assert_eq!(refusal(|parts| parts.classes = vec![0, 1]), classes);
    assert_eq!(refusal(|parts| parts.classes = vec![2, 2]), classes);
    assert_eq!(refusal(|parts| parts.classes.clear()), classes);
    for share in [f32::NAN, -0.5, 1.5, 0.7] {
        assert!(refusal(|parts| parts.shares[0] = share).starts_with("the shares 0 are not"));
    }
    assert!(refusal(|parts| parts.importances[0] = f64::NAN).starts_with("the importances are not"));
}

#[test]
fn files_of_others_and_of_later_versions_are_refused() {
    let about =
        |from: &'static str, to: &'static str| refusal(move |parts| parts.about = parts.about.replace(from, to));
    assert_eq!(
        about("headwater.forest", "other"),
        "its format is \"other\", not \"headwater.forest\""
    );
    assert_eq!(
        about("\"version\":1", "\"version\":2"),
        "its version is 2, and this reads 1"
    );
    assert!(about("{", "").starts_with("its metadata are no JSON"));
    let other = serialize([("a", TensorView::new(Dtype::U8, vec![1], &[0]).unwrap())], None).unwrap();
    let error = Forest::from_bytes(&other, &NEVER).unwrap_err();
    assert_eq!(error.to_string(), "not a forest: there is no metadata entry \"forest\"");
}

#[test]
fn a_tree_as_deep_as_it_has_nodes_is_read_and_walked() {
    let depth = 100_000_u32;
    let mut parts = Parts::of(&forest());
    // Each node has a leaf on the left and the next node on the right.
    let nodes = 2 * depth + 1;
    let is_inner = |at: u32| at.is_multiple_of(2) && at < 2 * depth;
    parts.child = (0..nodes).map(|at| if is_inner(at) { at + 1 } else { 0 }).collect();
    parts.split = vec![0; nodes as usize];
    parts.threshold = (0..nodes)
        .map(|at| if is_inner(at) { at as f32 } else { 0.0 })
        .collect();
    parts.roots = vec![0, nodes.into()];
    let deep = parts.read().unwrap();
    let asked = ndarray::array![[1e9_f32, 0.0, 0.0], [5.0, 0.0, 0.0]];
    let shares = deep.predict(asked.view(), &NEVER).unwrap();
    assert_eq!(shares.row(0).to_vec(), parts.shares[..2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_files_are_refused_or_make_forests_that_predict(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0_u32..8), 1..4),
        cut in prop::option::weighted(0.3, any::<prop::sample::Index>()),
    ) {
        let mut bytes = forest().to_bytes().unwrap();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(forest) = Forest::from_bytes(&bytes, &NEVER) {
            let shares = forest.predict(noise(20, forest.features(), 1).view(), &NEVER).unwrap();
            prop_assert!(shares.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-2));
        }
    }

    #[test]
    fn nodes_at_random_are_refused_or_make_forests_that_predict(
        at in any::<prop::sample::Index>(), child in 0_u32..300, split in 0_u32..6,
    ) {
        let mut parts = Parts::of(&forest());
        let at = at.index(parts.child.len());
        (parts.child[at], parts.split[at]) = (child, split);
        if let Ok(forest) = parts.read() {
            forest.predict(noise(20, 3, 1).view(), &NEVER).unwrap();
        }
    }
}

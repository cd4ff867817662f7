//! Forests in files: [safetensors](https://github.com/huggingface/safetensors), a published format of named arrays that holds
//! data and nothing else.
//!
//! | array | type | |
//! |---|---|---|
//! | `classes` | u32, classes | ascending, 1 or more |
//! | `roots` | u64, trees + 1 | where each tree begins among the nodes, and where the last one ends |
//! | `child` | u32, nodes | the node, counted from the root of its tree, for what is at most the threshold; the one behind it for what is above; 0 of a leaf |
//! | `split` | u32, nodes | the feature that is compared; of a leaf, its row of `shares` |
//! | `threshold` | f32, nodes | 0 of a leaf |
//! | `shares` | f32, mixtures × classes | the different mixtures of classes at leaves |
//! | `importances` | f64, features | |
//!
//! The metadata has one entry, `forest`, which is JSON: `format` (`"headwater.forest"`), `version` (1), `features` (how many),
//! `feature_names` (as many, or none).
//!
//! What is read may come from anywhere. Every index is checked before it is used, children lie behind their parents and have
//! one parent each, so that every walk ends; and what is allocated grows with the file, not with what it says.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::{Value, json};

use super::forest::{Forest, Model};
use super::key::{key, value};
use super::sort::PATIENCE;
use super::table::{MAX_CLASSES, MAX_FEATURES};
use super::train::MAX_TREES;
use super::tree::Node;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext};
use crate::sync::atomic::{TALLY, Tally};

const ENTRY: &str = "forest";
const FORMAT: &str = "headwater.forest";
const VERSION: u64 = 1;

impl Forest {
    /// The forest as the bytes of a file: the same for the same forest.
    ///
    /// # Errors
    ///
    /// If there are so many feature names that the format has no room for them (100 MB).
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let model = &self.model;
        let nodes = || model.nodes.iter();
        let split = |node: &Node| match node.is_leaf() {
            true => node.threshold,
            false => node.feature.into(),
        };
        let threshold = |node: &Node| match node.is_leaf() {
            true => 0.0,
            false => value(node.threshold),
        };
        let classes = model.classes.len();
        let arrays = [
            (
                "classes",
                Dtype::U32,
                vec![classes],
                bytes(&model.classes, |class| class.to_le_bytes()),
            ),
            (
                "roots",
                Dtype::U64,
                vec![model.roots.len()],
                bytes(&model.roots, |root| (*root as u64).to_le_bytes()),
            ),
            (
                "child",
                Dtype::U32,
                vec![nodes().len()],
                bytes(nodes(), |node| node.child.to_le_bytes()),
            ),
            (
                "split",
                Dtype::U32,
                vec![nodes().len()],
                bytes(nodes(), |node| split(node).to_le_bytes()),
            ),
            (
                "threshold",
                Dtype::F32,
                vec![nodes().len()],
                bytes(nodes(), |node| threshold(node).to_le_bytes()),
            ),
            (
                "shares",
                Dtype::F32,
                vec![model.shares.len() / classes, classes],
                bytes(&model.shares, |share| share.to_le_bytes()),
            ),
            (
                "importances",
                Dtype::F64,
                vec![model.features],
                bytes(&model.importances, |gain| gain.to_le_bytes()),
            ),
        ];
        let views = arrays.iter().map(|(name, dtype, shape, data)| {
            let view = TensorView::new(*dtype, shape.clone(), data);
            Ok((*name, view.map_err(Error::new)?))
        });
        let about = json!({
            "format": FORMAT,
            "version": VERSION,
            "features": model.features,
            "feature_names": model.feature_names,
        });
        // One entry, so that there is no order of entries to differ from time to time.
        let metadata = HashMap::from([(ENTRY.to_owned(), about.to_string())]);
        let views = views.collect::<Result<Vec<_>, Error>>()?;
        serialize(views, Some(metadata.into_iter().collect())).context("cannot write the forest as a file")
    }

    /// The forest in the bytes of a file.
    ///
    /// # Errors
    ///
    /// `Invalid`, with the cause, if they are not what [`to_bytes`](Self::to_bytes) writes, or of another version; the
    /// checkpoint's own error if it stops the reading.
    pub fn from_bytes(bytes: &[u8], checkpoint: &Checkpoint) -> Result<Self, Error> {
        let model = read(bytes, checkpoint).map_err(|why| match why {
            Why::Bad(why) => Error::invalid(format!("not a forest: {why}")),
            Why::Stopped(error) => error,
        })?;
        for (number, tree) in model.trees().enumerate() {
            checkpoint.check()?;
            check_tree(tree, &model, checkpoint)?
                .map_err(|why| Error::invalid(format!("not a forest: tree {number}: {why}")))?;
        }
        Self::new(model, checkpoint)
    }

    /// Writes a file that is there as a whole or not at all: whatever goes wrong, one that was there before stays.
    ///
    /// # Errors
    ///
    /// As [`to_bytes`](Self::to_bytes), and what the file system says; the message names the path.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let (path, bytes) = (path.as_ref(), self.to_bytes()?);
        let beside = beside(path);
        let written = write_new(&beside, &bytes).and_then(|()| fs::rename(&beside, path));
        written
            .inspect_err(|_| drop(fs::remove_file(&beside)))
            .context(format!("cannot write the forest to {}", path.display()))
    }

    /// Reads a file that [`save`](Self::save) wrote.
    ///
    /// # Errors
    ///
    /// As [`from_bytes`](Self::from_bytes), and what the file system says; the message names the path.
    pub fn load(path: impl AsRef<Path>, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = || format!("cannot read the forest in {}", path.display());
        let bytes = fs::read(path).map_err(|error| Error::new(error).context(name()))?;
        Self::from_bytes(&bytes, checkpoint).map_err(|error| error.context(name()))
    }
}

fn bytes<T, const N: usize>(values: impl IntoIterator<Item = T>, encode: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.into_iter().flat_map(encode).collect()
}

/// A name in the same folder that nobody else uses.
fn beside(path: &Path) -> PathBuf {
    static NUMBER: Tally = Tally::new(0);
    let (process, number) = (std::process::id(), NUMBER.fetch_add(1, TALLY));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{process}-{number}.tmp"));
    path.with_file_name(name)
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Why a model was not read.
enum Why {
    Bad(String),
    Stopped(Error),
}

impl From<String> for Why {
    fn from(why: String) -> Self {
        Self::Bad(why)
    }
}

impl From<Error> for Why {
    fn from(error: Error) -> Self {
        Self::Stopped(error)
    }
}

/// The model in a file, but for what is wrong within its trees.
fn read(bytes: &[u8], checkpoint: &Checkpoint) -> Result<Model, Why> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let entry = header.metadata().as_ref().and_then(|entries| entries.get(ENTRY));
    let about = entry.ok_or_else(|| format!("there is no metadata entry {ENTRY:?}"))?;
    let (features, feature_names) = about_features(about)?;

    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let classes = array(&file, "classes", Dtype::U32, u32::from_le_bytes, checkpoint)?;
    let ascend = classes.is_sorted_by(|a, b| a < b);
    if classes.is_empty() || classes[0] == 0 || !ascend || classes.len() > MAX_CLASSES {
        return Err(Why::Bad("the classes are not ascending numbers from 1".into()));
    }
    let importances = array(&file, "importances", Dtype::F64, f64::from_le_bytes, checkpoint)?;
    if importances.len() != features || importances.iter().any(|gain| !(0.0..=1.0).contains(gain)) {
        let why = format!("the importances are not numbers from 0 to 1 for {features} features");
        return Err(why.into());
    }
    let nodes = nodes(&file, checkpoint)?;
    let roots = array(&file, "roots", Dtype::U64, u64::from_le_bytes, checkpoint)?;
    let within = roots.first() == Some(&0) && roots.last() == Some(&(nodes.len() as u64));
    if !within || roots.len() < 2 || roots.len() > MAX_TREES + 1 || !roots.is_sorted_by(|a, b| a < b) {
        return Err(format!("the trees do not share {} nodes among them", nodes.len()).into());
    }
    let shares = array(&file, "shares", Dtype::F32, f32::from_le_bytes, checkpoint)?;
    check_shares(&shares, classes.len(), nodes.len(), checkpoint)?;
    Ok(Model {
        classes,
        features,
        feature_names,
        importances,
        nodes,
        roots: roots.into_iter().map(|root| root as usize).collect(),
        shares,
    })
}

/// How many features there are, and their names.
fn about_features(about: &str) -> Result<(usize, Vec<String>), String> {
    let about: Value = serde_json::from_str(about).map_err(|error| format!("its metadata are no JSON: {error}"))?;
    if about["format"] != FORMAT {
        return Err(format!("its format is {}, not {FORMAT:?}", about["format"]));
    }
    if about["version"] != VERSION {
        return Err(format!("its version is {}, and this reads {VERSION}", about["version"]));
    }
    let features = about["features"].as_u64().and_then(|count| usize::try_from(count).ok());
    let features = features.filter(|count| (1..=MAX_FEATURES).contains(count));
    let features = features.ok_or_else(|| format!("{} is no number of features", about["features"]))?;
    let names: Option<Vec<String>> = about["feature_names"]
        .as_array()
        .and_then(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    match names {
        Some(names) if names.is_empty() || names.len() == features => Ok((features, names)),
        _ => Err(format!("the feature names are not {features} texts")),
    }
}

/// The elements of an array, decoded.
fn array<T, const N: usize>(
    file: &SafeTensors<'_>,
    name: &str,
    dtype: Dtype,
    decode: fn([u8; N]) -> T,
    checkpoint: &Checkpoint,
) -> Result<Vec<T>, Why> {
    let view = file.tensor(name).map_err(|_| format!("there is no array {name:?}"))?;
    if view.dtype() != dtype {
        return Err(format!("the array {name:?} is of {}, not {dtype}", view.dtype()).into());
    }
    let elements = view.data().as_chunks::<N>().0;
    let mut decoded = Vec::with_capacity(elements.len());
    for part in elements.chunks(PATIENCE) {
        checkpoint.check()?;
        decoded.extend(part.iter().map(|bytes| decode(*bytes)));
    }
    Ok(decoded)
}

fn nodes(file: &SafeTensors<'_>, checkpoint: &Checkpoint) -> Result<Vec<Node>, Why> {
    let child = array(file, "child", Dtype::U32, u32::from_le_bytes, checkpoint)?;
    let split = array(file, "split", Dtype::U32, u32::from_le_bytes, checkpoint)?;
    let threshold = array(file, "threshold", Dtype::F32, f32::from_le_bytes, checkpoint)?;
    if child.len() != split.len() || child.len() != threshold.len() {
        let (children, splits, thresholds) = (child.len(), split.len(), threshold.len());
        return Err(format!("{children} children, {splits} splits, {thresholds} thresholds").into());
    }
    let mut nodes = Vec::with_capacity(child.len());
    for (at, ((child, split), threshold)) in child.into_iter().zip(split).zip(threshold).enumerate() {
        if at % PATIENCE == 0 {
            checkpoint.check()?;
        }
        nodes.push(match child {
            0 => Node::leaf(split),
            _ if threshold.is_nan() => return Err(format!("the threshold of node {at} is NaN").into()),
            _ => Node {
                threshold: key(threshold),
                child,
                feature: u16::try_from(split).map_err(|_| format!("node {at} compares feature {split}"))?,
            },
        });
    }
    Ok(nodes)
}

fn check_shares(shares: &[f32], classes: usize, nodes: usize, checkpoint: &Checkpoint) -> Result<(), Why> {
    let rows = shares.chunks_exact(classes);
    if !rows.remainder().is_empty() || rows.len() > nodes {
        return Err(format!("{} shares of {classes} classes for {nodes} nodes", shares.len()).into());
    }
    for (number, row) in rows.enumerate() {
        if number % (PATIENCE / classes).max(1) == 0 {
            checkpoint.check()?;
        }
        let sum: f32 = row.iter().sum();
        let each = row.iter().all(|share| (0.0..=1.0).contains(share));
        if !each || (sum - 1.0).abs() > 1e-3 {
            return Err(format!("the shares {number} are not numbers from 0 to 1 that sum to 1").into());
        }
    }
    Ok(())
}

/// Whether `tree` is one: the outer error is the checkpoint's.
fn check_tree(tree: &[Node], model: &Model, checkpoint: &Checkpoint) -> Result<Result<(), String>, Error> {
    let mixtures = model.shares.len() / model.classes.len();
    let mut has_parent = vec![false; tree.len()];
    for (part, nodes) in tree.chunks(PATIENCE).enumerate() {
        checkpoint.check()?;
        for (at, node) in (part * PATIENCE..).zip(nodes) {
            if let Err(why) = check_node(at, node, model.features, mixtures, &mut has_parent) {
                return Ok(Err(why));
            }
        }
    }
    // The root has none, which is checked by children lying behind their parents.
    let orphan = has_parent.iter().skip(1).position(|has_parent| !has_parent);
    Ok(orphan.map_or(Ok(()), |at| Err(format!("node {} has no parent", at + 1))))
}

fn check_node(at: usize, node: &Node, features: usize, mixtures: usize, has_parent: &mut [bool]) -> Result<(), String> {
    if node.is_leaf() {
        let known = (node.threshold as usize) < mixtures;
        return known
            .then_some(())
            .ok_or_else(|| format!("leaf {at} has shares {} of {mixtures}", node.threshold));
    }
    if usize::from(node.feature) >= features {
        return Err(format!("node {at} compares feature {} of {features}", node.feature));
    }
    let child = node.child as usize;
    if child <= at {
        return Err(format!("node {at} has the child {child}, which is not behind it"));
    }
    for child in [child, child + 1] {
        match has_parent.get_mut(child) {
            Some(true) => return Err(format!("node {child} has two parents")),
            Some(has_parent) => *has_parent = true,
            None => return Err(format!("node {at} has the child {child}, which is not in the tree")),
        }
    }
    Ok(())
}

//! Opening an image in a store.

use serde_json::{Map, Value};

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::Meta;
use crate::io::axes::axes_by_shape;
use crate::io::contents::MOST;
use crate::io::location::Location;
use crate::io::open::Open;
use crate::io::source::Source;
use crate::io::zarr::array::ZarrArray;
use crate::io::zarr::metadata::Metadata;
use crate::io::zarr::node::{Node, prefix};
use crate::io::zarr::ome::{self, Multiscale};
use crate::io::zarr::plain;
use crate::io::zarr::store::{Folder, Store};
use crate::roi::{Roi, Shape};
use crate::sync::Arc;

struct Zarr {
    name: String,
    meta: Meta,
    array: ZarrArray,
}

/// Opens the array at `at`, or the one that a group there means.
///
/// # Errors
///
/// As [`crate::io::open`], without the file's name.
pub(crate) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let store = store(at, how)?;
    let (path, metadata, meta) = find(&*store, at.within(), how)?;
    let meta = with_axes(meta, how)?;
    let piece = metadata.piece();
    let block: Vec<_> = piece
        .iter()
        .zip(metadata.shape.iter())
        .map(|(piece, all)| piece.min(all.max(1)))
        .collect();
    let meta = meta.with_ideal_block(Shape::new(block)?);
    let array = ZarrArray::new(store, prefix(&path), metadata, how.limit)?;
    let name = at.to_string();
    Ok(Box::new(Zarr { name, meta, array }))
}

/// The store at `at`.
///
/// # Errors
///
/// A URL of no store that is known, settings that are wrong.
#[cfg(not(feature = "object-store"))]
pub(super) fn store(at: &Location, _how: &Open) -> Result<Arc<dyn Store>, Error> {
    Ok(Arc::new(Folder::new(at.path())))
}

/// The store at `at`.
///
/// # Errors
///
/// A URL of no store that is known, settings that are wrong.
#[cfg(feature = "object-store")]
pub(super) fn store(at: &Location, how: &Open) -> Result<Arc<dyn Store>, Error> {
    match at.url() {
        Some(_) => crate::io::zarr::objects::store(at, how),
        None => Ok(Arc::new(Folder::new(at.path()))),
    }
}

fn with_axes(meta: Meta, how: &Open) -> Result<Meta, Error> {
    let Some(axes) = how.axes else { return Ok(meta) };
    let renamed = Meta::new(meta.shape(), meta.dtype(), axes)?.with_channel_names(meta.channel_names().to_vec());
    match meta.pixel_size() {
        Some(sizes) => renamed.with_pixel_size(sizes.to_vec()),
        None => Ok(renamed),
    }
}

/// The array that `path` means, where it lies, and its description.
fn find(store: &dyn Store, path: &str, how: &Open) -> Result<(String, Metadata, Meta), Error> {
    match Node::read(store, path, how)? {
        None if path.is_empty() => Err(Error::invalid("it is no Zarr array or group")),
        None => Err(Error::invalid(format!("there is no array or group `{path}` in it"))),
        Some(Node::Array(array)) => {
            let meta = match scale_of_parent(store, path, &array, how)? {
                Some(meta) => meta,
                None => plain::describe(&array, how.axes)?,
            };
            Ok((path.to_owned(), *array, meta))
        }
        Some(Node::Group(attributes)) => match Multiscale::read(&attributes)? {
            Some(image) => {
                let scale = image.choose(how.scale.as_deref())?;
                let path = join(path, &scale.path);
                let array = array_at(store, &path, how)?;
                let meta = image.describe(scale, &array)?;
                Ok((path, array, meta))
            }
            None => only_child(store, path, &attributes, how),
        },
    }
}

fn array_at(store: &dyn Store, path: &str, how: &Open) -> Result<Metadata, Error> {
    match Node::read(store, path, how)? {
        Some(Node::Array(array)) => Ok(*array),
        _ => Err(Error::invalid(format!("its scale `{path}` is not there"))),
    }
}

pub(super) fn join(path: &str, name: &str) -> String {
    format!("{}{name}", prefix(path))
}

/// What the groups above say of the array at `path`, if it is a scale of an image.
fn scale_of_parent(store: &dyn Store, path: &str, array: &Metadata, how: &Open) -> Result<Option<Meta>, Error> {
    let mut above = path;
    while !above.is_empty() {
        above = above.rsplit_once('/').map_or("", |(above, _)| above);
        // A group that cannot be read does not keep an array from being read.
        let Ok(Some(Node::Group(attributes))) = Node::read(store, above, how) else {
            continue;
        };
        let Ok(Some(image)) = Multiscale::read(&attributes) else {
            continue;
        };
        let scale = image.scales.iter().find(|scale| join(above, &scale.path) == path);
        if let Some(scale) = scale {
            return image.describe(scale, array).map(Some);
        }
    }
    Ok(None)
}

/// The image of a group that holds no other; else the choices are an error.
fn only_child(
    store: &dyn Store,
    path: &str,
    attributes: &Map<String, Value>,
    how: &Open,
) -> Result<(String, Metadata, Meta), Error> {
    let choices = match listed(ome::content(attributes)) {
        listed if !listed.is_empty() => listed,
        _ => children(store, path, how)?,
    };
    // Beside the one image of a converted file there is a group that tells where it is from.
    let is_image = |name: &&String| match Node::read(store, &join(path, name), how) {
        Ok(Some(Node::Array(_))) => true,
        Ok(Some(Node::Group(inner))) => !matches!(Multiscale::read(&inner), Ok(None)),
        // What is wrong with it is told where it is opened.
        Err(_) => true,
        Ok(None) => false,
    };
    let images: Vec<_> = choices.iter().take(MOST).filter(is_image).take(2).collect();
    match (&choices[..], &images[..]) {
        ([], _) => Err(Error::invalid("it is a group without an image in it")),
        (_, [only]) => find(store, &join(path, only), how),
        _ => Err(choose(&choices)),
    }
}

fn choose(choices: &[String]) -> Error {
    let choices: Vec<_> = choices
        .iter()
        .take(20)
        .map(|choice| format!("`{choice:.60}`"))
        .collect();
    let choices = choices.join(", ");
    Error::invalid(format!(
        "it is a group: add which image of it to the path, such as {choices}"
    ))
}

/// The images that a plate, a well or a group of labels lists.
pub(super) fn listed(content: &Map<String, Value>) -> Vec<String> {
    let paths = |of: Option<&Value>| -> Vec<String> {
        let list = of.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|item| Some(item.get("path")?.as_str()?.to_owned()))
            .collect()
    };
    let member = |key: &str, list: &str| paths(content.get(key).and_then(|value| value.get(list)));
    let labels = content.get("labels").and_then(Value::as_array).into_iter().flatten();
    let labels = labels.filter_map(|label| label.as_str().map(str::to_owned));
    let mut all = member("plate", "wells");
    all.extend(member("well", "images"));
    all.extend(labels);
    all
}

/// The nodes below the group at `path`.
///
/// # Errors
///
/// The store's.
pub(super) fn children(store: &dyn Store, path: &str, how: &Open) -> Result<Vec<String>, Error> {
    let names = store.names(&prefix(path))?;
    let node = |name: &String| matches!(Node::read(store, &join(path, name), how), Ok(Some(_)));
    Ok(names.into_iter().filter(node).collect())
}

impl Source for Zarr {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read_region(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let read = self.array.read(roi, out, checkpoint);
        read.map_err(|cause| cause.context(format!("cannot read `{}`", self.name)))
    }

    fn scratch(&self, roi: &Roi) -> u64 {
        self.array.scratch(roi)
    }
}

/// The letter of an axis of this name: itself, or that of a word that others use.
fn letter(name: &str) -> Option<char> {
    match name.to_ascii_lowercase().as_str() {
        "time" => Some('t'),
        "channel" | "channels" => Some('c'),
        "depth" => Some('z'),
        "height" => Some('y'),
        "width" => Some('x'),
        other => other.chars().next().filter(|letter| letter.len_utf8() == other.len()),
    }
}

/// The axes that `names` are the letters of, or words for, if they are; else those that are usual for the shape.
///
/// # Errors
///
/// More axes than have usual names.
pub(super) fn axes_of(names: &[Option<String>], shape: &Shape) -> Result<Axes, Error> {
    let letters: Option<String> = names.iter().map(|name| letter(name.as_deref()?)).collect();
    let axes = letters.and_then(|letters| letters.parse::<Axes>().ok());
    match axes.filter(|axes| axes.len() == shape.rank()) {
        Some(axes) => Ok(axes),
        None => axes_by_shape(shape),
    }
}

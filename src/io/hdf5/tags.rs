//! The attributes by which ilastik tells axes.

use hdf5_metno::Dataset;
use hdf5_metno::types::{VarLenAscii, VarLenUnicode};
use serde_json::{Value, json};

use crate::array::Axes;
use crate::error::{Error, ErrorContext as _};
use crate::graph::{Meta, PixelSize};
use crate::io::channels::with_channels;

/// What vigra calls kinds of axes: channels, space, time.
const KINDS: [(&str, u8); 3] = [("c", 1), ("xyz", 2), ("t", 8)];

/// The axes that a dataset tells, if there are `rank`, and what a pixel measures along each.
pub(super) fn read(dataset: &Dataset, rank: usize) -> Option<(Axes, Vec<PixelSize>)> {
    let tags = json_of(dataset, "axistags")?;
    let units = json_of(dataset, "axis_units").unwrap_or_default();
    let tags = tags.get("axes")?.as_array()?;
    let letters = tags
        .iter()
        .map(|tag| tag.get("key")?.as_str())
        .collect::<Option<String>>()?;
    let axes: Axes = letters.parse().ok().filter(|axes: &Axes| axes.len() == rank)?;
    let size = |(tag, letter): (&Value, char)| {
        let told = tag
            .get("resolution")
            .and_then(Value::as_f64)
            .filter(|size| size.is_finite() && *size > 0.0);
        let unit = units
            .get(letter.to_string())
            .and_then(Value::as_str)
            .unwrap_or_default();
        told.map(|size| PixelSize {
            size,
            unit: unit.into(),
        })
    };
    let sizes: Vec<_> = tags.iter().zip(axes.iter()).map(size).collect();
    if sizes.iter().all(Option::is_none) {
        return Some((axes, Vec::new()));
    }
    let unknown = || PixelSize {
        size: 1.0,
        unit: "".into(),
    };
    Some((
        axes,
        sizes.into_iter().map(|size| size.unwrap_or_else(unknown)).collect(),
    ))
}

/// `meta` with the names of channels that a dataset tells.
pub(super) fn with_names(meta: Meta, dataset: &Dataset) -> Meta {
    with_channels(meta, json_of(dataset, "channel_names").as_ref())
}

fn json_of(dataset: &Dataset, name: &str) -> Option<Value> {
    let attribute = dataset.attr(name).ok()?;
    let text = match attribute.read_scalar::<VarLenUnicode>() {
        Ok(text) => text.as_str().to_owned(),
        Err(_) => attribute.read_scalar::<VarLenAscii>().ok()?.as_str().to_owned(),
    };
    serde_json::from_str(&text).ok()
}

/// Writes the attributes of an image like `meta`.
///
/// # Errors
///
/// The library's.
pub(super) fn write(dataset: &Dataset, meta: &Meta) -> Result<(), Error> {
    let sizes = meta.pixel_size();
    let tag = |(axis, letter): (usize, char)| {
        let kind = KINDS
            .iter()
            .find(|(letters, _)| letters.contains(letter))
            .map_or(0, |(_, kind)| *kind);
        let size = sizes.map_or(0.0, |sizes| sizes[axis].size);
        json!({"key": letter, "typeFlags": kind, "resolution": size, "description": ""})
    };
    let tags: Vec<_> = meta.axes().iter().enumerate().map(tag).collect();
    put(dataset, "axistags", &json!({"axes": tags}))?;
    if !meta.channel_names().is_empty() {
        let names = meta.channel_names().iter().map(|name| json!(&**name));
        put(dataset, "channel_names", &Value::Array(names.collect()))?;
    }
    let Some(sizes) = sizes else { return Ok(()) };
    let axes = meta.axes();
    let units = axes
        .iter()
        .zip(sizes)
        .map(|(letter, pixel)| (letter.to_string(), json!(&*pixel.unit)));
    put(dataset, "axis_units", &Value::Object(units.collect()))
}

fn put(dataset: &Dataset, name: &str, value: &Value) -> Result<(), Error> {
    let text: VarLenUnicode = value.to_string().parse().context("an attribute")?;
    let attribute = dataset
        .new_attr::<VarLenUnicode>()
        .create(name)
        .context("an attribute")?;
    attribute.write_scalar(&text).context("an attribute")
}

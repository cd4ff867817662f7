//! Writing OME-NGFF's metadata: 0.4 in version 2, 0.5 in version 3.

use serde_json::{Value, json};

use crate::array::DType;
use crate::error::Error;
use crate::graph::Meta;
use crate::io::zarr::version::ZarrVersion;
use crate::roi::Shape;

/// The order in which the axes of an image stand: time, channel, space.
const ORDER: &str = "tczyx";
/// Colours of channels, for viewers: white for one alone.
const COLOURS: [&str; 6] = ["00FF00", "FF00FF", "00FFFF", "FFFF00", "FF0000", "0000FF"];

/// `meta` with its axes in the format's order, and which axis each of them was.
///
/// # Errors
///
/// Axes that an image of the format does not have.
pub(super) fn arrange(meta: &Meta) -> Result<(Meta, Vec<usize>), Error> {
    let axes = meta.axes();
    let known = axes.iter().all(|letter| ORDER.contains(letter));
    if !known || !axes.contains('y') || !axes.contains('x') {
        return Err(Error::invalid(format!(
            "OME-Zarr has axes among `{ORDER}`, with `y` and `x`, and not `{axes}`: write it without OME's metadata"
        )));
    }
    let letters: String = ORDER.chars().filter(|letter| axes.contains(*letter)).collect();
    let order: Vec<_> = letters.chars().filter_map(|letter| axes.position(letter)).collect();
    let shape = Shape::new(order.iter().map(|axis| meta.shape()[*axis]).collect::<Vec<_>>())?;
    Ok((meta.clone().with_axes(letters.parse()?, shape)?, order))
}

/// The documents of the group that is an image like `meta`, whose scales have these `shapes`.
pub(super) fn group(
    version: ZarrVersion,
    name: &str,
    meta: &Meta,
    shapes: &[Shape],
    labels: bool,
) -> Vec<(String, Value)> {
    let mut multiscale = json!({
        "name": name,
        "axes": axes(meta),
        "datasets": shapes.iter().enumerate().map(|(level, shape)| dataset(meta, level, shape, labels)).collect::<Value>(),
        "type": if labels { "nearest" } else { "mean" },
    });
    if version == ZarrVersion::V2 {
        multiscale["version"] = json!("0.4");
    }
    let mut content = json!({"multiscales": [multiscale]});
    if let Some(omero) = omero(meta) {
        content["omero"] = omero;
    }
    match version {
        ZarrVersion::V2 => vec![
            (".zgroup".to_owned(), json!({"zarr_format": 2})),
            (".zattrs".to_owned(), content),
        ],
        ZarrVersion::V3 => {
            content["version"] = json!("0.5");
            let group = json!({"zarr_format": 3, "node_type": "group", "attributes": {"ome": content}});
            vec![("zarr.json".to_owned(), group)]
        }
    }
}

fn axes(meta: &Meta) -> Value {
    let unit = |axis: usize| meta.pixel_size().map_or("", |sizes| &*sizes[axis].unit);
    let axis = |(n, letter): (usize, char)| {
        let kind = match letter {
            't' => "time",
            'c' => "channel",
            _ => "space",
        };
        let mut axis = json!({"name": letter, "type": kind});
        if !unit(n).is_empty() {
            axis["unit"] = json!(unit(n));
        }
        axis
    };
    meta.axes().iter().enumerate().map(axis).collect()
}

/// Where a scale lies, and what its pixels measure.
fn dataset(meta: &Meta, level: usize, shape: &Shape, labels: bool) -> Value {
    // As far as an axis can be halved; its last samples may be left out.
    let halvings = |axis: usize| match meta.axes().spatial().any(|own| own == axis) {
        true => meta.shape()[axis].max(1).ilog2().min(level as u32),
        false => 0,
    };
    let axes = 0..shape.rank();
    let sizes = axes
        .clone()
        .map(|axis| meta.pixel_size().map_or(1.0, |sizes| sizes[axis].size));
    let scale: Vec<_> = sizes
        .clone()
        .zip(axes)
        .map(|(size, axis)| size * 2_f64.powi(halvings(axis) as i32))
        .collect();
    let mut transformations = vec![json!({"type": "scale", "scale": scale})];
    if level > 0 && !labels {
        // The middle of a mean lies between the samples that it is of.
        let translation: Vec<_> = scale
            .iter()
            .zip(sizes)
            .map(|(scale, size)| (scale - size) / 2.0)
            .collect();
        transformations.push(json!({"type": "translation", "translation": translation}));
    }
    json!({"path": level.to_string(), "coordinateTransformations": transformations})
}

/// What the channels are called, and how a viewer may show them.
fn omero(meta: &Meta) -> Option<Value> {
    let names = meta.channel_names();
    let count = meta.axes().position('c').map_or(1, |axis| meta.shape()[axis]);
    if names.is_empty() || names.len() != count {
        return None;
    }
    let (least, greatest) = meta.range().unwrap_or_else(|| match meta.dtype() {
        DType::U8 => (0.0, 255.0),
        DType::U16 => (0.0, 65535.0),
        _ => (0.0, 1.0),
    });
    let window = json!({"min": least, "max": greatest, "start": least, "end": greatest});
    let colour = |n: usize| {
        if count == 1 {
            "FFFFFF"
        } else {
            COLOURS[n % COLOURS.len()]
        }
    };
    let channel = |(n, name): (usize, &crate::sync::Arc<str>)| json!({"label": &**name, "color": colour(n), "active": true, "window": window});
    let channels: Value = names.iter().enumerate().map(channel).collect();
    Some(json!({"channels": channels}))
}

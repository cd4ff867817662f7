//! OME-NGFF: what the attributes of a group say of an image in several scales.
//!
//! Source: the specifications 0.4 and 0.5 at ngff.openmicroscopy.org; 0.1 to 0.3 as far as their multiscales go.

use serde_json::{Map, Value};

use crate::array::Axes;
use crate::error::Error;
use crate::graph::{Meta, PixelSize};
use crate::io::axes::axes_by_shape;
use crate::io::zarr::json::Object;
use crate::io::zarr::metadata::Metadata;
use crate::roi::Shape;

/// The axes of images before 0.3, which do not name them.
const UNNAMED: &str = "tczyx";

/// An image in several scales.
pub(super) struct Multiscale {
    /// The finest first.
    pub(super) scales: Vec<Scale>,
    axes: Vec<Axis>,
    /// What one pixel of the finest measures along each axis, before its own scale is applied.
    factors: Vec<f64>,
    channels: Vec<String>,
}

/// One scale.
pub(super) struct Scale {
    /// Where its array lies, from the group on.
    pub(super) path: String,
    factors: Vec<f64>,
}

struct Axis {
    name: String,
    kind: String,
    unit: String,
}

/// What the group's attributes say beside 0.5's envelope, or within it.
pub(super) fn content(attributes: &Map<String, Value>) -> &Map<String, Value> {
    match attributes.get("ome") {
        Some(Value::Object(ome)) => ome,
        _ => attributes,
    }
}

impl Multiscale {
    /// The first image that the attributes of a group tell of, if they do.
    ///
    /// # Errors
    ///
    /// They tell of one in a way that cannot be.
    pub(super) fn read(attributes: &Map<String, Value>) -> Result<Option<Self>, Error> {
        let content = content(attributes);
        let Some(list) = content.get("multiscales") else {
            return Ok(None);
        };
        let first = list.as_array().and_then(|list| list.first());
        let first = first.ok_or_else(|| Error::invalid("`multiscales` is no list of images"))?;
        let image = Object::new(first, "`multiscales`")?;
        let datasets = image
            .need("datasets")?
            .as_array()
            .ok_or_else(|| image.wrong("datasets", "a list"))?;
        let scales = datasets.iter().map(Scale::read).collect::<Result<Vec<_>, _>>()?;
        if scales.is_empty() {
            return Err(image.wrong("datasets", "a list with a scale in it"));
        }
        Ok(Some(Self {
            scales,
            axes: axes(&image)?,
            factors: factors(&image)?,
            channels: channels(content),
        }))
    }

    /// The scale that is called `name`, or has that number; the finest without.
    ///
    /// # Errors
    ///
    /// There is none. The error lists those that are.
    pub(super) fn choose(&self, name: Option<&str>) -> Result<&Scale, Error> {
        let Some(name) = name else { return Ok(&self.scales[0]) };
        let by_name = self.scales.iter().find(|scale| scale.path == name);
        let by_number = || self.scales.get(name.parse::<usize>().ok()?);
        by_name.or_else(by_number).ok_or_else(|| {
            let known: Vec<_> = self.scales.iter().map(|scale| format!("`{}`", scale.path)).collect();
            Error::invalid(format!("it has no scale `{name}`: use one of {}", known.join(", ")))
        })
    }

    /// The description of the image at `scale`.
    ///
    /// # Errors
    ///
    /// Axes that do not fit the array.
    pub(super) fn describe(&self, scale: &Scale, array: &Metadata) -> Result<Meta, Error> {
        let axes = self.letters(&array.shape)?;
        let meta = Meta::new(array.shape, array.dtype, axes)?;
        let names = self.channels.iter().map(String::as_str);
        let channels = axes.position('c').map_or(1, |c| array.shape[c]);
        let meta = match self.channels.len() == channels {
            true => meta.with_channel_names(names),
            false => meta,
        };
        let known = !scale.factors.is_empty() || !self.factors.is_empty();
        if !known && self.axes.iter().all(|axis| axis.unit.is_empty()) {
            return Ok(meta);
        }
        meta.with_pixel_size((0..axes.len()).map(|axis| self.pixel(scale, axis)))
    }

    fn pixel(&self, scale: &Scale, axis: usize) -> PixelSize {
        let of = |factors: &[f64]| factors.get(axis).copied().unwrap_or(1.0);
        let size = of(&scale.factors) * of(&self.factors);
        let unit = self.axes.get(axis).map_or("", |axis| &axis.unit);
        match size.is_finite() && size > 0.0 {
            true => PixelSize {
                size,
                unit: unit.into(),
            },
            // Some write 0 for what they do not know.
            false => PixelSize {
                size: 1.0,
                unit: "".into(),
            },
        }
    }

    fn letters(&self, shape: &Shape) -> Result<Axes, Error> {
        let rank = shape.rank();
        if self.axes.is_empty() {
            return match rank {
                ..=5 => Ok(UNNAMED[5 - rank..].parse()?),
                _ => axes_by_shape(shape),
            };
        }
        if self.axes.len() != rank {
            return Err(Error::invalid(format!(
                "`axes` names {} axes, its array has {rank}",
                self.axes.len()
            )));
        }
        let named: Option<String> = self.axes.iter().map(Axis::letter).collect();
        match named.map(|letters| letters.parse()) {
            Some(Ok(axes)) => Ok(axes),
            _ => self.letters_by_kind(),
        }
    }

    /// Axes with names of their own: by what they are.
    fn letters_by_kind(&self) -> Result<Axes, Error> {
        let spatial = self.axes.iter().filter(|axis| axis.kind == "space").count();
        let mut space = ["z", "y", "x"].into_iter().skip(3_usize.saturating_sub(spatial));
        let letters: Option<String> = self
            .axes
            .iter()
            .map(|axis| match axis.kind.as_str() {
                "time" => Some("t"),
                "channel" => Some("c"),
                "space" => space.next(),
                _ => None,
            })
            .collect();
        let names = || {
            self.axes
                .iter()
                .map(|axis| axis.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let unknown = || {
            Error::invalid(format!(
                "its axes {} have no letters: say what they are called",
                names()
            ))
        };
        letters.ok_or_else(unknown)?.parse()
    }
}

impl Axis {
    fn letter(&self) -> Option<char> {
        let mut letters = self.name.chars();
        letters
            .next()
            .filter(|letter| letters.next().is_none() && letter.is_ascii_lowercase())
    }
}

impl Scale {
    fn read(value: &Value) -> Result<Self, Error> {
        let dataset = Object::new(value, "a dataset of `multiscales`")?;
        Ok(Self {
            path: dataset.text("path")?.trim_matches('/').to_owned(),
            factors: factors(&dataset)?,
        })
    }
}

/// Dictionaries since 0.4, mere names in 0.3.
fn axes(image: &Object<'_>) -> Result<Vec<Axis>, Error> {
    let Some(list) = image.get("axes") else {
        return Ok(Vec::new());
    };
    let list = list.as_array().ok_or_else(|| image.wrong("axes", "a list"))?;
    let axis = |value: &Value| {
        if let Some(name) = value.as_str() {
            return Ok(Axis {
                name: name.to_owned(),
                kind: String::new(),
                unit: String::new(),
            });
        }
        let axis = Object::new(value, "an axis")?;
        let text = |key| axis.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Axis {
            name: axis.text("name")?.to_owned(),
            kind: text("type"),
            unit: text("unit"),
        })
    };
    list.iter().map(axis).collect()
}

/// The product of all scales among the transformations; where an image lies is not asked for.
fn factors(object: &Object<'_>) -> Result<Vec<f64>, Error> {
    let wrong = || object.wrong("coordinateTransformations", "a list of transformations");
    let Some(list) = object.get("coordinateTransformations") else {
        return Ok(Vec::new());
    };
    let mut product: Vec<f64> = Vec::new();
    for transformation in list.as_array().ok_or_else(wrong)? {
        let Some(scale) = transformation.get("scale").and_then(Value::as_array) else {
            continue;
        };
        let scale: Vec<f64> = scale
            .iter()
            .map(Value::as_f64)
            .collect::<Option<_>>()
            .ok_or_else(wrong)?;
        if product.is_empty() {
            product = scale;
        } else if product.len() == scale.len() {
            product
                .iter_mut()
                .zip(scale)
                .for_each(|(product, scale)| *product *= scale);
        } else {
            return Err(wrong());
        }
    }
    Ok(product)
}

fn channels(content: &Map<String, Value>) -> Vec<String> {
    let list = content
        .get("omero")
        .and_then(|omero| omero.get("channels"))
        .and_then(Value::as_array);
    let labels = list
        .into_iter()
        .flatten()
        .map(|channel| channel.get("label").and_then(Value::as_str));
    // Names of some channels only would be names of the wrong ones.
    labels
        .map(|label| label.map(str::to_owned))
        .collect::<Option<_>>()
        .unwrap_or_default()
}

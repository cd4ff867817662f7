//! Arrays without OME's metadata: what this library writes beside them to know pixel sizes and channels again.

use serde_json::{Value, json};

use crate::array::Axes;
use crate::error::Error;
use crate::graph::{Meta, PixelSize};
use crate::io::channels::with_channels;
use crate::io::zarr::metadata::Metadata;
use crate::io::zarr::read::axes_of;

/// The attribute.
const KEY: &str = "headwater";

/// The description of an array by itself. `axes` is what they are called, whatever it says.
///
/// # Errors
///
/// As many axes as have no names.
pub(super) fn describe(array: &Metadata, axes: Option<Axes>) -> Result<Meta, Error> {
    let axes = match axes {
        Some(axes) => axes,
        None => axes_of(&array.names, &array.shape)?,
    };
    let meta = Meta::new(array.shape, array.dtype, axes)?;
    let Some(own) = array.attributes.get(KEY) else {
        return Ok(meta);
    };
    let meta = with_channels(meta, own.get("channel_names"));
    // What somebody has changed by hand so that it does not fit is left alone.
    Ok(match pixel_size(own) {
        Some(sizes) => meta.clone().with_pixel_size(sizes).unwrap_or(meta),
        None => meta,
    })
}

fn pixel_size(own: &Value) -> Option<Vec<PixelSize>> {
    let sizes = own.get("pixel_size")?.as_array()?.iter();
    let size = |pixel: &Value| {
        let (size, unit) = (pixel.get("size")?.as_f64()?, pixel.get("unit")?.as_str()?.into());
        Some(PixelSize { size, unit })
    };
    sizes.map(size).collect()
}

/// The attribute for an image like `meta`, if there is anything to say.
pub(super) fn attribute(meta: &Meta) -> Option<(String, Value)> {
    let mut own = json!({});
    if let Some(sizes) = meta.pixel_size() {
        let sizes = sizes
            .iter()
            .map(|pixel| json!({"size": pixel.size, "unit": &*pixel.unit}));
        own["pixel_size"] = sizes.collect();
    }
    if !meta.channel_names().is_empty() {
        own["channel_names"] = meta.channel_names().iter().map(|name| json!(&**name)).collect();
    }
    own.as_object()
        .is_some_and(|own| !own.is_empty())
        .then(|| (KEY.to_owned(), own))
}

//! The images of a container, and the scales of an image.

use headwater::Error;
use headwater::graph::Meta;
use headwater::io::Open;
use serde_json::json;

use super::{pixel_size, pixel_sizes};
use crate::cli::escape::lines;
use crate::cli::report::{Report, describe, described, joined};

/// What there is at a location.
pub(super) struct Found {
    /// The image, if one is meant.
    pub(super) meta: Option<Meta>,
    /// The scales of it, if there are several.
    scales: Vec<Part>,
    /// The images further within.
    images: Vec<Part>,
}

/// An image or a scale by its name, or why it cannot be opened.
struct Part {
    name: String,
    meta: Result<Meta, Error>,
}

impl Found {
    /// Opens what is at `file`, and all that is in it.
    ///
    /// # Errors
    ///
    /// It is neither an image nor a container with an image that can be opened.
    pub(super) fn new(open: &Open, file: &str) -> Result<Self, Error> {
        let whole = meta(open, file);
        let (contents, whole) = match (open.contents(file), whole) {
            (Ok(contents), whole) => (contents, whole),
            (Err(_), whole) => (Default::default(), whole),
        };
        let is_the_only_one = whole.is_ok() && contents.scales.is_empty() && contents.images.len() == 1;
        let images = if is_the_only_one { Vec::new() } else { contents.images };
        let scales = if contents.scales.len() > 1 {
            contents.scales
        } else {
            Vec::new()
        };
        let image = |name: String| Part {
            meta: meta(open, &name),
            name,
        };
        let scale = |name: String| Part {
            meta: meta(&open.clone().scale(&name), file),
            name,
        };
        let images: Vec<_> = images.into_iter().map(image).collect();
        let meta = match whole {
            Err(error) if images.iter().all(|image| image.meta.is_err()) => return Err(error),
            whole => whole.ok(),
        };
        Ok(Self {
            meta,
            scales: scales.into_iter().map(scale).collect(),
            images,
        })
    }

    /// Adds what is within to the report; the image itself has been told of.
    pub(super) fn tell(&self, report: &mut Report) {
        for (what, key, parts) in [("scale", "scales", &self.scales), ("holds", "images", &self.images)] {
            for Part { name, meta } in parts {
                let text = match meta {
                    Ok(meta) => told(meta),
                    Err(error) => lines(error).join("; "),
                };
                report.line(what, &format!("{name}: {text}"));
                let more = match meta {
                    Ok(meta) => joined(described(meta), json!({ "pixel_size": pixel_sizes(meta) })),
                    Err(error) => json!({ "error": lines(error).join("; ") }),
                };
                report.push(key, joined(json!({ "name": name }), more));
            }
        }
    }
}

fn meta(open: &Open, location: &str) -> Result<Meta, Error> {
    Ok(open.open(location)?.meta().clone())
}

fn told(meta: &Meta) -> String {
    let size = pixel_size(meta).map(|size| format!(", pixels {size}"));
    format!("{}{}", describe(meta), size.unwrap_or_default())
}

//! What a TIFF says of its pages as a whole: their axes, the size of a pixel, the names of channels.
//!
//! There are four dialects: OME-XML, ImageJ's lines, tifffile's JSON, and nothing. All end as an [`About`].

mod imagej;
mod json;
mod ome;
mod plain;
mod units;

use crate::array::Axes;
use crate::error::Error;
use crate::graph::PixelSize;

pub(super) use ome::NAMESPACE;
pub(super) use units::{long_name, symbol};

/// What the first page tells apart from its description.
#[derive(Clone, Debug, Default)]
pub(super) struct Resolution {
    /// Pixels per unit, along x and y.
    pub(super) x: Option<f64>,
    pub(super) y: Option<f64>,
    /// 1: none, 2: inch, 3: centimetre.
    pub(super) unit: u64,
}

/// What is known of the pages beyond what they are.
#[derive(Debug, Default)]
pub(super) struct About {
    /// Axes along which the pages follow each other, the slowest first, with their lengths. Only those that are longer than 1, or
    /// are to be kept.
    pub(super) outer: Vec<(char, usize)>,
    /// The page of each plane in C order of `outer`, if they are not in order.
    pub(super) planes: Option<Vec<usize>>,
    pub(super) pixel: Vec<(char, PixelSize)>,
    pub(super) channels: Vec<String>,
    /// All axes in the order that the writer had them, if it says so.
    pub(super) axes: Option<Axes>,
    /// Width, height and samples that the description insists on.
    pub(super) insists: Option<(usize, usize)>,
    /// All planes lie together behind the first page, which is the only one.
    pub(super) together: bool,
}

/// What is to be interpreted.
#[derive(Debug)]
pub(super) struct Told<'a> {
    /// The description of the first page.
    pub(super) description: &'a str,
    pub(super) resolution: Resolution,
    /// Pages in the file.
    pub(super) pages: usize,
    /// Samples of a pixel.
    pub(super) samples: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    /// The file's own name.
    pub(super) file_name: &'a str,
}

impl About {
    /// What is `told`.
    ///
    /// # Errors
    ///
    /// A description that contradicts the pages, or needs another file.
    pub(super) fn of(told: &Told<'_>) -> Result<Self, Error> {
        let text = trimmed(told.description);
        if Self::is_ome(text) {
            return ome::about(told, text).map_err(|cause| cause.context("its OME-XML"));
        }
        if text.starts_with("ImageJ=") {
            return Ok(imagej::about(told, text));
        }
        let about = if text.starts_with('{') {
            json::about(told, text)
        } else {
            None
        };
        Ok(about.unwrap_or_else(|| plain::about(told)))
    }

    /// Whether a description is OME-XML.
    pub(super) fn is_ome(description: &str) -> bool {
        let text = trimmed(description);
        text.starts_with('<') && (text.contains("<OME") || text.contains(":OME "))
    }

    /// Makes pixels along `axis` larger, where there are fewer in a coarser scale.
    pub(super) fn enlarge(&mut self, axis: char, from: usize, to: usize) {
        for (own, pixel) in &mut self.pixel {
            if *own == axis && from != to {
                pixel.size *= from as f64 / to as f64;
            }
        }
    }

    /// Adds the distance of neighbours along `axis`, if it is one.
    fn add_pixel(&mut self, axis: char, size: Option<f64>, unit: &str) {
        if let Some(size) = size.filter(|size| size.is_finite() && *size > 0.0) {
            let unit = unit.into();
            self.pixel.push((axis, PixelSize { size, unit }));
        }
    }
}

fn trimmed(description: &str) -> &str {
    description.trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}')
}

//! From what a pipeline says of an output to an export.

use headwater::graph::{Meta, Output};
use headwater::io::{Create, Export};
use headwater::pipeline::OutputSpec;
use headwater::{Array, Error};

use crate::cli::place::Place;
use crate::cli::range;
use crate::cli::session::Session;

/// The export of `slot` as `spec` wants it.
///
/// # Errors
///
/// If the slot is not ready.
pub(super) fn of(slot: &Output<Array>, spec: &OutputSpec, place: &Place, session: &Session) -> Result<Export, Error> {
    let meta = slot.meta()?;
    let mut export = Export::new(slot).create(create(spec, place, session));
    if let Some(region) = spec.region {
        export = export.region(region);
    }
    if let Some(axes) = spec.axes {
        export = export.axes(axes.to_string());
    }
    if let Some(dtype) = spec.dtype {
        export = export.dtype(dtype);
    }
    Ok(match ranges(&meta, spec) {
        Some((from, to)) => export.normalise(from, to),
        None => export,
    })
}

/// From which range to which values are mapped, if they are.
fn ranges(meta: &Meta, spec: &OutputSpec) -> Option<((f64, f64), (f64, f64))> {
    let normalise = spec.normalise?;
    let from = normalise.from.unwrap_or_else(|| range::of(meta));
    let dtype = spec.dtype.unwrap_or(meta.dtype());
    Some((from, normalise.to.unwrap_or_else(|| range::of_type(dtype))))
}

fn create(spec: &OutputSpec, place: &Place, session: &Session) -> Create {
    let create = Create::new().limit(session.limit()).replace(place.replace);
    let mut create = create.labels(spec.labels);
    if let Some(format) = spec.format {
        create = create.format(format);
    }
    if let Some(compression) = spec.compression {
        create = create.compression(compression);
    }
    if let Some(chunk) = spec.chunk {
        create = create.chunk(chunk);
    }
    if let Some(shard) = spec.shard {
        create = create.shard(shard);
    }
    match spec.scales {
        Some(scales) => create.scales(scales),
        None => create,
    }
}

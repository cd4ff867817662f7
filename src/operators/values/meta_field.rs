//! The facts of a description, by name.

use std::any::TypeId;
use std::fmt;

use crate::error::Error;
use crate::graph::{Meta, SlotType};

/// One of the facts that a [`Meta`] may hold beside shape, axes and type of elements: what
/// [`MergeMeta`](crate::operators::MergeMeta) is told to take over.
#[derive(Clone, Copy)]
pub struct MetaField {
    name: &'static str,
    /// Of an extra, which; of the others, nothing.
    kind: TypeId,
    copy: fn(Meta, &Meta) -> Result<Meta, Error>,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $copy:expr;)*) => {$(
        $(#[$doc])*
        pub fn $name() -> Self {
            Self { name: $text, kind: TypeId::of::<()>(), copy: $copy }
        }
    )*};
}

impl MetaField {
    fields! {
        /// The range of values.
        range, "range", |meta, source| Ok(match source.range() {
            Some((least, greatest)) => meta.with_range(least, greatest),
            None => meta,
        });
        /// The distance of neighbours along each axis, by the letters of the axes.
        pixel_size, "pixel_size", pixel_size;
        /// What the channels show.
        channel_names, "channel_names", |meta, source| Ok(match source.channel_names() {
            [] => meta,
            names => meta.with_channel_names(names.iter().cloned()),
        });
        /// The shape of blocks in which it is computed best, if it has the same axes.
        ideal_block, "ideal_block", |meta, source| Ok(match source.ideal_block() {
            Some(block) if source.axes() == meta.axes() => meta.with_ideal_block(block),
            _ => meta,
        });
        /// The largest block that should be asked for at once, if it has the same axes.
        max_block, "max_block", |meta, source| Ok(match source.max_block() {
            Some(block) if source.axes() == meta.axes() => meta.with_max_block(block),
            _ => meta,
        });
        /// All facts of one's own.
        extras, "extras", |meta, source| Ok(meta.with_extras_of(source));
    }

    /// The fact of one's own of type `T`.
    pub fn extra<T: SlotType>() -> Self {
        Self {
            name: std::any::type_name::<T>(),
            kind: TypeId::of::<T>(),
            copy: |meta, source| {
                Ok(match source.extra::<T>() {
                    Some(extra) => meta.with_extra(extra.clone()),
                    None => meta,
                })
            },
        }
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// `meta` with this of `source`; as it is, if `source` does not have it.
    pub(crate) fn copy(&self, meta: Meta, source: &Meta) -> Result<Meta, Error> {
        (self.copy)(meta, source)
    }
}

fn pixel_size(meta: Meta, source: &Meta) -> Result<Meta, Error> {
    let sizes = source.clone().with_axes(meta.axes(), meta.shape())?;
    match sizes.pixel_size() {
        Some(sizes) => meta.with_pixel_size(sizes.iter().cloned()),
        None => Ok(meta),
    }
}

impl PartialEq for MetaField {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.kind == other.kind
    }
}

impl Eq for MetaField {}

impl SlotType for MetaField {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl fmt::Debug for MetaField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MetaField({})", self.name())
    }
}

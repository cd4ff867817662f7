//! Which Zarr is written.

/// A version of the Zarr format, and with it of OME-NGFF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ZarrVersion {
    /// Version 2, with OME-NGFF 0.4: what most programs of before 2025 read.
    V2,
    /// Version 3, with OME-NGFF 0.5.
    #[default]
    V3,
}

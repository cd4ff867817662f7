//! HDF5, by the C library.
//!
//! | | |
//! |---|---|
//! | a dataset | by the place within; the only one of two to five axes if none is told; written as `data` |
//! | samples | all eleven types; bool as the enumeration that h5py writes |
//! | axes | ilastik's attribute `axistags`, by shape otherwise |
//! | pixel sizes | `resolution` in `axistags`, units in `axis_units` |
//! | channel names | `channel_names`, as JSON like the others |
//! | compression | whatever the library knows; written with gzip 1, as told, or none |
//! | written | a new file with one dataset, in chunks |
//!
//! The library has one lock for all threads: reads and writes take turns. It trusts its files more than we do: a damaged one that
//! it does not see through may end the process, which no code of ours can hinder. A run cannot be resumed: a file that was not
//! closed is lost.

mod find;
mod read;
mod tags;
mod write;

pub(crate) use read::{names, open};
pub(crate) use write::create;

use hdf5_metno::{Hyperslab, SliceOrIndex};

use crate::roi::Roi;

/// `roi` as the library tells regions.
fn slab(roi: &Roi) -> Hyperslab {
    roi.ranges().map(SliceOrIndex::from).collect::<Vec<_>>().into()
}

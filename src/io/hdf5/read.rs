//! Reading HDF5.

use hdf5_metno::types::{FloatSize, IntSize, TypeDescriptor};
use hdf5_metno::{Dataset, File};

use crate::array::{Array, DType, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::axes::axes_by_shape;
use crate::io::hdf5::find::{self, dataset};
use crate::io::hdf5::{slab, tags};
use crate::io::inflated::run_block;
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::open::Open;
use crate::io::source::Source;
use crate::roi::{BlockGrid, Roi, Shape};

struct Hdf5 {
    name: String,
    meta: Meta,
    dataset: Dataset,
    /// What is read at a time: a chunk, or a run of a dataset without chunks.
    piece: Shape,
    limit: Limit,
}

/// What the datasets in the file are called; nothing, if one is told.
///
/// # Errors
///
/// The library's.
pub(crate) fn names(at: &Location) -> Result<Vec<String>, Error> {
    if !at.within().is_empty() {
        return Ok(Vec::new());
    }
    let file = File::open(at.path()).context("the HDF5 library")?;
    find::names(&file)
}

/// Opens the dataset.
///
/// # Errors
///
/// As [`crate::io::open`], without the file's name.
pub(crate) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let file = File::open(at.path()).context("the HDF5 library")?;
    let dataset = dataset(&file, at.within())?;
    let shape = Shape::new(dataset.shape())?;
    let descriptor = dataset.dtype().and_then(|dtype| dtype.to_descriptor());
    let dtype = dtype_of(descriptor.context("the type of its samples")?)?;
    let told = tags::read(&dataset, shape.rank());
    let axes = match (how.axes, &told) {
        (Some(axes), _) => axes,
        (None, Some((axes, _))) => *axes,
        (None, None) => axes_by_shape(&shape)?,
    };
    let mut meta = Meta::new(shape, dtype, axes)?;
    if let Some((_, sizes)) = told
        && !sizes.is_empty()
    {
        meta = meta.with_pixel_size(sizes)?;
    }
    let meta = tags::with_names(meta, &dataset);
    let piece = match dataset.chunk() {
        Some(chunk) => Shape::new(chunk)?,
        None => run_block(&shape, dtype)?,
    };
    if piece.rank() != shape.rank() || piece.is_empty() {
        return Err(Error::invalid(format!(
            "chunks of {piece} do not fit the shape {shape}"
        )));
    }
    let ideal = piece
        .iter()
        .zip(shape.iter())
        .map(|(piece, whole)| piece.min(whole.max(1)));
    let ideal = Shape::new(ideal.collect::<Vec<_>>())?;
    Ok(Box::new(Hdf5 {
        name: at.to_string(),
        meta: meta.with_ideal_block(ideal),
        dataset,
        piece,
        limit: how.limit,
    }))
}

fn dtype_of(descriptor: TypeDescriptor) -> Result<DType, Error> {
    Ok(match descriptor {
        TypeDescriptor::Unsigned(IntSize::U1) => DType::U8,
        TypeDescriptor::Unsigned(IntSize::U2) => DType::U16,
        TypeDescriptor::Unsigned(IntSize::U4) => DType::U32,
        TypeDescriptor::Unsigned(IntSize::U8) => DType::U64,
        TypeDescriptor::Integer(IntSize::U1) => DType::I8,
        TypeDescriptor::Integer(IntSize::U2) => DType::I16,
        TypeDescriptor::Integer(IntSize::U4) => DType::I32,
        TypeDescriptor::Integer(IntSize::U8) => DType::I64,
        TypeDescriptor::Float(FloatSize::U4) => DType::F32,
        TypeDescriptor::Float(FloatSize::U8) => DType::F64,
        TypeDescriptor::Boolean => DType::Bool,
        other => return Err(Error::invalid(format!("samples of type {other} are not supported"))),
    })
}

impl Hdf5 {
    fn read_pieces(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.limit.admit(self.scratch(roi))?;
        if roi.is_empty() {
            return Ok(());
        }
        for block in BlockGrid::aligned(self.meta.roi(), self.piece)?.intersecting(roi)? {
            checkpoint.check()?;
            let Some(part) = block.roi.intersection(roi) else {
                continue;
            };
            let place = part.relative_to(roi)?;
            match_dtype!(self.meta.dtype(), T => {
                let read = self.dataset.read_slice::<T, _, ndarray::IxDyn>(slab(&part));
                let read = Array::from_ndarray(self.meta.axes(), read.context("the HDF5 library")?)?;
                out.assign_region(&place, &read)?;
            });
        }
        Ok(())
    }
}

impl Source for Hdf5 {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read_region(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let read = self.read_pieces(roi, out, checkpoint);
        read.context(format_args!("cannot read `{}`", self.name))
    }

    fn scratch(&self, _roi: &Roi) -> u64 {
        let piece = self.piece.saturating_volume() as u64;
        // A chunk as it is in the file, as the library holds it, and as it is handed over.
        piece.saturating_mul(self.meta.dtype().size() as u64).saturating_mul(3)
    }
}

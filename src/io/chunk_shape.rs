//! The shape of chunks, in formats that have them.

#[cfg(any(feature = "hdf5", feature = "n5"))]
use crate::error::Error;
use crate::graph::Meta;
use crate::roi::Shape;

/// About so many bytes: small enough to look at a part, large enough to be no burden for a file system.
const USUAL: usize = 512 << 10;
/// What the image prefers is taken if its bytes are among these.
const LEAST: usize = 64 << 10;
const MOST: usize = 4 << 20;

/// The image's ideal block, if that is of a good size; else a box of space whose sides are powers of 2.
pub(crate) fn chunk_shape(meta: &Meta) -> Shape {
    let (shape, item) = (meta.shape(), meta.dtype().size());
    let ideal = meta.ideal_block().filter(|block| block.rank() == shape.rank());
    let ideal = ideal.map(|block| clipped(block, shape));
    let bytes = |block: &Shape| block.saturating_volume().saturating_mul(item);
    let whole = shape.saturating_volume().saturating_mul(item);
    match ideal.filter(|block| bytes(block) <= MOST && bytes(block) >= LEAST.min(whole)) {
        Some(block) => block,
        None => usual(meta, USUAL / item),
    }
}

/// The shape that somebody has `wanted`, or else [the usual one](chunk_shape).
///
/// # Errors
///
/// What is wanted does not fit the image.
#[cfg(any(feature = "hdf5", feature = "n5"))]
pub(crate) fn chunk_shape_or(wanted: Option<Shape>, meta: &Meta) -> Result<Shape, Error> {
    let shape = meta.shape();
    match wanted {
        None => Ok(chunk_shape(meta)),
        Some(wanted) if wanted.rank() == shape.rank() && !wanted.is_empty() => Ok(wanted),
        Some(wanted) => Err(Error::invalid(format!(
            "chunks of {wanted} do not fit the shape {shape}"
        ))),
    }
}

/// `block`, where an axis of 0 has no preference, within `shape`.
fn clipped(block: Shape, shape: Shape) -> Shape {
    let lengths = block.iter().zip(shape.iter()).map(|(block, all)| {
        let block = if block == 0 { all } else { block };
        block.min(all).max(1)
    });
    of(lengths)
}

fn usual(meta: &Meta, samples: usize) -> Shape {
    let (shape, axes) = (meta.shape(), meta.axes());
    let mut spatial: Vec<_> = axes.spatial().collect();
    if spatial.is_empty() {
        spatial = (0..shape.rank()).collect();
    }
    // What short axes leave goes to the longer ones.
    spatial.sort_by_key(|axis| shape[*axis]);
    let mut lengths = vec![1; shape.rank()];
    let mut left = samples.max(1) as f64;
    for (served, axis) in spatial.iter().enumerate() {
        let degree = (spatial.len() - served) as f64;
        let side = (left.log2() / degree).round().clamp(0.0, 40.0) as u32;
        lengths[*axis] = (1_usize << side).min(shape[*axis]).max(1);
        left = (left / lengths[*axis] as f64).max(1.0);
    }
    of(lengths.into_iter())
}

fn of(lengths: impl Iterator<Item = usize>) -> Shape {
    Shape::new(lengths.collect::<Vec<_>>()).expect("invariant: as many axes as the image")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::DType;

    fn chunk(axes: &str, shape: &[usize], dtype: DType) -> Shape {
        chunk_shape(&Meta::new(Shape::new(shape).unwrap(), dtype, axes).unwrap())
    }

    #[test]
    fn chunks_are_cubes_of_space_of_half_a_mebibyte() {
        assert_eq!(chunk("zyx", &[512, 512, 512], DType::U16), [64, 64, 64]);
        assert_eq!(chunk("yx", &[5000, 7000], DType::U16), [512, 512]);
        assert_eq!(chunk("tczyx", &[9, 3, 4, 2000, 2000], DType::U16), [1, 1, 4, 256, 256]);
        assert_eq!(chunk("yx", &[3, 0], DType::U8), [3, 1]);
        assert_eq!(chunk("tc", &[90, 30], DType::F32), [90, 30]);
    }

    #[cfg(any(feature = "hdf5", feature = "n5"))]
    #[test]
    fn what_is_wanted_is_taken_if_it_fits() {
        let meta = Meta::new(Shape::from([30, 20]), DType::U8, "yx").unwrap();
        let or = |wanted| chunk_shape_or(wanted, &meta);
        assert_eq!(or(Some(Shape::from([7, 100]))).unwrap(), [7, 100]);
        assert_eq!(or(None).unwrap(), [30, 20]);
        assert!(or(Some(Shape::from([7]))).is_err());
        assert!(or(Some(Shape::from([7, 0]))).is_err());
    }

    #[test]
    fn what_the_image_prefers_is_taken_if_it_is_of_a_good_size() {
        let meta = Meta::new(Shape::from([500, 600, 700]), DType::U8, "zyx").unwrap();
        let with = |block: [usize; 3]| chunk_shape(&meta.clone().with_ideal_block(Shape::from(block)));
        assert_eq!(with([1, 0, 0]), [1, 600, 700]);
        assert_eq!(with([100, 100, 100]), [100, 100, 100]);
        assert_eq!(with([0, 0, 0]), [64, 128, 64]);
        assert_eq!(with([1, 1, 1]), [64, 128, 64]);
    }
}

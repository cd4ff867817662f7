//! Images to write, folders to write them to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use headwater::graph::Meta;
use headwater::io::{Create, open};
use headwater::{Array, BlockGrid, Checkpoint, DType, Error, Roi, Shape};

/// An image with a value of its own at each place, within what its type can hold.
pub(crate) fn image(axes: &str, shape: &[usize], dtype: DType) -> Array {
    let n: usize = shape.iter().product();
    let values: Vec<i32> = (0..n as i64).map(|i| ((i * 7919 + i / 13) % 30_011) as i32).collect();
    let array = Array::from_vec(axes, shape, values).unwrap();
    let most = if dtype.size() == 1 { 127 } else { 30_011 };
    array.map(|v: i32| v % most).unwrap().cast(dtype).unwrap()
}

/// Writes `image` to `location`, block by block in the sink's unit, and finishes it.
pub(crate) fn save(create: &Create, location: &str, image: &Array, meta: &Meta) -> Result<(), Error> {
    let never = Checkpoint::never();
    let sink = create.create(location, meta)?;
    let unit: Vec<_> = sink
        .unit()
        .iter()
        .zip(image.shape())
        .map(|(u, n)| u.max(n.div_ceil(2).next_multiple_of(u)))
        .collect();
    for block in BlockGrid::aligned(meta.roi(), Shape::new(unit)?)?.iter() {
        sink.write_region(&block.roi, &image.slice(&block.roi)?, &never)?;
    }
    sink.finish(&never).map(drop)
}

/// Everything at `location`.
pub(crate) fn load(location: &str) -> Result<Array, Error> {
    let source = open(location)?;
    let roi: Roi = source.meta().roi();
    source.read(&roi, &Checkpoint::never())
}

/// All files below `folder`, by their paths within it.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = PathBuf::from(path.file_name().unwrap());
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, bytes)| (name.join(below), bytes)));
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

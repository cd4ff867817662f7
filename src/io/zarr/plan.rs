//! What a new store will look like: its arrays and their metadata.

use serde_json::{Map, Value, json};

use crate::array::{Axes, DType};
use crate::error::Error;
use crate::graph::Meta;
use crate::io::bytes::Endian;
use crate::io::chunk_shape::chunk_shape;
use crate::io::compression::Compression;
use crate::io::create::Create;
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::zarr::array::ZarrArray;
use crate::io::zarr::codec::Codecs;
use crate::io::zarr::keys::Keys;
use crate::io::zarr::metadata::{Chain, Metadata, Shards};
use crate::io::zarr::node::prefix;
use crate::io::zarr::store::Store;
use crate::io::zarr::version::ZarrVersion;
use crate::io::zarr::{codecs_v3, ome_write, plain, pyramid, v2, v3};
use crate::roi::Shape;
use crate::sync::Arc;

/// A store that is not there yet.
pub(super) struct Plan {
    /// The image as it will lie in the store.
    meta: Meta,
    order: Vec<usize>,
    /// The arrays with their paths, the finest first.
    arrays: Vec<(String, Metadata)>,
    /// Keys and what goes there.
    documents: Map<String, Value>,
}

/// What all arrays of a store have in common.
struct Encoding {
    version: ZarrVersion,
    chunk: Shape,
    codecs: Codecs,
    shards: Option<Shards>,
    /// As the metadata of the version tell it.
    written: Written,
}

enum Written {
    V2(Value),
    V3(Vec<Value>),
}

impl Plan {
    /// For an image like `meta`.
    ///
    /// # Errors
    ///
    /// Options or an image that the format does not have.
    pub(super) fn new(at: &Location, meta: &Meta, how: &Create) -> Result<Self, Error> {
        let ome = how.ome.unwrap_or(at.extension() == "zarr");
        let (meta, order) = match ome {
            true => ome_write::arrange(meta)?,
            false => (meta.clone(), (0..meta.shape().rank()).collect()),
        };
        let encoding = Encoding::new(&meta, &order, how)?;
        let mut documents = Map::new();
        let shapes = match (ome, how.scales) {
            (_, Some(0)) => return Err(Error::invalid("an image has one scale at least")),
            (true, wanted) => pyramid::shapes(meta.shape(), meta.axes(), encoding.piece(), wanted)?,
            (false, Some(2..)) => return Err(Error::invalid("a bare array has no coarser scales; OME-NGFF has")),
            (false, _) => vec![meta.shape()],
        };
        if ome {
            let name = at.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
            documents.extend(ome_write::group(encoding.version, &name, &meta, &shapes, how.labels));
        }
        let mut arrays = Vec::new();
        for (level, shape) in shapes.into_iter().enumerate() {
            let path = if ome { level.to_string() } else { String::new() };
            let array = encoding.array(shape, &meta, ome);
            documents.extend(encoding.documents(&prefix(&path), &array));
            arrays.push((path, array));
        }
        Ok(Self {
            meta,
            order,
            arrays,
            documents,
        })
    }

    /// Its axes, in their order.
    pub(super) fn axes(&self) -> Axes {
        self.meta.axes()
    }

    /// Which axis of the image each axis of the store is.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// What is written at a time, in the order of the image's axes.
    ///
    /// # Errors
    ///
    /// None that can come from outside.
    pub(super) fn unit(&self) -> Result<Shape, Error> {
        let chunk = self.arrays[0].1.chunk;
        let mut lengths = vec![1; chunk.rank()];
        self.order
            .iter()
            .zip(chunk.iter())
            .for_each(|(axis, length)| lengths[*axis] = length);
        Ok(Shape::new(lengths)?)
    }

    /// How many keys there will be.
    #[cfg(feature = "object-store")]
    pub(super) fn keys(&self) -> usize {
        let chunks = |array: &Metadata| -> usize {
            let lengths = array.shape.iter().zip(array.chunk.iter());
            lengths.fold(1, |count, (length, chunk)| {
                count.saturating_mul(length.div_ceil(chunk.max(1)))
            })
        };
        let arrays = self.arrays.iter().map(|(_, array)| chunks(array));
        arrays.fold(self.documents.len(), usize::saturating_add)
    }

    /// Keys and what goes there.
    pub(super) fn documents(&self) -> &Map<String, Value> {
        &self.documents
    }

    /// The arrays, in `store`.
    ///
    /// # Errors
    ///
    /// More memory than `limit`.
    pub(super) fn open(self, store: &Arc<dyn Store>, limit: Limit) -> Result<Vec<ZarrArray>, Error> {
        let arrays = self.arrays.into_iter();
        arrays
            .map(|(path, metadata)| ZarrArray::new(Arc::clone(store), prefix(&path), metadata, limit))
            .collect()
    }
}

impl Encoding {
    fn new(meta: &Meta, order: &[usize], how: &Create) -> Result<Self, Error> {
        let chunk = match how.chunk {
            Some(chunk) => permuted(chunk, order, "chunk")?,
            None => chunk_shape(meta),
        };
        let shard = how.shard.map(|shard| permuted(shard, order, "shard")).transpose()?;
        let compression = how.compression.unwrap_or(Compression::Zstd(1));
        match (how.zarr_version, shard) {
            (ZarrVersion::V2, None) => Self::v2(chunk, meta.dtype(), compression),
            (ZarrVersion::V2, Some(_)) => Err(Error::invalid("Zarr version 2 has no shards")),
            (ZarrVersion::V3, shard) => Self::v3(chunk, shard, meta.dtype(), compression),
        }
    }

    fn v2(chunk: Shape, dtype: DType, compression: Compression) -> Result<Self, Error> {
        let (codecs, value) = v2::codecs_of(compression, dtype)?;
        Ok(Self {
            version: ZarrVersion::V2,
            chunk,
            codecs,
            shards: None,
            written: Written::V2(value),
        })
    }

    /// In files of `chunk`, or of `shard` with many of these in each.
    fn v3(chunk: Shape, shard: Option<Shape>, dtype: DType, compression: Compression) -> Result<Self, Error> {
        let (codecs, list) = codecs_v3::codecs_of(compression, dtype)?;
        let (chunk, shards, list) = match shard {
            None => (chunk, None, list),
            Some(shard) => {
                let (shards, value) = codecs_v3::sharding_of(chunk, &list, dtype)?;
                (shard, Some(shards), vec![value])
            }
        };
        Ok(Self {
            version: ZarrVersion::V3,
            chunk,
            codecs,
            shards,
            written: Written::V3(list),
        })
    }

    /// What is encoded at a time.
    fn piece(&self) -> Shape {
        self.shards.as_ref().map_or(self.chunk, |shards| shards.inner)
    }

    fn array(&self, shape: Shape, meta: &Meta, ome: bool) -> Metadata {
        let letters = meta.axes();
        let mut attributes = Map::new();
        if !ome {
            attributes.extend(plain::attribute(meta));
            if self.version == ZarrVersion::V2 {
                let letters: Value = letters.iter().map(|letter| json!(letter)).collect();
                attributes.insert("_ARRAY_DIMENSIONS".to_owned(), letters);
            }
        }
        Metadata {
            shape,
            chunk: self.chunk,
            dtype: meta.dtype(),
            fill: Default::default(),
            keys: match self.version {
                ZarrVersion::V2 => Keys::V2('/'),
                ZarrVersion::V3 => Keys::Default('/'),
            },
            chain: Chain {
                order: None,
                endian: Endian::Little,
                codecs: self.codecs,
            },
            shards: self.shards.clone(),
            names: letters.iter().map(|letter| Some(letter.to_string())).collect(),
            attributes,
        }
    }

    fn documents(&self, prefix: &str, array: &Metadata) -> Vec<(String, Value)> {
        match &self.written {
            Written::V3(codecs) => vec![(format!("{prefix}zarr.json"), v3::write(array, codecs))],
            Written::V2(compressor) => {
                let mut documents = vec![(format!("{prefix}.zarray"), v2::write(array, compressor))];
                if !array.attributes.is_empty() {
                    documents.push((format!("{prefix}.zattrs"), Value::Object(array.attributes.clone())));
                }
                documents
            }
        }
    }
}

fn permuted(shape: Shape, order: &[usize], what: &str) -> Result<Shape, Error> {
    if shape.rank() != order.len() || shape.iter().any(|length| length == 0) {
        return Err(Error::invalid(format!(
            "a {what} of {shape} does not fit an image of {} axes",
            order.len()
        )));
    }
    Ok(Shape::new(order.iter().map(|axis| shape[*axis]).collect::<Vec<_>>())?)
}

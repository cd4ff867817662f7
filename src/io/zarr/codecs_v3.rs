//! The codecs of version 3.

use serde_json::{Value, json};

use crate::array::DType;
use crate::error::{Error, ErrorContext as _};
use crate::io::bytes::Endian;
use crate::io::compression::Compression;
use crate::io::zarr::codec::{Blosc, Codecs, Compressor, Shuffle};
use crate::io::zarr::json::Object;
use crate::io::zarr::metadata::{Chain, Shards};
use crate::io::zarr::v3::named;
use crate::roi::Shape;

/// What a list of codecs says of an array of `rank` axes.
///
/// # Errors
///
/// Codecs that are not supported, or not in this order.
pub(super) fn read(list: &[Value], dtype: DType, rank: usize) -> Result<(Chain, Option<Shards>), Error> {
    CodecList::read(list, dtype, rank, true)?.finish()
}

/// A list of codecs, as far as it has been read.
#[derive(Default)]
struct CodecList {
    order: Option<Vec<usize>>,
    endian: Option<Endian>,
    inner: Option<(Chain, Shards)>,
    codecs: Codecs,
    any_after: bool,
}

impl CodecList {
    fn read(list: &[Value], dtype: DType, rank: usize, may_shard: bool) -> Result<Self, Error> {
        let mut this = Self::default();
        for codec in list {
            let (name, options) = named(codec, "a codec")?;
            let options = Object::new(&options, "the configuration of a codec")?;
            let step = this.step(&name, &options, dtype, rank, may_shard);
            step.map_err(|cause| cause.context(format!("the codec `{name:.40}`")))?;
        }
        Ok(this)
    }

    fn has_bytes(&self) -> bool {
        self.endian.is_some() || self.inner.is_some()
    }

    fn step(
        &mut self,
        name: &str,
        options: &Object<'_>,
        dtype: DType,
        rank: usize,
        may_shard: bool,
    ) -> Result<(), Error> {
        let early = matches!(name, "transpose" | "bytes" | "sharding_indexed");
        let late = matches!(name, "crc32c" | "zstd" | "gzip" | "blosc");
        if !early && !late {
            return Err(Error::invalid("it is not supported"));
        }
        if early == self.has_bytes() {
            return Err(Error::invalid("it stands at a place where it cannot"));
        }
        match name {
            "transpose" => self.transpose(&options.lengths("order")?, rank),
            "bytes" => {
                options.only(&["endian"])?;
                self.endian = Some(endian(options, dtype.size())?);
                Ok(())
            }
            "sharding_indexed" if may_shard && self.order.is_none() => {
                self.inner = Some(sharding(options, dtype, rank)?);
                Ok(())
            }
            "sharding_indexed" => Err(Error::invalid(
                "shards within shards, or transposed ones, are not supported",
            )),
            _ => {
                self.any_after = true;
                bytes_codec(name, options, dtype, &mut self.codecs)
            }
        }
    }

    fn transpose(&mut self, order: &[usize], rank: usize) -> Result<(), Error> {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..rank) {
            return Err(Error::invalid(format!("{order:?} is no order of {rank} axes")));
        }
        let before = self.order.take().unwrap_or_else(|| (0..rank).collect());
        self.order = Some(order.iter().map(|axis| before[*axis]).collect());
        Ok(())
    }

    fn finish(self) -> Result<(Chain, Option<Shards>), Error> {
        if let Some((chain, shards)) = self.inner {
            if self.any_after {
                return Err(Error::invalid(
                    "shards that are compressed as a whole are not supported",
                ));
            }
            return Ok((chain, Some(shards)));
        }
        let codecs = self.codecs;
        let endian = self
            .endian
            .ok_or_else(|| Error::invalid("its codecs have no `bytes`"))?;
        let order = self.order.filter(|order| !order.iter().copied().eq(0..order.len()));
        Ok((Chain { order, endian, codecs }, None))
    }
}

fn endian(options: &Object<'_>, size: usize) -> Result<Endian, Error> {
    match options.get("endian").map(|value| value.as_str().unwrap_or_default()) {
        Some("little") => Ok(Endian::Little),
        Some("big") => Ok(Endian::Big),
        None if size == 1 => Ok(Endian::NATIVE),
        _ => Err(options.wrong("endian", "little or big")),
    }
}

fn sharding(options: &Object<'_>, dtype: DType, rank: usize) -> Result<(Chain, Shards), Error> {
    options.only(&["chunk_shape", "codecs", "index_codecs", "index_location"])?;
    let list = |key| {
        options
            .need(key)?
            .as_array()
            .ok_or_else(|| options.wrong(key, "a list"))
    };
    let (chain, _) = CodecList::read(list("codecs")?, dtype, rank, false)?.finish()?;
    // An index is an array of u64 with one more axis.
    let index = CodecList::read(list("index_codecs")?, DType::U64, rank + 1, false)?;
    let (index, _) = index.finish()?;
    if index.order.is_some() || index.codecs.exact(0).is_none() {
        return Err(Error::invalid("its index is encoded in a way that is not supported"));
    }
    let index_at_end = match options
        .get("index_location")
        .map(|value| value.as_str().unwrap_or_default())
    {
        None | Some("end") => true,
        Some("start") => false,
        _ => return Err(options.wrong("index_location", "start or end")),
    };
    let shards = Shards {
        inner: Shape::new(options.lengths("chunk_shape")?)?,
        index_endian: index.endian,
        index_codecs: index.codecs,
        index_at_end,
    };
    Ok((chain, shards))
}

fn bytes_codec(name: &str, options: &Object<'_>, dtype: DType, codecs: &mut Codecs) -> Result<(), Error> {
    match name {
        "crc32c" => {
            options.only(&[])?;
            codecs.sum();
            Ok(())
        }
        "zstd" => {
            options.only(&["level", "checksum"])?;
            codecs.compress(Compressor::Zstd {
                level: i32::try_from(options.integer_or("level", 0)?).context("its level")?,
                checksum: options.get("checksum").and_then(Value::as_bool).unwrap_or(false),
            })
        }
        "gzip" => {
            options.only(&["level"])?;
            let level = options.integer_or("level", 5)?.clamp(0, 9) as u32;
            codecs.compress(Compressor::Gzip { level })
        }
        "blosc" => codecs.compress(Compressor::Blosc(blosc(options, dtype)?)),
        _ => Err(Error::invalid("it is not supported")),
    }
}

fn blosc(options: &Object<'_>, dtype: DType) -> Result<Blosc, Error> {
    options.only(&["cname", "clevel", "shuffle", "typesize", "blocksize"])?;
    let shuffle = match options.get("shuffle").map(|value| value.as_str().unwrap_or_default()) {
        None | Some("noshuffle") => Shuffle::No,
        Some("shuffle") => Shuffle::Byte,
        Some("bitshuffle") => Shuffle::Bit,
        _ => return Err(options.wrong("shuffle", "noshuffle, shuffle or bitshuffle")),
    };
    let size = options.integer_or("typesize", dtype.size() as i64)?;
    let size = u8::try_from(size).map_err(|_| options.wrong("typesize", "a size of samples"))?;
    Blosc::new(options.text("cname")?, options.integer_or("clevel", 5)?, shuffle, size)
}

/// A compression as codecs, and as `zarr.json` tells it.
///
/// # Errors
///
/// One that Zarr does not have.
pub(super) fn codecs_of(compression: Compression, dtype: DType) -> Result<(Codecs, Vec<Value>), Error> {
    let mut list = vec![json!({"name": "bytes", "configuration": {"endian": "little"}})];
    let blosc = |name: &str, level: u8| {
        let configuration = json!({
            "cname": name, "clevel": level, "shuffle": "shuffle", "typesize": dtype.size(), "blocksize": 0,
        });
        json!({"name": "blosc", "configuration": configuration})
    };
    match compression {
        Compression::None => {}
        Compression::Zstd(level) => {
            list.push(json!({"name": "zstd", "configuration": {"level": level, "checksum": false}}));
        }
        Compression::Deflate(level) => list.push(json!({"name": "gzip", "configuration": {"level": level}})),
        Compression::BloscLz4(level) => list.push(blosc("lz4", level)),
        Compression::BloscZstd(level) => list.push(blosc("zstd", level)),
        other => return Err(Error::invalid(format!("Zarr has no compression `{other}`"))),
    }
    let read = CodecList::read(&list, dtype, 0, false)?;
    Ok((read.codecs, list))
}

/// The codec of shards as this library writes them: with an index at the end, which has a checksum.
///
/// # Errors
///
/// None that can come from outside.
pub(super) fn sharding_of(inner: Shape, codecs: &[Value], dtype: DType) -> Result<(Shards, Value), Error> {
    let configuration = json!({
        "chunk_shape": inner.as_slice(),
        "codecs": codecs,
        "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}],
        "index_location": "end",
    });
    let (_, shards) = sharding(
        &Object::new(&configuration, "the codec of shards")?,
        dtype,
        inner.rank(),
    )?;
    Ok((
        shards,
        json!({"name": "sharding_indexed", "configuration": configuration}),
    ))
}

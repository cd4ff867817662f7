//! The readers, writers and utilities of lazyflow, and what they are here.
//!
//! Names on the right are of [`io`](crate::io) if nothing else is said. What is different everywhere:
//!
//! - A reader is a [`Source`](crate::io::Source), found by what the file begins with; as an operator it is an
//!   [`ImageSource`](crate::io::ImageSource). Put a [`BlockCache`](crate::operators::BlockCache) behind it where parts are read again.
//! - A writer is a [`Sink`](crate::io::Sink). Its file has its name when it is whole, and not before.
//! - Sizes that a file claims are checked against a [`Limit`](crate::io::Limit) before memory is taken.
//!
//! # Readers
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `OpInputDataReader` | [`open`](crate::io::open), [`ImageSource`](crate::io::ImageSource) | by content, not by ending, but at URLs (feature `object-store`: single files of all formats but HDF5, folders of Zarr and N5, no patterns) |
//! | `OpOMEZarrMultiscaleReader`, `OMEZarrStore`, `MultiscaleStore` | Zarr | version 0.5 and shards too; the finest scale unless [`Open::scale`](crate::io::Open::scale) names another; folders, and at URLs: `s3://`, `gs://`, `az://`, `http(s)://` |
//! | `OpStreamingH5N5Reader` | HDF5, N5 (features) | |
//! | `OpStreamingH5N5SequenceReaderS`, `…M`, `OpTiffSequenceReader`, `OpStackLoader` | a pattern of files | numbers in names count as numbers |
//! | `OpTiffReader` | TIFF | lazy by tile or strip, several threads at once |
//! | `OpNpyFileReader`, `OpRawBinaryFileReader`, `OpImageReader` | NPY and NPZ, raw, PNG and JPEG | raw files have a description beside them, or in their name as there |
//! | – | NIfTI | in one file, or in a pair of `.hdr` and `.img` |
//! | `OpCachedTiledVolumeReader`, `TiledVolume`, `OpRESTful…`, `OpDvid…` | – | services over HTTP: a later layer |
//! | `OpKlbReader`, `OpStreamingMmfReader`, `OpStreamingUfmfReader` | – | formats of single laboratories; [`Source`](crate::io::Source) is open to yours |
//! | `OpBlockwiseFilesetReader`, `BlockwiseFileset`, `OpH5BlockStoreReader` | Zarr | a chunk is a file, complete or not there: what block files and their `STATUS.txt` were for |
//!
//! # Writers
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `OpFormattedDataExport`, `OpExportSlot` | [`Export`](crate::io::Export) | crop, normalise, cast, reorder as there; values beyond the type saturate; resumed, cancelled, with an estimate of the time left |
//! | `write_ome_zarr` | [`Create`](crate::io::Create) | coarser scales grow with the finest one, in one pass; to URLs too, but `http(s)://` |
//! | `OpH5N5WriterBigDataset`, `OpNpyWriter`, `OpExport2DImage`, `OpStackWriter`, `OpExportMultipageTiff` | [`Create`](crate::io::Create) by the ending of the name | a stack is a name with `{z}` |
//! | `OpExportToArray` | [`Output::request`](crate::graph::Output::request) | |
//! | `OpExportToKnime` | [`save_table`](crate::pipeline::save_table) | CSV |
//! | `run_distributed_export` | – | one process, until the layer of clusters |
//!
//! # Utilities
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `RoiRequestBatch`, `BigRequestStreamer` | [`RegionBatch`](crate::io::RegionBatch) | near blocks follow each other, so that a small cache in front is enough |
//! | `RoiRequestBufferIter` | an [`Export`](crate::io::Export) to a format that is a stream | |
//! | `Memory` | [`parse_bytes`](crate::io::parse_bytes), [`format_bytes`](crate::io::format_bytes), [`memory`](crate::io::memory()), [`RuntimeBuilder::memory`](crate::RuntimeBuilder::memory) | |
//! | `RamMeasurementContext` | [`resident`](crate::io::resident()), [`peak_resident`](crate::io::peak_resident) | |
//! | `PathComponents`, `isUrl`, `globH5N5` | [`Location`](crate::io::Location) | |
//! | `format_known_keys`, `FormattedField` | [`fill_in`](crate::io::fill_in) | |
//! | `get_default_axisordering` | [`axes_by_shape`](crate::io::axes_by_shape) | |
//! | `determineBlockShape`, `chooseChunkShape` | [`determine_block_shape`](crate::roi::determine_block_shape), [`block_shape`](crate::io::block_shape) | |
//! | `JsonConfigParser` | [`Pipeline`](crate::pipeline::Pipeline) | TOML, strict, with line and column |
//! | `Pipeline` | [`Pipeline`](crate::pipeline::Pipeline) | any graph, not a chain |
//! | `svg.py`, `schematic.py` | [`Graph::draw`](crate::graph::Graph::draw), [`Built::draw`](crate::pipeline::Built::draw) | the second with names and files of a pipeline |
//! | `OrderedSignal` | callbacks of [`Request`](crate::Request) and [`Graph::subscribe`](crate::graph::Graph::subscribe) | |
//! | `FileLock` | held by a run that can be [resumed](crate::io::Create::resume) | the system lets go of it when the process ends |
//! | `Timer`, `Tracer`, `traceLogged`, `log_exception` | the crate `tracing` | every request is a span |
//! | `exception_chain`, `root_cause` | [`Error::chain`](crate::Error::chain) | |
//! | `blockwise_view`, `slicingtools`, `TransposedView` | [`Array`](crate::Array), `ndarray` | |
//! | `MultiProcessHdf5File` | – | reader processes, made for Python's lock |

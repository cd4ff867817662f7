//! Lazy, demand-driven computation: work happens only where, when and while somebody wants the result.
//!
//! A [`Request`] is a computation with a handle. Making one runs nothing; whoever waits for it first starts it, it runs
//! once, everybody who waits gets the value, and when nobody waits any more it stops. Requests wait for each other without
//! holding a thread, run in the order of their urgency, and tell what they are waiting for. Heavy arithmetic runs in a
//! pool of its own as a *kernel*.
//!
//! # Example
//!
//! Two parts in parallel under a parent, one source that both share:
//!
//! ```
//! use headwater::{Checkpoint, Error, Request};
//!
//! fn sum(numbers: &[u64], checkpoint: &Checkpoint) -> Result<u64, Error> {
//!     numbers.chunks(4096).try_fold(0, |total, chunk| {
//!         checkpoint.check()?; // an error as soon as nobody wants the sum any more
//!         Ok(total + chunk.iter().sum::<u64>())
//!     })
//! }
//!
//! let source = Request::new(async { Ok(std::sync::Arc::new((0..100_000).collect::<Vec<u64>>())) });
//! let mean = Request::new(async move {
//!     let (numbers, again) = (source.clone().await?, source.await?); // made once
//!     let low = Request::kernel(move |checkpoint| sum(&numbers[..50_000], checkpoint));
//!     let high = Request::kernel(move |checkpoint| sum(&again[50_000..], checkpoint));
//!     high.submit(); // starts now; `low` starts when it is awaited
//!     Ok((low.await? + high.await?) / 100_000)
//! });
//! assert_eq!(mean.wait()?, 49_999); // in async code: `mean.await?`
//! # Ok::<(), Error>(())
//! ```
//!
//! # Tour, from the ground up
//!
//! - **Errors.** [`Error`] is cheap to clone and the same for every waiter. Its chain reads from the waiter down to the
//!   root, one link for each request, with names and places; it downcasts to the workload's own error.
//! - **Checkpoints.** A kernel cannot be dropped at an await, so it asks its [`Checkpoint`].
//! - **Regions.** A [`Roi`] is a box of an image, written [`roi![0..1, 512..1024]`](roi!); a [`BlockGrid`] cuts an image into
//!   blocks, a [`RegionSet`] is any set of points. The module [`roi`](mod@roi) has the rest.
//! - **Arrays and kernels.** An [`Array`] is a value: n-dimensional, of any element type, with named axes, sliced without
//!   copying, copied when somebody writes to it. [`match_dtype!`] makes one function of the eleven for each type. The kernels
//!   are plain functions from arrays to arrays; they know neither requests nor tokio and can be called without them.
//! - **The runtime.** A [`Runtime`] owns slots (how many requests are polled at once), a compute pool, and the queue in
//!   front of both. There is a default one; others live beside it, on threads of their own or
//!   [embedded](RuntimeBuilder::embedded) in a host's tokio runtime.
//! - **Requests.** Made from a future ([`Request::new`]), from a closure that makes futures ([`Request::repeatable`]), from a
//!   kernel ([`Request::kernel`]), from a future that stays on one thread ([`Request::pinned`]), or from a value
//!   ([`Request::value`]). [`Request::builder`] adds a name, a priority, a runtime, a context.
//! - **Together.** `RequestLock` and `RequestCondition` suspend requests, tasks and threads alike; `RequestPool` and
//!   `RequestBatch` keep a bounded number of requests going; `cancellable` lets a foreign future end with its request.
//! - **The graph.** A [`Graph`](graph::Graph) connects operators over regions of images larger than memory. Nothing is computed
//!   until an output is asked for a region; edits are transactions; every request reads one revision. The module
//!   [`graph`](mod@graph) opens with its rules.
//! - **Operators.** The library over the kernels: filters of Gaussian derivatives and ilastik's
//!   [`PixelFeatures`](operators::PixelFeatures), ranks and morphology, thresholds, labels that are exact across blocks
//!   ([`ConnectedComponents`](operators::ConnectedComponents)), watershed, tables of regions, random forests, what users paint
//!   ([`UserLabels`](operators::UserLabels)), and caches such as [`BlockCache`](operators::BlockCache), which keep what is
//!   computed within the memory of the runtime. A [`Filter`](operators::Filter) of your own takes twenty lines.
//! - **Pipelines.** A graph as a TOML file: a [`Pipeline`](pipeline::Pipeline) is checked as a whole before anything runs, and
//!   a graph that was edited becomes text again. A [`Library`](pipeline::Library) lists the operators and takes yours.
//! - **Flows.** A [`Flow`](flow::Flow) moves items from producers through processors to consumers, in batch or in real time, with
//!   replicas, joins, policies for what fails, and an account of each item.
//! - **Tasks.** The module [`green`] has what applications need around all that: tasks that run on their own, pools, queues,
//!   interrupts, a console on a socket.
//! - **Looking inside.** [`Graph::why`](graph::Graph::why) says why a region is dirty, not ready or being computed, and for
//!   whom; [`Graph::draw`](graph::Graph::draw) draws the graph. [`Runtime::snapshot`] lists what is alive, [`Request::explain`] says why a request is not
//!   running, [`Runtime::events`] is everything that happens, in order, and `tracing` gets it too. The module
//!   [`green::console`] shows all that on a socket.
//!
//! # Concepts
//!
//! **Identity.** A request is itself, not its workload: two requests with the same closure are two computations, and sharing
//! means cloning the handle. Its [`id`](Request::id) is unique within the process, its name is for people. One run of its
//! workload is a *generation*; only a repeatable request has more than one.
//!
//! **Lifecycle.** *Made* → *queued* → *running* ⇄ *suspended* → *finishing* (callbacks run) → *succeeded*, *failed* or
//! *cancelled*. The end comes once and never changes. A submitted request runs to its end even without handles. One that was
//! started by being awaited is cancelled when its last handle and its last waiter are gone. A finished request keeps its
//! value until the last handle is dropped. A cancelled request stays cancelled if it is one-shot, and starts its next
//! generation when it is wanted again if it is repeatable. See [`RequestState`].
//!
//! **Interest.** A wait is an edge from waiter to request. Edges decide who is still wanted (cancellation), who is urgent (a
//! waiter lends its priority), and which wait would close a circle (it is refused, with the path).
//!
//! More in the [guide].
//!
//! # Features
//!
//! None is on by default; the library needs a Rust toolchain and a C compiler at most.
//!
//! | feature | what it adds | what it costs |
//! |---|---|---|
//! | `io` | [`io`]: images from and to files and stores | decoders and compressors (`image`, `libdeflater`, `zstd`, `flate2`, `blusc`): about 50 more crates to compile |
//! | `n5` | N5, beside the other formats | nothing but `io` |
//! | `hdf5` | HDF5, beside the other formats | the C library libhdf5, which must be installed |
//! | `object-store` | URLs beside paths: S3, Google Cloud, Azure, HTTP(S) | HTTP and TLS (`object_store`, `reqwest`, `rustls` with `ring`): about 90 crates beside those of `io` |
//! | `pipeline` | [`pipeline`]: graphs as text; with it comes `io` | a parser of TOML: 5 small crates beside those of `io` |
//! | `console` | [`green::console`]: a console on a socket | nothing: two features of `tokio` |
//! | `cli` | the `headwater` program, and nothing to the library; with it come `pipeline` and `console` | clap, indicatif, ctrlc, rustyline: about 33 crates beside those of `io` |
//! | `webhook` | `flow::consume::Webhook`: items of a flow to web servers, as JSON | HTTP and TLS (`reqwest`, `rustls` with `ring`): about 85 crates |
//! | `serde` | regions, shapes, sets of points, axes and types of elements can be written to files and read from them | `serde` |
//!
//! # What is not supported
//!
//! - Other async runtimes underneath: requests run on tokio. They can be *awaited* on any executor.
//! - Waiting inside a kernel. It is an error that says so; compute the inputs first and hand them in.
//! - `wait()` on a thread that drives a current-thread runtime or a `LocalSet`: an error too; use `.await`.
//! - Stopping code that neither awaits nor asks its checkpoint. Its waiters are told; its thread is busy until it returns.
//! - Results that are not `Clone + Send + Sync`. Put what is large or unclonable into an `Arc`.
//! - Keeping results beyond the process, and requests across machines.
//! - 32-bit platforms and WebAssembly: nothing is known to fail there, nothing is tested there.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub mod array;
mod checkpoint;
mod error;
#[cfg(not(loom))]
pub mod flow;
#[cfg(not(any(loom, shuttle)))]
pub mod graph;
#[cfg(not(loom))]
pub mod green;
#[cfg(doc)]
pub mod guide;
#[cfg(all(feature = "io", not(any(loom, shuttle))))]
pub mod io;
#[cfg(not(any(loom, shuttle)))]
pub mod kernels;
mod occupancy;
#[cfg(not(any(loom, shuttle)))]
pub mod operators;
#[cfg(all(feature = "pipeline", not(any(loom, shuttle))))]
pub mod pipeline;
mod request;
pub mod roi;
mod runtime;
mod sync;

pub use array::{Array, Axes, DType, match_dtype};
pub use checkpoint::{Checkpoint, Interrupt};
pub use error::{Error, ErrorContext, ErrorKind};
pub use request::{
    Cancellable, Outcome, Request, RequestBatch, RequestBatchCanceller, RequestBatchProgress, RequestBuilder,
    RequestCondition, RequestContext, RequestLock, RequestLockGuard, RequestPool, RequestPoolResults, Retry, Shield,
    Timeout, Wait, WeakRequest, cancellable, check_cancelled, shield,
};
pub use roi::{BlockGrid, RegionSet, Roi, RoiError, Shape};
pub use runtime::{
    Cancel, Charge, Discipline, EnterGuard, Event, EventKind, EventStream, Memory, Priority, RequestId, RequestInfo,
    RequestState, Runtime, Shutdown, Statistics,
};
#[cfg(not(any(loom, shuttle)))]
pub use runtime::{PollWatch, RuntimeBuilder};

//! One operator, grown step by step.
//!
//! An [`Operator`](crate::graph::Operator) answers four questions: which slots it has, what its outputs will look like,
//! which parts of them change with the inputs, and what a region of one contains. The first three are quick and pure; only
//! the last computes.
//!
//! # 1. A pixel depends on itself alone
//!
//! All of a pointwise operator:
//!
//! ```
//! # use headwater::graph::{Data, Declare, Dirty, Execute, Graph, Input, Operator, Output, Setup};
//! # use headwater::{Array, Error, Roi, roi};
//! struct Brighten;
//! struct Slots { input: Input<Array>, output: Output<Array> }
//!
//! impl Operator for Brighten {
//!     type Slots = Slots;
//!     fn slots(&self, declare: &mut Declare<'_>) -> Slots {
//!         Slots { input: declare.input("input"), output: declare.output("output") }
//!     }
//!     fn setup(&self, slots: &Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
//!         let meta = cx.meta(&slots.input)?;
//!         cx.describe(&slots.output, meta)
//!     }
//!     fn dirty(&self, slots: &Slots, cx: &mut Dirty<'_>) {
//!         cx.same_region(&slots.input, &slots.output);
//!     }
//!     async fn execute(&self, slots: &Slots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
//!         let image = cx.request(&slots.input, roi).await?;
//!         Ok(image.map(|value: u8| value.saturating_add(10))?.into())
//!     }
//! }
//!
//! let graph = Graph::new();
//! let brighten = graph.add(Brighten);
//! graph.edit(|e| e.set(&brighten.input, Array::full("yx", &[4, 4], 1_u8)?))?;
//! let corner = brighten.output.request(roi![0..2, 0..2]).wait()?;
//! assert_eq!(corner.view::<u8>()?[[1, 1]], 11);
//! # Ok::<(), Error>(())
//! ```
//!
//! - **slots** names the slots and returns their handles; they become the fields of what [`Graph::add`](crate::graph::Graph::add)
//!   returns.
//! - **setup** runs when the inputs are ready, and again when what it looked at differs. Here the output is as the input is.
//!   Where it is not, say so: `meta.with_dtype(DType::F32)`, `meta.with_shape(…)?`. An error is the state of the outputs
//!   until an edit mends it; nobody who edits is hit by it.
//! - **dirty** says where changes go. Without it everything counts as changed, which is right, and slow.
//! - **execute** asks for what it needs and returns what was described. Asking is awaiting; a region that others want as
//!   well is computed once. What it reads is of one revision, whatever is edited meanwhile.
//!
//! # 2. A parameter is an input
//!
//! What a user may turn is a slot, not a field: it can be set, connected, and what depends on it becomes dirty by itself.
//! A [`default`](crate::graph::Declare::default) is what it has while nobody says otherwise.
//!
//! ```
//! # use headwater::graph::{Data, Declare, Dirty, Execute, Graph, Input, Operator, Output, Setup};
//! # use headwater::{Array, Error, Roi, roi};
//! struct Brighten;
//! struct Slots { input: Input<Array>, offset: Input<u8>, output: Output<Array> }
//!
//! impl Operator for Brighten {
//!     type Slots = Slots;
//!     fn slots(&self, declare: &mut Declare<'_>) -> Slots {
//!         Slots { input: declare.input("input"), offset: declare.default("offset", 10), output: declare.output("output") }
//!     }
//!     fn setup(&self, slots: &Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
//!         let meta = cx.meta(&slots.input)?;
//!         cx.describe(&slots.output, meta)
//!     }
//!     fn dirty(&self, slots: &Slots, cx: &mut Dirty<'_>) {
//!         cx.same_region(&slots.input, &slots.output);
//!     }
//!     async fn execute(&self, slots: &Slots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
//!         let offset = cx.value(&slots.offset)?;
//!         let image = cx.request(&slots.input, roi).await?;
//!         Ok(image.map(|value: u8| value.saturating_add(offset))?.into())
//!     }
//! }
//! # let graph = Graph::new();
//! # let brighten = graph.add(Brighten);
//! # graph.edit(|e| e.set(&brighten.input, Array::full("yx", &[4, 4], 1_u8)?))?;
//!
//! graph.edit(|e| e.set(&brighten.offset, 100_u8))?;
//! let pixel = brighten.output.request(roi![0..1, 0..1]).wait()?;
//! assert_eq!(pixel.view::<u8>()?[[0, 0]], 101);
//! # Ok::<(), Error>(())
//! ```
//!
//! [`same_region`](crate::graph::Dirty::same_region) has it right already: if an input other than the image changed, all of
//! the output did. `setup` does not look at the offset, so turning it sets nothing up.
//!
//! # 3. A pixel depends on its neighbours
//!
//! Now each pixel becomes the greatest within a radius. Three things change. `execute` asks for a region that is larger by a
//! *halo*, clipped at the border of the image. Dirt grows by the same halo. And the work is enough to belong into the
//! compute pool, as a kernel: it waits for nothing, and asks its checkpoint whether anybody still wants the result.
//!
//! ```
//! # use headwater::graph::{Data, Declare, Dirty, Execute, Graph, Input, Operator, Output, Setup};
//! # use headwater::{Array, Error, Roi, roi};
//! # struct Slots { input: Input<Array>, output: Output<Array> }
//! struct Dilate { radius: usize }
//!
//! impl Operator for Dilate {
//!     type Slots = Slots;
//!     fn slots(&self, declare: &mut Declare<'_>) -> Slots {
//!         Slots { input: declare.input("input"), output: declare.output("output") }
//!     }
//!     fn setup(&self, slots: &Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
//!         let meta = cx.meta(&slots.input)?;
//!         cx.describe(&slots.output, meta)
//!     }
//!     fn dirty(&self, slots: &Slots, cx: &mut Dirty<'_>) {
//!         cx.grown_region(&slots.input, &slots.output, &[self.radius; 2]);
//!     }
//!     async fn execute(&self, slots: &Slots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
//!         let radius = self.radius;
//!         let grown = roi.expand_by_halo([radius; 2], cx.meta(&slots.input)?.roi())?;
//!         let image = cx.request(&slots.input, grown.outer).await?;
//!         let kernel = cx.compute(move |checkpoint| {
//!             let (pixels, size) = (image.view::<u8>()?, image.shape());
//!             let near = |at: usize, axis: usize| at.saturating_sub(radius)..(at + radius + 1).min(size[axis]);
//!             let mut greatest = Vec::with_capacity(roi.volume()?);
//!             for y in grown.inner.range(0) {
//!                 checkpoint.check()?;
//!                 for x in grown.inner.range(1) {
//!                     let around = near(y, 0).flat_map(|y| near(x, 1).map(move |x| [y, x]));
//!                     greatest.extend(around.map(|at| pixels[at]).max());
//!                 }
//!             }
//!             Array::from_vec("yx", roi.shape().as_slice(), greatest)
//!         });
//!         Ok(kernel.await?.into())
//!     }
//! }
//!
//! # let graph = Graph::new();
//! # let dilate = graph.add(Dilate { radius: 1 });
//! let spot = Array::full("yx", &[1, 1], 9_u8)?;
//! graph.edit(|e| e.set(&dilate.input, Array::zeros("yx", &[64, 64], headwater::DType::U8)?))?;
//! graph.edit(|e| e.write(&dilate.input, roi![20..21, 30..31], &spot))?;
//! // Of the whole image this asks for 6 × 6 pixels.
//! let part = dilate.output.request(roi![18..22, 28..32]).wait()?;
//! assert_eq!(part.view::<u8>()?.iter().filter(|pixel| **pixel == 9).count(), 9);
//! # Ok::<(), Error>(())
//! ```
//!
//! `grown.outer` is the region to ask for, `grown.inner` where the wanted part lies within it.
//!
//! # 4. The same without `async`
//!
//! [`wait`](crate::graph::Pull::wait) blocks the thread instead of suspending the request, which code that is not async may
//! need. [`submit`](crate::graph::Pull::submit) what should run side by side before waiting for the first.
//!
//! ```
//! # use headwater::graph::{Data, Declare, Execute, Graph, Input, Operator, Output, Setup};
//! # use headwater::{Array, Error, Roi, roi};
//! # struct Difference;
//! # struct Slots { a: Input<Array>, b: Input<Array>, output: Output<Array> }
//! # impl Operator for Difference {
//! #     type Slots = Slots;
//! #     fn slots(&self, declare: &mut Declare<'_>) -> Slots {
//! #         Slots { a: declare.input("a"), b: declare.input("b"), output: declare.output("output") }
//! #     }
//! #     fn setup(&self, slots: &Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
//! #         let meta = cx.meta(&slots.a)?;
//! #         cx.describe(&slots.output, meta)
//! #     }
//! async fn execute(&self, slots: &Slots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
//!     let (a, b) = (cx.request(&slots.a, roi).submit(), cx.request(&slots.b, roi).submit());
//!     let (a, b) = (a.wait()?, b.wait()?);
//!     Ok(Array::from_ndarray("x", &a.view::<i32>()? - &b.view::<i32>()?)?.into())
//! }
//! # }
//! # let graph = Graph::new();
//! # let difference = graph.add(Difference);
//! # graph.edit(|e| {
//! #     e.set(&difference.a, Array::full("x", &[4], 5_i32)?)?;
//! #     e.set(&difference.b, Array::full("x", &[4], 3_i32)?)
//! # })?;
//! # assert_eq!(difference.output.request(roi![0..4]).wait()?.view::<i32>()?[[3]], 2);
//! # Ok::<(), Error>(())
//! ```
//!
//! # 5. Made of others
//!
//! An operator that only arranges others adds them in `slots`, and needs nothing else: no setup, no dirt, no `execute`.
//!
//! ```
//! # use headwater::graph::{Data, Declare, Execute, Graph, Input, Operator, Output, Setup};
//! # use headwater::operators::BlockCache;
//! # use headwater::{Array, Error, Roi, roi};
//! # struct Brighten;
//! # struct Slots { input: Input<Array>, output: Output<Array> }
//! # impl Operator for Brighten {
//! #     type Slots = Slots;
//! #     fn slots(&self, declare: &mut Declare<'_>) -> Slots {
//! #         Slots { input: declare.input("input"), output: declare.output("output") }
//! #     }
//! #     fn setup(&self, slots: &Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
//! #         let meta = cx.meta(&slots.input)?;
//! #         cx.describe(&slots.output, meta)
//! #     }
//! #     async fn execute(&self, slots: &Slots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
//! #         Ok(cx.request(&slots.input, roi).await?.map(|value: u8| value + 10)?.into())
//! #     }
//! # }
//! struct CachedBrighten;
//!
//! impl Operator for CachedBrighten {
//!     type Slots = Slots;
//!     fn slots(&self, declare: &mut Declare<'_>) -> Slots {
//!         let (brighten, cache) = (declare.add(Brighten), declare.add(BlockCache::new().block([32, 32])));
//!         let input = declare.input("input");
//!         declare.connect(&input, &brighten.input);
//!         declare.connect(&brighten.output, &cache.input);
//!         Slots { input, output: declare.expose("output", &cache.output) }
//!     }
//! }
//! # let graph = Graph::new();
//! # let node = graph.add(CachedBrighten);
//! # graph.edit(|e| e.set(&node.input, Array::full("yx", &[64, 64], 1_u8)?))?;
//!
//! node.output.request(roi![0..40, 0..40]).wait()?;
//! let why = graph.why(&node.output, roi![0..64, 0..64])?;
//! assert_eq!(why.kept.map(|kept| (kept.fresh, kept.total())), Some((4, 4)));
//! assert!(graph.draw().depth(1).to_svg().contains("2 inside"));
//! # Ok::<(), Error>(())
//! ```
//!
//! # 6. What goes wrong
//!
//! An operator that returns another shape or element type than it described, forgets an output, or panics, does no harm:
//! whoever asked gets an error that names it.
//!
//! ```
//! # use headwater::graph::{Data, Declare, Execute, Graph, Input, Operator, Output, Setup};
//! # use headwater::{Array, Error, Roi, roi};
//! # struct Brighten;
//! # struct Slots { input: Input<Array>, output: Output<Array> }
//! # impl Operator for Brighten {
//! #     type Slots = Slots;
//! #     fn slots(&self, declare: &mut Declare<'_>) -> Slots {
//! #         Slots { input: declare.input("input"), output: declare.output("output") }
//! #     }
//! #     fn setup(&self, slots: &Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
//! #         let meta = cx.meta(&slots.input)?;
//! #         cx.describe(&slots.output, meta)
//! #     }
//! async fn execute(&self, slots: &Slots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
//!     let image = cx.request(&slots.input, roi).await?;
//!     Ok(image.map(|value: u8| f32::from(value) * 1.5)?.into()) // f32, but the setup said u8
//! }
//! # }
//! # let graph = Graph::new();
//! # let node = graph.add(Brighten);
//! # graph.edit(|e| e.set(&node.input, Array::full("yx", &[8, 8], 1_u8)?))?;
//! # let error = node.output.request(roi![0..4, 0..4]).wait().unwrap_err().report();
//! assert!(error.contains("`Brighten.output` failed for 0..4, 0..4"));
//! assert!(error.contains("the operator returned yx [4, 4] f32, not yx [4, 4] u8 as declared"));
//! # Ok::<(), Error>(())
//! ```
//!
//! [`Graph::why`](crate::graph::Graph::why) says why a region is not ready, outdated or still being computed;
//! [`Graph::draw`](crate::graph::Graph::draw) shows where that is.
//!
//! A good test of an operator asks for the whole, and for random parts, and compares; then changes a part, and looks whether
//! what `dirty` said covers what differs.

//! Labels of whole volumes, block by block: the same as of the whole at once, whatever is asked for and when.
//!
//! The originals' tests and where their counterparts are:
//!
//! | lazyflow | here |
//! |---|---|
//! | testOpLabelVolume: labels, background, singletons, several `t` and `c`, types | `components` |
//! | testOpLazyConnectedComponents: labels, laziness, consistency, circles, threads, dirtiness, strange axes, background | `lazy` |
//! | testOpRelabelConsecutive: labels, map, start, types, several `t` | `relabel` |
//! | testOpFilterLabels: sizes, `BinaryOut`, in one region and over several | `relabel` |

mod components;
mod lazy;
mod overlay;
mod relabel;

use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use headwater::graph::{Data, Declare, Dirty, Execute, Graph, Input, Operator, Output, Setup};
use headwater::kernels::{ConnectedComponents, Connectivity};
use headwater::{Array, Axes, Checkpoint, Error, Roi, Runtime};
use ndarray::ArrayD;
use proptest::prelude::*;

const NEVER: Checkpoint = Checkpoint::never();
const CONNECTIVITIES: [Connectivity; 3] = [Connectivity::Faces, Connectivity::Edges, Connectivity::Full];

/// A graph on a runtime of its own. When it is dropped, nothing must be left running, and no byte charged.
struct World {
    /// None while it is dropped.
    graph: Option<Graph>,
    runtime: Runtime,
}

impl World {
    fn new() -> Self {
        Self::with_memory(u64::MAX)
    }

    fn with_memory(bytes: u64) -> Self {
        let runtime = Runtime::builder()
            .slots(2)
            .compute_threads(2)
            .memory(bytes)
            .build()
            .unwrap();
        Self {
            graph: Some(Graph::on(&runtime)),
            runtime,
        }
    }
}

impl Deref for World {
    type Target = Graph;

    fn deref(&self) -> &Graph {
        self.graph.as_ref().expect("it is there until the drop")
    }
}

fn comes_true(what: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(30);
    while !what() {
        if Instant::now() > end {
            return false;
        }
        thread::park_timeout(Duration::from_micros(100));
    }
    true
}

impl Drop for World {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        assert!(comes_true(|| self.runtime.snapshot().is_empty()), "requests are left");
        self.graph = None;
        let used = || self.runtime.memory().used;
        assert!(comes_true(|| used() == 0), "{} bytes are left", used());
    }
}

/// Hands its input on, and takes down which regions it was asked for.
#[derive(Default)]
struct Watched {
    asked: Arc<Mutex<Vec<Roi>>>,
}

struct WatchedSlots {
    input: Input<Array>,
    output: Output<Array>,
}

impl Operator for Watched {
    type Slots = WatchedSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> WatchedSlots {
        WatchedSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &WatchedSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &WatchedSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &WatchedSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        self.asked.lock().unwrap().push(roi);
        Ok(cx.request(&slots.input, roi).await?.into())
    }
}

/// The regions that were asked for since the last look, sorted.
fn take(asked: &Mutex<Vec<Roi>>) -> Vec<Roi> {
    let mut asked = std::mem::take(&mut *asked.lock().unwrap());
    asked.sort();
    asked
}

fn random(shape: &[usize], values: u32, seed: u64) -> ArrayD<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    ArrayD::from_shape_simple_fn(shape, || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 33) as u32 % values) as u8
    })
}

/// An image with the shape of its blocks, and some regions of it.
#[derive(Clone, Debug)]
struct Case {
    axes: Axes,
    shape: Vec<usize>,
    block: Vec<usize>,
    regions: Vec<Roi>,
}

fn cases() -> impl Strategy<Value = Case> {
    let axes = ["x", "yx", "zyx", "xyz", "tyx", "yxc", "tzyxc", "qzx"];
    prop::sample::select(axes.to_vec()).prop_flat_map(|axes| {
        let most = if axes.len() < 3 { 20usize } else { 8 };
        let axis = (1..most, 0..6usize, prop::collection::vec((0usize..100, 1usize..100), 3));
        prop::collection::vec(axis, axes.len()).prop_map(move |all| {
            let regions = (0..3).map(|nth| {
                let ranges = all.iter().map(|(length, _, places)| {
                    let start = places[nth].0 % length;
                    start..start + 1 + (places[nth].1 - 1) % (length - start)
                });
                Roi::from_ranges(ranges).unwrap()
            });
            Case {
                axes: axes.parse().unwrap(),
                shape: all.iter().map(|axis| axis.0).collect(),
                block: all.iter().map(|axis| axis.1).collect(),
                regions: regions.collect(),
            }
        })
    })
}

impl Case {
    fn image(&self, values: u32, seed: u64) -> Array {
        Array::from_ndarray(self.axes, random(&self.shape, values, seed)).unwrap()
    }

    fn whole(&self) -> Roi {
        whole(&self.shape)
    }
}

fn whole(shape: &[usize]) -> Roi {
    Roi::new(vec![0; shape.len()], shape).unwrap()
}

fn kernel(background: Option<f64>, connectivity: Connectivity) -> ConnectedComponents {
    let kernel = ConnectedComponents::new().connectivity(connectivity);
    match background {
        Some(value) => kernel.background(value),
        None => kernel.without_background(),
    }
}

/// Whether two arrays of labels are the same but for names, within each volume.
fn assert_equivalent(own: &Array, expected: &Array) {
    let axes = own.axes();
    let own = own.cast(headwater::DType::U64).unwrap();
    let (own, expected) = (own.view::<u64>().unwrap(), expected.view::<u32>().unwrap());
    assert_eq!(own.shape(), expected.shape());
    let (mut there, mut back) = (std::collections::HashMap::new(), std::collections::HashMap::new());
    for ((place, own), expected) in own.indexed_iter().zip(&expected) {
        let volume: Vec<usize> = (0..axes.len())
            .filter(|axis| !axes.spatial().any(|own| own == *axis))
            .map(|axis| place[axis])
            .collect();
        assert_eq!(there.entry((volume.clone(), *own)).or_insert(*expected), expected);
        assert_eq!(back.entry((volume, *expected)).or_insert(*own), own);
        assert_eq!(*own == 0, *expected == 0);
    }
}

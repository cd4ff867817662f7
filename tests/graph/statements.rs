//! What lazyflow's library of operators shows of its graph, with small operators of our own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::graph::{
    Data, Declare, Dirt, Dirty, Execute, GraphEventKind, Input, List, Meta, Node, Opaque, Operator, Output, PerLane,
    Setup, Slot, SlotType,
};
use headwater::{Array, DType, Error, Roi, roi};

use crate::common::*;

/// The regions of dirt that a slot's events of the latest edits tell, in order.
fn dirt(events: &mut headwater::graph::GraphEvents, slot: &impl Slot) -> Vec<Dirt> {
    let batches = std::iter::from_fn(|| events.try_next());
    let own = batches.flat_map(|batch| batch.events.clone());
    own.filter(|event| event.slot == slot.id())
        .filter_map(|event| match event.kind {
            GraphEventKind::Dirty(dirt) => Some(dirt),
            _ => None,
        })
        .collect()
}

/// Gives what comes in, and an object that nobody can slice.
struct Handing;

struct HandingSlots {
    z_first: Input<Array>,
    a_second: Output<Array>,
    object: Output<Opaque<AtomicUsize>>,
}

impl Operator for Handing {
    type Slots = HandingSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> HandingSlots {
        let z_first = declare.input("z first");
        HandingSlots {
            a_second: declare.expose("a second", &z_first),
            object: declare.output("object"),
            z_first,
        }
    }

    fn setup(&self, slots: &HandingSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.provide(&slots.object, Opaque::new(AtomicUsize::new(7)))
    }
}

#[test]
fn g30_g31_an_input_can_be_exposed_as_an_output() {
    let world = World::new();
    let handing = world.add(Handing);
    assert!(!handing.a_second.is_ready());
    world.edit(|e| e.set(&handing.z_first, bytes(&[1, 2, 3]))).unwrap();
    assert!(handing.a_second.is_ready() && handing.a_second.is_connected());
    assert!(
        handing.object.is_ready() && !handing.object.is_connected(),
        "what an operator makes itself is ready without a connection"
    );
    let array = handing.a_second.request(roi![1..3]).wait().unwrap();
    assert_eq!(values(&array), [2, 3]);
}

#[test]
fn g38_the_value_of_an_opaque_output_is_the_object_itself() {
    let world = World::new();
    let handing = world.add(Handing);
    world.edit(|e| e.set(&handing.z_first, bytes(&[1]))).unwrap();
    let (value, again) = (handing.object.value().unwrap(), handing.object.get().wait().unwrap());
    value.fetch_add(1, Ordering::SeqCst);
    assert_eq!(again.load(Ordering::SeqCst), 8);
}

#[test]
fn g14_slots_come_in_the_order_of_their_declaration() {
    let world = World::new();
    let mut events = world.subscribe();
    let _handing = world.add(Handing);
    let batch = events.try_next().unwrap();
    let added = batch
        .events
        .iter()
        .filter(|event| matches!(event.kind, GraphEventKind::Added));
    let names: Vec<_> = added.map(|event| &*event.path).collect();
    assert_eq!(names, ["Handing.z first", "Handing.a second", "Handing.object"]);
}

/// Data that is there from the beginning, or that turns out to be missing when it is asked for.
struct Source {
    file: Option<Vec<u8>>,
}

impl Operator for Source {
    type Slots = Output<Array>;

    fn slots(&self, declare: &mut Declare<'_>) -> Output<Array> {
        declare.output("output")
    }

    fn setup(&self, output: &Output<Array>, cx: &mut Setup<'_>) -> Result<(), Error> {
        let length = self.file.as_ref().map_or(10, Vec::len);
        cx.describe(
            output,
            Meta::new([length].into(), DType::U8, "x")?.with_range(0.0, 99.0),
        )
    }

    async fn execute(&self, _: &Output<Array>, _: &Execute, roi: Roi) -> Result<Data, Error> {
        let file = self.file.as_ref();
        let file = file.ok_or_else(|| Error::msg("the file `raw.h5` is gone"))?;
        Ok(bytes(&file[roi.range(0)]).into())
    }
}

#[test]
fn g48_a_source_is_ready_when_it_is_added_and_gives_any_part() {
    let world = World::new();
    let source = world.add(Source {
        file: Some((0..100).collect()),
    });
    assert!(source.is_ready());
    assert_eq!(source.meta().unwrap().range(), Some((0.0, 99.0)));
    assert_eq!(values(&source.request(roi![40..43]).wait().unwrap()), [40, 41, 42]);
}

#[test]
fn g55_a_source_that_is_ready_may_fail_and_says_why_to_who_asks() {
    let world = World::new();
    let (source, add) = (
        world.add_named("raw", Source { file: None }),
        world.add_named("add", Add::default()),
    );
    world.edit(|e| e.connect(&*source, &add.input)).unwrap();
    assert!(add.output.is_ready());
    let error = add.output.request(roi![0..2]).wait().unwrap_err().report();
    let order = [
        "`add.output` failed for 0..2",
        "`raw.output` failed for 0..2",
        "the file `raw.h5` is gone",
    ];
    let found: Vec<_> = order.iter().map(|part| error.find(part)).collect();
    assert!(found.is_sorted() && found.iter().all(Option::is_some), "{error}");
}

#[derive(Clone, PartialEq, Debug)]
struct Objective(&'static str);

impl SlotType for Objective {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// Adds to the description of an image, and takes a part of another's.
struct Describe;

struct DescribeSlots {
    input: Input<Array>,
    other: Input<Array>,
    output: Output<Array>,
}

impl Operator for Describe {
    type Slots = DescribeSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> DescribeSlots {
        DescribeSlots {
            input: declare.input("input"),
            other: declare.optional("other"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &DescribeSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let mut meta = cx.meta(&slots.input)?.with_extra(Objective("20x"));
        if cx.is_ready(&slots.other) {
            let other = cx.meta(&slots.other)?;
            if let Some((least, greatest)) = other.range() {
                meta = meta.with_range(least, greatest);
            }
        }
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &DescribeSlots, cx: &mut Dirty<'_>) {
        let dirt = cx.of(&slots.input).clone();
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &DescribeSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(cx.request(&slots.input, roi).await?.into())
    }
}

#[test]
fn g47_an_injected_description_goes_with_the_data_and_is_dirty_once_a_change() {
    let world = World::new();
    let describe = world.add(Describe);
    world.edit(|e| e.set(&describe.input, bytes(&[5; 10]))).unwrap();
    let meta = describe.output.meta().unwrap();
    assert_eq!(
        (meta.extra(), meta.shape().as_slice()),
        (Some(&Objective("20x")), &[10][..])
    );
    let mut events = world.subscribe();
    world
        .edit(|e| e.write(&describe.input, roi![2..4], &bytes(&[1, 2])))
        .unwrap();
    assert_eq!(dirt(&mut events, &describe.output), [roi![2..4].into()]);
    assert_eq!(values(&describe.output.request(roi![1..4]).wait().unwrap()), [5, 1, 2]);
}

#[test]
fn g50_what_is_taken_from_another_description_is_what_is_named() {
    let world = World::new();
    let (describe, source) = (world.add(Describe), world.add(Source { file: None }));
    world
        .edit(|e| {
            e.set(&describe.input, bytes(&[5; 3]))?;
            e.connect(&*source, &describe.other)
        })
        .unwrap();
    let meta = describe.output.meta().unwrap();
    assert_eq!((meta.range(), meta.shape().as_slice()), (Some((0.0, 99.0)), &[3][..]));
    assert_eq!((meta.pixel_size(), meta.max_block()), (None, None));
}

#[test]
fn g54_an_optional_input_switches_over_and_back_with_dirt_once_each() {
    let world = World::new();
    let (sum, more) = (world.add(Sum::default()), world.add(Add::default()));
    world
        .edit(|e| {
            e.set(&sum.a, bytes(&[1; 4]))?;
            e.set(&more.input, bytes(&[6; 4]))
        })
        .unwrap();
    let mut events = world.subscribe();
    let read = || values(&sum.output.request(roi![0..4]).wait().unwrap());
    world.edit(|e| e.connect(&more.output, &sum.b)).unwrap();
    assert_eq!(
        (read(), dirt(&mut events, &sum.output)),
        (vec![8; 4], vec![Dirt::everything()])
    );
    world.edit(|e| e.disconnect(&sum.b)).unwrap();
    assert_eq!(
        (read(), dirt(&mut events, &sum.output)),
        (vec![1; 4], vec![Dirt::everything()])
    );
}

/// Cuts an image of two axes into its rows.
struct Rows;

struct RowsSlots {
    input: Input<Array>,
    rows: List<Output<Array>>,
}

impl Operator for Rows {
    type Slots = RowsSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> RowsSlots {
        RowsSlots {
            input: declare.input("input"),
            rows: declare.list("rows"),
        }
    }

    fn setup(&self, slots: &RowsSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        let shape = meta.shape();
        for row in cx.set_len(&slots.rows, shape[0])? {
            cx.describe(&row, Meta::new([shape[1]].into(), meta.dtype(), "x")?)?;
        }
        Ok(())
    }

    fn dirty(&self, slots: &RowsSlots, cx: &mut Dirty<'_>) {
        let regions = cx.of(&slots.input).regions(cx.input_roi(&slots.input));
        let rows = cx.lanes(&slots.rows);
        for region in regions {
            for (_, row) in &rows[region.range(0)] {
                let range = region.range(1);
                cx.mark(row, roi![range.start..range.end]);
            }
        }
    }

    async fn execute(&self, slots: &RowsSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let rows = cx.lanes(&slots.rows);
        let row = rows.iter().position(|(_, row)| cx.is_for(row)).unwrap_or_default();
        let range = roi.range(0);
        let part = cx
            .request(&slots.input, roi![row..row + 1, range.start..range.end])
            .await?;
        Ok(bytes(&values(&part)).into())
    }
}

#[test]
fn g56_a_change_dirties_exactly_the_slices_that_it_touches() {
    let world = World::new();
    let rows = world.add(Rows);
    world
        .edit(|e| e.set(&rows.input, Array::full("yx", &[4, 6], 1_u8)?))
        .unwrap();
    let mut events = world.subscribe();
    world.edit(|e| e.mark_dirty(&rows.input, roi![1..3, 2..5])).unwrap();
    let batch = events.try_next().unwrap();
    let rows_dirty = batch.events.iter().filter_map(|event| match &event.kind {
        GraphEventKind::Dirty(dirt) if event.path.contains("rows") => Some(format!("{} {dirt}", event.path)),
        _ => None,
    });
    assert_eq!(
        rows_dirty.collect::<Vec<_>>(),
        ["Rows.rows[1] 2..5", "Rows.rows[2] 2..5"]
    );
    // Another shape dirties all of each, as many as there are then.
    world
        .edit(|e| e.set(&rows.input, Array::full("yx", &[2, 3], 1_u8)?))
        .unwrap();
    for row in rows.rows.iter() {
        assert_eq!(row.meta().unwrap().shape(), [3]);
    }
    let batch = events.try_next().unwrap();
    let whole = batch
        .events
        .iter()
        .filter(|event| matches!(&event.kind, GraphEventKind::Dirty(dirt) if dirt.is_everything()));
    assert_eq!(whole.filter(|event| event.path.contains("rows")).count(), 2);
}

#[test]
fn g57_a_list_output_over_lanes_is_a_list_of_lists() {
    let world = World::new();
    let lanes: Node<PerLane<Rows>> = world.add(PerLane::new(|| Rows));
    let inputs = lanes.list(|slots| &slots.input);
    let rows: List<List<Output<Array>>> = lanes.list(|slots| &slots.rows);
    let image = |rows| Array::full("yx", &[rows, 5], rows as u8).unwrap();
    world.edit(|e| e.set_all(&inputs, [image(2), image(3)])).unwrap();
    let lengths = || rows.iter().map(|rows| rows.len()).collect::<Vec<_>>();
    assert_eq!(lengths(), [2, 3]);
    assert_eq!(
        values(&rows.at(1).unwrap().at(2).unwrap().request(roi![0..2]).wait().unwrap()),
        [3, 3]
    );
    world.edit(|e| e.set(&inputs.at(0).unwrap(), image(4))).unwrap();
    assert_eq!(lengths(), [4, 3]);
}

/// Puts images of one length behind each other.
struct Stack;

struct StackSlots {
    images: List<Input<Array>>,
    output: Output<Array>,
}

impl Operator for Stack {
    type Slots = StackSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> StackSlots {
        StackSlots {
            images: declare.list("images"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &StackSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let images = cx.lanes(&slots.images);
        let one = cx.meta(&images[0].1)?;
        let shape = [images.len() * one.shape()[0]];
        cx.describe(&slots.output, one.with_shape(shape.into())?)
    }

    async fn execute(&self, slots: &StackSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let images = cx.lanes(&slots.images);
        let length = cx.meta(&images[0].1)?.shape()[0];
        let wanted = roi.range(0);
        let mut stacked = Vec::new();
        let needed = wanted.start / length..wanted.end.div_ceil(length);
        for (nth, (_, image)) in images.iter().enumerate().take(needed.end).skip(needed.start) {
            let (from, to) = (wanted.start.max(nth * length), wanted.end.min((nth + 1) * length));
            let part = roi![from - nth * length..to - nth * length];
            stacked.extend(values(&cx.request(image, part).await?));
        }
        Ok(bytes(&stacked).into())
    }
}

#[test]
fn g59_a_stack_asks_only_the_images_that_it_needs() {
    let world = World::new();
    let calls: Vec<_> = (0..4).map(|_| Arc::new(Calls::default())).collect();
    let adds: Vec<_> = calls
        .iter()
        .map(|calls| {
            world.add(Add {
                calls: Arc::clone(calls),
            })
        })
        .collect();
    let stack = world.add(Stack);
    world
        .edit(|e| {
            for (nth, add) in adds.iter().enumerate() {
                e.set(&add.input, bytes(&[nth as u8; 10]))?;
                let (_, lane) = e.push(&stack.images)?;
                e.connect(&add.output, &lane)?;
            }
            Ok(())
        })
        .unwrap();
    let read = values(&stack.output.request(roi![18..22]).wait().unwrap());
    assert_eq!(read, [2, 2, 3, 3]);
    let executed: Vec<_> = calls.iter().map(|calls| calls.take().2).collect();
    assert_eq!(executed, [0, 1, 1, 0]);
}

/// Tries to change its own input from its setup.
struct Meddler {
    graph: headwater::graph::Graph,
}

impl Operator for Meddler {
    type Slots = (Input<u8>, Output<u8>);

    fn slots(&self, declare: &mut Declare<'_>) -> Self::Slots {
        (declare.default("input", 1), declare.output("output"))
    }

    fn setup(&self, (input, output): &Self::Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
        self.graph.edit(|e| e.set(input, 9_u8))?;
        cx.provide(output, 1)
    }
}

#[test]
fn d23_a_setup_cannot_change_inputs() {
    let world = World::new();
    let meddler = world.add(Meddler {
        graph: headwater::graph::Graph::clone(&world),
    });
    let why = meddler.1.readiness().to_string();
    assert!(why.contains("an operator cannot edit the graph while it"), "{why}");
    assert_eq!(meddler.0.value().unwrap(), 1);
    world.edit(|e| e.remove(&meddler)).unwrap();
}

/// Adds one in a blocking style.
struct Blocking;

impl Operator for Blocking {
    type Slots = (Input<Array>, Output<Array>);

    fn slots(&self, declare: &mut Declare<'_>) -> Self::Slots {
        (declare.input("input"), declare.output("output"))
    }

    fn setup(&self, (input, output): &Self::Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(input)?;
        cx.describe(output, meta)
    }

    async fn execute(&self, (input, _): &Self::Slots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let image = cx.request(input, roi).wait()?;
        let sum = cx.compute(move |_| image.map(|value: u8| value + 1)).wait()?;
        Ok(sum.into())
    }
}

#[test]
fn d03_operators_in_a_blocking_style_never_starve_each_other() {
    let runtime = headwater::Runtime::builder()
        .slots(1)
        .compute_threads(1)
        .build()
        .unwrap();
    let graph = headwater::graph::Graph::on(&runtime);
    let nodes: Vec<_> = (0..16).map(|_| graph.add(Blocking)).collect();
    graph
        .edit(|e| {
            e.set(&nodes[0].0, bytes(&[0; 64]))?;
            nodes.windows(2).try_for_each(|pair| e.connect(&pair[0].1, &pair[1].0))
        })
        .unwrap();
    // More at once than there is of slots, each sixteen deep.
    let requests: Vec<_> = (0..16).map(|at| nodes[15].1.request(roi![at..at + 4])).collect();
    requests.iter().for_each(|request| request.submit());
    for request in requests {
        assert_eq!(values(&request.wait().unwrap()), [16; 4]);
    }
}

//! Connections: input to input, output to output, back and forth, and circles.

use headwater::graph::{Data, Declare, Execute, Input, Node, Operator, Output, Slot};
use headwater::{Array, Error, ErrorKind, Roi, roi};

use crate::common::*;

/// An operator that consists of two others in a row, and shows the first one's result as well.
struct Twice;

struct TwiceSlots {
    input: Input<Array>,
    half: Output<Array>,
    output: Output<Array>,
    inner: Node<Add>,
}

impl Operator for Twice {
    type Slots = TwiceSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> TwiceSlots {
        let input = declare.input("input");
        let (first, second) = (
            declare.add_named("first", Add::default()),
            declare.add_named("second", Add::default()),
        );
        declare.connect(&input, &first.input);
        declare.connect(&first.output, &second.input);
        declare.set(&second.offset, 10);
        TwiceSlots {
            half: declare.expose("half", &first.output),
            output: declare.expose("output", &second.output),
            input,
            inner: first,
        }
    }

    async fn execute(&self, _: &TwiceSlots, _: &Execute, _: Roi) -> Result<Data, Error> {
        panic!("an output that is connected is never executed");
    }
}

#[test]
fn g01_g03_g06_g07_an_operator_made_of_others_hands_data_in_and_out() {
    let world = World::new();
    let twice = world.add(Twice);
    assert!(!twice.output.is_ready());
    world.edit(|e| e.set(&twice.input, bytes(&[1, 2]))).unwrap();
    assert_eq!(values(&twice.output.request(roi![0..2]).wait().unwrap()), [12, 13]);
    assert_eq!(values(&twice.half.request(roi![0..1]).wait().unwrap()), [2]);
    world.edit(|e| e.set(&twice.input, bytes(&[5, 6]))).unwrap();
    assert_eq!(values(&twice.output.request(roi![0..2]).wait().unwrap()), [16, 17]);
    // The connection inside can be taken apart and made again at will.
    world.edit(|e| e.disconnect(&twice.inner.input)).unwrap();
    assert!(!twice.output.is_ready());
    world.edit(|e| e.connect(&twice.input, &twice.inner.input)).unwrap();
    assert_eq!(values(&twice.output.request(roi![1..2]).wait().unwrap()), [17]);
    assert_eq!(twice.inner.path(), "Twice/first");
    assert_eq!(twice.inner.input.path(), "Twice/first.input");
}

#[test]
fn g26_g28_g32_g33_order_of_connecting_and_setting_does_not_matter() {
    for connect_first in [true, false] {
        let world = World::new();
        let chain: Vec<_> = (0..3).map(|_| world.add(Add::default())).collect();
        let connect = || {
            for pair in chain.windows(2) {
                world.edit(|e| e.connect(&pair[0].output, &pair[1].input)).unwrap();
            }
        };
        if connect_first {
            connect();
        }
        world.edit(|e| e.set(&chain[0].input, bytes(&[0; 5]))).unwrap();
        if !connect_first {
            connect();
        }
        assert!(chain.iter().all(|op| op.input.is_ready() && op.output.is_ready()));
        assert_eq!(chain[2].output.meta().unwrap().shape(), [5]);
        world.edit(|e| e.set(&chain[0].input, bytes(&[0; 7]))).unwrap();
        assert_eq!(chain[2].output.meta().unwrap().shape(), [7]);
        world.edit(|e| e.disconnect(&chain[0].input)).unwrap();
        assert!(chain.iter().all(|op| !op.input.is_ready() && !op.output.is_ready()));
        let reason = chain[2].output.readiness().to_string();
        assert_eq!(reason, "not ready: `Add.input` has neither a connection nor a value");
    }
}

#[test]
fn g10_connecting_what_is_connected_changes_nothing() {
    let world = World::new();
    let (a, b) = (world.add(Add::default()), world.add(Add::default()));
    world.edit(|e| e.connect(&a.output, &b.input)).unwrap();
    let (revision, mut events) = (world.revision(), world.subscribe());
    world.edit(|e| e.connect(&a.output, &b.input)).unwrap();
    assert_eq!(world.revision(), revision);
    assert!(events.try_next().is_none());
}

#[test]
fn g68_a_circle_is_refused_with_the_slots_on_it() {
    let world = World::new();
    let ops: Vec<_> = ["a", "b", "c"].map(|name| world.add_named(name, Add::default())).into();
    let error = world
        .edit(|e| {
            e.connect(&ops[0].output, &ops[1].input)?;
            e.connect(&ops[1].output, &ops[2].input)?;
            e.connect(&ops[2].output, &ops[0].input)
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Circular);
    assert_eq!(
        error.report(),
        "the connection would close a circle: `a.input` → `a.output` → `b.input` → `b.output` → `c.input` → `c.output` → \
         `a.input`"
    );
    assert!(!ops[1].input.is_connected(), "all or nothing");
    let own = world.edit(|e| e.connect(&ops[0].output, &ops[0].input)).unwrap_err();
    assert!(own.is_circular(), "{}", own.report());
}

#[test]
fn g68_what_cannot_be_connected_or_set_says_why() {
    let world = World::new();
    let (a, b) = (
        world.add_named("a", Add::default()),
        world.add_named("b", Add::default()),
    );
    let report = |result: Result<(), Error>| result.unwrap_err().report();
    assert_eq!(
        report(world.edit(|e| e.connect(&a.output, &b.output))),
        "`b.output` is made by its operator; `a.output` cannot feed it from outside"
    );
    world.edit(|e| e.connect(&a.output, &b.input)).unwrap();
    assert_eq!(
        report(world.edit(|e| e.set(&b.input, bytes(&[1])))),
        "`b.input` is connected to `a.output`; disconnect it before setting a value"
    );
    assert_eq!(
        report(world.edit(|e| e.disconnect(&b.output))),
        "`b.output` is made by its operator; it has nothing to disconnect"
    );
    let elsewhere = World::new();
    let foreign = elsewhere.add(Add::default());
    assert_eq!(
        report(world.edit(|e| e.connect(&foreign.output, &a.input))),
        "`Add.output` belongs to another graph"
    );
}

#[test]
fn g12_g65_d22_rewiring_dirties_what_is_behind_unless_it_is_the_same() {
    let world = World::new();
    let (a, b, sink) = (
        world.add(Add::default()),
        world.add(Add::default()),
        world.add(Add::default()),
    );
    world
        .edit(|e| {
            e.set(&a.input, bytes(&[1, 1]))?;
            e.set(&b.input, bytes(&[5, 5]))?;
            e.connect(&a.output, &sink.input)
        })
        .unwrap();
    assert_eq!(values(&sink.output.request(roi![0..2]).wait().unwrap()), [3, 3]);
    let _ = sink.operator().calls.take();
    world.edit(|e| e.connect(&b.output, &sink.input)).unwrap();
    // The description is the same, so there is nothing to set up; the data is not.
    assert_eq!(sink.operator().calls.take(), (0, 1, 0));
    assert_eq!(values(&sink.output.request(roi![0..2]).wait().unwrap()), [7, 7]);
    let _ = sink.operator().calls.take();
    world
        .edit(|e| {
            e.disconnect(&sink.input)?;
            e.connect(&b.output, &sink.input)
        })
        .unwrap();
    assert_eq!(
        sink.operator().calls.take(),
        (0, 0, 0),
        "what is connected again in the same edit never changed"
    );
}

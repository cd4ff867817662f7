//! Questions: bound to a revision, shared, ended by edits, pinned by snapshots.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use headwater::graph::{Data, Declare, Execute, Input, Meta, Operator, Output, Setup, Slot};
use headwater::{Array, DType, Error, Roi, roi};

use crate::common::*;
use crate::gated::Gated;

#[test]
fn g52_d25_who_asks_the_same_shares_one_execution() {
    let world = World::new();
    let gated = world.add(Gated::new());
    let (begun, gate) = (Arc::clone(&gated.operator().begun), Arc::clone(&gated.operator().gate));
    let readers: Vec<_> = (0..100).map(|_| gated.output.request(roi![0..4])).collect();
    readers.iter().for_each(|reader| reader.submit());
    until(|| begun.load(Ordering::SeqCst) == 1);
    gate.add_permits(1);
    for reader in readers {
        assert_eq!(values(&reader.wait().unwrap()), [1; 4]);
    }
    assert_eq!(begun.load(Ordering::SeqCst), 1);
}

#[test]
fn g53_readers_survive_the_cancellation_of_others() {
    let world = World::new();
    let gated = world.add(Gated::new());
    let tail = world.add(Add::default());
    world.edit(|e| e.connect(&gated.output, &tail.input)).unwrap();
    let one = tail.output.request(roi![0..4]);
    let other = gated.output.request(roi![0..4]);
    one.submit();
    other.submit();
    until(|| gated.operator().begun.load(Ordering::SeqCst) == 1);
    let _ = one.cancel();
    until(|| one.has_ended());
    assert_eq!(gated.operator().dropped.load(Ordering::SeqCst), 0);
    gated.operator().gate.add_permits(1);
    assert_eq!(values(&other.wait().unwrap()), [1; 4]);
}

#[test]
fn d01_d02_an_edit_ends_the_question_and_what_runs_for_nobody_else() {
    let world = World::new();
    let gated = world.add_named("gated", Gated::new());
    let question = gated.output.request(roi![0..4]);
    question.submit();
    until(|| gated.operator().begun.load(Ordering::SeqCst) == 1);
    // Returns though the execution is in the middle of its wait.
    world.edit(|e| e.set(&gated.level, 2_u8)).unwrap();
    let error = question.wait().unwrap_err();
    assert!(error.is_stale() && !error.is_cancelled(), "{}", error.report());
    assert!(
        error
            .report()
            .contains("0..4 of `gated.output` was asked for in revision 1 and changed in revision 2")
    );
    until(|| gated.operator().dropped.load(Ordering::SeqCst) == 1);
    gated.operator().gate.add_permits(1);
    assert_eq!(values(&gated.output.request(roi![0..4]).wait().unwrap()), [2; 4]);
}

#[test]
fn d01_a_snapshot_is_answered_from_its_revision_whatever_is_edited() {
    let world = World::new();
    let gated = world.add(Gated::new());
    let snapshot = world.snapshot();
    let pinned = snapshot.request(&gated.output, roi![0..4]);
    let question = gated.output.request(roi![0..4]);
    pinned.submit();
    question.submit();
    until(|| gated.operator().begun.load(Ordering::SeqCst) == 1);
    world.edit(|e| e.set(&gated.level, 2_u8)).unwrap();
    assert!(question.wait().unwrap_err().is_stale());
    gated.operator().gate.add_permits(1);
    assert_eq!(
        values(&pinned.wait().unwrap()),
        [1; 4],
        "the revision in which it was asked"
    );
    assert_eq!(
        gated.operator().begun.load(Ordering::SeqCst),
        1,
        "one execution for both"
    );
    gated.operator().gate.add_permits(1);
    assert_eq!(
        values(&snapshot.request(&gated.output, roi![4..6]).wait().unwrap()),
        [1, 1]
    );
}

#[test]
fn an_edit_elsewhere_leaves_questions_alone_and_their_executions_shared() {
    let world = World::new();
    let gated = world.add(Gated::new());
    let first = gated.output.request(roi![0..4]);
    first.submit();
    until(|| gated.operator().begun.load(Ordering::SeqCst) == 1);
    let other = world.add(Add::default());
    world.edit(|e| e.set(&other.input, bytes(&[1]))).unwrap();
    world.edit(|e| e.mark_dirty(&gated.output, roi![50..60])).unwrap();
    let second = gated.output.request(roi![0..4]);
    second.submit();
    gated.operator().gate.add_permits(1);
    assert_eq!(first.wait().unwrap(), second.wait().unwrap());
    assert_eq!(gated.operator().begun.load(Ordering::SeqCst), 1);
}

#[test]
fn g34_g70_regions_are_checked_and_buffers_of_the_callers_are_filled() {
    let world = World::new();
    let add = world.add_named("add", Add::default());
    world.edit(|e| e.set(&add.input, bytes(&[1, 2, 3]))).unwrap();
    for bad in [roi![0..4], roi![0..1, 0..1]] {
        let error = add.output.request(bad).wait().unwrap_err();
        assert!(
            error.report().contains("reaches out of `add.output`"),
            "{}",
            error.report()
        );
    }
    let buffer = bytes(&[0, 0]);
    let filled = add.output.request_into(roi![1..3], buffer).wait().unwrap();
    assert_eq!(values(&filled), [3, 4]);
    let wrong = Array::zeros("x", &[2], DType::F32).unwrap();
    let error = add.output.request_into(roi![1..3], wrong).wait().unwrap_err();
    assert!(error.report().contains("does not fit"), "{}", error.report());
}

#[test]
fn d03_asking_inside_an_edit_or_a_setup_is_refused_and_nothing_hangs() {
    struct Asks(Arc<std::sync::OnceLock<Output<Array>>>);
    struct AsksSlots {
        output: Output<Array>,
    }
    impl Operator for Asks {
        type Slots = AsksSlots;
        fn slots(&self, declare: &mut Declare<'_>) -> AsksSlots {
            AsksSlots {
                output: declare.output("output"),
            }
        }
        fn setup(&self, slots: &AsksSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
            if let Some(own) = self.0.get() {
                own.request(roi![0..1]).wait()?;
            }
            cx.describe(&slots.output, Meta::new([1].into(), DType::U8, "x")?)
        }
    }
    let world = World::new();
    let own = Arc::default();
    let asks = world.add(Asks(Arc::clone(&own)));
    let add = world.add(Add::default());
    world.edit(|e| e.set(&add.input, bytes(&[1]))).unwrap();
    own.set(add.output.clone()).unwrap();
    let inside = world.edit(|_| add.output.request(roi![0..1]).wait()).unwrap_err();
    assert!(
        inside
            .report()
            .contains("data cannot be asked for inside an edit or a setup"),
        "{}",
        inside.report()
    );
    let again = world.add(Asks(own));
    assert!(asks.output.is_ready() && !again.output.is_ready());
    let edits = again.output.readiness().to_string();
    assert!(edits.contains("inside an edit or a setup"), "{edits}");
}

#[test]
fn d03_an_execution_may_set_its_own_input() {
    struct Restless(Arc<std::sync::OnceLock<(headwater::graph::Graph, Input<u8>)>>);
    struct RestlessSlots {
        level: Input<u8>,
        output: Output<Array>,
    }
    impl Operator for Restless {
        type Slots = RestlessSlots;
        fn slots(&self, declare: &mut Declare<'_>) -> RestlessSlots {
            RestlessSlots {
                level: declare.default("level", 0),
                output: declare.output("output"),
            }
        }
        fn setup(&self, slots: &RestlessSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
            cx.describe(&slots.output, Meta::new([1].into(), DType::U8, "x")?)
        }
        async fn execute(&self, slots: &RestlessSlots, cx: &Execute, _: Roi) -> Result<Data, Error> {
            let level = cx.value(&slots.level)?;
            if let (Some((graph, input)), true) = (self.0.get(), level < 3) {
                graph.edit(|e| e.set(input, level + 1))?;
            }
            Ok(bytes(&[level]).into())
        }
    }
    let world = World::new();
    let own = Arc::default();
    let restless = world.add(Restless(Arc::clone(&own)));
    assert!(own.set(((*world).clone(), restless.level.clone())).is_ok());
    // Each execution makes its own question pointless. It answers from its revision, or not at all; none hangs.
    let mut answers = Vec::new();
    while answers.last() != Some(&3) {
        match restless.output.request(roi![0..1]).wait() {
            Ok(array) => answers.push(values(&array)[0]),
            Err(error) => assert!(error.is_stale(), "{}", error.report()),
        }
        assert!(answers.len() < 100, "{answers:?}");
    }
    assert!(answers.is_sorted(), "{answers:?}");
}

#[test]
fn a_cancelled_question_keeps_nothing_alive() {
    let runtime = headwater::Runtime::builder().slots(2).build().unwrap();
    let calls = Arc::new(Calls::default());
    let graph = headwater::graph::Graph::on(&runtime);
    let add = graph.add(Add {
        calls: Arc::clone(&calls),
    });
    let gated = graph.add(Gated::new());
    let begun = Arc::clone(&gated.operator().begun);
    graph.edit(|e| e.connect(&gated.output, &add.input)).unwrap();
    let question = add.output.request(roi![0..4]);
    question.submit();
    until(|| begun.load(Ordering::SeqCst) == 1);
    let _ = question.cancel();
    until(|| runtime.snapshot().is_empty());
    drop((add, gated, graph, question));
    // Once its waker kept the question, and the question its graph.
    until(|| Arc::strong_count(&calls) == 1);
}

/// A value that is computed once the gate is open.
struct Slow {
    gate: Arc<tokio::sync::Semaphore>,
    begun: Arc<std::sync::atomic::AtomicUsize>,
}

impl Operator for Slow {
    type Slots = (Input<u8>, Output<u8>);

    fn slots(&self, declare: &mut Declare<'_>) -> Self::Slots {
        (declare.default("input", 1), declare.output("output"))
    }

    fn setup(&self, (_, output): &Self::Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.computed(output)
    }

    async fn execute(&self, (input, _): &Self::Slots, cx: &Execute, _: Roi) -> Result<Data, Error> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.map_err(Error::new)?.forget();
        Ok(Data::of(cx.value(input)?))
    }
}

#[test]
fn d02_all_who_ask_for_a_value_are_told_when_it_changes() {
    let world = World::new();
    let (gate, begun) = (Arc::new(tokio::sync::Semaphore::new(0)), Arc::default());
    let slow = world.add(Slow {
        gate,
        begun: Arc::clone(&begun),
    });
    let questions: Vec<_> = (0..3).map(|_| slow.1.get()).collect();
    questions.iter().for_each(|question| question.submit());
    until(|| {
        begun.load(Ordering::SeqCst) == 1 && questions.iter().all(|question| !question.info().waits_for.is_empty())
    });
    world.edit(|e| e.set(&slow.0, 2_u8)).unwrap();
    for question in questions {
        assert!(question.wait().unwrap_err().is_stale());
    }
    assert_eq!(begun.load(Ordering::SeqCst), 1, "shared by all, and cancelled");
}

//! Operators that do wrong get an error that names operator, slot and region.

use headwater::graph::{Data, Declare, Dirty, Execute, Graph, Input, Meta, Operator, Output, Setup, Slot};
use headwater::{Array, DType, Error, Roi, roi};

use crate::common::*;

#[derive(Clone, Copy, PartialEq)]
enum Wrong {
    Shape,
    Dtype,
    Axes,
    NoArray,
    Panic,
    Fails,
    SetupPanics,
    SetupSilent,
    DirtyPanics,
    NoExecute,
}

struct Wrongdoer(Wrong);

struct WrongSlots {
    level: Input<u8>,
    output: Output<Array>,
}

impl Operator for Wrongdoer {
    type Slots = WrongSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> WrongSlots {
        WrongSlots {
            level: declare.default("level", 0),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &WrongSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        match self.0 {
            Wrong::SetupPanics => panic!("setup went wrong"),
            Wrong::SetupSilent => Ok(()),
            _ => cx.describe(&slots.output, Meta::new([9].into(), DType::U8, "x")?),
        }
    }

    fn dirty(&self, slots: &WrongSlots, cx: &mut Dirty<'_>) {
        assert!(self.0 != Wrong::DirtyPanics, "dirt went wrong");
        cx.mark_all(&slots.output);
    }

    async fn execute(&self, slots: &WrongSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let len = roi.volume()?;
        Ok(match self.0 {
            Wrong::Shape => bytes(&vec![0; len + 1]).into(),
            Wrong::Dtype => Array::zeros("x", &[len], DType::F64)?.into(),
            Wrong::Axes => Array::zeros("y", &[len], DType::U8)?.into(),
            Wrong::NoArray => Data::of(5_u32),
            Wrong::Panic => panic!("execution went wrong"),
            Wrong::Fails => return Err("not a number".parse::<u32>().map_err(Error::new).unwrap_err()),
            _ => bytes(&vec![cx.value(&slots.level)?; len]).into(),
        })
    }
}

struct Undone;

struct UndoneSlots {
    output: Output<Array>,
}

impl Operator for Undone {
    type Slots = UndoneSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> UndoneSlots {
        UndoneSlots {
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &UndoneSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(&slots.output, Meta::new([9].into(), DType::U8, "x")?)
    }
}

fn report(graph: &Graph, wrong: Wrong) -> String {
    let wrongdoer = graph.add_named("wrong", Wrongdoer(wrong));
    let error = match wrong {
        Wrong::NoExecute => graph
            .add_named("wrong", Undone)
            .output
            .request(roi![2..4])
            .wait()
            .unwrap_err(),
        _ => wrongdoer.output.request(roi![2..4]).wait().unwrap_err(),
    };
    // Without the links of requests, whose places are those of the graph's own code.
    let chain = error.chain().filter(|link| !link.contains("request"));
    chain.collect::<Vec<_>>().join(": ")
}

#[test]
fn g37_g39_g55_d14_wrong_results_are_refused_by_operator_slot_and_region() {
    let world = World::new();
    for (wrong, expected) in [
        (
            Wrong::Shape,
            "`wrong.output` failed for 2..4: the operator returned x [3] u8, not x [2] u8 as declared",
        ),
        (
            Wrong::Dtype,
            "`wrong.output` failed for 2..4: the operator returned x [2] f64, not x [2] u8 as declared",
        ),
        (
            Wrong::Axes,
            "`wrong.output` failed for 2..4: the operator returned y [2] u8, not x [2] u8 as declared",
        ),
        (Wrong::Panic, "`wrong.output` failed for 2..4: execution went wrong"),
        (
            Wrong::Fails,
            "`wrong.output` failed for 2..4: invalid digit found in string",
        ),
        (
            Wrong::NoExecute,
            "`wrong.output` failed for 2..4: nothing computes `wrong.output`: its operator has no `execute`",
        ),
        (
            Wrong::SetupPanics,
            "`wrong.output` is not ready: the setup of `wrong` failed: setup went wrong",
        ),
        (
            Wrong::SetupSilent,
            "`wrong.output` is not ready: the setup of `wrong` said nothing of `wrong.output`",
        ),
    ] {
        assert_eq!(report(&world, wrong), expected);
    }
    let other = report(&world, Wrong::NoArray);
    assert!(
        other.starts_with("`wrong.output` failed for 2..4: the operator returned a u32, its slot carries"),
        "{other}"
    );
}

#[test]
fn d16_dirt_that_panics_counts_as_everything() {
    let world = World::new();
    let wrongdoer = world.add(Wrongdoer(Wrong::DirtyPanics));
    let cache = world.add(headwater::operators::BlockCache::new());
    world.edit(|e| e.connect(&wrongdoer.output, &cache.input)).unwrap();
    assert_eq!(values(&cache.output.request(roi![0..2]).wait().unwrap()), [0, 0]);
    world.edit(|e| e.set(&wrongdoer.level, 4_u8)).unwrap();
    assert_eq!(values(&cache.output.request(roi![0..2]).wait().unwrap()), [4, 4]);
}

#[test]
fn two_slots_of_one_name_are_a_flaw_that_outputs_report() {
    struct Twins;
    struct TwinsSlots {
        output: Output<Array>,
    }
    impl Operator for Twins {
        type Slots = TwinsSlots;
        fn slots(&self, declare: &mut Declare<'_>) -> TwinsSlots {
            let _: Input<u8> = declare.default("same", 1);
            let _: Input<u8> = declare.default("same", 2);
            TwinsSlots {
                output: declare.output("output"),
            }
        }
    }
    let world = World::new();
    let twins = world.add(Twins);
    let why = twins.output.readiness().to_string();
    assert!(
        why.contains("the declaration of `Twins` is flawed: it declares two slots called `same`"),
        "{why}"
    );
}

//! Values: set, the same again, defaults, computed ones.

use headwater::graph::{
    Data, Declare, Dirt, Durability, Execute, Input, Node, Opaque, Operator, Output, Setup, Slot, SlotType,
};
use headwater::{Array, Error, Roi, roi};

use crate::common::*;

/// Gives one value that its setup knows and one that it computes.
#[derive(Default)]
struct Numbers {
    calls: std::sync::Arc<Calls>,
}

struct NumbersSlots {
    base: Input<u32>,
    doubled: Output<u32>,
    squared: Output<u32>,
}

impl Operator for Numbers {
    type Slots = NumbersSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> NumbersSlots {
        NumbersSlots {
            base: declare.default("base", 3),
            doubled: declare.output("doubled"),
            squared: declare.output("squared"),
        }
    }

    fn setup(&self, slots: &NumbersSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        self.calls.note_setup();
        let base = cx.value(&slots.base)?;
        cx.provide(&slots.doubled, base / 2 * 4)?;
        cx.computed(&slots.squared)
    }

    async fn execute(&self, slots: &NumbersSlots, cx: &Execute, _: Roi) -> Result<Data, Error> {
        assert!(cx.is_for(&slots.squared));
        self.calls.note_execute();
        let base = cx.get(&slots.base).await?;
        Ok(Data::of(base * base))
    }
}

#[test]
fn g25_d15_a_default_comes_back_after_a_disconnect() {
    let world = World::new();
    let numbers = world.add(Numbers::default());
    assert_eq!(numbers.doubled.value().unwrap(), 4);
    world.edit(|e| e.set(&numbers.base, 10_u32)).unwrap();
    assert_eq!(numbers.doubled.value().unwrap(), 20);
    world.edit(|e| e.disconnect(&numbers.base)).unwrap();
    assert_eq!(
        (numbers.base.value().unwrap(), numbers.doubled.value().unwrap()),
        (3, 4)
    );
    assert!(!numbers.base.is_connected() && numbers.base.is_ready());
}

#[test]
fn g49_g51_provided_values_are_known_and_computed_ones_are_computed_once_asked() {
    let world = World::new();
    let numbers = world.add(Numbers::default());
    assert!(
        numbers
            .squared
            .value()
            .unwrap_err()
            .report()
            .contains("is not known before it is computed")
    );
    assert_eq!(numbers.squared.get().wait().unwrap(), 9);
    assert_eq!(numbers.doubled.get().wait().unwrap(), 4);
    assert_eq!(numbers.operator().calls.take(), (1, 0, 1));
}

#[test]
fn g35_d11_the_same_value_again_changes_nothing_and_another_type_or_shape_does() {
    let world = World::new();
    let add = world.add(Add::default());
    world.edit(|e| e.set(&add.input, bytes(&[1, 1]))).unwrap();
    let before = world.revision();
    world.edit(|e| e.set(&add.input, bytes(&[1, 1]))).unwrap();
    assert_eq!(world.revision(), before);
    world.edit(|e| e.set(&add.input, bytes(&[1, 1, 1]))).unwrap();
    assert_ne!(world.revision(), before);
    // Equal numbers of another element type are another array.
    let floats = Array::from_vec("x", &[3], vec![1.0_f32; 3]).unwrap();
    assert!(!floats.same(&bytes(&[1, 1, 1])));
    // NaN is the same as NaN.
    assert!(f32::NAN.same(&f32::NAN) && !0.5_f32.same(&f32::NAN));
    let object = Opaque::new(5);
    assert!(
        object.same(&object.clone()) && !object.same(&Opaque::new(5)),
        "an object is only itself"
    );
}

#[test]
fn d20_g64_content_alone_runs_no_setup_and_a_value_only_that_of_who_looked_at_it() {
    let world = World::new();
    let (add, next) = (world.add(Add::default()), world.add(Add::default()));
    world
        .edit(|e| {
            e.set(&add.input, bytes(&[1, 2]))?;
            e.connect(&add.output, &next.input)
        })
        .unwrap();
    let _ = (add.operator().calls.take(), next.operator().calls.take());
    world.edit(|e| e.set(&add.input, bytes(&[3, 4]))).unwrap();
    assert_eq!(
        (add.operator().calls.take(), next.operator().calls.take()),
        ((0, 1, 0), (0, 1, 0))
    );
    // Its setup does not look at the offset; its execution does.
    world.edit(|e| e.set(&add.offset, 9_u8)).unwrap();
    assert_eq!(
        (add.operator().calls.take(), next.operator().calls.take()),
        ((0, 1, 0), (0, 1, 0))
    );
    let numbers = world.add(Numbers::default());
    let _ = numbers.operator().calls.take();
    world.edit(|e| e.set(&numbers.base, 8_u32)).unwrap();
    assert_eq!(numbers.operator().calls.take().0, 1);
}

#[test]
fn a_value_that_comes_out_equal_stops_the_wave() {
    let world = World::new();
    let (first, second) = (world.add(Numbers::default()), world.add(Numbers::default()));
    world.edit(|e| e.connect(&first.doubled, &second.base)).unwrap();
    let _ = (first.operator().calls.take(), second.operator().calls.take());
    // 2 / 2 * 4 and 3 / 2 * 4 are both 4.
    world.edit(|e| e.set(&first.base, 2_u32)).unwrap();
    assert_eq!(
        (first.operator().calls.take().0, second.operator().calls.take().0),
        (1, 0)
    );
}

#[test]
fn g02_d12_d13_an_input_without_a_value_is_a_state_not_a_value() {
    let world = World::new();
    let add = world.add_named("add", Add::default());
    world.edit(|e| e.set(&add.input, bytes(&[1]))).unwrap();
    world.edit(|e| e.disconnect(&add.input)).unwrap();
    let error = add.output.request(roi![0..1]).wait().unwrap_err();
    assert!(error.is_not_ready());
    assert_eq!(
        error.chain().skip(1).collect::<Vec<_>>(),
        [
            "`add.output` is not ready",
            "`add.input` has neither a connection nor a value"
        ]
    );
    world.edit(|e| e.set(&add.input, bytes(&[7]))).unwrap();
    assert_eq!(values(&add.output.request(roi![0..1]).wait().unwrap()), [8]);
}

#[test]
fn durability_says_when_values_of_a_class_last_changed() {
    let world = World::new();
    let add = world.add(Add::default());
    world
        .edit(|e| e.set_durable(&add.input, bytes(&[1]), Durability::High))
        .unwrap();
    let raw = world.revision();
    world.edit(|e| e.set(&add.offset, 2_u8)).unwrap();
    let snapshot = world.snapshot();
    assert_eq!(
        (snapshot.changed(Durability::High), snapshot.changed(Durability::Low)),
        (raw, world.revision())
    );
}

#[test]
fn values_are_read_by_region_without_copies() {
    let world = World::new();
    let add = world.add(Add::default());
    let image = bytes(&[1, 2, 3, 4]);
    world.edit(|e| e.set(&add.input, image.clone())).unwrap();
    let part = add.input.request(roi![1..3]).wait().unwrap();
    assert!(part.same_buffer(&image.slice(&roi![1..3]).unwrap()));
    let error = add.input.request(roi![1..9]).wait().unwrap_err();
    assert!(error.report().contains("Add.input"), "{}", error.report());
    world.edit(|e| e.mark_dirty(&add.output, Dirt::everything())).unwrap();
}

#[test]
fn g16_g77_g78_d10_a_stamp_passes_through_a_chain_and_an_equal_description_stops_there() {
    let world = World::new();
    let chain: Vec<Node<Add>> = (0..5).map(|_| world.add(Add::default())).collect();
    world
        .edit(|e| {
            for pair in chain.windows(2) {
                e.connect(&pair[0].output, &pair[1].input)?;
            }
            e.set(&chain[0].input, bytes(&[1, 2, 3, 4]))
        })
        .unwrap();
    let last = &chain[4].output;
    let described = last.meta().unwrap();
    let setups = || chain.iter().map(|node| node.operator().calls.take().0).sum::<usize>();
    assert_eq!(setups(), 5);
    // Other numbers of the same shape: the first description is equal, so no other setup runs; the revision of the change
    // arrives at the end as it is.
    world.edit(|e| e.set(&chain[0].input, bytes(&[1, 9, 3, 4]))).unwrap();
    let snapshot = world.snapshot();
    assert_eq!(snapshot.stamp(last, &roi![0..4]).unwrap(), world.revision());
    assert_eq!(setups(), 0);
    // Asking for a description changes nothing of it, and a shape is a `Shape`.
    assert_eq!(last.meta().unwrap(), described);
    assert_eq!(last.meta().unwrap().shape().as_slice(), [4]);
}

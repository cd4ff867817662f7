//! What went wrong once in versions, drafts, dirt and waves.

use headwater::graph::{
    Data, Declare, Dirt, Dirty, Durability, Edit, Execute, GraphEvent, GraphEventKind, Handle, Input, List, Meta, Node,
    Operator, Output, Setup, Slot,
};
use headwater::operators::BlockCache;
use headwater::{Array, DType, Error, Roi, roi};

use crate::common::*;

/// Has an input that is no array, before any other slot.
struct Scalar;

struct ScalarSlots {
    input: Input<f32>,
    list: List<Input<f32>>,
}

impl Operator for Scalar {
    type Slots = ScalarSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ScalarSlots {
        ScalarSlots {
            input: declare.default("input", 0.0),
            list: declare.optional_list("list"),
        }
    }
}

#[test]
fn handles_of_a_failed_edit_named_what_a_later_edit_made() {
    for nested in [true, false] {
        let world = World::new();
        let mut kept = None;
        let mut fails = |e: &mut Edit<'_>| {
            kept = Some(e.add(Scalar));
            Err::<(), _>(Error::invalid("not today"))
        };
        if nested {
            world.edit(|e| e.edit(&mut fails).or(Ok(()))).unwrap();
        } else {
            assert!(world.edit(&mut fails).is_err());
        }
        let kept = kept.unwrap();
        let add = world.add(Add::default());
        assert!(!kept.input.exists() && kept.input.id() != add.input.id() && kept.id() != add.id());
        let error = world.edit(|e| e.set(&kept.input, 1.0_f32)).unwrap_err();
        assert!(error.report().contains("is not in the graph"), "{}", error.report());
        assert!(world.edit(|e| e.remove(&kept)).is_err());
        assert!(add.input.exists() && !add.input.is_connected());
    }
}

#[test]
fn lane_keys_of_a_failed_edit_named_what_a_later_edit_made() {
    let world = World::new();
    let scalar = world.add(Scalar);
    let mut kept = None;
    let failed = world.edit(|e| {
        kept = Some(e.push(&scalar.list)?.0);
        Err::<(), _>(Error::invalid("not today"))
    });
    assert!(failed.is_err());
    world.edit(|e| e.push(&scalar.list)).unwrap();
    assert!(world.edit(|e| e.remove_lane(&scalar.list, kept.unwrap())).is_err());
}

#[test]
fn a_handle_of_another_type_set_a_value_that_the_slot_cannot_carry() {
    let world = World::new();
    let add = world.add_named("add", Add::default());
    let wrong = Input::<f32>::from_raw(add.input.raw().clone());
    let error = world.edit(|e| e.set(&wrong, 1.0_f32)).unwrap_err();
    assert_eq!(
        error.report(),
        "`add.input` carries headwater::array::data::Array, a value of type f32 cannot be set"
    );
}

/// Provides the greatest value of an array that it holds.
struct Greatest;

struct GreatestSlots {
    table: Input<Array>,
    max: Output<u32>,
}

impl Operator for Greatest {
    type Slots = GreatestSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> GreatestSlots {
        GreatestSlots {
            table: declare.input("table"),
            max: declare.output("max"),
        }
    }

    fn setup(&self, slots: &GreatestSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let table = values(&cx.value(&slots.table)?);
        cx.provide(&slots.max, table.into_iter().max().unwrap_or(0).into())
    }
}

#[test]
fn a_setup_that_had_read_an_array_was_not_run_again_for_another_of_the_same_shape() {
    let world = World::new();
    let greatest = world.add(Greatest);
    world.edit(|e| e.set(&greatest.table, bytes(&[1, 2]))).unwrap();
    assert_eq!(greatest.max.value().unwrap(), 2);
    world.edit(|e| e.set(&greatest.table, bytes(&[5, 9]))).unwrap();
    assert_eq!(greatest.max.value().unwrap(), 9);
    world
        .edit(|e| e.write(&greatest.table, roi![0..1], &bytes(&[11])))
        .unwrap();
    assert_eq!(greatest.max.value().unwrap(), 11);
}

/// The sum over the first axis of three, which says of its dirt that it is that of its input: regions of another rank.
struct Projection;

struct ProjectionSlots {
    input: Input<Array>,
    output: Output<Array>,
}

impl Operator for Projection {
    type Slots = ProjectionSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ProjectionSlots {
        ProjectionSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ProjectionSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let shape = cx.meta(&slots.input)?.shape();
        cx.describe(&slots.output, Meta::new([shape[1], shape[2]].into(), DType::U8, "yx")?)
    }

    fn dirty(&self, slots: &ProjectionSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &ProjectionSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let depth = cx.meta(&slots.input)?.shape()[0];
        let (y, x) = (roi.range(0), roi.range(1));
        let part = values(&cx.request(&slots.input, roi![0..depth, y, x]).await?);
        let area = roi.volume()?;
        let sum = (0..area).map(|at| part.iter().skip(at).step_by(area).sum());
        Ok(Array::from_vec("yx", roi.shape().as_slice(), sum.collect::<Vec<u8>>())?.into())
    }
}

#[test]
fn dirt_of_another_rank_was_dropped_and_a_cache_behind_it_stayed_as_it_was() {
    let world = World::new();
    let (projection, cache) = (world.add(Projection), world.add(BlockCache::new().block([2, 2])));
    world
        .edit(|e| {
            e.set(&projection.input, Array::zeros("zyx", &[2, 4, 4], DType::U8)?)?;
            e.connect(&projection.output, &cache.input)
        })
        .unwrap();
    let whole = roi![0..4, 0..4];
    assert_eq!(values(&cache.output.request(whole).wait().unwrap()), [0; 16]);
    let patch = Array::from_vec("zyx", &[1, 1, 1], vec![7_u8]).unwrap();
    world
        .edit(|e| e.write(&projection.input, roi![1..2, 0..1, 0..1], &patch))
        .unwrap();
    assert_eq!(values(&cache.output.request(whole).wait().unwrap())[..2], [7, 0]);
}

#[test]
fn marking_a_region_of_another_rank_as_dirty_did_nothing() {
    let world = World::new();
    let sum = world.add_named("sum", Sum::default());
    let image = |len: usize| Array::zeros("yx", &[len, 4], DType::U8);
    world.edit(|e| e.set(&sum.a, image(4)?)).unwrap();
    for slot in [sum.a.raw(), sum.output.raw()] {
        let slot = Output::<Array>::from_raw(slot.clone());
        let error = world.edit(|e| e.mark_dirty(&slot, roi![0..5])).unwrap_err();
        assert_eq!(
            error.report(),
            format!("0..5 has not as many axes as `{}`, which is (4, 4)", slot.path())
        );
    }
    // What counts is what the edit has made of the slot.
    let (line, region) = (bytes(&[1, 2]), roi![0..1]);
    world
        .edit(|e| {
            e.set(&sum.a, line)?;
            e.mark_dirty(&sum.a, region)
        })
        .unwrap();
    let rest = world.edit(|e| e.mark_dirty(&sum.output, Dirt::everything()));
    assert!(rest.is_ok());
}

#[test]
fn regions_written_before_an_array_of_another_rank_was_set_made_the_commit_panic() {
    let world = World::new();
    let sum = world.add(Sum::default());
    let image = |value: u8| Array::from_vec("yx", &[1, 2], vec![value, value]);
    world.edit(|e| e.set(&sum.a, image(1)?)).unwrap();
    world
        .edit(|e| {
            e.set(&sum.a, bytes(&[0; 50]))?;
            for x in 0..50_u8 {
                e.write(&sum.a, roi![usize::from(x)..usize::from(x) + 1], &bytes(&[x]))?;
            }
            e.set(&sum.a, image(2)?)
        })
        .unwrap();
    assert_eq!(values(&sum.output.request(roi![0..1, 0..2]).wait().unwrap()), [2, 2]);
}

#[test]
fn asking_with_another_rank_panicked_once_a_slot_had_changed_often() {
    let world = World::new();
    let sum = world.add(Sum::default());
    world
        .edit(|e| e.set(&sum.a, Array::zeros("yx", &[64, 2], DType::U8)?))
        .unwrap();
    let one = Array::from_vec("yx", &[1, 1], vec![1_u8]).unwrap();
    for y in 0..40 {
        world.edit(|e| e.write(&sum.a, roi![y..y + 1, 0..1], &one)).unwrap();
    }
    for slot in [sum.a.raw(), sum.output.raw()] {
        let slot = Output::<Array>::from_raw(slot.clone());
        assert!(slot.get().wait().is_err());
        assert!(slot.request(roi![0..1]).wait().is_err());
        assert!(slot.request(roi![0..1, 0..1, 0..1]).wait().is_err());
        assert!(world.snapshot().stamp(&slot, &roi![0..1]).unwrap() <= world.revision());
    }
}

/// One operator inside another, of which one output shows the inner one's and another counts when it changed.
struct Outer;

struct OuterSlots {
    input: Input<Array>,
    shown: Output<Array>,
    stamp: Output<u64>,
    greatest: Node<Greatest>,
}

impl Operator for Outer {
    type Slots = OuterSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> OuterSlots {
        let input = declare.input("input");
        let (greatest, add) = (declare.add(Greatest), declare.add(Add::default()));
        declare.connect(&input, &greatest.table);
        declare.connect(&input, &add.input);
        OuterSlots {
            shown: declare.expose("shown", &add.output),
            stamp: declare.output("stamp"),
            input,
            greatest,
        }
    }

    fn setup(&self, slots: &OuterSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.computed(&slots.stamp)
    }

    async fn execute(&self, slots: &OuterSlots, cx: &Execute, _: Roi) -> Result<Data, Error> {
        Ok(Data::of(cx.stamp_of(&slots.shown, &roi![0..2]).number()))
    }
}

#[test]
fn the_value_of_a_frozen_array_was_that_of_now() {
    let world = World::new();
    let outer = world.add(Outer);
    world.edit(|e| e.set(&outer.input, bytes(&[1, 2]))).unwrap();
    world.edit(|e| e.freeze(&outer.greatest.table)).unwrap();
    world.edit(|e| e.set(&outer.input, bytes(&[5, 9]))).unwrap();
    let inner = &outer.greatest.table;
    assert_eq!(values(&inner.request(roi![0..2]).wait().unwrap()), [1, 2]);
    assert_eq!(values(&inner.value().unwrap()), [1, 2]);
    assert_eq!(outer.greatest.max.value().unwrap(), 2);
    world.edit(|e| e.thaw(inner)).unwrap();
    assert_eq!(values(&inner.value().unwrap()), [5, 9]);
    assert_eq!(outer.greatest.max.value().unwrap(), 9);
}

#[test]
fn the_stamp_of_another_output_was_not_that_of_what_was_frozen() {
    let world = World::new();
    let outer = world.add(Outer);
    world.edit(|e| e.set(&outer.input, bytes(&[1, 2]))).unwrap();
    let stamp = outer.stamp.get().wait().unwrap();
    world.edit(|e| e.freeze(&outer.shown)).unwrap();
    world.edit(|e| e.set(&outer.input, bytes(&[5, 9]))).unwrap();
    assert_eq!(values(&outer.shown.request(roi![0..2]).wait().unwrap()), [2, 3]);
    assert_eq!(outer.stamp.get().wait().unwrap(), stamp);
}

/// Describes its output with a range that is not known by number.
struct Unbounded;

impl Operator for Unbounded {
    type Slots = AddSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> AddSlots {
        Add::default().slots(declare)
    }

    fn setup(&self, slots: &AddSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        let _ = cx.value(&slots.offset)?;
        cx.describe(&slots.output, meta.with_range(f64::NAN, f64::NAN))
    }

    fn dirty(&self, _: &AddSlots, _: &mut Dirty<'_>) {}
}

#[test]
fn a_description_with_a_range_of_nan_differed_from_itself() {
    let world = World::new();
    let (unbounded, behind) = (world.add(Unbounded), world.add(Add::default()));
    world
        .edit(|e| {
            e.set(&unbounded.input, bytes(&[1, 2]))?;
            e.connect(&unbounded.output, &behind.input)
        })
        .unwrap();
    let _ = behind.operator().calls.take();
    world.edit(|e| e.set(&unbounded.offset, 7_u8)).unwrap();
    assert_eq!(behind.operator().calls.take(), (0, 0, 0));
}

#[test]
fn a_slot_frozen_again_in_the_edit_that_thawed_it_described_what_it_did_not_give() {
    let world = World::new();
    let (a, b) = (
        world.add_named("a", Add::default()),
        world.add_named("b", Add::default()),
    );
    world
        .edit(|e| {
            e.connect(&a.output, &b.input)?;
            e.set(&a.input, bytes(&[1; 4]))
        })
        .unwrap();
    world.edit(|e| e.freeze(&a.output)).unwrap();
    world.edit(|e| e.set(&a.input, bytes(&[5; 6]))).unwrap();
    let mut events = world.subscribe();
    world
        .edit(|e| {
            e.thaw(&a.output)?;
            e.freeze(&a.output)
        })
        .unwrap();
    assert!(events.try_next().is_none());
    assert_eq!(a.output.meta().unwrap().shape(), [4]);
    assert_eq!(values(&b.output.request(roi![0..4]).wait().unwrap()), [3; 4]);
    // What it missed before is not forgotten.
    world.edit(|e| e.thaw(&a.output)).unwrap();
    assert_eq!(b.output.meta().unwrap().shape(), [6]);
    assert_eq!(values(&b.output.request(roi![0..6]).wait().unwrap()), [7; 6]);
}

#[test]
fn a_value_set_and_set_back_in_one_edit_was_told_as_dirt() {
    let world = World::new();
    let add = world.add(Add::default());
    world
        .edit(|e| {
            e.set(&add.input, bytes(&[1, 2]))?;
            e.set(&add.offset, 1_u8)
        })
        .unwrap();
    let stamp = || world.snapshot().stamp(&add.output, &roi![0..2]).unwrap();
    let (before, mut events) = (stamp(), world.subscribe());
    type Step<'a> = &'a dyn Fn(&mut Edit<'_>) -> Result<(), Error>;
    let there_and_back: [Step<'_>; 4] = [
        &|e| {
            e.set(&add.input, bytes(&[5, 6, 7]))?;
            e.set(&add.input, bytes(&[1, 2]))
        },
        &|e| {
            e.disconnect(&add.input)?;
            e.set(&add.input, bytes(&[1, 2]))
        },
        &|e| {
            e.write(&add.input, roi![1..2], &bytes(&[9]))?;
            e.write(&add.input, roi![1..2], &bytes(&[2]))
        },
        &|e| {
            e.set(&add.offset, 4_u8)?;
            e.disconnect(&add.offset)
        },
    ];
    for edit in there_and_back {
        world.edit(edit).unwrap();
    }
    let dirty = std::iter::from_fn(|| events.try_next()).find(|batch| {
        let is_dirt = |event: &GraphEvent| matches!(event.kind, GraphEventKind::Dirty(_));
        batch.events.iter().any(is_dirt)
    });
    assert!(dirty.is_none(), "{dirty:?}");
    assert_eq!(stamp(), before);
    // What was said to have changed behind the graph's back has.
    for mark_first in [true, false] {
        let before = stamp();
        world
            .edit(|e| {
                if mark_first {
                    e.mark_dirty(&add.input, Dirt::everything())?;
                }
                e.set(&add.input, bytes(&[5, 6]))?;
                e.set(&add.input, bytes(&[1, 2]))?;
                if !mark_first {
                    e.mark_dirty(&add.input, Dirt::everything())?;
                }
                Ok(())
            })
            .unwrap();
        assert_ne!(stamp(), before);
    }
}

/// Has an image to fall back on.
struct Fallback;

impl Operator for Fallback {
    type Slots = AddSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> AddSlots {
        AddSlots {
            input: declare.default("input", bytes(&[7, 7])),
            offset: declare.default("offset", 0),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &AddSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &AddSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &AddSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(cx.request(&slots.input, roi).await?.into())
    }
}

#[test]
fn an_image_connected_over_and_disconnected_in_one_edit_stayed_in_the_caches() {
    let world = World::new();
    let (other, fallback) = (world.add(Fallback), world.add(Fallback));
    let cache = world.add(BlockCache::new());
    world
        .edit(|e| {
            e.set(&fallback.input, bytes(&[1, 2]))?;
            e.connect(&fallback.output, &cache.input)
        })
        .unwrap();
    let all = || values(&cache.output.request(roi![0..2]).wait().unwrap());
    assert_eq!(all(), [1, 2]);
    world
        .edit(|e| {
            e.connect(&other.output, &fallback.input)?;
            e.disconnect(&fallback.input)
        })
        .unwrap();
    assert_eq!(all(), [7, 7]);
}

#[test]
fn what_a_value_thawed_set_and_set_back_had_missed_is_not_forgotten() {
    let world = World::new();
    let add = world.add(Add::default());
    world.edit(|e| e.set(&add.input, bytes(&[1, 2]))).unwrap();
    world.edit(|e| e.freeze(&add.input)).unwrap();
    world.edit(|e| e.set(&add.input, bytes(&[5, 6]))).unwrap();
    let before = world.snapshot().stamp(&add.output, &roi![0..2]).unwrap();
    world
        .edit(|e| {
            e.thaw(&add.input)?;
            e.set(&add.input, bytes(&[8, 8]))?;
            e.set(&add.input, bytes(&[5, 6]))
        })
        .unwrap();
    assert_ne!(world.snapshot().stamp(&add.output, &roi![0..2]).unwrap(), before);
    assert_eq!(values(&add.output.request(roi![0..2]).wait().unwrap()), [6, 7]);
}

#[test]
fn connecting_past_a_frozen_slot_left_the_frozen_data_in_the_caches() {
    let world = World::new();
    let (source, frozen) = (world.add(Add::default()), world.add(Add::default()));
    let cache = world.add(BlockCache::new());
    world
        .edit(|e| {
            e.set(&source.input, bytes(&[1, 2]))?;
            e.connect(&source.output, &frozen.input)?;
            e.connect(&frozen.input, &cache.input)
        })
        .unwrap();
    let all = || values(&cache.output.request(roi![0..2]).wait().unwrap());
    world.edit(|e| e.freeze(&frozen.input)).unwrap();
    world.edit(|e| e.set(&source.input, bytes(&[5, 6]))).unwrap();
    assert_eq!(all(), [2, 3]);
    world.edit(|e| e.connect(&source.output, &cache.input)).unwrap();
    assert_eq!(all(), [6, 7]);
    world.edit(|e| e.connect(&frozen.input, &cache.input)).unwrap();
    assert_eq!(all(), [2, 3]);
}

#[test]
fn durability_classes_changed_when_no_value_of_theirs_did() {
    use Durability::{High, Low, Medium};
    let world = World::new();
    let (a, b) = (world.add(Add::default()), world.add(Add::default()));
    world
        .edit(|e| e.set_durable(&a.input, bytes(&[1]), Durability::High))
        .unwrap();
    let high = world.revision();
    let changed = |class| world.snapshot().changed(class);
    world.edit(|e| e.connect(&a.output, &b.input)).unwrap();
    world.edit(|e| e.freeze(&b.input)).unwrap();
    world.edit(|e| e.thaw(&b.input)).unwrap();
    let _ = world.add(Add::default());
    assert_eq!((changed(High), changed(Low).number()), (high, 0), "no value changed");
    world.edit(|e| e.set(&a.offset, 7_u8)).unwrap();
    assert_eq!((changed(High), changed(Low)), (high, world.revision()));
    world.edit(|e| e.disconnect(&a.offset)).unwrap();
    assert_eq!((changed(High), changed(Low)), (high, world.revision()));
    let low = world.revision();
    world
        .edit(|e| {
            e.set(&a.offset, 7_u8)?;
            e.disconnect(&a.offset)
        })
        .unwrap();
    assert_eq!((changed(High), changed(Low)), (high, low), "set and taken away again");
    world.edit(|e| e.set_durable(&a.offset, 9_u8, Medium)).unwrap();
    world.edit(|e| e.set_durable(&a.offset, 8_u8, High)).unwrap();
    let now = world.revision();
    assert_eq!((changed(High), changed(Medium), changed(Low)), (now, now, low));
    world.edit(|e| e.set(&a.offset, 3_u8)).unwrap();
    let numbers = world.add(Scalar);
    world.edit(|e| e.remove(&numbers)).unwrap();
    assert_ne!(changed(Low), world.revision());
    let source = world.add(Source);
    world.edit(|e| e.connect(&source.value, &a.offset)).unwrap();
    assert_eq!(changed(Low), world.revision(), "a connection took its place");
}

/// Gives a number.
struct Source;

struct SourceSlots {
    value: Output<u8>,
}

impl Operator for Source {
    type Slots = SourceSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> SourceSlots {
        SourceSlots {
            value: declare.output("value"),
        }
    }

    fn setup(&self, slots: &SourceSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.provide(&slots.value, 5)
    }
}

#[test]
fn a_block_of_fewer_axes_panicked_when_axes_were_put_in() {
    let meta = Meta::new(headwater::Shape::from([4, 5]), DType::U8, "yx").unwrap();
    let meta = meta.with_ideal_block(headwater::Shape::from([2]));
    let wider = meta
        .with_axes("yxc".parse().unwrap(), headwater::Shape::from([4, 5, 3]))
        .unwrap();
    assert_eq!(wider.ideal_block(), Some(headwater::Shape::from([2, 0, 0])));
}

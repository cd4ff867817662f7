//! What a setup remembers from edit to edit, and that it is called for what it looked at.

use headwater::graph::{Declare, Input, List, Meta, Operator, Output, Revision, Setup};
use headwater::{Array, DType, Error, Shape, roi};

use crate::common::*;

/// Counts how often what it gets has changed: an image's data, or a value that an operator computes.
struct Changes;

struct ChangesSlots {
    image: Input<Array>,
    number: Input<u32>,
    count: Output<u32>,
    seen: Output<(Revision, Revision)>,
}

impl Operator for Changes {
    type Slots = ChangesSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ChangesSlots {
        ChangesSlots {
            image: declare.input("image"),
            number: declare.default("number", 0),
            count: declare.output("count"),
            seen: declare.output("seen"),
        }
    }

    fn setup(&self, slots: &ChangesSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let now = (cx.stamp(&slots.image), cx.stamp(&slots.number));
        let before = cx.last(&slots.count).unwrap_or(0);
        let count = before + u32::from(cx.last(&slots.seen) != Some(now));
        cx.provide(&slots.seen, now)?;
        cx.provide(&slots.count, count)
    }
}

/// Gives a number that it computes.
struct Computed;

struct ComputedSlots {
    of: Input<u32>,
    output: Output<u32>,
}

impl Operator for Computed {
    type Slots = ComputedSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ComputedSlots {
        ComputedSlots {
            of: declare.default("of", 1),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ComputedSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.computed(&slots.output)
    }
}

#[test]
fn a_setup_is_called_for_data_whose_stamp_it_looked_at_and_knows_what_it_said_last() {
    let world = World::new();
    let (changes, number) = (world.add(Changes), world.add(Computed));
    world
        .edit(|e| {
            e.set(&changes.image, bytes(&[1, 2, 3]))?;
            e.connect(&number.output, &changes.number)
        })
        .unwrap();
    let count = || changes.count.value().unwrap();
    assert_eq!(count(), 1);
    world
        .edit(|e| e.write(&changes.image, roi![1..2], &bytes(&[9])))
        .unwrap();
    assert_eq!(count(), 2);
    // A value that nobody knows before it is computed: its description is the same as before.
    world.edit(|e| e.set(&number.of, 5_u32)).unwrap();
    assert_eq!(count(), 3);
    // Nothing changed, and an edit that fails is none.
    world.edit(|e| e.set(&number.of, 5_u32)).unwrap();
    let before = world.snapshot();
    let failed: Result<(), Error> = world.edit(|e| {
        e.set(&number.of, 6_u32)?;
        Err(Error::msg("no"))
    });
    assert!(failed.is_err());
    assert_eq!(count(), 3);
    // Each revision has its own.
    world.edit(|e| e.mark_dirty(&changes.image, roi![0..1])).unwrap();
    assert_eq!((count(), before.get(&changes.count).wait().unwrap()), (4, 3));
    // What was said before a setup failed is gone.
    world.edit(|e| e.disconnect(&changes.image)).unwrap();
    world.edit(|e| e.set(&changes.image, bytes(&[1]))).unwrap();
    assert_eq!(count(), 1);
}

/// Gives each element of a list the number of its place.
struct Places;

struct PlacesSlots {
    list: List<Output<Array>>,
    other: Output<Array>,
}

impl Operator for Places {
    type Slots = PlacesSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> PlacesSlots {
        PlacesSlots {
            list: declare.list("list"),
            other: declare.output("other"),
        }
    }

    fn setup(&self, slots: &PlacesSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = Meta::new(Shape::from([1]), DType::U8, "x")?;
        for lane in cx.set_len(&slots.list, 3)? {
            cx.describe(&lane, meta.clone())?;
        }
        cx.describe(&slots.other, meta)
    }

    async fn execute(
        &self,
        slots: &PlacesSlots,
        cx: &headwater::graph::Execute,
        _: headwater::Roi,
    ) -> Result<headwater::graph::Data, Error> {
        let place = cx.position(&slots.list).map_or(255, |place| place as u8);
        Ok(bytes(&[place]).into())
    }
}

#[test]
fn an_execution_knows_its_place_in_a_list() {
    let world = World::new();
    let places = world.add(Places);
    let ask = |output: &Output<Array>| values(&output.request(roi![0..1]).wait().unwrap())[0];
    let all: Vec<_> = places.list.iter().map(|lane| ask(&lane)).collect();
    assert_eq!((all, ask(&places.other)), (vec![0, 1, 2], 255));
}

#[test]
fn facts_of_ones_own_are_taken_over_and_sizes_taken_away() {
    let meta = |extra: u8| Meta::new(Shape::from([4]), DType::U8, "x").unwrap().with_extra(extra);
    let both = meta(1).with_extra("kept").with_extras_of(&meta(2));
    assert_eq!((both.extra::<u8>(), both.extra::<&str>()), (Some(&2), Some(&"kept")));
    // To have no names and to have taken them away is the same.
    let unnamed = meta(1).with_channel_names(["a"]).with_channel_names::<&str>([]);
    assert_eq!(unnamed, meta(1));
    let size = headwater::graph::PixelSize {
        size: 2.0,
        unit: "".into(),
    };
    assert_eq!(meta(1).with_pixel_size([size]).unwrap().without_pixel_size(), meta(1));
}

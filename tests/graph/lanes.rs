//! An operator over lanes.

use std::sync::Arc;

use headwater::graph::{PerLane, Slot};
use headwater::roi;

use crate::common::*;

#[test]
fn g41_g44_g45_g46_g79_each_lane_has_an_operator_of_its_own_that_stays() {
    let world = World::new();
    let calls = Arc::new(Calls::default());
    let own = Arc::clone(&calls);
    let lanes = world.add(
        PerLane::new(move || Add {
            calls: Arc::clone(&own),
        })
        .promote(["input"]),
    );
    let (inputs, outputs) = (lanes.list(|s| &s.input), lanes.list(|s| &s.output));
    world.edit(|e| e.set_all(&inputs, [bytes(&[1]), bytes(&[2])])).unwrap();
    assert_eq!(calls.take().0, 2);
    assert_eq!((outputs.len(), outputs.keys()), (2, inputs.keys()));
    let read = || -> Vec<u8> {
        outputs
            .iter()
            .map(|output| values(&output.request(roi![0..1]).wait().unwrap())[0])
            .collect()
    };
    assert_eq!(read(), [2, 3]);
    let _ = calls.take();
    // One in the middle: the others keep their keys, their data, and their setup.
    let (last, kept) = (outputs.keys()[1], outputs.at(1).unwrap());
    world
        .edit(|e| {
            let (_, lane) = e.insert(&inputs, 1)?;
            e.set(&lane, bytes(&[10]))
        })
        .unwrap();
    assert_eq!(calls.take().0, 1);
    assert_eq!(read(), [2, 11, 3]);
    assert_eq!((outputs.keys()[2], outputs.lane(last).unwrap() == kept), (last, true));
    // G46: removing one shifts those behind it, D8: and their names say where they are now.
    let first = inputs.keys()[0];
    world.edit(|e| e.remove_lane(&inputs, first)).unwrap();
    assert_eq!(read(), [11, 3]);
    assert_eq!(kept.path(), "PerLane.output[1]");
    assert_eq!(calls.take().0, 0);
}

#[test]
fn g42_g76_an_input_that_is_not_promoted_is_shared() {
    let world = World::new();
    let lanes = world.add(PerLane::new(Add::default).promote(["input"]));
    let (inputs, outputs) = (lanes.list(|s| &s.input), lanes.list(|s| &s.output));
    world
        .edit(|e| {
            e.set_all(&inputs, [bytes(&[1]), bytes(&[2])])?;
            e.set(&lanes.shared(|s| &s.offset), 100_u8)
        })
        .unwrap();
    let read = |nth| values(&outputs.at(nth).unwrap().request(roi![0..1]).wait().unwrap())[0];
    assert_eq!((read(0), read(1)), (101, 102));
    world.edit(|e| e.disconnect(&lanes.shared(|s| &s.offset))).unwrap();
    assert_eq!((read(0), read(1)), (2, 3), "the default is there again, for all");
}

#[test]
fn g04_g05_g29_g43_lanes_follow_the_list_that_is_connected() {
    let world = World::new();
    let first = world.add_named("first", PerLane::new(Add::default).promote(["input"]));
    let second = world.add_named("second", PerLane::new(Add::default).promote(["input"]));
    let total = world.add(Total::default());
    let inputs = first.list(|s| &s.input);
    world
        .edit(|e| {
            e.connect(&first.list(|s| &s.output), &second.list(|s| &s.input))?;
            e.connect(&second.list(|s| &s.output), &total.images)
        })
        .unwrap();
    assert!(
        !total.output.is_ready(),
        "a required list without elements is not ready"
    );
    world
        .edit(|e| e.set_all(&inputs, [bytes(&[1]), bytes(&[2]), bytes(&[3])]))
        .unwrap();
    assert_eq!(values(&total.output.request(roi![0..1]).wait().unwrap()), [12]);
    assert_eq!(total.images.keys(), inputs.keys());
    world.edit(|e| e.resize(&inputs, 1)).unwrap();
    assert_eq!(values(&total.output.request(roi![0..1]).wait().unwrap()), [3]);
    world.edit(|e| e.resize(&inputs, 0)).unwrap();
    let why = total.output.readiness().to_string();
    assert!(why.contains("the list `Total.images` is empty"), "{why}");
    // D19: one way only.
    let error = world.edit(|e| e.resize(&total.images, 4)).unwrap_err();
    assert!(
        error.report().contains("has the elements of `second.output`"),
        "{}",
        error.report()
    );
}

#[test]
fn g68_promoting_what_is_not_there_is_a_flaw() {
    let world = World::new();
    let lanes = world.add(PerLane::new(Add::default).promote(["inptu"]));
    let why = lanes.list(|s| &s.output).readiness().to_string();
    assert!(why.contains("it has no input `inptu` to promote"), "{why}");
}

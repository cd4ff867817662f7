//! Writing into slots.

use headwater::operators::BlockCache;
use headwater::roi;

use crate::common::*;

#[test]
fn g74_writing_into_a_slot_changes_the_region_and_nothing_else() {
    let world = World::new();
    let add = world.add_named("add", Add::default());
    let image = bytes(&[1, 2, 3, 4]);
    world.edit(|e| e.set(&add.input, image.clone())).unwrap();
    let snapshot = world.snapshot();
    world
        .edit(|e| e.write(&add.input, roi![1..3], &bytes(&[8, 9])))
        .unwrap();
    assert_eq!(values(&add.output.request(roi![0..4]).wait().unwrap()), [2, 9, 10, 5]);
    // D11, D18: nobody else's array was touched.
    assert_eq!(values(&image), [1, 2, 3, 4]);
    assert_eq!(
        values(&snapshot.request(&add.input, roi![0..4]).wait().unwrap()),
        [1, 2, 3, 4]
    );
    let error = world
        .edit(|e| e.write(&add.input, roi![3..5], &bytes(&[0, 0])))
        .unwrap_err();
    assert!(
        error.report().contains("writing 3..5 of `add.input`"),
        "{}",
        error.report()
    );
}

#[test]
fn g74_writing_reaches_caches_behind_connections() {
    let world = World::new();
    let (add, cache) = (world.add(Add::default()), world.add(BlockCache::new().block([2])));
    world
        .edit(|e| {
            e.set(&add.input, bytes(&[1, 2, 3, 4]))?;
            e.connect(&add.output, &cache.input)
        })
        .unwrap();
    world
        .edit(|e| e.write(&add.output, roi![0..4], &bytes(&[2, 3, 4, 5])))
        .unwrap();
    let _ = add.operator().calls.take();
    assert_eq!(values(&cache.output.request(roi![0..4]).wait().unwrap()), [2, 3, 4, 5]);
    assert_eq!(add.operator().calls.take().2, 0, "the blocks were there");
    let error = world
        .edit(|e| e.write(&add.output, roi![0..2], &bytes(&[1])))
        .unwrap_err();
    assert!(
        error.report().contains("does not fit 0..2 of `Add.output`"),
        "{}",
        error.report()
    );
}

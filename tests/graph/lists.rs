//! Lists of slots, of any level.

use headwater::graph::{Data, Declare, Execute, Input, List, Meta, Operator, Output, Setup, Slot};
use headwater::{Array, DType, Error, Roi, roi};

use crate::common::*;

/// A list of lists of outputs, each of which says where it is.
struct Grid;

struct GridSlots {
    size: Input<(u32, u32)>,
    cells: List<List<Output<Array>>>,
}

impl Operator for Grid {
    type Slots = GridSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> GridSlots {
        GridSlots {
            size: declare.default("size", (2, 3)),
            cells: declare.list("cells"),
        }
    }

    fn setup(&self, slots: &GridSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (rows, columns) = cx.value(&slots.size)?;
        for row in cx.set_len(&slots.cells, rows as usize)? {
            for cell in cx.set_len(&row, columns as usize)? {
                cx.describe(&cell, Meta::new([2].into(), DType::U8, "x")?)?;
            }
        }
        Ok(())
    }

    async fn execute(&self, slots: &GridSlots, cx: &Execute, _: Roi) -> Result<Data, Error> {
        let [row, column] = cx.lane()[..] else {
            return Err(Error::msg("a cell has two keys"));
        };
        assert!(cx.is_for(&slots.cells));
        let rows = cx.lanes(&slots.cells);
        let row = rows.iter().position(|(key, _)| *key == row).unwrap_or(99);
        let columns = cx.lanes(&rows[row].1);
        let column = columns.iter().position(|(key, _)| *key == column).unwrap_or(99);
        Ok(bytes(&[row as u8, column as u8]).into())
    }
}

#[test]
fn g27_g31_g40_d08_elements_of_lists_of_lists_know_where_they_are() {
    let world = World::new();
    let grid = world.add(Grid);
    assert!(grid.cells.is_ready() && !grid.cells.is_connected());
    let cell = grid.cells.at(1).unwrap().at(2).unwrap();
    assert_eq!(cell.path(), "Grid.cells[1][2]");
    assert_eq!(values(&cell.request(roi![0..2]).wait().unwrap()), [1, 2]);
    world.edit(|e| e.set(&grid.size, (2, 2))).unwrap();
    assert!(!cell.exists());
    world.edit(|e| e.set(&grid.size, (0, 2))).unwrap();
    assert!(!grid.cells.is_ready() && grid.cells.is_empty());
}

#[test]
fn g20_g21_g22_g60_d09_one_element_that_is_not_ready_is_enough() {
    let world = World::new();
    let total = world.add(Total::default());
    let lanes = world
        .edit(|e| {
            let lanes = [e.push(&total.images)?, e.push(&total.images)?];
            e.set(&lanes[0].1, bytes(&[1]))?;
            e.set(&lanes[1].1, bytes(&[2]))?;
            Ok(lanes)
        })
        .unwrap();
    assert_eq!(values(&total.output.request(roi![0..1]).wait().unwrap()), [3]);
    let mut events = world.subscribe();
    // Adding one that is not ready makes the list and the output so, and says so.
    let (third, _) = world.edit(|e| e.push(&total.images)).unwrap();
    assert!(!total.images.is_ready() && !total.output.is_ready());
    let batch = events.try_next().unwrap();
    assert!(
        batch.events.iter().any(|event| &*event.path == "Total.output"),
        "{batch:?}"
    );
    assert!(total.output.request(roi![0..1]).wait().unwrap_err().is_not_ready());
    world.edit(|e| e.remove_lane(&total.images, third)).unwrap();
    assert!(total.output.is_ready());
    world.edit(|e| e.disconnect(&lanes[0].1)).unwrap();
    assert!(!total.output.is_ready());
}

#[test]
fn g08_g24_g66_g67_d07_d16_lists_follow_their_source_and_leave_the_old_one() {
    let world = World::new();
    let (first, second) = (world.add_named("first", Grid), world.add_named("second", Grid));
    let totals: Vec<_> = (0..2).map(|_| world.add(Total::default())).collect();
    let row = |grid: &headwater::graph::Node<Grid>, nth| grid.cells.at(nth).unwrap();
    world.edit(|e| e.connect(&row(&first, 0), &totals[0].images)).unwrap();
    assert_eq!(
        (totals[0].images.len(), totals[0].images.keys()),
        (3, row(&first, 0).keys())
    );
    world.edit(|e| e.connect(&row(&second, 1), &totals[0].images)).unwrap();
    assert_eq!(totals[0].images.keys(), row(&second, 1).keys());
    assert_eq!(values(&totals[0].output.request(roi![0..2]).wait().unwrap()), [3, 3]);
    // The old source no longer has any say in it.
    world.edit(|e| e.set(&first.size, (2, 7))).unwrap();
    assert_eq!(totals[0].images.len(), 3);
    world.edit(|e| e.set(&second.size, (2, 4))).unwrap();
    assert_eq!(totals[0].images.len(), 4);
    world.edit(|e| e.disconnect(&totals[0].images)).unwrap();
    assert_eq!(totals[0].images.len(), 0);
    let own = world.add(Add::default());
    world
        .edit(|e| {
            e.set(&own.input, bytes(&[4]))?;
            e.resize(&totals[1].images, 3)?;
            e.broadcast(&own.output, &totals[1].images)
        })
        .unwrap();
    assert_eq!(values(&totals[1].output.request(roi![0..1]).wait().unwrap()), [15]);
}

#[test]
fn g67_a_broadcast_reaches_elements_that_come_later() {
    let world = World::new();
    let (own, total) = (
        world.add_named("own", Add::default()),
        world.add_named("total", Total::default()),
    );
    world
        .edit(|e| {
            e.set(&own.input, bytes(&[4]))?;
            e.broadcast(&own.output, &total.images)?;
            e.resize(&total.images, 2)
        })
        .unwrap();
    let read = || values(&total.output.request(roi![0..1]).wait().unwrap())[0];
    assert_eq!(read(), 10);
    let (_, lane) = world.edit(|e| e.push(&total.images)).unwrap();
    assert_eq!(read(), 15);
    // An element may have another source; those that come after it are as the first.
    world
        .edit(|e| {
            e.disconnect(&lane)?;
            e.set(&lane, bytes(&[1]))?;
            e.push(&total.images)
        })
        .unwrap();
    assert_eq!(read(), 16);
    let error = world.edit(|e| e.broadcast(&total.output, &total.images)).unwrap_err();
    assert!(error.is_circular(), "{}", error.report());
    world.edit(|e| e.disconnect(&total.images)).unwrap();
    let (_, lane) = world.edit(|e| e.push(&total.images)).unwrap();
    assert!(total.images.iter().all(|lane| !lane.is_connected()) && !lane.is_ready());
    world
        .edit(|e| e.remove(&own))
        .expect("nothing takes data from it any more");
}

use headwater::graph::{Graph, Input, Node, Slot};
use headwater::operators::LabelOverlay;
use headwater::{Array, roi};

use crate::exact::assert_marked;

/// An image of 3 × 9 × 11 under one label.
fn overlay(graph: &Graph) -> Node<LabelOverlay> {
    let overlay = graph.add(LabelOverlay::new(0.0, 255.0));
    let shape = [3, 9, 11];
    let set = graph.edit(|e| {
        e.set(&overlay.image, Array::full("zyx", &shape, 100_u8)?)?;
        e.set(&overlay.labels, Array::full("zyx", &shape, 5_u32)?)
    });
    set.unwrap();
    overlay
}

/// The label becomes another one, and the pixel brighter, at places in the middle, in corners and at edges.
#[test]
fn what_a_pixel_changes_is_dirty_and_nothing_else_is() {
    for at in [[1, 4, 5], [0, 0, 0], [2, 8, 10], [1, 8, 5], [1, 4, 0]] {
        let graph = Graph::new();
        let overlay = overlay(&graph);
        let [z, y, x] = at;
        let place = roi![z..z + 1, y..y + 1, x..x + 1];
        let one = |value: u32| Array::full("zyx", &[1, 1, 1], value).unwrap();
        let change = |input: &Input<Array>, part: &Array| {
            let (dirt, changed) = assert_marked(&graph, input, &overlay.output, place, part);
            let marked = dirt.regions(overlay.output.meta().unwrap().roi());
            assert_eq!(marked, Vec::from_iter(changed), "of {} at {at:?}", input.path());
            marked
        };
        // With a line around it, which is drawn on the neighbours too.
        let near = roi![
            z..z + 1,
            y.saturating_sub(1)..(y + 2).min(9),
            x.saturating_sub(1)..(x + 2).min(11),
            0..3
        ];
        assert_eq!(change(&overlay.labels, &one(77)), [near]);
        // No line, so that its grey is seen.
        graph.edit(|e| e.set(&overlay.outline, false)).unwrap();
        let brighter = one(200).cast(headwater::DType::U8).unwrap();
        assert_eq!(
            change(&overlay.image, &brighter),
            [roi![z..z + 1, y..y + 1, x..x + 1, 0..3]]
        );
    }
}

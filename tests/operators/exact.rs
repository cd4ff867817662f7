//! What every operator promises: blockwise is the whole, and what was not marked dirty did not change.

use headwater::graph::{Dirt, Graph, GraphEventKind, Input, Output, Slot};
use headwater::{Array, Roi};
use ndarray::Dimension;
use proptest::prelude::*;

/// Asks for the whole, then for each region, and compares bit by bit.
pub(crate) fn assert_blockwise(output: &Output<Array>, regions: impl IntoIterator<Item = Roi>) {
    let whole = output.request(output.meta().unwrap().roi()).wait().unwrap();
    for roi in regions {
        let part = output.request(roi).wait().unwrap();
        let expected = whole.slice(&roi).unwrap();
        assert!(
            part.same_bits(&expected),
            "{roi} of {} differs from the whole",
            output.path()
        );
    }
}

/// Writes `part` over `roi` of the array that `input` was set to, computes `output` before and after, and checks that what
/// was not marked did not change. Returns what was marked, what did change within a bounding box, and the regions' extent.
pub(crate) fn assert_marked(
    graph: &Graph,
    input: &Input<Array>,
    output: &Output<Array>,
    roi: Roi,
    part: &Array,
) -> (Dirt, Option<Roi>) {
    let extent = output.meta().unwrap().roi();
    let before = output.request(extent).wait().unwrap();
    let mut events = graph.subscribe();
    graph.edit(|e| e.write(input, roi, part)).unwrap();
    let mut marked = Dirt::nothing();
    while let Some(batch) = events.try_next() {
        for event in &batch.events {
            if let (true, GraphEventKind::Dirty(dirt)) = (event.slot == output.id(), &event.kind) {
                marked = dirt.clone();
            }
        }
    }
    assert_eq!(output.meta().unwrap().roi(), extent, "the description changed");
    let after = output.request(extent).wait().unwrap();
    let changed = changed(&before, &after);
    let regions = marked.regions(extent);
    for point in &changed {
        assert!(
            regions.iter().any(|roi| roi.contains_point(point)),
            "{point:?} of {} changed unmarked: {regions:?} after {roi}",
            output.path()
        );
    }
    (marked, bounding(&changed))
}

/// The points at which two arrays differ.
fn changed(before: &Array, after: &Array) -> Vec<Vec<usize>> {
    headwater::match_dtype!(before.dtype(), T => {
        let (before, after) = (before.view::<T>().unwrap(), after.view::<T>().unwrap());
        let pairs = before.indexed_iter().zip(&after);
        let differs = |(old, new): (&T, &T)| old != new && old.to_string() != new.to_string();
        pairs.filter(|((_, old), new)| differs((old, new))).map(|((at, _), _)| at.slice().to_vec()).collect()
    })
}

fn bounding(points: &[Vec<usize>]) -> Option<Roi> {
    let rank = points.first()?.len();
    let bounds = |of: fn(std::vec::IntoIter<usize>) -> Option<usize>| -> Vec<usize> {
        let along = |axis: usize| points.iter().map(|point| point[axis]).collect::<Vec<_>>().into_iter();
        (0..rank).filter_map(|axis| of(along(axis))).collect()
    };
    let stop: Vec<usize> = bounds(|all| all.max()).into_iter().map(|last| last + 1).collect();
    Roi::new(bounds(|all| all.min()), stop).ok()
}

/// A region of at least one point within `shape`.
pub(crate) fn region_in(shape: &[usize]) -> impl Strategy<Value = Roi> + use<> {
    let axes: Vec<_> = shape
        .iter()
        .map(|&length| (0..length).prop_flat_map(move |start| (Just(start), start + 1..=length)))
        .collect();
    axes.prop_map(|bounds| {
        let (start, stop): (Vec<_>, Vec<_>) = bounds.into_iter().unzip();
        Roi::new(start, stop).unwrap()
    })
}

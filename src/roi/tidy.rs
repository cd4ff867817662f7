//! Sets of points cut anew, into fewer boxes.
//!
//! Merging two boxes at a time gets stuck: five boxes around each other like the blades of a pinwheel make one box, but no two
//! of them do. So, from time to time, the set is cut from scratch: into slabs wherever a box begins or ends on the first axis,
//! each slab in the same way on the next axis, and neighbours that were cut in the same way become one. The result depends on
//! the points alone.

use crate::roi::{RegionSet, Roi};

/// How many boxes beside those that there are may be taken in before the set is cut anew.
const PATIENCE: usize = 32;

impl RegionSet {
    /// Cuts the set anew if that makes it simpler; the points stay the same.
    ///
    /// Done by itself whenever as many boxes have come in as there are; worth calling before a set is kept for long.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{RegionSet, roi};
    ///
    /// let blades = [roi![0..1, 0..2], roi![0..2, 2..3], roi![2..3, 1..3], roi![1..3, 0..1], roi![1..2, 1..2]];
    /// let mut pinwheel = RegionSet::from_regions(blades)?;
    /// assert_eq!(pinwheel.box_count(), 5);
    /// pinwheel.simplify();
    /// assert_eq!(pinwheel.iter().collect::<Vec<_>>(), [&roi![0..3, 0..3]]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn simplify(&mut self) {
        self.fresh = 0;
        let Some(rank) = self.rank().filter(|_| self.boxes.len() > 1) else {
            return;
        };
        self.boxes.sort_unstable(); // by start on the first axis, as `slabs` needs it
        if let Some(slabs) = slabs(&self.boxes, 0, rank, self.boxes.len()) {
            self.boxes = slabs;
        }
    }

    /// Notes that boxes came in, and simplifies the set now and then.
    pub(in crate::roi) fn tidy(&mut self) {
        if self.fresh > self.boxes.len() + PATIENCE {
            self.simplify();
        }
    }
}

/// The points of `boxes`, disjoint, agreeing on all axes before `axis` and sorted by start on `axis`, as fewer boxes than
/// `fewer`; none if it takes as many.
fn slabs(boxes: &[Roi], axis: usize, rank: usize, fewer: usize) -> Option<Vec<Roi>> {
    if axis == rank {
        return (fewer > 1).then(|| boxes.to_vec());
    }
    let mut cuts: Vec<usize> = boxes
        .iter()
        .flat_map(|part| [part.start()[axis], part.stop()[axis]])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut done: Vec<Roi> = Vec::new();
    // Where the boxes of the last slab begin in `done`.
    let mut last = 0;
    let mut ahead = boxes.iter().peekable();
    let mut open: Vec<Roi> = Vec::new();
    for cut in cuts.windows(2) {
        let (start, stop) = (cut[0], cut[1]);
        open.retain(|part| part.stop()[axis] > start);
        while let Some(part) = ahead.next_if(|part| part.start()[axis] <= start) {
            open.push(*part);
        }
        let mut inside: Vec<Roi> = open.iter().map(|part| part.with_range(axis, start..stop)).collect();
        if inside.is_empty() {
            last = done.len();
            continue;
        }
        inside.sort_unstable();
        // As many as the last slab has cost nothing if they are the same.
        let allowed = (fewer - done.len()).max(done.len() - last + 1);
        let slab = slabs(&inside, axis + 1, rank, allowed)?;
        if continues(&done[last..], &slab, axis) {
            for part in &mut done[last..] {
                *part = part.with_range(axis, part.start()[axis]..stop);
            }
        } else {
            last = done.len();
            done.extend(slab);
        }
        if done.len() >= fewer {
            return None;
        }
    }
    Some(done)
}

/// Whether `slab` goes on where `before` ends on `axis`, cut in the same way.
fn continues(before: &[Roi], slab: &[Roi], axis: usize) -> bool {
    before.len() == slab.len()
        && before.iter().zip(slab).all(|(before, part)| {
            let mut ranges = before.ranges().zip(part.ranges()).enumerate();
            ranges.all(|(at, (before, part))| {
                if at == axis {
                    before.end == part.start
                } else {
                    before == part
                }
            })
        })
}

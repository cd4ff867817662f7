//! The least of parabolas on a line, in linear time.
//!
//! Felzenszwalb and Huttenlocher, *Distance transforms of sampled functions* (2012), with Meijster's way to do without
//! division: the parabola over `v` with the value `f` there is below its neighbours somewhere if and only if the point
//! `(v, f + w·v²)` is a corner of the lower convex hull of all these points, and whether it is takes two products.

use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// How many elements are worked on between two looks at the checkpoint: some tens of microseconds.
const PATIENCE: usize = 1 << 13;

/// The corners of the hull; kept for the next line.
#[derive(Default)]
pub(super) struct Envelope {
    corners: Vec<Corner>,
}

#[derive(Clone, Copy)]
struct Corner {
    place: f64,
    value: f64,
    /// `value + weight · place²`.
    height: f64,
}

impl Envelope {
    /// Replaces each element `i` of `line` by the least `line[j] + weight · (i - j)²` of all `j`.
    ///
    /// Exact as long as these are integers below 2⁵³ divided by the length of the line.
    pub(super) fn lower(&mut self, line: &mut [f64], weight: f64, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.corners.clear();
        for (nth, part) in line.chunks(PATIENCE).enumerate() {
            checkpoint.check()?;
            for (at, &value) in part.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                self.push((nth * PATIENCE + at) as f64, value, weight);
            }
        }
        if self.corners.is_empty() {
            return Ok(());
        }
        let mut below = 0;
        for (nth, part) in line.chunks_mut(PATIENCE).enumerate() {
            checkpoint.check()?;
            for (at, out) in part.iter_mut().enumerate() {
                let place = (nth * PATIENCE + at) as f64;
                *out = self.corners[below].at(place, weight);
                while let Some(next) = self.corners.get(below + 1) {
                    let next = next.at(place, weight);
                    if next > *out {
                        break;
                    }
                    *out = next;
                    below += 1;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, place: f64, value: f64, weight: f64) {
        let height = value + weight * place * place;
        while let [.., a, b] = self.corners[..] {
            if (b.height - a.height) * (place - b.place) < (height - b.height) * (b.place - a.place) {
                break;
            }
            self.corners.pop();
        }
        self.corners.push(Corner { place, value, height });
    }
}

impl Corner {
    fn at(&self, place: f64, weight: f64) -> f64 {
        let away = place - self.place;
        self.value + weight * (away * away)
    }
}

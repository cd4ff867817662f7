//! Features of regions: how large they are, where, how they lie, and how bright they are.
//!
//! vigra: `extractRegionFeatures`; skimage: `measure.regionprops_table`; lazyflow: `OpObjectFeatures`.
//!
//! One pass over labels and image, in pieces of rows that threads share; each piece adds up runs of equal labels, and pieces
//! are [merged](Regions::merge) as blocks are.

mod axes;
mod region;
mod regions;
mod table;

use std::ops::Range;

use ndarray::{ArrayViewD, Axis, IxDyn, Slice};

use self::region::Run;
use self::regions::Kind;
pub use self::regions::Regions;
pub use self::table::{Column, Row, Table};
use crate::array::{Array, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::parallel::join;

/// How many elements one task has at most, if rows are not longer: well below a
/// millisecond. Pieces do not go by the number of
/// threads, for then rounding did.
const GRAIN: usize = 1 << 16;

/// How many elements of a row are worked on together, and between two looks at the checkpoint.
const PIECE: usize = 1 << 12;

/// How many runs, which may be of as many regions, there are between two looks.
const RUNS: usize = 1 << 10;

/// The features of the regions of `labels`, with the intensities of `image` if there is one.
///
/// The short form of [`RegionFeatures::apply`], which says more.
///
/// # Errors
///
/// As [`RegionFeatures::measure`].
///
/// # Examples
///
/// ```
/// use headwater::kernels::region_features;
/// use headwater::{Array, Checkpoint};
///
/// let labels = Array::from_vec("yx", &[2, 4], vec![0u32, 7, 7, 0, 2, 2, 2, 0])?;
/// let image = Array::from_vec("yx", &[2, 4], vec![9.0f32, 1.0, 3.0, 9.0, 5.0, 5.0, 5.0, 9.0])?;
/// let table = region_features(&labels, Some(&image), &Checkpoint::never())?;
/// assert_eq!(table.integers("label"), Some(&[2, 7][..]));
/// assert_eq!(table.integers("count"), Some(&[3, 2][..]));
/// assert_eq!(table.reals("center_x"), Some(&[1.0, 1.5][..]));
/// assert_eq!(table.reals("intensity_mean"), Some(&[5.0, 2.0][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn region_features(labels: &Array, image: Option<&Array>, checkpoint: &Checkpoint) -> Result<Table, Error> {
    RegionFeatures::new().apply(labels, image, checkpoint)
}

/// The features of regions: the options, and the ways to apply them.
///
/// The table has a row for each label of each time step, and these columns. Coordinates are in elements, of the axes of
/// space in the order of the labels' axes; `a` stands for an axis, `n` for 1 to the number of these axes.
///
/// | column | | vigra |
/// |---|---|---|
/// | `t` | the time step, if the labels have an axis `t` | |
/// | `label` | | |
/// | `count` | the number of elements | `Count` |
/// | `start_a`, `stop_a` | the bounding box: the first coordinate, and the first behind the last | `Coord<Minimum>`, `Coord<Maximum>` + 1 |
/// | `center_a` | the mean coordinate | `RegionCenter` |
/// | `covariance_ab` | the mean product of the distances from the center along two axes | |
/// | `radius_n` | the standard deviation along principal axis n, the largest first | `RegionRadii` |
/// | `axis_n_a` | the direction of that axis: of length 1, its largest component positive | `RegionAxes` |
/// | `intensity_min`, `_max`, `_sum`, `_mean`, `_variance` | of the image; `intensity_min_0` and so on for each channel if it has an axis `c` | `Minimum`, … |
///
/// Variances are over the number of elements, not over one less. What is no number makes sums, means and variances so,
/// while the least and the greatest are of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegionFeatures {
    keeps_background: bool,
}

impl RegionFeatures {
    /// Of all regions but the background, label 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a row for label 0.
    #[must_use]
    pub fn background(mut self) -> Self {
        self.keeps_background = true;
        self
    }

    /// The table for the whole of `labels`.
    ///
    /// # Errors
    ///
    /// As [`measure`](Self::measure).
    pub fn apply(&self, labels: &Array, image: Option<&Array>, checkpoint: &Checkpoint) -> Result<Table, Error> {
        let start = vec![0; labels.ndim()];
        self.measure(labels, image, &start, checkpoint)?.try_table(checkpoint)
    }

    /// The regions of a part that begins at `start`, a coordinate for each axis of `labels`.
    ///
    /// `labels` are integers; negative ones count as background. `image` has the axes of the labels in any order, and may
    /// have channels.
    ///
    /// # Errors
    ///
    /// `Invalid` if the labels are no integers or have channels or an axis that is neither of time nor of space, or if the
    /// image does not fit them; the checkpoint's own error if it stops the kernel.
    pub fn measure(
        &self,
        labels: &Array,
        image: Option<&Array>,
        start: &[usize],
        checkpoint: &Checkpoint,
    ) -> Result<Regions, Error> {
        let work = Work::new(self, labels, image, start, checkpoint)?;
        work.rows(0..work.count)
    }
}

/// Labels and image, with the axes in the order time, space, channels.
struct Work<'a> {
    keeps_background: bool,
    /// Time and three axes of space.
    labels: Array,
    /// The same with channels.
    image: Option<Array>,
    start: [usize; 4],
    kind: Kind,
    /// The number of rows.
    count: usize,
    checkpoint: &'a Checkpoint,
}

/// Refuses what cannot be labels, or a start that is none of theirs.
fn must_be_labels(labels: &Array, start: &[usize]) -> Result<(), Error> {
    if !labels.dtype().is_integer() {
        return Err(Error::invalid(format!("labels are integers, not {}", labels.dtype())));
    }
    let axes = labels.axes();
    let mut lengths = axes.iter().zip(labels.shape());
    if let Some((letter, length)) = lengths.find(|(letter, length)| match letter {
        't' | 'z' | 'y' | 'x' => false,
        'c' => **length != 1,
        _ => true,
    }) {
        return Err(Error::invalid(format!(
            "labels {labels:?} have {length} of axis {letter}: only t, z, y, x can be"
        )));
    }
    match start.len() == labels.ndim() {
        true => Ok(()),
        false => Err(Error::invalid(format!(
            "a start of {} axes for labels {labels:?}",
            start.len()
        ))),
    }
}

impl<'a> Work<'a> {
    fn new(
        options: &RegionFeatures,
        labels: &Array,
        image: Option<&Array>,
        start: &[usize],
        checkpoint: &'a Checkpoint,
    ) -> Result<Self, Error> {
        must_be_labels(labels, start)?;
        let axes = labels.axes();
        let space: Vec<_> = axes.spatial().filter_map(|axis| axes.letter(axis)).collect();
        let missing = "zyx".chars().filter(|letter| !space.contains(letter));
        let order: String = ['t'].into_iter().chain(missing).chain(space.iter().copied()).collect();
        let placed = labels.to_axes(order.as_str())?;
        let position = |letter| axes.position(letter).map_or(0, |axis| start[axis]);
        let mut at = [0; 4];
        order
            .chars()
            .zip(&mut at)
            .for_each(|(letter, at)| *at = position(letter));
        let fitted = image.map(|image| {
            let fitted = image.to_axes(format!("{order}c").as_str())?;
            match fitted.shape()[..4] == *placed.shape() {
                true => Ok(fitted),
                false => Err(Error::invalid(format!(
                    "the image {image:?} does not fit the labels {labels:?}"
                ))),
            }
        });
        let fitted = fitted.transpose()?;
        Ok(Self {
            keeps_background: options.keeps_background,
            kind: Kind {
                space,
                has_time: axes.contains('t'),
                channels: fitted.as_ref().map(|image| image.shape()[4]),
                is_numbered: image.is_some_and(|image| image.axes().contains('c')),
            },
            start: at,
            count: if placed.is_empty() {
                0
            } else {
                placed.shape()[..3].iter().product()
            },
            labels: placed,
            image: fitted,
            checkpoint,
        })
    }

    /// Some rows, by halves.
    fn rows(&self, rows: Range<usize>) -> Result<Regions, Error> {
        if rows.len() <= 1 || rows.len() * self.labels.shape()[3] <= GRAIN {
            return match_dtype!(self.labels.dtype(), T => self.few(self.labels.view::<T>()?, rows));
        }
        let middle = rows.start + rows.len() / 2;
        let (mut left, mut right) = (Regions::default(), Regions::default());
        join(
            || self.rows(rows.start..middle).map(|found| left = found),
            || self.rows(middle..rows.end).map(|found| right = found),
        )?;
        left.try_merge(right, self.checkpoint)?;
        Ok(left)
    }

    fn few<T: Element>(&self, labels: ArrayViewD<'_, T>, rows: Range<usize>) -> Result<Regions, Error> {
        let mut regions = Regions {
            kind: self.kind.clone(),
            ..Regions::default()
        };
        self.checkpoint.check()?;
        let (width, channels) = (labels.shape()[3], self.kind.channels.unwrap_or(0));
        let (mut row, mut values, mut since) = (Vec::new(), vec![Vec::new(); channels], 0);
        for nth in rows {
            let place = self.place(nth);
            for begin in (0..width).step_by(PIECE) {
                let columns = begin..width.min(begin + PIECE);
                since += columns.len() * (1 + channels);
                if since >= PIECE {
                    self.checkpoint.check()?;
                    since = 0;
                }
                copy(labels.view(), &place, &columns, &mut row, |label: T| {
                    label.cast::<u64>()
                });
                if let Some(image) = &self.image {
                    match_dtype!(image.dtype(), I => {
                        for (channel, values) in values.iter_mut().enumerate() {
                            let whole = image.view::<I>()?.index_axis_move(Axis(4), channel);
                            copy(whole, &place, &columns, values, |value: I| value.cast::<f64>());
                        }
                    });
                }
                self.runs(place, begin, &row, &values, &mut regions)?;
            }
        }
        Ok(regions)
    }

    /// Time, depth and height of a row.
    fn place(&self, nth: usize) -> [usize; 3] {
        let [_, depth, height] = [0, 1, 2].map(|axis| self.labels.shape()[axis]);
        [nth / height / depth, nth / height % depth, nth % height]
    }

    /// A piece of a row, run by run.
    fn runs(
        &self,
        place: [usize; 3],
        begin: usize,
        row: &[u64],
        values: &[Vec<f64>],
        regions: &mut Regions,
    ) -> Result<(), Error> {
        let at = |axis: usize, own: usize| (self.start[axis] + own) as u64;
        let is_exact = self.image.as_ref().is_some_and(|image| image.dtype().size() <= 2);
        let mut channels: Vec<&[f64]> = Vec::with_capacity(values.len());
        let mut from = 0;
        for (nth, run) in row.chunk_by(|a, b| a == b).enumerate() {
            if nth % RUNS == RUNS - 1 {
                self.checkpoint.check()?;
            }
            let (label, columns) = (run[0], from..from + run.len());
            from = columns.end;
            if label == 0 && !self.keeps_background {
                continue;
            }
            channels.clear();
            channels.extend(values.iter().map(|values| &values[columns.clone()]));
            let run = Run {
                at: [at(1, place[1]), at(2, place[2]), at(3, begin + columns.start)],
                len: columns.len() as u64,
                channels: &channels,
                is_exact,
            };
            regions.add(at(0, place[0]), label, &run);
        }
        Ok(())
    }
}

/// Copies `columns` of the row at `place`.
fn copy<T: Copy, V>(
    view: ArrayViewD<'_, T>,
    place: &[usize; 3],
    columns: &Range<usize>,
    out: &mut Vec<V>,
    convert: impl Fn(T) -> V,
) {
    let row = place.iter().fold(view, |view, &at| view.index_axis_move(Axis(0), at));
    let mut row: ndarray::ArrayView<'_, T, IxDyn> = row;
    row.slice_axis_inplace(Axis(0), Slice::from(columns.clone()));
    out.clear();
    match row.to_slice() {
        Some(row) => out.extend(row.iter().map(|&value| convert(value))),
        None => out.extend(row.iter().map(|&value| convert(value))),
    }
}

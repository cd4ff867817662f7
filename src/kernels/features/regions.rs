//! What is known of all regions, of a part of the image or of the whole.

use super::axes::principal;
use super::region::{Region, Run};
use super::table::{Column, Table};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::incremental_map::IncrementalMap;
use crate::kernels::sort::sort_by_key;

/// How many regions are merged, or put into a column, between two looks at the checkpoint.
const PATIENCE: usize = 1 << 8;

/// The regions of some part of an image, to be [merged](Self::merge) with those of other parts.
///
/// Merging parts in any order, however they were cut, gives the same counts, boxes, centers and axes to the bit; so it does
/// the statistics of intensities of at most 16 bits. Those of others differ by rounding.
#[derive(Clone, Debug, Default)]
pub struct Regions {
    /// By time and label.
    pub(super) found: IncrementalMap<(u64, u64), Region>,
    pub(super) kind: Kind,
}

/// Which columns the table has.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Kind {
    /// The letters of the axes of space.
    pub(super) space: Vec<char>,
    pub(super) has_time: bool,
    /// How many channels the image has; `None` without an image.
    pub(super) channels: Option<usize>,
    /// Whether they are numbered, which those of an image without an axis `c` are not.
    pub(super) is_numbered: bool,
}

impl Kind {
    /// The moments with missing axes behind all others, however flat a region is.
    fn last(&self, mut moments: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
        (0..3 - self.space.len()).for_each(|axis| moments[axis][axis] = -1.0);
        moments
    }
}

impl Regions {
    /// How many regions there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn add(&mut self, time: u64, label: u64, run: &Run<'_>) {
        match self.found.get_mut(&(time, label)) {
            Some(region) => region.add(run),
            None => drop(self.found.insert((time, label), Region::of(run))),
        }
    }

    /// Adds the regions of another part. Regions of the same label and time are one.
    ///
    /// # Errors
    ///
    /// `Invalid` if the other part has other axes or channels.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.try_merge(other, &Checkpoint::never())
    }

    /// The same as long as it is wanted; after an error some are merged.
    pub(crate) fn try_merge(&mut self, other: Self, checkpoint: &Checkpoint) -> Result<(), Error> {
        if self.is_empty() && self.kind == Kind::default() {
            *self = other;
            return Ok(());
        }
        if self.kind != other.kind {
            let message = format!(
                "regions of {:?} cannot be merged with regions of {:?}",
                self.kind, other.kind
            );
            return Err(Error::invalid(message));
        }
        for (nth, (key, region)) in other.found.into_iter().enumerate() {
            if nth % PATIENCE == 0 {
                checkpoint.check()?;
            }
            match self.found.get_mut(&key) {
                Some(own) => own.merge(&region),
                None => drop(self.found.insert(key, region)),
            }
        }
        Ok(())
    }

    /// One row for each region, by time, then by label. [`RegionFeatures`](crate::kernels::RegionFeatures) says which columns.
    #[expect(clippy::missing_panics_doc, reason = "nobody interrupts it")]
    pub fn table(&self) -> Table {
        let table = self.try_table(&Checkpoint::never());
        table.expect("invariant: nobody interrupts it")
    }

    /// The same as long as it is wanted.
    pub(crate) fn try_table(&self, checkpoint: &Checkpoint) -> Result<Table, Error> {
        let mut rows: Vec<(&(u64, u64), &Region)> = Vec::with_capacity(self.found.len());
        for (nth, row) in self.found.iter().enumerate() {
            if nth % PATIENCE == 0 {
                checkpoint.check()?;
            }
            rows.push(row);
        }
        sort_by_key(&mut rows, |(key, _)| **key, checkpoint)?;
        let mut columns = Columns {
            rows,
            kind: &self.kind,
            checkpoint,
            done: Vec::new(),
        };
        columns.places()?;
        columns.shapes()?;
        columns.intensities()?;
        Ok(Table::new(columns.done))
    }
}

/// The columns of a table in the making.
struct Columns<'a> {
    rows: Vec<(&'a (u64, u64), &'a Region)>,
    kind: &'a Kind,
    checkpoint: &'a Checkpoint,
    done: Vec<(String, Column)>,
}

impl<'a> Columns<'a> {
    fn integers(&mut self, name: String, of: impl Fn(&(u64, u64), &Region) -> u64) -> Result<(), Error> {
        let values = each(&self.rows, |(key, region)| of(key, region), self.checkpoint)?;
        self.done.push((name, Column::Integers(values)));
        Ok(())
    }

    fn reals(&mut self, name: String, of: impl Fn(&Region) -> f64) -> Result<(), Error> {
        let values = each(&self.rows, |(_, region)| of(region), self.checkpoint)?;
        self.done.push((name, Column::Reals(values)));
        Ok(())
    }

    /// The same of what was worked out for each row.
    fn derived<V>(&mut self, name: String, from: &[V], of: impl Fn(&V) -> f64) -> Result<(), Error> {
        let values = each(from, of, self.checkpoint)?;
        self.done.push((name, Column::Reals(values)));
        Ok(())
    }

    /// The axes of space with their places in a region, where those that are missing come first.
    fn space(&self) -> impl Iterator<Item = (char, usize)> + use<'a> {
        let space = &self.kind.space;
        space.iter().copied().zip(3 - space.len()..)
    }

    fn places(&mut self) -> Result<(), Error> {
        if self.kind.has_time {
            self.integers("t".into(), |key, _| key.0)?;
        }
        self.integers("label".into(), |key, _| key.1)?;
        self.integers("count".into(), |_, region| region.count)?;
        for (letter, axis) in self.space() {
            self.integers(format!("start_{letter}"), |_, region| region.start[axis])?;
            self.integers(format!("stop_{letter}"), |_, region| region.stop[axis])?;
        }
        for (letter, axis) in self.space() {
            self.reals(format!("center_{letter}"), |region| region.center(axis))?;
        }
        Ok(())
    }

    fn shapes(&mut self) -> Result<(), Error> {
        let covariances = each(&self.rows, |(_, region)| region.covariance(), self.checkpoint)?;
        for (nth, (a, row)) in self.space().enumerate() {
            for (b, column) in self.space().skip(nth) {
                self.derived(format!("covariance_{a}{b}"), &covariances, |moments| {
                    moments[row][column]
                })?;
            }
        }
        let kind = self.kind;
        let principals = each(&covariances, |moments| principal(kind.last(*moments)), self.checkpoint)?;
        for nth in 0..kind.space.len() {
            self.derived(format!("radius_{}", nth + 1), &principals, |pairs| {
                pairs[nth].0.max(0.0).sqrt()
            })?;
            for (letter, axis) in self.space() {
                self.derived(format!("axis_{}_{letter}", nth + 1), &principals, |pairs| {
                    pairs[nth].1[axis]
                })?;
            }
        }
        Ok(())
    }

    fn intensities(&mut self) -> Result<(), Error> {
        for nth in 0..self.kind.channels.unwrap_or(0) {
            let number = match self.kind.is_numbered {
                true => format!("_{nth}"),
                false => String::new(),
            };
            let name = |what: &str| format!("intensity_{what}{number}");
            self.reals(name("min"), |region| region.channels[nth].least)?;
            self.reals(name("max"), |region| region.channels[nth].greatest)?;
            self.reals(name("sum"), |region| region.channels[nth].sum(region.count))?;
            self.reals(name("mean"), |region| region.channels[nth].mean(region.count))?;
            self.reals(name("variance"), |region| region.channels[nth].variance(region.count))?;
        }
        Ok(())
    }
}

/// What `of` makes of each row.
fn each<R, V>(rows: &[R], of: impl Fn(&R) -> V, checkpoint: &Checkpoint) -> Result<Vec<V>, Error> {
    let mut values = Vec::with_capacity(rows.len());
    for rows in rows.chunks(PATIENCE) {
        checkpoint.check()?;
        values.extend(rows.iter().map(&of));
    }
    Ok(values)
}

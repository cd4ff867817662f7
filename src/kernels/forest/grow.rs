//! One tree.

use super::random::Random;
use super::sort::{PATIENCE, sort};
use super::split::{Counts, Cut, best_cut, entry};
use super::table::Table;
use super::train::Limits;
use super::tree::Tree;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::filled;

/// Grows tree number `number` of a forest on `table`.
pub(super) fn grow(table: &Table, limits: &Limits, number: u64, checkpoint: &Checkpoint) -> Result<Tree, Error> {
    let mut random = Random::new(limits.seed, number);
    let weights = draw(table.rows(), limits.draws, &mut random, checkpoint)?;
    let rows = drawn(&weights, checkpoint)?;
    let mut growth = Growth {
        entries: filled(rows.len(), 0, checkpoint)?,
        spare: filled(rows.len(), 0, checkpoint)?,
        aside: filled(rows.len(), 0, checkpoint)?,
        features: (0..table.features).map(|feature| feature as u16).collect(),
        all: Counts::default(),
        left: Counts::default(),
        shares: Vec::new(),
        tree: Tree::new(table.features, table.classes.len()),
        table,
        limits,
        random,
        weights,
        rows,
        checkpoint,
    };
    growth.all_nodes()?;
    Ok(growth.tree)
}

/// How often each row is drawn, `draws` times with replacement.
fn draw(rows: usize, draws: usize, random: &mut Random, checkpoint: &Checkpoint) -> Result<Vec<u16>, Error> {
    let mut weights = filled(rows, 0_u16, checkpoint)?;
    for done in (0..draws).step_by(PATIENCE) {
        checkpoint.check()?;
        for _ in done..draws.min(done + PATIENCE) {
            let weight = &mut weights[random.below(rows as u32) as usize];
            *weight = weight.saturating_add(1);
        }
    }
    Ok(weights)
}

/// The rows that were drawn at all.
fn drawn(weights: &[u16], checkpoint: &Checkpoint) -> Result<Vec<u32>, Error> {
    let mut rows = Vec::new();
    for (chunk, weights) in weights.chunks(PATIENCE).enumerate() {
        checkpoint.check()?;
        let numbered = (chunk * PATIENCE..).zip(weights);
        rows.extend(numbered.filter(|(_, weight)| **weight > 0).map(|(row, _)| row as u32));
    }
    Ok(rows)
}

/// A tree that grows, and the memory that its nodes use in turn.
struct Growth<'a> {
    table: &'a Table,
    limits: &'a Limits,
    checkpoint: &'a Checkpoint,
    random: Random,
    tree: Tree,
    /// How often each row of the table was drawn.
    weights: Vec<u16>,
    /// The rows that were drawn; those of a node are neighbours.
    rows: Vec<u32>,
    /// The rows of the right side, while a node is parted.
    aside: Vec<u32>,
    /// The rows of a node in the order of a feature, and room to sort them.
    entries: Vec<u64>,
    spare: Vec<u64>,
    /// All features, in an order that changes with each draw.
    features: Vec<u16>,
    /// The classes of a node, of its left side, and the shares of a leaf.
    all: Counts,
    left: Counts,
    shares: Vec<f32>,
}

/// A node whose rows are known and nothing else.
struct Pending {
    node: usize,
    begin: usize,
    end: usize,
    depth: usize,
}

impl Growth<'_> {
    /// From the root on, the left side of each node before the right one. A stack, since a tree can be as deep as it has rows.
    fn all_nodes(&mut self) -> Result<(), Error> {
        let mut pending = vec![Pending {
            node: 0,
            begin: 0,
            end: self.rows.len(),
            depth: 0,
        }];
        while let Some(here) = pending.pop() {
            self.checkpoint.check()?;
            self.count(here.begin, here.end)?;
            let cut = match self.is_final(here.depth) {
                true => None,
                false => self.best_feature(here.begin, here.end)?,
            };
            let Some((feature, cut)) = cut else {
                self.shares.clear();
                self.shares.extend(self.all.shares());
                self.tree.set_leaf(here.node, &self.shares);
                continue;
            };
            self.tree.add_gain(feature, cut.purity - self.all.purity());
            let middle = self.part(here.begin, here.end, feature, cut.threshold)?;
            let left = self.tree.split(here.node, feature, cut.threshold)?;
            let depth = here.depth + 1;
            pending.push(Pending {
                node: left + 1,
                begin: middle,
                end: here.end,
                depth,
            });
            pending.push(Pending {
                node: left,
                begin: here.begin,
                end: middle,
                depth,
            });
        }
        Ok(())
    }

    fn is_final(&self, depth: usize) -> bool {
        let few = self.all.total() < self.limits.min_samples as f64;
        few || depth >= self.limits.max_depth || self.all.is_pure()
    }

    /// Counts the classes of a node.
    fn count(&mut self, begin: usize, end: usize) -> Result<(), Error> {
        self.all.clear(self.table.classes.len());
        for rows in self.rows[begin..end].chunks(PATIENCE) {
            self.checkpoint.check()?;
            for &row in rows {
                let row = row as usize;
                self.all.add(self.table.class_of[row].into(), self.weights[row].into());
            }
        }
        Ok(())
    }

    /// The best cut by some features drawn at random. Features in which all rows agree do not count.
    fn best_feature(&mut self, begin: usize, end: usize) -> Result<Option<(u16, Cut)>, Error> {
        let mut best: Option<(u16, Cut)> = None;
        let mut wanted = self.limits.features;
        for drawn in 0..self.features.len() {
            let rest = (self.features.len() - drawn) as u32;
            self.features.swap(drawn, drawn + self.random.below(rest) as usize);
            let feature = self.features[drawn];
            let Some(cut) = self.cut(begin, end, feature)? else {
                continue;
            };
            if best.is_none_or(|(_, best)| cut.purity > best.purity) {
                best = Some((feature, cut));
            }
            wanted -= 1;
            if wanted == 0 {
                break;
            }
        }
        Ok(best)
    }

    fn cut(&mut self, begin: usize, end: usize, feature: u16) -> Result<Option<Cut>, Error> {
        let column = self.table.column(usize::from(feature));
        let chunks = self.rows[begin..end].chunks(PATIENCE);
        for (rows, entries) in chunks.zip(self.entries.chunks_mut(PATIENCE)) {
            self.checkpoint.check()?;
            for (&row, out) in rows.iter().zip(entries) {
                let row = row as usize;
                *out = entry(column[row], self.table.class_of[row], self.weights[row]);
            }
        }
        let count = end - begin;
        sort(&mut self.entries, &mut self.spare, count, self.checkpoint)?;
        best_cut(&self.entries[..count], &self.all, &mut self.left, self.checkpoint)
    }

    /// Brings the rows of a node that go left before those that go right, each in order; returns where these begin.
    fn part(&mut self, begin: usize, end: usize, feature: u16, threshold: u32) -> Result<usize, Error> {
        let column = self.table.column(usize::from(feature));
        let (mut middle, mut others) = (begin, 0);
        for at in begin..end {
            if (at - begin).is_multiple_of(PATIENCE) {
                self.checkpoint.check()?;
            }
            let row = self.rows[at];
            let goes_left = column[row as usize] <= threshold;
            // To both sides; the place moves on for one of them. A branch would be guessed wrong half of the time.
            self.rows[middle] = row;
            self.aside[others] = row;
            middle += usize::from(goes_left);
            others += usize::from(!goes_left);
        }
        let places = self.rows[middle..end].chunks_mut(PATIENCE);
        for (rows, aside) in places.zip(self.aside[..others].chunks(PATIENCE)) {
            self.checkpoint.check()?;
            rows.copy_from_slice(aside);
        }
        Ok(middle)
    }
}

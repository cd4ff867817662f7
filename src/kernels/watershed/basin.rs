//! One volume while it is flooded.

use ndarray::ArrayView3;

use super::layout::{Layout, patience};
use super::order::order;
use super::queue::Queue;
use crate::array::Element;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::labels::Connectivity;
use crate::kernels::memory::filled;

/// How many elements are flooded between two looks at the checkpoint: with 26 neighbours each, some hundred microseconds.
const PATIENCE: usize = 1 << 11;

/// In a cell: nobody's yet, and below is the last place of its class in the queue.
const FREE: u32 = 1 << 31;

/// Among numbers of minima: none.
const HIGHER: u32 = u32::MAX;

/// In a cell: outside of the volume or of the mask.
const WALL: u32 = 0;

/// The most elements of a volume, with a border of one around it.
pub(super) const MOST: usize = FREE as usize - 1;

/// The largest label.
pub(super) const LARGEST: u32 = FREE - 1;

/// A volume with a wall around it. A cell needs its value until it has a label, and never after: both share one word.
pub(super) struct Basin {
    layout: Layout,
    cells: Vec<u32>,
    queue: Queue,
    neighbours: Vec<isize>,
}

impl Basin {
    /// With the values of `image`.
    pub(super) fn new<T: Element>(
        image: ArrayView3<'_, T>,
        connectivity: Connectivity,
        checkpoint: &Checkpoint,
    ) -> Result<Self, Error> {
        let layout = Layout::new(image.dim().into());
        let mut cells = filled(layout.cells(), WALL, checkpoint)?;
        let mut queue = Queue::new(image.len(), checkpoint)?;
        order(
            &image,
            layout,
            checkpoint,
            |first, last| queue.class(first, last),
            |cell, last| cells[cell] = FREE | last,
        )?;
        let neighbours = ways(layout, connectivity);
        Ok(Self {
            layout,
            cells,
            queue,
            neighbours,
        })
    }

    /// Walls off what `mask` leaves out.
    pub(super) fn mask<M: Element>(&mut self, mask: ArrayView3<'_, M>, checkpoint: &Checkpoint) -> Result<(), Error> {
        let layout = self.layout;
        layout.walk(&mask, checkpoint, |cell, on| {
            if on == M::default() {
                self.cells[cell] = WALL;
            }
        })
    }

    /// Pours into each cell that is free where `seeds` are not 0, in their order.
    pub(super) fn seed<S: Element>(&mut self, seeds: ArrayView3<'_, S>, checkpoint: &Checkpoint) -> Result<(), Error> {
        let mut largest = 0;
        let layout = self.layout;
        layout.walk(&seeds, checkpoint, |cell, label| {
            let label: u32 = label.cast();
            if label != 0 {
                largest = largest.max(label);
                self.pour(cell, label);
            }
        })?;
        if largest > LARGEST {
            let message = format!("a seed is labelled {largest}, {LARGEST} is the most");
            return Err(Error::invalid(message));
        }
        Ok(())
    }

    fn pour(&mut self, at: usize, label: u32) {
        let cell = self.cells[at];
        if cell & FREE != 0 {
            self.cells[at] = label;
            self.queue.push(cell & !FREE, at as u32);
        }
    }

    /// Pours a label of its own into each local minimum, in the order of their first elements.
    pub(super) fn seed_minima(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let (minima, mut left) = (self.minima(checkpoint)?, 0);
        for (at, &label) in minima.iter().enumerate() {
            patience(&mut left, 1, checkpoint)?;
            if label != 0 {
                self.pour(at, label);
            }
        }
        Ok(())
    }

    /// The number of the local minimum that each cell belongs to, from 1; 0 for all others.
    fn minima(&self, checkpoint: &Checkpoint) -> Result<Vec<u32>, Error> {
        let cells = &self.cells;
        let (mut labels, mut open, mut left) = (filled(cells.len(), 0, checkpoint)?, Vec::new(), 0);
        // What has a lower neighbour, and what is as high as it and connected to it, is no minimum.
        for at in 0..cells.len() {
            patience(&mut left, self.neighbours.len(), checkpoint)?;
            if cells[at] == WALL || !self.around(at).any(|cell| cell != WALL && cell < cells[at]) {
                continue;
            }
            labels[at] = HIGHER;
            if self.around(at).any(|cell| cell == cells[at]) {
                open.push(at as u32);
            }
        }
        self.spread(&mut open, &mut labels, HIGHER, checkpoint)?;
        let mut minima = 0;
        for at in 0..cells.len() {
            patience(&mut left, 1, checkpoint)?;
            if cells[at] != WALL && labels[at] == 0 {
                minima += 1;
                labels[at] = minima;
                open.push(at as u32);
                self.spread(&mut open, &mut labels, minima, checkpoint)?;
            }
        }
        for label in &mut labels {
            patience(&mut left, 1, checkpoint)?;
            *label = if *label == HIGHER { 0 } else { *label };
        }
        Ok(labels)
    }

    /// Labels all cells that are connected to those in `open` by cells of the same value.
    fn spread(
        &self,
        open: &mut Vec<u32>,
        labels: &mut [u32],
        label: u32,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let mut done = 0;
        while let Some(at) = open.pop() {
            done += 1;
            if done % PATIENCE == 0 {
                checkpoint.check()?;
            }
            let at = at as usize;
            for other in self.neighbours_of(at) {
                if labels[other] == 0 && self.cells[other] == self.cells[at] {
                    labels[other] = label;
                    open.push(other as u32);
                }
            }
        }
        Ok(())
    }

    /// What the cells around one hold.
    fn around(&self, at: usize) -> impl Iterator<Item = u32> {
        self.neighbours_of(at).map(|other| self.cells[other])
    }

    /// The cells around one. Those of an element are all there; of the wall, they may not be.
    fn neighbours_of(&self, at: usize) -> impl Iterator<Item = usize> {
        let cells = self.cells.len();
        let ways = self.neighbours.iter().map(move |way| at.wrapping_add_signed(*way));
        ways.filter(move |other| *other < cells)
    }

    /// Floods everything that can be reached from what was poured.
    pub(super) fn flood(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        // So that the loop over the neighbours is unrolled.
        match self.neighbours.len() {
            2 => self.flood_by::<2>(checkpoint),
            4 => self.flood_by::<4>(checkpoint),
            6 => self.flood_by::<6>(checkpoint),
            8 => self.flood_by::<8>(checkpoint),
            18 => self.flood_by::<18>(checkpoint),
            26 => self.flood_by::<26>(checkpoint),
            _ => Ok(()),
        }
    }

    fn flood_by<const N: usize>(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let Some(&ways) = self.neighbours.first_chunk::<N>() else {
            return Ok(());
        };
        loop {
            checkpoint.check()?;
            for _ in 0..PATIENCE {
                let Some(at) = self.queue.pop(checkpoint)? else {
                    return Ok(());
                };
                let label = self.cells[at as usize];
                for way in ways {
                    let other = (at as usize).wrapping_add_signed(way);
                    let cell = &mut self.cells[other];
                    if *cell & FREE != 0 {
                        let last = *cell & !FREE;
                        *cell = label;
                        self.queue.push(last, other as u32);
                    }
                }
            }
        }
    }

    /// Writes the labels to `out`; what nothing has reached is 0.
    pub(super) fn write(&self, out: &mut [u32], checkpoint: &Checkpoint) -> Result<(), Error> {
        let label = |cell| if cell & FREE != 0 { 0 } else { cell };
        self.layout.write(&self.cells, out, checkpoint, label)
    }

    /// Writes the numbers of the local minima to `out`.
    pub(super) fn write_minima(&self, out: &mut [u32], checkpoint: &Checkpoint) -> Result<(), Error> {
        let minima = self.minima(checkpoint)?;
        self.layout.write(&minima, out, checkpoint, |label| label)
    }
}

/// The ways to all neighbours: nearest first, then in the order of the axes.
fn ways(layout: Layout, connectivity: Connectivity) -> Vec<isize> {
    let along = |axis: usize| if layout.shape[axis] > 1 { -1isize..=1 } else { 0..=0 };
    let steps = layout.steps.map(usize::cast_signed);
    let mut ways = Vec::new();
    for z in along(0) {
        for y in along(1) {
            for x in along(2) {
                let away = (z * z + y * y + x * x).cast_unsigned();
                if (1..=connectivity.axes()).contains(&away) {
                    ways.push((away, z * steps[0] + y * steps[1] + x * steps[2]));
                }
            }
        }
    }
    ways.sort_by_key(|way| way.0);
    ways.into_iter().map(|way| way.1).collect()
}

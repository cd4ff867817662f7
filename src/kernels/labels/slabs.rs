//! One volume, in slabs of rows.

use pulp::Arch;

use super::Connectivity;
use super::ground::Ground;
use super::runs::Runs;
use super::touching::{Neighbour, Seam};
use super::union_find::{UnionFind, number_in_place};
use super::volume::Volume;
use crate::array::Element;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::parallel;

/// Elements of a slab at least: what is smaller is not worth a thread.
const LEAST: usize = 1 << 17;

/// Elements of a slab at most, so that runs can be counted; a row is not divided.
const MOST: usize = 1 << 31;

/// Slabs for each thread: more share the work better, fewer have fewer seams.
const PER_THREAD: usize = 4;

/// Labels the components of `volume` from 1 on in `out`, which is as large; returns how many there are.
pub(super) fn label<T: Element>(
    volume: &Volume<'_, T>,
    ground: Ground<T>,
    connectivity: Connectivity,
    out: &mut [u32],
    checkpoint: &Checkpoint,
) -> Result<u32, Error> {
    let neighbours = Neighbour::all(volume.extent, connectivity);
    let slabs = find(volume, ground, &neighbours, checkpoint)?;
    let (labels, count) = number(&slabs, volume, &neighbours, checkpoint)?;
    paint(&slabs, volume.extent.width, &labels, out, checkpoint)?;
    Ok(count)
}

/// The runs of each slab.
fn find<T: Element>(
    volume: &Volume<'_, T>,
    ground: Ground<T>,
    neighbours: &[Neighbour],
    checkpoint: &Checkpoint,
) -> Result<Vec<Runs>, Error> {
    let (rows, elements) = (volume.extent.rows(), volume.extent.elements());
    let wanted = (elements / LEAST).clamp(1, PER_THREAD * parallel::threads());
    let slabs = match parallel::threads() {
        1 => 1,
        _ => wanted,
    };
    let slabs = slabs.max(elements.div_ceil(MOST));
    let each = rows.div_ceil(slabs).max(1);
    let mut found: Vec<Option<Runs>> = Vec::new();
    found.resize_with(rows.div_ceil(each), || None);
    for_each(&mut found, 0, &|nth, slot| {
        let range = nth * each..rows.min((nth + 1) * each);
        *slot = Some(Runs::find(volume, range, ground, neighbours, checkpoint)?);
        Ok(())
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The label of each component of each slab, one slab after the other.
fn number<T: Element>(
    slabs: &[Runs],
    volume: &Volume<'_, T>,
    neighbours: &[Neighbour],
    checkpoint: &Checkpoint,
) -> Result<(Vec<u32>, u32), Error> {
    let mut sets = UnionFind::new();
    let mut firsts = Vec::with_capacity(slabs.len());
    for slab in slabs {
        firsts.push(sets.try_extend(slab.count as usize, checkpoint)?);
    }
    for nth in 1..slabs.len() {
        join_seam(slabs, nth, &firsts, volume, neighbours, &mut sets, checkpoint)?;
    }
    let mut labels = sets.into_parents();
    let count = number_in_place(&mut labels, 1, checkpoint)?;
    Ok((labels, count))
}

/// Joins the components of the `nth` slab with those of the slabs before it, where its first rows touch their last.
fn join_seam<T: Element>(
    slabs: &[Runs],
    nth: usize,
    firsts: &[u32],
    volume: &Volume<'_, T>,
    neighbours: &[Neighbour],
    sets: &mut UnionFind,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let (slab, each, arch) = (&slabs[nth], slabs[0].rows.len(), Arch::new());
    let start = slab.rows.start;
    // Further down all neighbours are within the slab.
    let near = slab.rows.clone();
    for row in near.take_while(|row| neighbours.iter().any(|neighbour| neighbour.reaches(*row, start))) {
        checkpoint.check()?;
        let place = volume.extent.place(row);
        for neighbour in neighbours {
            let earlier = neighbour.of(place, volume.extent);
            let Some(earlier) = earlier.filter(|earlier| *earlier < start) else {
                continue;
            };
            let above = earlier / each;
            arch.dispatch(Seam {
                one: slab.row(row, volume),
                other: slabs[above].row(earlier, volume),
                neighbour,
                checkpoint,
                join: |a, b| {
                    sets.union(firsts[nth] + slab.id(a), firsts[above] + slabs[above].id(b));
                },
            })?;
        }
    }
    Ok(())
}

fn paint(slabs: &[Runs], width: usize, labels: &[u32], out: &mut [u32], checkpoint: &Checkpoint) -> Result<(), Error> {
    let mut parts = Vec::with_capacity(slabs.len());
    let (mut labels, mut out) = (labels, out);
    for slab in slabs {
        let (own, rest) = labels.split_at(slab.count as usize);
        let (part, behind) = out.split_at_mut(slab.rows.len() * width);
        parts.push((slab, own, part));
        (labels, out) = (rest, behind);
    }
    for_each(&mut parts, 0, &|_, (slab, labels, out)| {
        slab.paint(labels, out, checkpoint)
    })
}

/// Calls `f` for each item with its number, counted from `first` on, side by side.
pub(super) fn for_each<I: Send>(
    items: &mut [I],
    first: usize,
    f: &(impl Fn(usize, &mut I) -> Result<(), Error> + Sync),
) -> Result<(), Error> {
    match items {
        [] => Ok(()),
        [item] => f(first, item),
        _ => {
            let half = items.len() / 2;
            let (left, right) = items.split_at_mut(half);
            parallel::join(|| for_each(left, first, f), || for_each(right, first + half, f))
        }
    }
}

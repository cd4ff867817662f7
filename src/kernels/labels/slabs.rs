//! One volume, in slabs of rows.

use pulp::Arch;

use super::Connectivity;
use super::ground::Ground;
use super::runs::{Neighbour, Runs, Seam};
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
        firsts.push(sets.extend(slab.count as usize)?);
    }
    let each = slabs.first().map_or(1, |slab| slab.rows.len());
    let arch = Arch::new();
    for (nth, slab) in slabs.iter().enumerate().skip(1) {
        for row in slab.rows.clone() {
            let place = volume.extent.place(row);
            let earlier = neighbours
                .iter()
                .map(|neighbour| (neighbour, neighbour.of(place, volume.extent)));
            let mut is_near = false;
            for (neighbour, earlier) in earlier {
                // Further down all neighbours are within the slab; not before, for those of a row that has fewer may be.
                is_near |= neighbour.reaches(row, slab.rows.start);
                let Some(earlier) = earlier.filter(|earlier| *earlier < slab.rows.start) else {
                    continue;
                };
                let above = earlier / each;
                let (one, other) = (slab.row(row, volume), slabs[above].row(earlier, volume));
                let join = |a, b| {
                    sets.union(firsts[nth] + slab.id(a), firsts[above] + slabs[above].id(b));
                };
                arch.dispatch(Seam {
                    one,
                    other,
                    neighbour,
                    checkpoint,
                    join,
                })?;
            }
            if !is_near {
                break;
            }
        }
    }
    checkpoint.check()?;
    let mut labels = sets.into_parents();
    let count = number_in_place(&mut labels, 1);
    Ok((labels, count))
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

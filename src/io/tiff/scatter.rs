//! From a strip or tile to its places in the array, whatever the order of axes there.

/// Bytes from one sample to the next along y, x and the samples of a pixel.
pub(super) type Strides = [usize; 3];

/// Copies a box of `lengths` samples of `item` bytes along y, x and the samples of a pixel.
///
/// # Panics
///
/// Slices that are shorter than the box.
pub(super) fn scatter(
    from: &[u8],
    from_strides: Strides,
    to: &mut [u8],
    to_strides: Strides,
    lengths: [usize; 3],
    item: usize,
) {
    let [height, width, samples] = lengths;
    let run = run(from_strides, lengths, item).min(run(to_strides, lengths, item));
    for y in 0..height {
        let (from, to) = (&from[y * from_strides[0]..], &mut to[y * to_strides[0]..]);
        if run == width * samples * item {
            to[..run].copy_from_slice(&from[..run]);
            continue;
        }
        let (from_steps, to_steps) = ([from_strides[1], from_strides[2]], [to_strides[1], to_strides[2]]);
        match item {
            1 => row::<1>(from, from_steps, to, to_steps, [width, samples]),
            2 => row::<2>(from, from_steps, to, to_steps, [width, samples]),
            4 => row::<4>(from, from_steps, to, to_steps, [width, samples]),
            _ => row::<8>(from, from_steps, to, to_steps, [width, samples]),
        }
    }
}

/// Bytes of a row of the box that lie together: the whole row, or a sample.
pub(super) fn run(strides: Strides, [_, width, samples]: [usize; 3], item: usize) -> usize {
    let together = samples == 1 || strides[2] == item;
    if together && (width == 1 || strides[1] == samples * item) {
        return width * samples * item;
    }
    item
}

fn row<const N: usize>(from: &[u8], from_steps: [usize; 2], to: &mut [u8], to_steps: [usize; 2], lengths: [usize; 2]) {
    for x in 0..lengths[0] {
        for sample in 0..lengths[1] {
            let source = x * from_steps[0] + sample * from_steps[1];
            let target = x * to_steps[0] + sample * to_steps[1];
            to[target..target + N].copy_from_slice(&from[source..source + N]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_find_their_places_in_any_order() {
        let from: Vec<u8> = (0..2 * 3 * 2 * 2).collect();
        // y, x, samples of 2 bytes, to samples, x, y.
        let mut to = vec![0; from.len()];
        scatter(&from, [12, 4, 2], &mut to, [2, 4, 12], [2, 3, 2], 2);
        for y in 0..2 {
            for x in 0..3 {
                for s in 0..2 {
                    let (source, target) = (y * 12 + x * 4 + s * 2, s * 12 + x * 4 + y * 2);
                    assert_eq!(from[source..source + 2], to[target..target + 2]);
                }
            }
        }
        let mut same = vec![0; from.len()];
        scatter(&from, [12, 4, 2], &mut same, [12, 4, 2], [2, 3, 2], 2);
        assert_eq!(same, from);
    }
}

//! What is known of one region, added up.

/// The moments of the intensities of one channel.
///
/// Integers of at most 16 bits are added up exactly, so that neither order nor blocks matter. Others are shifted by a value
/// that occurs among them, so that a small variance beside a large mean survives, and merged as Chan, Golub and LeVeque
/// (1979) do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    pub(super) least: f64,
    pub(super) greatest: f64,
    sums: Sums,
}

#[derive(Clone, Copy, Debug)]
enum Sums {
    Exact { values: i128, squares: i128 },
    Shifted { by: f64, values: f64, squares: f64 },
}

impl Channel {
    /// Of the first `values`, of which there is one.
    fn of(values: &[f64], is_exact: bool) -> Self {
        let sums = match is_exact {
            true => Sums::Exact { values: 0, squares: 0 },
            false => Sums::Shifted {
                by: if values[0].is_finite() { values[0] } else { 0.0 },
                values: 0.0,
                squares: 0.0,
            },
        };
        let mut new = Self {
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
            sums,
        };
        new.add(values);
        new
    }

    fn add(&mut self, run: &[f64]) {
        let shift = match self.sums {
            Sums::Exact { .. } => 0.0,
            Sums::Shifted { by, .. } => by,
        };
        let (mut sum, mut sum_of_squares) = (0.0, 0.0);
        for &value in run {
            self.least = self.least.min(value);
            self.greatest = self.greatest.max(value);
            let away = value - shift;
            sum += away;
            sum_of_squares += away * away;
        }
        match &mut self.sums {
            // A run is so short that these are integers below 2^53.
            Sums::Exact { values, squares } => {
                *values += i128::from(sum as i64);
                *squares += i128::from(sum_of_squares as i64);
            }
            Sums::Shifted { values, squares, .. } => {
                *values += sum;
                *squares += sum_of_squares;
            }
        }
    }

    pub(super) fn sum(&self, count: u64) -> f64 {
        match self.sums {
            Sums::Exact { values, .. } => values as f64,
            Sums::Shifted { by, values, .. } => by * count as f64 + values,
        }
    }

    pub(super) fn mean(&self, count: u64) -> f64 {
        match self.sums {
            Sums::Exact { values, .. } => values as f64 / count as f64,
            Sums::Shifted { by, values, .. } => by + values / count as f64,
        }
    }

    /// The mean square of the distance from the mean.
    pub(super) fn variance(&self, count: u64) -> f64 {
        let real = count as f64;
        match self.sums {
            Sums::Exact { values, squares } => (squares * i128::from(count) - values * values) as f64 / (real * real),
            Sums::Shifted { values, squares, .. } => ((squares - values * values / real) / real).max(0.0),
        }
    }

    /// Adds what is known of `theirs` others.
    fn merge(&mut self, own: u64, other: &Self, theirs: u64) {
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
        let (mean, mean_there) = (self.mean(own), other.mean(theirs));
        let (variance, variance_there) = (self.variance(own), other.variance(theirs));
        match (&mut self.sums, &other.sums) {
            (Sums::Exact { values, squares }, Sums::Exact { values: v, squares: s }) => {
                *values += v;
                *squares += s;
            }
            (sums, _) => {
                let (n, m) = (own as f64, theirs as f64);
                let apart = mean_there - mean;
                *sums = Sums::Shifted {
                    by: mean + apart * (m / (n + m)),
                    values: 0.0,
                    squares: variance * n + variance_there * m + apart * apart * (n * m / (n + m)),
                };
            }
        }
    }
}

/// One region: sums over its elements, of coordinates in integers, so that merging is exact in any order.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub(super) count: u64,
    pub(super) start: [u64; 3],
    /// Behind the last.
    pub(super) stop: [u64; 3],
    sums: [u128; 3],
    /// Of the coordinates along each two axes, as [`PAIRS`] has them.
    products: [u128; 6],
    pub(super) channels: Vec<Channel>,
}

/// The pairs of axes.
const PAIRS: [(usize, usize); 6] = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];

/// Some neighbours in a row.
pub(super) struct Run<'a> {
    /// The first of them.
    pub(super) at: [u64; 3],
    pub(super) len: u64,
    /// Their intensities in each channel.
    pub(super) channels: &'a [&'a [f64]],
    /// Whether these are integers of at most 16 bits.
    pub(super) is_exact: bool,
}

impl Region {
    pub(super) fn of(run: &Run<'_>) -> Self {
        let channels = run.channels.iter().map(|values| Channel::of(values, run.is_exact));
        let mut new = Self {
            count: 0,
            start: run.at,
            stop: run.at,
            sums: [0; 3],
            products: [0; 6],
            channels: channels.collect(),
        };
        new.extend(run);
        new
    }

    pub(super) fn add(&mut self, run: &Run<'_>) {
        for (channel, values) in self.channels.iter_mut().zip(run.channels) {
            channel.add(values);
        }
        self.extend(run);
    }

    /// Adds the coordinates, each sum in one step for the whole run.
    fn extend(&mut self, run: &Run<'_>) {
        let [z, y, first] = run.at;
        let end = [z + 1, y + 1, first + run.len];
        for (axis, (start, end)) in run.at.into_iter().zip(end).enumerate() {
            self.start[axis] = self.start[axis].min(start);
            self.stop[axis] = self.stop[axis].max(end);
        }
        self.count += run.len;
        let [z, y, first, end, len] = [z, y, first, end[2], run.len].map(u128::from);
        let x = len * (first + end - 1) / 2;
        let squares = |below: u128| below.saturating_sub(1) * below * (2 * below).saturating_sub(1) / 6;
        let xx = squares(end) - squares(first);
        for (sum, part) in self.sums.iter_mut().zip([z * len, y * len, x]) {
            *sum += part;
        }
        let parts = [z * z * len, z * y * len, z * x, y * y * len, y * x, xx];
        for (sum, part) in self.products.iter_mut().zip(parts) {
            *sum += part;
        }
    }

    /// Adds what is known of other elements of the same region.
    pub(super) fn merge(&mut self, other: &Self) {
        for (channel, theirs) in self.channels.iter_mut().zip(&other.channels) {
            channel.merge(self.count, theirs, other.count);
        }
        for axis in 0..3 {
            self.start[axis] = self.start[axis].min(other.start[axis]);
            self.stop[axis] = self.stop[axis].max(other.stop[axis]);
            self.sums[axis] += other.sums[axis];
        }
        for (sum, part) in self.products.iter_mut().zip(&other.products) {
            *sum += part;
        }
        self.count += other.count;
    }

    /// The mean of the coordinates along an axis.
    pub(super) fn center(&self, axis: usize) -> f64 {
        self.sums[axis] as f64 / self.count as f64
    }

    /// The central second moments: the mean products of distances from the center along two axes.
    pub(super) fn covariance(&self) -> [[f64; 3]; 3] {
        let (count, real) = (u128::from(self.count), self.count as f64);
        let mut covariance = [[0.0; 3]; 3];
        for ((a, b), product) in PAIRS.into_iter().zip(self.products) {
            // The difference of large numbers that are nearly the same, in integers.
            let (whole, part) = (product * count, self.sums[a] * self.sums[b]);
            let sign = if whole < part { -1.0 } else { 1.0 };
            covariance[a][b] = sign * whole.abs_diff(part) as f64 / (real * real);
            covariance[b][a] = covariance[a][b];
        }
        covariance
    }
}

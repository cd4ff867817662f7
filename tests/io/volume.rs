//! An image that is nowhere until it is asked for.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use headwater::graph::{Data, Declare, Dirty, Execute, Input, Meta, Operator, Output, Setup};
use headwater::{Array, DType, Error, Roi, Shape};

/// Computes pixels from their places and a seed, says what it was asked for, and fails or is slow if it is told to.
#[derive(Clone, Default)]
pub(crate) struct Volume {
    pub(crate) shape: Vec<usize>,
    pub(crate) seed: u16,
    pub(crate) pause: Duration,
    /// A file that gets a line for each region.
    pub(crate) log: Option<PathBuf>,
    /// The region whose computation fails, if it is asked for the pixel.
    pub(crate) fails_at: Option<Vec<usize>>,
    pub(crate) asked: Arc<Mutex<Vec<Roi>>>,
    pub(crate) running: Arc<AtomicUsize>,
    pub(crate) most_running: Arc<AtomicUsize>,
}

pub(crate) struct VolumeSlots {
    pub(crate) seed: Input<u16>,
    pub(crate) output: Output<Array>,
}

impl Volume {
    pub(crate) fn new(shape: &[usize]) -> Self {
        let shape = shape.to_vec();
        Self {
            shape,
            seed: 1,
            ..Self::default()
        }
    }

    fn axes(&self) -> &'static str {
        ["", "x", "yx", "zyx", "zyxc", "tzyxc"][self.shape.len()]
    }

    /// What it gives of `roi`.
    pub(crate) fn pixels(&self, roi: &Roi, seed: u16) -> Array {
        let lengths = roi.shape();
        let mut at = roi.start().to_vec();
        let mut values = Vec::with_capacity(roi.volume().unwrap());
        for _ in 0..values.capacity() {
            let hash = at.iter().fold(u32::from(seed), |hash, place| {
                (hash ^ *place as u32).wrapping_mul(0x9E37_79B1).rotate_left(7)
            });
            values.push((hash >> 16) as u16);
            for axis in (0..at.len()).rev() {
                at[axis] += 1;
                if at[axis] < roi.stop()[axis] {
                    break;
                }
                at[axis] = roi.start()[axis];
            }
        }
        Array::from_vec(self.axes(), lengths.as_slice(), values).unwrap()
    }

    fn take_down(&self, roi: &Roi) -> Result<(), Error> {
        self.asked.lock().unwrap().push(*roi);
        if let Some(log) = &self.log {
            let mut log = OpenOptions::new().append(true).create(true).open(log)?;
            log.write_all(format!("{roi}\n").as_bytes())?;
        }
        match &self.fails_at {
            Some(point) if roi.contains_point(point) => Err(Error::msg("it was told to fail")),
            _ => Ok(()),
        }
    }
}

impl Operator for Volume {
    type Slots = VolumeSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> VolumeSlots {
        VolumeSlots {
            seed: declare.default("seed", self.seed),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &VolumeSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = Meta::new(Shape::new(&self.shape)?, DType::U16, self.axes())?;
        cx.describe(&slots.output, meta.with_range(0.0, 65535.0))
    }

    fn dirty(&self, slots: &VolumeSlots, cx: &mut Dirty<'_>) {
        cx.mark_all(&slots.output);
    }

    async fn execute(&self, slots: &VolumeSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_running.fetch_max(running, Ordering::SeqCst);
        self.take_down(&roi)?;
        let seed = cx.value(&slots.seed)?;
        if !self.pause.is_zero() {
            tokio::time::sleep(self.pause).await;
        }
        let pixels = self.pixels(&roi, seed);
        self.running.fetch_sub(1, Ordering::SeqCst);
        Ok(pixels.into())
    }
}

//! Both together.

use crate::array::Array;
use crate::graph::{Declare, Input, Operator, Output};
use crate::kernels::{Detector, GapFilling};
use crate::operators::missing::detect::DetectMissing;
use crate::operators::missing::fill::InterpolateMissing;

/// Finds where an image is missing, and closes the gaps: [`DetectMissing`] and [`InterpolateMissing`] in one.
///
/// lazyflow: `OpInterpMissingData`. A slice that changes tells all that are interpolated from it.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | the image, with axes `z`, and `y` or `x` |
/// | `patch`, `halo`, `detector` | | of [`DetectMissing`] |
/// | `method`, `depth` | | of [`InterpolateMissing`] |
/// | `output` | array | the image without gaps |
/// | `missing` | array | where it was missing, `u8` |
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::MissingData;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let repaired = graph.add(MissingData::new());
/// // Slices of 50, 100, nothing, 200 and 250.
/// let stack = [50_u8, 100, 0, 200, 250].into_iter().flat_map(|value| [value; 4]).collect();
/// graph.edit(|e| e.set(&repaired.input, Array::from_vec("zyx", &[5, 2, 2], stack)?))?;
/// let slice = repaired.output.request(roi![2..3, 0..2, 0..2]).wait()?;
/// assert_eq!(slice.view::<u8>()?[[0, 1, 1]], 150);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MissingData(());

/// The slots of [`MissingData`].
#[derive(Debug)]
pub struct MissingDataSlots {
    /// The image.
    pub input: Input<Array>,
    /// The side of a patch.
    pub patch: Input<usize>,
    /// How far around a patch is looked at.
    pub halo: Input<usize>,
    /// Who judges the histograms.
    pub detector: Input<Detector>,
    /// How gaps are closed at best.
    pub method: Input<GapFilling>,
    /// How many slices around a region are looked at.
    pub depth: Input<usize>,
    /// The image without gaps.
    pub output: Output<Array>,
    /// Where it was missing.
    pub missing: Output<Array>,
}

impl MissingData {
    /// With the defaults of its parts.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Operator for MissingData {
    type Slots = MissingDataSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> MissingDataSlots {
        let (detect, fill) = (
            declare.add(DetectMissing::new()),
            declare.add(InterpolateMissing::new()),
        );
        let slots = MissingDataSlots {
            input: declare.input("input"),
            patch: declare.default("patch", 128),
            halo: declare.default("halo", 30),
            detector: declare.default("detector", Detector::default()),
            method: declare.default("method", GapFilling::default()),
            depth: declare.default("depth", 3),
            output: declare.expose("output", &fill.output),
            missing: declare.expose("missing", &detect.output),
        };
        declare.connect(&slots.input, &detect.input);
        declare.connect(&slots.patch, &detect.patch);
        declare.connect(&slots.halo, &detect.halo);
        declare.connect(&slots.detector, &detect.detector);
        declare.connect(&slots.input, &fill.input);
        declare.connect(&detect.output, &fill.missing);
        declare.connect(&slots.method, &fill.method);
        declare.connect(&slots.depth, &fill.depth);
        slots
    }
}

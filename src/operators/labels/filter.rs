//! Labels of some sizes.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup, SlotType};
use crate::kernels::{Census, LabelMap};
use crate::operators::labels::apply_maps::ApplyMaps;
use crate::operators::labels::counts::CountLabels;
use crate::operators::labels::maps::{MakeMaps, Rule};
use crate::roi::Roi;

/// Makes 0 of labels that too few or too many elements of their volume have.
///
/// lazyflow: `OpFilterLabels`, which counts within the region that is asked for; here the whole volume counts, so that a
/// region has the same labels whichever way it is asked for.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | labels, unsigned integers |
/// | `min` | value | elements that a label must have to be kept: 0 |
/// | `max` | value | elements that it may have, or `None` |
/// | `binary` | value | whether what is kept becomes 1: `false` |
/// | `output` | array | the same, with 0 for other labels |
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::FilterBySize;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let filter = graph.add(FilterBySize::new(2, None));
/// graph.edit(|e| e.set(&filter.input, Array::from_vec("x", &[6], vec![5u8, 5, 0, 1, 2, 2])?))?;
/// let end = filter.output.request(roi![3..6]).wait()?;
/// assert_eq!(end, Array::from_vec("x", &[3], vec![0u8, 2, 2])?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FilterBySize {
    sizes: Sizes,
}

/// The slots of a [`FilterBySize`].
#[derive(Debug)]
pub struct FilterBySizeSlots {
    /// Labels.
    pub input: Input<Array>,
    /// Elements that a label must have to be kept.
    pub min: Input<u64>,
    /// Elements that a label may have to be kept.
    pub max: Input<Option<u64>>,
    /// Whether what is kept becomes 1.
    pub binary: Input<bool>,
    /// The labels that are kept.
    pub output: Output<Array>,
}

impl FilterBySize {
    /// Keeps labels of `min` to `max` elements, both included.
    pub fn new(min: u64, max: Option<u64>) -> Self {
        Self {
            sizes: Sizes {
                min,
                max,
                binary: false,
            },
        }
    }

    /// Makes 1 of all labels that are kept.
    #[must_use]
    pub fn binary(mut self) -> Self {
        self.sizes.binary = true;
        self
    }
}

/// Which labels are kept, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sizes {
    min: u64,
    max: Option<u64>,
    binary: bool,
}

impl SlotType for Sizes {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Rule for Sizes {
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    fn map(&self, census: &Census, checkpoint: &Checkpoint) -> Result<LabelMap, Error> {
        census.try_of_size(self.min, self.max, self.binary, checkpoint)
    }
}

/// Puts the parameters together.
struct Parameters(Sizes);

struct ParametersSlots {
    min: Input<u64>,
    max: Input<Option<u64>>,
    binary: Input<bool>,
    sizes: Output<Sizes>,
}

impl Operator for Parameters {
    type Slots = ParametersSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ParametersSlots {
        ParametersSlots {
            min: declare.default("min", self.0.min),
            max: declare.default("max", self.0.max),
            binary: declare.default("binary", self.0.binary),
            sizes: declare.output("sizes"),
        }
    }

    fn setup(&self, slots: &ParametersSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let sizes = Sizes {
            min: cx.value(&slots.min)?,
            max: cx.value(&slots.max)?,
            binary: cx.value(&slots.binary)?,
        };
        cx.provide(&slots.sizes, sizes)
    }

    fn dirty(&self, _: &ParametersSlots, cx: &mut Dirty<'_>) {
        cx.everything();
    }

    async fn execute(&self, _: &ParametersSlots, cx: &Execute, _: Roi) -> Result<Data, Error> {
        Err(Error::invalid(format!(
            "`{}` is known without computing",
            cx.output_path()
        )))
    }
}

impl Operator for FilterBySize {
    type Slots = FilterBySizeSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> FilterBySizeSlots {
        let (count, make) = (
            declare.add(CountLabels::default()),
            declare.add(MakeMaps::new(self.sizes)),
        );
        let (parameters, apply) = (declare.add(Parameters(self.sizes)), declare.add(ApplyMaps));
        let input = declare.input("input");
        let min = declare.default("min", self.sizes.min);
        let max = declare.default("max", self.sizes.max);
        let binary = declare.default("binary", self.sizes.binary);
        declare.connect(&min, &parameters.min);
        declare.connect(&max, &parameters.max);
        declare.connect(&binary, &parameters.binary);
        declare.connect(&input, &count.input);
        declare.connect(&count.counts, &make.counts);
        declare.connect(&parameters.sizes, &make.rule);
        declare.connect(&make.maps, &apply.maps);
        declare.connect(&input, &apply.input);
        FilterBySizeSlots {
            input,
            min,
            max,
            binary,
            output: declare.expose("output", &apply.output),
        }
    }
}

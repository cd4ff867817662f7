//! Consecutive labels.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Declare, Input, List, Opaque, Operator, Output};
use crate::kernels::{Census, LabelMap, must_start};
use crate::operators::labels::apply_maps::ApplyMaps;
use crate::operators::labels::counts::CountLabels;
use crate::operators::labels::maps::{MakeMaps, Rule};

/// Numbers the labels of each volume consecutively, in the order in which they come in it; 0 stays 0.
///
/// lazyflow: `OpRelabelConsecutive`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | labels, unsigned integers |
/// | `start` | value | the first new label: 1 |
/// | `output` | array | the same with new labels |
/// | `maps` | list | for each volume, in the order of the axes that are not of space, what became of each label |
///
/// A request reads the volumes that it touches as a whole, block by block, to know which labels there are; that is kept until
/// they change. It fails if the new labels do not fit the type of the old ones. lazyflow numbers all channels of a time slice
/// together, here each volume is numbered for itself.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::RelabelConsecutive;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let relabel = graph.add(RelabelConsecutive::new());
/// graph.edit(|e| e.set(&relabel.input, Array::from_vec("x", &[5], vec![70u16, 0, 3, 70, 9])?))?;
/// let end = relabel.output.request(roi![2..5]).wait()?;
/// assert_eq!(end, Array::from_vec("x", &[3], vec![2u16, 1, 3])?);
/// let map = relabel.maps.iter().next().expect("one volume").get().wait()?;
/// assert_eq!((map.len(), map.get(9)), (3, 3));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RelabelConsecutive {
    start: u64,
}

/// The slots of a [`RelabelConsecutive`].
#[derive(Debug)]
pub struct RelabelConsecutiveSlots {
    /// Labels.
    pub input: Input<Array>,
    /// The first new label.
    pub start: Input<u64>,
    /// New labels.
    pub output: Output<Array>,
    /// What became of the labels of each volume.
    pub maps: List<Output<Opaque<LabelMap>>>,
}

impl Default for RelabelConsecutive {
    fn default() -> Self {
        Self::new()
    }
}

impl RelabelConsecutive {
    /// From 1 on.
    pub fn new() -> Self {
        Self { start: 1 }
    }

    /// From `label` on, at least 1.
    #[must_use]
    pub fn start(self, label: u64) -> Self {
        Self { start: label }
    }
}

/// The first new label.
impl Rule for u64 {
    fn check(&self) -> Result<(), Error> {
        must_start(*self)
    }

    fn map(&self, census: &Census, checkpoint: &Checkpoint) -> Result<LabelMap, Error> {
        census.try_consecutive(*self, checkpoint)
    }
}

impl Operator for RelabelConsecutive {
    type Slots = RelabelConsecutiveSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> RelabelConsecutiveSlots {
        let (count, make) = (
            declare.add(CountLabels::default()),
            declare.add(MakeMaps::new(self.start)),
        );
        let apply = declare.add(ApplyMaps);
        let (input, start) = (declare.input("input"), declare.default("start", self.start));
        declare.connect(&input, &count.input);
        declare.connect(&count.counts, &make.counts);
        declare.connect(&start, &make.rule);
        declare.connect(&make.maps, &apply.maps);
        declare.connect(&input, &apply.input);
        RelabelConsecutiveSlots {
            input,
            start,
            output: declare.expose("output", &apply.output),
            maps: declare.expose_list("maps", &make.maps),
        }
    }
}

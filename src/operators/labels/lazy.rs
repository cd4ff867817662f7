//! Connected components of no more than the objects that are asked for.

use crate::array::Array;
use crate::graph::{Declare, Input, Operator, Output};
use crate::kernels::Connectivity;
use crate::operators::labels::lazy_labels::LazyLabels;
use crate::operators::labels::options::{Options, labelling_options};
use crate::roi::Shape;

/// Labels connected components, reading only the blocks that the objects in the region asked for reach.
///
/// lazyflow: `OpLazyConnectedComponents`, and `OpLabelVolume` with the method `"lazy"`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | what to label; elements of any type, compared by `==` |
/// | `background` | value | what gets no label: 0, or `None` |
/// | `connectivity` | value | which elements are neighbours: [`Faces`](Connectivity::Faces) |
/// | `block` | value | in what blocks to read the input; `None`: its [ideal ones](crate::graph::Meta::ideal_block), or 64³ |
/// | `output` | array | 0, or the label: `u32`, or `u64` if a volume has 2³² elements or more |
///
/// The label of an object is one more than the number, in scan order of its volume, of its first element. Labels are thus
/// unique within a volume, not consecutive, and depend on the input alone. lazyflow's are consecutive and depend on who asked
/// first: the same region can have other labels after a restart, and two workers that compute parts of one image cannot
/// agree. For consecutive labels there are [`ConnectedComponents`](crate::operators::ConnectedComponents), and
/// [`RelabelConsecutive`](crate::operators::RelabelConsecutive), which both need the whole.
///
/// A request reads the blocks that it touches; whichever object in it reaches the border of a block is followed into the
/// next. What is found out about objects is kept until their volume changes.
///
/// *Concurrent calls* wait for nothing but the input. Two that follow the same object both do, and find the same.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::LazyConnectedComponents;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let components = graph.add(LazyConnectedComponents::new().block([1, 2]));
/// let image = Array::from_vec("yx", &[2, 4], vec![0u8, 5, 5, 5, 0, 0, 0, 5])?;
/// graph.edit(|e| e.set(&components.input, image))?;
/// // The object begins with the second element, which is outside of what is asked for.
/// let corner = components.output.request(roi![1..2, 3..4]).wait()?;
/// assert_eq!(corner, Array::from_vec("yx", &[1, 1], vec![2u32])?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct LazyConnectedComponents {
    options: Options,
}

/// The slots of a [`LazyConnectedComponents`].
#[derive(Debug)]
pub struct LazyConnectedComponentsSlots {
    /// What to label.
    pub input: Input<Array>,
    /// What gets no label; `None`: everything gets one.
    pub background: Input<Option<f64>>,
    /// Which elements are neighbours.
    pub connectivity: Input<Connectivity>,
    /// The shape of the blocks in which the input is read, in its axes; 0 is the whole of an axis. Blocks are of one volume.
    pub block: Input<Option<Shape>>,
    /// The label of each element.
    pub output: Output<Array>,
}

impl LazyConnectedComponents {
    /// With 0 as background, and neighbours by faces.
    pub fn new() -> Self {
        Self::default()
    }

    labelling_options!();
}

impl Operator for LazyConnectedComponents {
    type Slots = LazyConnectedComponentsSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> LazyConnectedComponentsSlots {
        let labels = declare.add(LazyLabels::default());
        let input = declare.input("input");
        let options = self.options.slots_of(declare, &labels.options);
        declare.connect(&input, &labels.input);
        LazyConnectedComponentsSlots {
            input,
            background: options.background,
            connectivity: options.connectivity,
            block: options.block,
            output: declare.expose("output", &labels.output),
        }
    }
}

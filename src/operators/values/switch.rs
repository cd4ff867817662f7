//! One of several images.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, List, Operator, Output, Setup};
use crate::roi::Roi;

/// Gives one of several images: a switch.
///
/// lazyflow: `OpSelectSubslot`.
///
/// | slot | | |
/// |---|---|---|
/// | `images` | list of arrays | of any kind; those that are not selected need not be ready |
/// | `selected` | `usize` | which, by its place; 0 is the default |
/// | `output` | array | that image: the same buffer, the same description |
///
/// Images that are not selected are not asked for, and what changes of them is nothing to the output. Selecting another
/// changes all of it. While there is no such image, or it is not ready, the output is not either.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::Switch;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let switch = graph.add(Switch::default());
/// graph.edit(|e| {
///     e.set_all(&switch.images, [Array::full("x", &[4], 1_u8)?, Array::full("x", &[4], 2_u8)?])?;
///     e.set(&switch.selected, 1_usize)
/// })?;
/// assert_eq!(switch.output.request(roi![0..1]).wait()?.view::<u8>()?[[0]], 2);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Switch {
    selected: usize,
}

/// The slots of a [`Switch`].
#[derive(Debug)]
pub struct SwitchSlots {
    /// What can be selected.
    pub images: List<Input<Array>>,
    /// Which is.
    pub selected: Input<usize>,
    /// That one.
    pub output: Output<Array>,
}

impl Switch {
    /// With image number `selected`.
    pub fn new(selected: usize) -> Self {
        Self { selected }
    }
}

impl Operator for Switch {
    type Slots = SwitchSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> SwitchSlots {
        SwitchSlots {
            images: declare.optional_list("images"),
            selected: declare.default("selected", self.selected),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &SwitchSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (images, selected) = (cx.lanes(&slots.images), cx.value(&slots.selected)?);
        let Some((_, image)) = images.get(selected) else {
            return cx.not_ready(
                &slots.output,
                &format!("there is no image {selected} of {}", images.len()),
            );
        };
        if !cx.is_ready(image) {
            return cx.not_ready(&slots.output, &format!("image {selected}, which is selected, is not"));
        }
        let meta = cx.meta(image)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &SwitchSlots, cx: &mut Dirty<'_>) {
        let images = cx.lanes(&slots.images);
        let all: Vec<_> = images.iter().map(|(_, image)| image).collect();
        let selected = cx
            .value(&slots.selected)
            .ok()
            .and_then(|selected| all.get(selected).copied());
        // The list itself counts too: another image may have come to the place.
        let dirt = match selected {
            Some(image) if !cx.others_changed(&all) => cx.of(image).clone(),
            _ => Dirt::everything(),
        };
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &SwitchSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let (images, selected) = (cx.lanes(&slots.images), cx.value(&slots.selected)?);
        let image = images
            .get(selected)
            .ok_or_else(|| Error::invalid("no image is selected"))?;
        Ok(cx.request(&image.1, roi).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}

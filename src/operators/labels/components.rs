//! Connected components of whole volumes.

use futures::{StreamExt, TryStreamExt, stream};

use crate::array::{Array, Axes, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, List, Meta, Opaque, Operator, Output, Setup};
use crate::kernels::{self, Connectivity};
use crate::operators::assemble::{at_once, wholes_at_once, write_each};
use crate::operators::estimate::with_bytes_of_each;
use crate::operators::labels::block_labels::BlockLabels;
use crate::operators::labels::layout::Layout;
use crate::operators::labels::options::{Options, labelling_options};
use crate::operators::labels::table::Table;
use crate::roi::{Roi, Shape};

/// Labels the connected components of each volume: exact across blocks, and the same whatever was asked for first.
///
/// lazyflow: `OpLabelVolume`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | what to label; elements of any type, compared by `==` |
/// | `background` | value | what gets no label: 0, or `None` |
/// | `connectivity` | value | which elements are neighbours: [`Faces`](Connectivity::Faces) |
/// | `block` | value | in what blocks to read the input; `None`: its [ideal ones](Meta::ideal_block), or 64³ |
/// | `output` | array | `u32`: 0, or the component from 1 on |
/// | `count` | array | `u32`: how many components each volume has, along the axes that are not of space; along `c`, of length 1, if there are none |
///
/// Each place along the axes that are not of space (`t`, `c`, …) is a volume of its own. The labels are those of the kernel,
/// [`kernels::ConnectedComponents`](crate::kernels::ConnectedComponents), applied to the whole: numbered in scan order of
/// first elements.
///
/// Any request needs all blocks of the volumes that it touches: labels are numbers in an order of the whole. They are read
/// once, two for each thread at a time; what is kept of each is smaller than labels, counts on the memory of the runtime, and
/// is found again if it was dropped. So a request takes, beside its result, the blocks in hand and the one that is written. After
/// a change only the blocks that it touches are read again. Where a part is enough and numbers need not be consecutive,
/// [`LazyConnectedComponents`](crate::operators::LazyConnectedComponents) reads less.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::ConnectedComponents;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let components = graph.add(ConnectedComponents::new().block([2, 2]));
/// let image = Array::from_vec("yx", &[2, 5], vec![1u8, 1, 0, 7, 8, 0, 0, 1, 7, 0])?;
/// graph.edit(|e| e.set(&components.input, image))?;
/// let right = components.output.request(roi![0..2, 2..5]).wait()?;
/// assert_eq!(right, Array::from_vec("yx", &[2, 3], vec![0u32, 2, 3, 4, 2, 0])?);
/// assert_eq!(components.count.request(roi![0..1]).wait()?, Array::from_vec("c", &[1], vec![4u32])?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ConnectedComponents {
    options: Options,
}

/// The slots of a [`ConnectedComponents`].
#[derive(Debug)]
pub struct ConnectedComponentsSlots {
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
    /// How many components each volume has.
    pub count: Output<Array>,
}

impl ConnectedComponents {
    /// With 0 as background, and neighbours by faces.
    pub fn new() -> Self {
        Self::default()
    }

    labelling_options!();
}

impl Operator for ConnectedComponents {
    type Slots = ConnectedComponentsSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ConnectedComponentsSlots {
        let (blocks, labels) = (declare.add(BlockLabels::default()), declare.add(ApplyTables));
        let input = declare.input("input");
        let options = self.options.slots_of(declare, &blocks.options);
        declare.connect(&input, &blocks.input);
        declare.connect(&blocks.pieces, &labels.pieces);
        declare.connect(&blocks.tables, &labels.tables);
        ConnectedComponentsSlots {
            input,
            background: options.background,
            connectivity: options.connectivity,
            block: options.block,
            output: declare.expose("output", &labels.output),
            count: declare.expose("count", &labels.count),
        }
    }
}

/// Gives the pieces of all blocks the labels that their tables have for them.
struct ApplyTables;

struct ApplyTablesSlots {
    pieces: Input<Array>,
    tables: List<Input<Opaque<Table>>>,
    output: Output<Array>,
    count: Output<Array>,
}

/// A part of a block as pieces, the number of the block, and the table of its volume.
type Part = (Roi, Array, usize, Opaque<Table>);

impl ApplyTables {
    /// The tables of the volumes that `roi` touches, by volume.
    async fn tables(
        slots: &ApplyTablesSlots,
        cx: &Execute,
        layout: &Layout,
        volumes: Vec<usize>,
    ) -> Result<Vec<(usize, Opaque<Table>)>, Error> {
        let lanes = cx.lanes(&slots.tables);
        let wholes = wholes_at_once(cx, layout.blocks_of_a_volume()?);
        let tables = volumes.into_iter().map(|volume| {
            let table = lanes.get(volume).map(|(_, lane)| cx.get(lane).submit());
            async move {
                let table = table.ok_or_else(|| Error::invalid("no such volume"))?;
                Ok::<_, Error>((volume, table.await?))
            }
        });
        stream::iter(tables).buffered(wholes).try_collect().await
    }

    async fn labels(slots: &ApplyTablesSlots, cx: &Execute, roi: Roi) -> Result<Array, Error> {
        let meta = cx.output_meta(&slots.output)?;
        let layout = Layout::of(meta)?;
        // First, since they are made of the pieces and leave those where they are found.
        let tables = Self::tables(slots, cx, &layout, layout.volumes_in(&roi)).await?;
        let parts = layout.blocks(&roi)?.filter_map(|block| {
            let part = block.intersection(&roi)?;
            let (volume, number) = (layout.volume_of(&block), layout.number(&block));
            let (_, table) = tables.iter().find(|(own, _)| *own == volume)?;
            let table = table.clone();
            Some(async move {
                let pieces = cx.request(&slots.pieces, part).submit().await?;
                Ok::<_, Error>((part, pieces, number, table))
            })
        });
        // Not all at once: a few blocks of pieces are there beside the labels.
        let parts = stream::iter(parts).buffered(at_once(cx));
        let name = move |out: &mut Array, (part, pieces, number, table): Part, checkpoint: &Checkpoint| {
            let (labels, mut out) = (table.labels(number), out.view_mut::<u32>()?);
            let own = part.relative_to(&roi)?.view_mut(&mut out)?;
            kernels::update(pieces.view::<u32>()?, own, checkpoint, &|label, piece: u32| {
                *label = piece.checked_sub(1).map_or(0, |piece| labels[piece as usize]);
            })
        };
        write_each(cx, meta, roi, parts, name).await
    }

    async fn counts(slots: &ApplyTablesSlots, cx: &Execute, roi: Roi) -> Result<Array, Error> {
        let layout = Layout::of(cx.meta(&slots.pieces)?)?;
        let meta = cx.output_meta(&slots.count)?;
        // A volume for each element of the region, in order; of the only one if there are no other axes.
        let volumes = match layout.others() {
            [] => vec![0; roi.volume()?],
            _ => places(&roi, meta.shape()),
        };
        let tables = Self::tables(slots, cx, &layout, volumes).await?;
        let counts = tables.iter().map(|(_, table)| table.count).collect();
        Array::from_vec(meta.axes(), roi.shape().as_slice(), counts)
    }
}

/// The numbers of the elements of `roi` among those of an array of `shape`.
fn places(roi: &Roi, shape: Shape) -> Vec<usize> {
    let mut all = vec![0];
    for (axis, length) in shape.iter().enumerate() {
        let next = |nth: usize| roi.range(axis).map(move |at| nth * length + at);
        all = all.into_iter().flat_map(next).collect();
    }
    all
}

impl Operator for ApplyTables {
    type Slots = ApplyTablesSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ApplyTablesSlots {
        ApplyTablesSlots {
            pieces: declare.input("pieces"),
            tables: declare.optional_list("tables"),
            output: declare.output("output"),
            count: declare.output("count"),
        }
    }

    fn setup(&self, slots: &ApplyTablesSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.pieces)?;
        let layout = Layout::of(&meta)?;
        let letters = layout.others().iter().filter_map(|axis| meta.axes().letter(*axis));
        let (axes, shape): (Axes, Shape) = match layout.others() {
            [] => ("c".parse()?, Shape::from([1])),
            others => {
                let lengths: Vec<_> = others.iter().map(|axis| meta.shape()[*axis]).collect();
                (letters.collect::<String>().parse()?, Shape::new(lengths)?)
            }
        };
        cx.describe(&slots.count, Meta::new(shape, DType::U32, axes)?)?;
        cx.describe(&slots.output, with_bytes_of_each(meta.clone(), &[meta])?)
    }

    fn dirty(&self, slots: &ApplyTablesSlots, cx: &mut Dirty<'_>) {
        let Ok(layout) = cx.output_meta(&slots.output).and_then(|meta| Layout::of(meta)) else {
            return cx.everything();
        };
        let whole = cx.output_roi(&slots.count);
        for (volume, (_, table)) in cx.lanes(&slots.tables).iter().enumerate() {
            let (true, Ok(region)) = (cx.is_dirty(table), layout.volume(volume)) else {
                continue;
            };
            cx.mark(&slots.output, region);
            let place = layout.others().iter().map(|axis| region.range(*axis));
            let count = Roi::from_ranges(place).ok().filter(|place| place.rank() > 0);
            cx.mark(&slots.count, count.unwrap_or(whole));
        }
    }

    async fn execute(&self, slots: &ApplyTablesSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        match cx.is_for(&slots.count) {
            true => Ok(Self::counts(slots, cx, roi).await?.into()),
            false => Ok(Self::labels(slots, cx, roi).await?.into()),
        }
    }
}

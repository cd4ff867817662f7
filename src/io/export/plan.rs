//! What a run will do.

use crate::error::Error;
use crate::graph::Meta;
use crate::io::block_shape::block_shape;
use crate::io::export::conversion::Conversion;
use crate::io::nearby::Nearby;
use crate::io::sink::{Sink, WriteOrder};
use crate::roi::{BlockGrid, RequestBudget, Roi, Shape};

/// What an [`Export`](crate::io::Export) will do, before it does it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExportPlan {
    /// The image that is written.
    pub meta: Meta,
    /// The shape of a block, in the axes of the file. Those at the end may be smaller.
    pub block: Shape,
    /// How many blocks there are.
    pub blocks: u64,
    /// How many are computed or written at a time.
    pub in_flight: usize,
    /// What those take in memory at most, as far as the operators' [estimates](Meta::bytes_per_pixel) are right. More than the
    /// budget only if a single block of one [unit](Sink::unit) is. Caches are beside it, within the runtime's budget.
    pub memory: u64,
    /// In which order the blocks come.
    pub order: WriteOrder,
}

/// What the caller has said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) block: Option<Shape>,
    pub(super) memory: u64,
    pub(super) in_flight: usize,
    /// What a pixel takes while it is computed.
    pub(super) bytes_per_pixel: u64,
}

impl ExportPlan {
    pub(super) fn new(sink: &dyn Sink, conversion: &Conversion, bounds: Bounds) -> Result<Self, Error> {
        let (meta, order) = (sink.meta(), sink.order());
        let memory = bounds.memory.saturating_sub(sink.kept());
        let per_point = bounds.bytes_per_pixel.saturating_add(conversion.bytes_per_point());
        let of_one = |block: &Shape| {
            let points = block.saturating_volume() as u64;
            points
                .saturating_mul(per_point)
                .saturating_add(sink.scratch(&Roi::full(*block)))
        };
        let of_all = |block: &Shape| of_one(block).saturating_mul(bounds.in_flight as u64);
        let mut budget = RequestBudget {
            bytes: usize::try_from(memory).unwrap_or(usize::MAX),
            parallel: bounds.in_flight,
            bytes_per_point: usize::try_from(per_point).unwrap_or(usize::MAX),
        };
        let mut block = match bounds.block {
            Some(block) => in_units(block, sink)?,
            None => block_shape(meta, sink.unit(), budget, order)?,
        };
        // Only the sink knows how much it takes for a block: what it takes is found by trying.
        while bounds.block.is_none() && of_all(&block) > memory && budget.bytes > 0 {
            budget.bytes -= budget.bytes.div_ceil(4);
            block = block_shape(meta, sink.unit(), budget, order)?;
        }
        let affordable = memory / of_one(&block).max(1);
        let in_flight = usize::try_from(affordable)
            .unwrap_or(usize::MAX)
            .clamp(1, bounds.in_flight);
        Ok(Self {
            blocks: BlockGrid::aligned(meta.roi(), block)?.len() as u64,
            memory: of_one(&block)
                .saturating_mul(in_flight as u64)
                .saturating_add(sink.kept()),
            meta: meta.clone(),
            block,
            in_flight,
            order,
        })
    }

    /// The blocks, in the order in which they are begun.
    pub(super) fn regions(&self) -> Result<Box<dyn Iterator<Item = Roi> + Send>, Error> {
        let grid = BlockGrid::aligned(self.meta.roi(), self.block)?;
        Ok(match self.order {
            WriteOrder::Any => Box::new(Nearby::new(grid, self.meta.axes())),
            WriteOrder::Ascending => Box::new(grid.iter().map(|block| block.roi)),
        })
    }
}

/// The block that the caller wants, in whole units of the sink.
fn in_units(block: Shape, sink: &dyn Sink) -> Result<Shape, Error> {
    let (whole, unit) = (sink.meta().shape(), sink.unit());
    if block.rank() != whole.rank() {
        let axes = sink.meta().axes();
        return Err(Error::invalid(format!(
            "blocks of {block} do not fit the axes `{axes}`"
        )));
    }
    let length = |axis: usize| {
        block[axis]
            .max(1)
            .next_multiple_of(unit[axis].max(1))
            .min(whole[axis].max(1))
    };
    let block = Shape::new((0..whole.rank()).map(length).collect::<Vec<_>>())?;
    let longer = (0..whole.rank()).find(|axis| block[*axis] > unit[*axis].min(whole[*axis]));
    let is_row = longer.is_none_or(|axis| (axis + 1..whole.rank()).all(|inner| block[inner] == whole[inner]));
    if sink.order() == WriteOrder::Ascending && !is_row {
        return Err(Error::invalid(format!(
            "blocks of {block} are no stretches of a file that is written from its beginning to its end"
        )));
    }
    Ok(block)
}

//! What edits do with labels.

use crate::array::{Array, DType};
use crate::error::Error;
use crate::graph::{Edit, Slot};
use crate::operators::user_labels::map::{Changed, Extent, LabelMap};
use crate::operators::user_labels::operator::UserLabelsSlots;
use crate::roi::{BlockGrid, Roi};

impl UserLabelsSlots {
    /// Paints: writes `strokes` over `roi`. Where they are 0, what is there stays; where they are the eraser, it goes.
    /// The same as [`Edit::write`] to `input` or `output`.
    ///
    /// # Errors
    ///
    /// If the strokes are no `u8`, do not fit the region, or their axes are not the labels'; if the region reaches out of the image;
    /// if the image was not ready in the revision that the edit started from.
    pub fn paint(&self, e: &mut Edit<'_>, roi: Roi, strokes: &Array) -> Result<(), Error> {
        let (map, eraser) = (e.value(&self.map)?, e.value(&self.eraser)?);
        let extent = self.extent(e, &map)?;
        if strokes.dtype() != DType::U8 || strokes.axes() != extent.axes || roi.shape() != *strokes.shape() {
            let (path, axes) = (self.output.path(), extent.axes);
            return Err(Error::invalid(format!(
                "{strokes:?} cannot be painted over {roi} of `{path}`, which takes {axes} u8"
            )));
        }
        if !extent.grid.extent().contains(&roi) {
            let (path, shape) = (self.output.path(), extent.shape());
            return Err(Error::invalid(format!(
                "{roi} reaches out of `{path}`, which is {shape}"
            )));
        }
        self.apply(e, map.paint(&extent, &roi, strokes, eraser)?)
    }

    /// Takes a whole image of labels, of integers from 0 to 255, by the rules of [`paint`](Self::paint). Returns the greatest label
    /// that there is afterwards. lazyflow: `ingestData`.
    ///
    /// # Errors
    ///
    /// If a number is not from 0 to 255, and those of [`paint`](Self::paint).
    pub fn ingest(&self, e: &mut Edit<'_>, labels: &Array) -> Result<u8, Error> {
        let bytes = labels.cast(DType::U8)?;
        if bytes.cast(labels.dtype())? != *labels {
            return Err(Error::invalid(format!(
                "{labels:?} has numbers that are no labels from 0 to 255"
            )));
        }
        let map = e.value(&self.map)?;
        let whole = *self.extent(e, &map)?.grid.extent();
        self.paint(e, whole, &bytes)?;
        Ok(e.value(&self.map)?.greatest())
    }

    /// Deletes a label: its points have none any more, and every greater label becomes one less. lazyflow: `deleteLabel`.
    ///
    /// # Errors
    ///
    /// If it is 0.
    pub fn delete_label(&self, e: &mut Edit<'_>, label: u8) -> Result<(), Error> {
        check(label)?;
        self.replace(e, |own| match own {
            own if own == label => 0,
            own => own - u8::from(own > label),
        })
    }

    /// Clears a label: its points have none any more. The others stay as they are. lazyflow: `clearLabel`.
    ///
    /// # Errors
    ///
    /// If it is 0.
    pub fn clear_label(&self, e: &mut Edit<'_>, label: u8) -> Result<(), Error> {
        check(label)?;
        self.replace(e, |own| if own == label { 0 } else { own })
    }

    /// Merges a label into another, and deletes it: its points get the other, then every label that is greater than it becomes
    /// one less. lazyflow: `mergeLabels`.
    ///
    /// # Errors
    ///
    /// If one of them is 0, or both are the same.
    pub fn merge_labels(&self, e: &mut Edit<'_>, from: u8, into: u8) -> Result<(), Error> {
        check(from)?;
        check(into)?;
        if from == into {
            return Err(Error::invalid(format!("label {from} cannot be merged into itself")));
        }
        self.replace(e, |own| {
            let own = if own == from { into } else { own };
            own - u8::from(own > from)
        })
    }

    /// Removes all labels.
    ///
    /// # Errors
    ///
    /// If the operator is gone or of another graph.
    pub fn clear(&self, e: &mut Edit<'_>) -> Result<(), Error> {
        self.replace(e, |_| 0)
    }

    /// The greatest label that there is in the latest revision; 0 if there is none.
    ///
    /// # Errors
    ///
    /// If the operator is gone.
    pub fn greatest_label(&self) -> Result<u8, Error> {
        Ok(self.map.value()?.greatest())
    }

    /// Where labels are, or can be.
    fn extent(&self, e: &Edit<'_>, map: &LabelMap) -> Result<Extent, Error> {
        if let Some(extent) = map.extent() {
            return Ok(*extent);
        }
        let meta = e.before().meta(&self.output)?;
        let block = meta.ideal_block().unwrap_or(meta.shape());
        Ok(Extent {
            axes: meta.axes(),
            grid: BlockGrid::aligned(meta.shape(), block)?,
        })
    }

    fn replace(&self, e: &mut Edit<'_>, f: impl Fn(u8) -> u8) -> Result<(), Error> {
        let mut table = [0; 256];
        for label in 1..=u8::MAX {
            table[usize::from(label)] = f(label);
        }
        let changed = e.value(&self.map)?.replace(&table)?;
        self.apply(e, changed)
    }

    /// Another map, and where it differs, or nothing of both (L2).
    fn apply(&self, e: &mut Edit<'_>, changed: Changed) -> Result<(), Error> {
        if changed.regions.is_empty() {
            return Ok(());
        }
        e.edit(|e| {
            e.set(&self.map, changed.map)?;
            e.mark_dirty(
                &self.output,
                changed.regions.into_iter().collect::<crate::graph::Dirt>(),
            )
        })
    }
}

fn check(label: u8) -> Result<(), Error> {
    match label {
        0 => Err(Error::invalid("0 is no label")),
        _ => Ok(()),
    }
}

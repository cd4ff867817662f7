//! A forest from a file.

use std::path::PathBuf;

use crate::error::Error;
use crate::graph::{Data, Declare, Execute, Input, Opaque, Operator, Output, Setup};
use crate::kernels::Forest;
use crate::operators::classifier::Classifier;
use crate::roi::Roi;

/// Reads a forest from a file, when somebody asks for it, and again when the path changes.
///
/// | slot | | what |
/// |---|---|---|
/// | `path` | input | a file that [`Forest::save`] wrote; with `None` there is no classifier |
/// | `classifier` | output | the forest |
#[derive(Clone, Debug, Default)]
pub struct LoadForest {
    path: Option<PathBuf>,
}

/// The slots of [`LoadForest`].
#[derive(Debug)]
pub struct LoadForestSlots {
    /// Where the forest is.
    pub path: Input<Option<PathBuf>>,
    /// The forest.
    pub classifier: Output<Classifier>,
}

impl LoadForest {
    /// The forest in the file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = Some(path.into());
        Self { path }
    }
}

impl Operator for LoadForest {
    type Slots = LoadForestSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> LoadForestSlots {
        LoadForestSlots {
            path: declare.default("path", self.path.clone()),
            classifier: declare.output("classifier"),
        }
    }

    fn setup(&self, slots: &LoadForestSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.computed(&slots.classifier)
    }

    async fn execute(&self, slots: &LoadForestSlots, cx: &Execute, _: Roi) -> Result<Data, Error> {
        let Some(path) = cx.get(&slots.path).await? else {
            return Ok(Data::of::<Classifier>(None));
        };
        let forest = cx.compute(move |checkpoint| Forest::load(path, checkpoint).map(Opaque::new));
        Ok(Data::of::<Classifier>(Some(forest.await?)))
    }
}

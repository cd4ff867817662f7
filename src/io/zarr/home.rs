//! Where a new store grows, and how it gets its name.

use serde_json::{Map, Value, json};

use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::create::Create;
use crate::io::journal::begin_folder;
use crate::io::location::Location;
use crate::io::sink::Saved;
use crate::io::staging::Staging;
use crate::io::zarr::plan::Plan;
use crate::io::zarr::store::{Folder, Store};
use crate::sync::Arc;

/// The place of a store that is being written. Dropped before it is finished, it leaves nothing that looks like an image.
pub(super) trait Home: Send + Sync {
    /// Where the chunks go.
    fn store(&self) -> Arc<dyn Store>;

    /// What is in memory here for a block while `growing` bytes of shards are not whole yet.
    fn scratch(&self, growing: u64) -> u64;

    /// What is kept in memory here from the first block to the last.
    fn kept(&self) -> u64;

    /// Makes the place ready for chunks, after all has been checked that can be.
    ///
    /// # Errors
    ///
    /// The store's; the checkpoint's reason.
    fn begin(&self, checkpoint: &Checkpoint) -> Result<(), Error>;

    /// Makes it an image, after all chunks are there.
    ///
    /// # Errors
    ///
    /// The store's; the checkpoint's reason.
    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error>;
}

/// Chooses the place of the image at `at`.
///
/// # Errors
///
/// Something is there that is not to be replaced; the store's.
pub(super) fn new(at: &Location, plan: &Plan, how: &Create) -> Result<Box<dyn Home>, Error> {
    #[cfg(feature = "object-store")]
    if at.url().is_some() {
        return crate::io::zarr::objects::home(at, plan, how);
    }
    let place = match at.within() {
        "" => at.path().to_owned(),
        within => at.path().join(within),
    };
    let staging = Staging::new(&place, how.replace, how.resume.is_some())?.durable(!how.volatile);
    let folder = match how.resume {
        // The next run takes for whole what is there.
        Some(_) => Folder::new(staging.staged()),
        None => Folder::unseen(staging.staged()),
    };
    Ok(Box::new(FolderHome {
        folder: Arc::new(folder.durable(!how.volatile)),
        staging,
        documents: plan.documents().clone(),
        work: how.resume.clone(),
    }))
}

struct FolderHome {
    folder: Arc<Folder>,
    staging: Staging,
    documents: Map<String, Value>,
    /// Of a run that can be resumed.
    work: Option<String>,
}

impl Home for FolderHome {
    fn store(&self) -> Arc<dyn Store> {
        Arc::<Folder>::clone(&self.folder)
    }

    fn scratch(&self, _growing: u64) -> u64 {
        0
    }

    fn kept(&self) -> u64 {
        0
    }

    fn begin(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let work = self.work.as_ref();
        let work = work.map(|work| json!({"work": work, "metadata": self.documents}).to_string());
        begin_folder(&self.staging, work.as_deref())?;
        self.folder.prepare()?;
        // Those that are there already may be empty, after a power cut.
        for (key, document) in &self.documents {
            let text = serde_json::to_vec_pretty(document).context("its metadata")?;
            self.folder.put(key, &text, checkpoint)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        self.folder.settle()?;
        self.staging.commit(checkpoint)
    }
}

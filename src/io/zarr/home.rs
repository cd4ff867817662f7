//! Where a new store grows, and how it gets its name.

use serde_json::json;

use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::create::Create;
use crate::io::location::Location;
use crate::io::sink::Saved;
use crate::io::staging::Staging;
use crate::io::zarr::plan::Plan;
use crate::io::zarr::store::{Folder, Store};
use crate::sync::Arc;

/// What a run that can be resumed works at. It is gone when the store is whole.
pub(super) const WORK: &str = ".headwater-work";

/// The place of a store that is being written. Dropped before it is finished, it leaves nothing that looks like an image.
pub(super) trait Home: Send + Sync {
    /// Where the chunks go.
    fn store(&self) -> Arc<dyn Store>;

    /// What is kept in memory here for a block of `block` bytes, while `growing` bytes of shards are not whole yet.
    fn scratch(&self, block: u64, growing: u64) -> u64;

    /// Makes it an image, after all chunks are there.
    ///
    /// # Errors
    ///
    /// The store's; the checkpoint's reason.
    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error>;
}

/// Makes the place of the image at `at`.
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
    let staging = Staging::new(&place, how.replace, how.resume.is_some())?;
    let folder = Arc::new(Folder::new(staging.staged()));
    begin(plan, &folder, &staging, how.resume.as_deref())?;
    Ok(Box::new(FolderHome { folder, staging }))
}

/// What tells one work from another, to the byte: numbers that have been read again may differ in their last digit.
///
/// # Errors
///
/// None that can come from outside.
pub(super) fn record(plan: &Plan, work: Option<&str>) -> Result<Vec<u8>, Error> {
    let record = json!({"work": work, "metadata": plan.documents()});
    serde_json::to_vec(&record).context("its metadata")
}

struct FolderHome {
    folder: Arc<Folder>,
    staging: Staging,
}

impl Home for FolderHome {
    fn store(&self) -> Arc<dyn Store> {
        Arc::<Folder>::clone(&self.folder)
    }

    fn scratch(&self, _block: u64, _growing: u64) -> u64 {
        0
    }

    fn finish(self: Box<Self>, _checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let path = self.staging.path().to_owned();
        self.folder.remove(WORK)?;
        self.folder.tidy()?;
        let bytes = self.staging.commit()?;
        Ok(Saved { path, bytes })
    }
}

/// Makes the folder with its metadata, unless an earlier run at the same work has left one.
fn begin(plan: &Plan, folder: &Folder, staging: &Staging, work: Option<&str>) -> Result<(), Error> {
    let record = record(plan, work)?;
    let never = Checkpoint::never();
    let mut found = Vec::new();
    let resumed = work.is_some() && staging.staged().is_dir() && {
        folder.length(WORK)? == Some(record.len() as u64)
            && folder.get(WORK, u64::MAX, &mut found, &never)?
            && found == record
    };
    if resumed {
        return folder.prepare();
    }
    staging.clear()?;
    folder.prepare()?;
    for (key, document) in plan.documents() {
        folder.put(
            key,
            &serde_json::to_vec_pretty(document).context("its metadata")?,
            &never,
        )?;
    }
    // Last: what it stands beside is complete.
    match work {
        Some(_) => folder.put(WORK, &record, &never),
        None => Ok(()),
    }
}

//! Stores in an object store.
//!
//! There is no renaming there, so an image that is being written lies in its place from the beginning. What finds it is its
//! metadata: those of the root come last of all, and until then a mark tells that the rest belongs together. Dropped before it is
//! finished, all of it is removed, the mark at the end; what a run left that died is removed by the next one, or resumed if
//! it is the same work. An image that is to be replaced goes first, beginning with the root's metadata.

use serde_json::{Map, Value, json};

use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::create::Create;
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::object::{Fetch, Fetched, Part, Remote, Uploads};
use crate::io::open::Open;
use crate::io::random_name::random_name;
use crate::io::sink::Saved;
use crate::io::zarr::home::Home;
use crate::io::zarr::plan::Plan;
use crate::io::zarr::store::{Growing, Store};
use crate::sync::{Arc, Mutex};

/// What a run works at that can be resumed. It is gone when the store is whole.
const WORK: &str = ".headwater-work";
/// What makes a place an image, in the order in which it stops being one.
const MARKS: [&str; 4] = ["zarr.json", ".zgroup", ".zarray", ".zattrs"];
/// The longest mark that may be one of ours.
const MOST_MARK: u64 = 64 << 20;
/// The most names of a place that are looked at.
const NAMES: usize = 100;

/// The store at the URL `at`, for reading.
///
/// # Errors
///
/// A URL of no store that is known, settings that are wrong.
pub(super) fn store(at: &Location, how: &Open) -> Result<Arc<dyn Store>, Error> {
    let remote = Remote::new(at, &how.settings)?;
    let opening = how.checkpoint.clone();
    Ok(Arc::new(Objects { remote, opening }))
}

/// The place of a new image at the URL `at`.
///
/// # Errors
///
/// Something is there that is not to be replaced; a store that cannot be written; the store's.
pub(super) fn home(at: &Location, plan: &Plan, how: &Create) -> Result<Box<dyn Home>, Error> {
    let remote = Remote::new(at, &how.settings)?.below(at.within())?;
    remote.check_writable()?;
    // To the byte: numbers that have been read again may differ in their last digit.
    let work = json!({"work": how.resume, "metadata": plan.documents()}).to_string();
    let found = look(&remote, &work, how)?;
    let known = match found {
        Found::Resumable => remote.keys(plan.keys().saturating_add(NAMES), &how.checkpoint)?,
        _ => Default::default(),
    };
    let limit = Limit::bytes(how.limit.get().min(how.budget.unwrap_or(u64::MAX)));
    Ok(Box::new(ObjectsHome {
        name: at.to_string(),
        uploads: Arc::new(Uploads::new(remote.clone(), limit, known)),
        remote,
        documents: plan.documents().clone(),
        found,
        mark: format!("{work}\n{}", random_name()),
        resumable: how.resume.is_some(),
    }))
}

/// What lies at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// An image that is to be replaced, or what a run has left that died.
    Old,
    /// What a run of the same work has left.
    Resumable,
}

/// Looks at what lies at the place. Nothing is changed.
fn look(remote: &Remote, work: &str, how: &Create) -> Result<Found, Error> {
    let checkpoint = &how.checkpoint;
    let mut is_image = false;
    // Attributes alone are none: a run that is publishing may have died after them.
    for mark in MARKS.into_iter().filter(|mark| *mark != ".zattrs") {
        is_image |= remote.length(mark, checkpoint)?.is_some();
    }
    if is_image && !how.replace {
        return Err(Error::invalid("it exists, and is not to be replaced"));
    }
    let left = remote.length(WORK, checkpoint)?;
    // A longer one is of other work.
    if let (Some(length @ ..=MOST_MARK), false, Some(_)) = (left, is_image, &how.resume) {
        let left = remote.get(WORK, Part::Whole, length, checkpoint)?;
        let run = left.as_ref().and_then(|left| left.bytes.strip_prefix(work.as_bytes()));
        if run.is_some_and(|run| run.starts_with(b"\n")) {
            return Ok(Found::Resumable);
        }
    }
    if is_image || left.is_some() {
        return Ok(Found::Old);
    }
    match remote.names("", 1, checkpoint)?.is_empty() {
        true => Ok(Found::Nothing),
        false => Err(Error::invalid("what lies there is no image: it is not replaced")),
    }
}

/// An object store that is read.
struct Objects {
    remote: Remote,
    /// Looked at where a question brings none of its own: those are asked while an image is opened.
    opening: Checkpoint,
}

impl Store for Objects {
    fn get(&self, key: &str, most: u64, into: &mut Vec<u8>, checkpoint: &Checkpoint) -> Result<bool, Error> {
        let fetched = self.remote.get(key, Part::Whole, most, checkpoint)?;
        Ok(fetched.map(|fetched| *into = fetched.bytes).is_some())
    }

    fn get_range(&self, key: &str, start: u64, into: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        fill(into, start, |part, most| self.remote.get(key, part, most, checkpoint))
    }

    fn length(&self, key: &str) -> Result<Option<u64>, Error> {
        self.remote.length(key, &self.opening)
    }

    fn put(&self, _key: &str, _bytes: &[u8], _checkpoint: &Checkpoint) -> Result<(), Error> {
        Err(Error::invalid("it has been opened for reading"))
    }

    fn begin(&self, _key: &str) -> Result<Box<dyn Growing + '_>, Error> {
        Err(Error::invalid("it has been opened for reading"))
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let names = self.remote.names(prefix, NAMES, &self.opening);
        names.map_err(|cause| cause.context("what lies under it cannot be listed: add which image to the path"))
    }

    fn fetch(&self) -> Option<&dyn Fetch> {
        Some(&self.remote)
    }
}

/// Fills `into` with what `fetch` gets of a part of so many bytes at most.
fn fill(
    into: &mut [u8],
    start: u64,
    fetch: impl FnOnce(Part, u64) -> Result<Option<Fetched>, Error>,
) -> Result<(), Error> {
    if into.is_empty() {
        return Ok(());
    }
    let length = into.len() as u64;
    let fetched = fetch(Part::Range { start, length }, length)?;
    let fetched = fetched.ok_or_else(|| Error::msg("it is not there"))?;
    into.copy_from_slice(&fetched.bytes);
    Ok(())
}

impl Store for Uploads {
    fn get(&self, key: &str, most: u64, into: &mut Vec<u8>, checkpoint: &Checkpoint) -> Result<bool, Error> {
        let fetched = self.fetch_now(key, Part::Whole, most, checkpoint)?;
        Ok(fetched.map(|fetched| *into = fetched.bytes).is_some())
    }

    fn get_range(&self, key: &str, start: u64, into: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        fill(into, start, |part, most| self.fetch_now(key, part, most, checkpoint))
    }

    fn length(&self, key: &str) -> Result<Option<u64>, Error> {
        Ok(self.known(key))
    }

    fn put(&self, key: &str, bytes: &[u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        self.send(key, bytes.to_vec(), checkpoint)
    }

    fn begin(&self, key: &str) -> Result<Box<dyn Growing + '_>, Error> {
        Ok(Box::new(GrowingObject {
            uploads: self,
            key: key.to_owned(),
            bytes: Mutex::default(),
            checkpoint: Mutex::default(),
        }))
    }

    fn names(&self, _prefix: &str) -> Result<Vec<String>, Error> {
        Err(Error::invalid("it is being written"))
    }

    fn fetch(&self) -> Option<&dyn Fetch> {
        Some(self)
    }
}

/// A shard, in memory until it is whole: its pieces come in any order, and how long they are nobody knows before.
struct GrowingObject<'a> {
    uploads: &'a Uploads,
    key: String,
    bytes: Mutex<Vec<u8>>,
    /// That of whoever has written last.
    checkpoint: Mutex<Checkpoint>,
}

impl Growing for GrowingObject<'_> {
    fn append(&self, bytes: &[u8], checkpoint: &Checkpoint) -> Result<u64, Error> {
        checkpoint.check()?;
        *self.checkpoint.lock() = checkpoint.clone();
        let mut all = self.bytes.lock();
        let start = all.len() as u64;
        all.try_reserve(bytes.len()).context("no memory for a shard")?;
        all.extend_from_slice(bytes);
        Ok(start)
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        let mut bytes = std::mem::take(&mut *self.bytes.lock());
        bytes.shrink_to_fit();
        let checkpoint = self.checkpoint.lock().clone();
        self.uploads.send(&self.key, bytes, &checkpoint)
    }
}

struct ObjectsHome {
    name: String,
    remote: Remote,
    uploads: Arc<Uploads>,
    documents: Map<String, Value>,
    /// What was there when it was looked at.
    found: Found,
    /// The work, and which run is at it.
    mark: String,
    resumable: bool,
}

impl ObjectsHome {
    /// That no other run has begun at this place meanwhile.
    fn check_ours(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let mark = self.remote.get(WORK, Part::Whole, MOST_MARK, checkpoint)?;
        if mark.is_some_and(|mark| mark.bytes == self.mark.as_bytes()) {
            return Ok(());
        }
        self.uploads.disown();
        Err(Error::msg("another run has begun to write to the same place"))
    }
}

impl Home for ObjectsHome {
    fn store(&self) -> Arc<dyn Store> {
        Arc::<Uploads>::clone(&self.uploads)
    }

    fn scratch(&self, growing: u64) -> u64 {
        // What grows has room for as much again.
        growing.saturating_mul(2)
    }

    fn kept(&self) -> u64 {
        self.uploads.kept()
    }

    fn begin(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        if self.found == Found::Old {
            for mark in MARKS {
                self.remote.remove(mark, checkpoint)?;
            }
            self.remote.clear(WORK, checkpoint)?;
        }
        // The metadata come last; of a resumed run, the mark tells from here on that it is ours.
        self.remote.put(WORK, self.mark.clone().into_bytes(), checkpoint)?;
        if !self.resumable {
            self.uploads.sweep_unfinished(WORK);
        }
        Ok(())
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let uploads = &self.uploads;
        uploads.flush(checkpoint)?;
        self.check_ours(checkpoint)?;
        let mut documents: Vec<_> = self.documents.iter().collect();
        // The root's last, and of those its attributes first: without them an image would have no pixel sizes for a moment.
        documents.sort_by_key(|(key, _)| (!key.contains('/'), !key.ends_with(".zattrs")));
        let mut is_root = false;
        for (key, document) in documents {
            if !key.contains('/') && !std::mem::replace(&mut is_root, true) {
                uploads.flush(checkpoint)?;
            }
            let bytes = serde_json::to_vec_pretty(document).context("its metadata")?;
            uploads.send(key, bytes, checkpoint)?;
            if is_root {
                uploads.flush(checkpoint)?;
            }
        }
        uploads.flush(checkpoint)?;
        let bytes = uploads.finish(WORK)?;
        let path = self.name.clone().into();
        Ok(Saved { path, bytes })
    }
}

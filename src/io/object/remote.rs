//! A place in an object store, and what can be done with single keys there.

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, ObjectStoreScheme, PutPayload};

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::location::Location;
use crate::io::object::address::Address;
use crate::io::object::fetch::{Fetched, Part};
use crate::io::object::pool::Pool;
use crate::io::object::problem::{is_missing, plain};
use crate::io::object::settings::Settings;
use crate::io::object::transfers;
use crate::sync::Arc;

/// Keys below a place in a store.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    pool: Arc<Pool>,
    store: Arc<dyn ObjectStore>,
    root: Path,
    scheme: ObjectStoreScheme,
    hint: Option<&'static str>,
    /// That of the object, if it has to be the same each time.
    tag: Option<Arc<str>>,
}

impl Remote {
    /// What lies at the URL `at`, without the place within.
    ///
    /// # Errors
    ///
    /// A URL of no store that is known, settings that are wrong.
    pub(crate) fn new(at: &Location, settings: &Settings) -> Result<Self, Error> {
        let url = at.url().ok_or_else(|| Error::invalid("it is no URL"))?;
        let Address {
            store,
            path,
            scheme,
            hint,
        } = Address::of(url, settings)?;
        Ok(Self {
            pool: Pool::shared()?,
            store,
            root: path,
            scheme,
            hint,
            tag: None,
        })
    }

    /// What lies below `path`.
    ///
    /// # Errors
    ///
    /// A path that no key has.
    pub(crate) fn below(&self, path: &str) -> Result<Self, Error> {
        let root = self.path(path)?;
        Ok(Self { root, ..self.clone() })
    }

    /// Where transfers run.
    pub(super) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// The place itself, as the store names it.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The store.
    pub(super) fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// The whole name of `key` in the store. The empty one is the place itself.
    ///
    /// # Errors
    ///
    /// A name that no object has.
    pub(super) fn path(&self, key: &str) -> Result<Path, Error> {
        let key = key.trim_end_matches('/');
        let whole = match (self.root.as_ref(), key) {
            (root, "") => root.to_owned(),
            ("", key) => key.to_owned(),
            (root, key) => format!("{root}/{key}"),
        };
        Path::parse(whole).map_err(|error| Error::invalid(error.to_string()))
    }

    /// Whether it can be written.
    ///
    /// # Errors
    ///
    /// A web server, which cannot.
    pub(crate) fn check_writable(&self) -> Result<(), Error> {
        match self.scheme {
            ObjectStoreScheme::Http => Err(Error::invalid(
                "http(s) is read, not written: use s3://, gs:// or az://",
            )),
            _ => Ok(()),
        }
    }

    /// Fetches `part` of `key`; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// More than `most` bytes, a part that is not there, the transfer's.
    pub(super) fn fetch(
        &self,
        key: &str,
        part: Part,
        most: u64,
    ) -> impl Future<Output = Result<Option<Fetched>, Error>> + Send + 'static {
        let (path, store, suffixes) = (self.path(key), Arc::clone(&self.store), self.has_suffixes());
        let tag = self.tag.as_deref().map(str::to_owned);
        async move {
            let path = path?;
            let part = match part {
                Part::Last(length) if !suffixes => match transfers::head(&*store, &path).await? {
                    None => return Ok(None),
                    Some(found) => Part::Range {
                        start: found.size.saturating_sub(length),
                        length: length.min(found.size),
                    },
                },
                part => part,
            };
            transfers::fetch(&*store, &path, part, most, tag).await
        }
    }

    /// Whether the last bytes can be asked for without knowing how many there are in all.
    fn has_suffixes(&self) -> bool {
        self.scheme != ObjectStoreScheme::MicrosoftAzure
    }

    /// Runs `work` while this thread waits.
    ///
    /// # Errors
    ///
    /// That of `work`, with a hint at what may be missing; the checkpoint's reason.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        checkpoint: &Checkpoint,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let done = self.pool.wait(checkpoint, work);
        done.map_err(|cause| match self.hint {
            Some(hint) if !checkpoint.is_interrupted() => cause.context(hint),
            _ => cause,
        })
    }

    /// As [`fetch`](Self::fetch), while this thread waits.
    ///
    /// # Errors
    ///
    /// As there; the checkpoint's reason.
    pub(crate) fn get(
        &self,
        key: &str,
        part: Part,
        most: u64,
        checkpoint: &Checkpoint,
    ) -> Result<Option<Fetched>, Error> {
        self.wait(checkpoint, self.fetch(key, part, most))
    }

    /// How many bytes `key` has, if it is there.
    ///
    /// # Errors
    ///
    /// The transfer's, the checkpoint's reason.
    pub(crate) fn length(&self, key: &str, checkpoint: &Checkpoint) -> Result<Option<u64>, Error> {
        let (path, store) = (self.path(key)?, Arc::clone(&self.store));
        let asked = async move { Ok(transfers::head(&*store, &path).await?.map(|found| found.size)) };
        self.wait(checkpoint, asked).map_err(|cause| named(cause, "", key))
    }

    /// The one object at the place itself as it is now, with its length: fetching fails once it has been replaced, if the store
    /// can tell.
    ///
    /// # Errors
    ///
    /// There is none; the transfer's, the checkpoint's reason.
    pub(super) fn pinned(self, checkpoint: &Checkpoint) -> Result<(Self, u64), Error> {
        let (path, store) = (self.path("")?, Arc::clone(&self.store));
        let found = self.wait(checkpoint, async move { transfers::head(&*store, &path).await })?;
        let found = found.ok_or_else(|| Error::invalid("there is no such object"))?;
        // A weak tag matches nothing (RFC 9110, 13.1.1).
        let tag = found.e_tag.filter(|tag| !tag.starts_with("W/")).map(Arc::from);
        Ok((Self { tag, ..self }, found.size))
    }

    /// Makes `payload` the content of `key`, in one step.
    ///
    /// # Errors
    ///
    /// The transfer's. `key` is then as it was.
    pub(super) fn send(
        &self,
        key: &str,
        payload: PutPayload,
    ) -> impl Future<Output = Result<(), Error>> + Send + 'static {
        let (path, store, key) = (self.path(key), Arc::clone(&self.store), key.to_owned());
        let pool = Arc::clone(&self.pool);
        async move {
            let sent = async { transfers::send(&*store, &path?, payload, &pool).await };
            sent.await.map_err(|cause| named(cause, "", &key))
        }
    }

    /// As [`send`](Self::send), while this thread waits.
    ///
    /// # Errors
    ///
    /// As there; the checkpoint's reason.
    pub(crate) fn put(&self, key: &str, bytes: Vec<u8>, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.wait(checkpoint, self.send(key, bytes.into()))
    }

    /// Removes `key`, if it is there.
    ///
    /// # Errors
    ///
    /// The transfer's; the checkpoint's reason.
    pub(crate) fn remove(&self, key: &str, checkpoint: &Checkpoint) -> Result<(), Error> {
        let (path, store) = (self.path(key)?, Arc::clone(&self.store));
        let removed = async move {
            match store.delete(&path).await {
                Err(error) if !is_missing(&error) => Err(plain(&error)),
                _ => Ok(()),
            }
        };
        let removed = self.wait(checkpoint, removed);
        removed.map_err(|cause| named(cause, "removing ", key))
    }
}

/// The error with the key that it is about. The place itself has no key: whoever asked for it names its URL.
fn named(cause: Error, doing: &str, key: &str) -> Error {
    match key {
        "" => cause,
        key => cause.context(format!("{doing}`{key}`")),
    }
}

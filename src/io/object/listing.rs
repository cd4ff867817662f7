//! All that lies at a place in an object store: listing it, and removing it.

use std::collections::HashMap;

use futures::{StreamExt as _, TryStreamExt as _};
use object_store::ObjectStoreExt as _;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::object::problem::{is_missing, plain};
use crate::io::object::remote::Remote;
use crate::sync::Arc;

impl Remote {
    /// Removes all keys, `last` after the others.
    ///
    /// # Errors
    ///
    /// The transfer's.
    pub(super) fn sweep(&self, last: &str) -> impl Future<Output = Result<(), Error>> + Send + 'static {
        let (root, store, last) = (self.root().clone(), Arc::clone(self.store()), self.path(last));
        async move {
            let last = last?;
            let kept = last.clone();
            let found = store.list(Some(&root)).map_ok(|found| found.location);
            let found = found.try_filter(move |path| std::future::ready(*path != kept));
            let mut removed = store.delete_stream(found.boxed());
            while let Some(one) = removed.next().await {
                match one {
                    Err(error) if !is_missing(&error) => return Err(plain(&error)),
                    _ => {}
                }
            }
            match store.delete(&last).await {
                Err(error) if !is_missing(&error) => Err(plain(&error)),
                _ => Ok(()),
            }
        }
    }

    /// As [`sweep`](Self::sweep), while this thread waits.
    ///
    /// # Errors
    ///
    /// As there; the checkpoint's reason.
    pub(crate) fn clear(&self, last: &str, checkpoint: &Checkpoint) -> Result<(), Error> {
        let swept = self.wait(checkpoint, self.sweep(last));
        swept.map_err(|cause| cause.context("removing what lies there"))
    }

    /// All keys with their lengths.
    ///
    /// # Errors
    ///
    /// More than `most`; the transfer's; the checkpoint's reason.
    pub(crate) fn keys(&self, most: usize, checkpoint: &Checkpoint) -> Result<HashMap<String, u64>, Error> {
        let (root, store) = (self.root().clone(), Arc::clone(self.store()));
        let listed = async move {
            let (mut keys, mut found) = (HashMap::new(), store.list(Some(&root)));
            while let Some(one) = found.next().await {
                let one = one.map_err(|error| plain(&error))?;
                let Some(parts) = one.location.prefix_match(&root) else {
                    continue;
                };
                let key: Vec<_> = parts.map(|part| part.as_ref().to_owned()).collect();
                keys.insert(key.join("/"), one.size);
                if keys.len() > most {
                    return Err(Error::msg("there is more under it than belongs to the image"));
                }
            }
            Ok(keys)
        };
        let keys = self.wait(checkpoint, listed);
        keys.map_err(|cause| cause.context("what lies under it cannot be listed"))
    }

    /// The names right below `prefix`, in order; at most `most`.
    ///
    /// # Errors
    ///
    /// The transfer's, the checkpoint's reason.
    pub(crate) fn names(&self, prefix: &str, most: usize, checkpoint: &Checkpoint) -> Result<Vec<String>, Error> {
        let (root, store) = (self.path(prefix)?, Arc::clone(self.store()));
        let listed = async move {
            let mut names: Vec<String> = Vec::new();
            while names.len() < most {
                // A name may have a million keys below it: one is enough.
                let mut found = match names.last() {
                    None => store.list(Some(&root)),
                    Some(last) => store.list_with_offset(Some(&root), &root.clone().join(format!("{last}0"))),
                };
                let mut next = None;
                while let Some(one) = found.next().await
                    && next.is_none()
                {
                    let one = one.map_err(|error| plain(&error))?;
                    // What some tools put there so that a folder can be seen is under no name below it.
                    let mut parts = one.location.prefix_match(&root).into_iter().flatten();
                    next = parts.next().map(|name| name.as_ref().to_owned());
                }
                let Some(name) = next else { break };
                names.push(name);
            }
            Ok(names)
        };
        self.wait(checkpoint, listed)
    }
}

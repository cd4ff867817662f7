//! What tells whether that which lies at a URL has changed.

use futures::StreamExt as _;
use object_store::{ObjectMeta, ObjectStoreExt as _};

use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::format::Format;
use crate::io::location::Location;
use crate::io::object::problem::{is_missing, plain};
use crate::io::object::remote::Remote;
use crate::io::open::Open;
use crate::sync::Arc;

/// So many objects of a folder are looked at.
const MOST: usize = 1 << 14;

/// What a store tells of the object at the URL `at`, and of a description beside it; of all that is in a folder, or of its
/// metadata where the store does not list.
///
/// # Errors
///
/// The store's; the checkpoint's reason.
pub(super) fn fingerprint(at: &Location, how: &Open) -> Result<String, Error> {
    let remote = Remote::new(at, &how.settings)?;
    if let Some(object) = told(&remote, "", &how.checkpoint)? {
        let beside = Location::parse(&format!("{at}.json"))?;
        let beside = told(&Remote::new(&beside, &how.settings)?, "", &how.checkpoint)?;
        return Ok(format!("{object}; {}", beside.unwrap_or_default()));
    }
    if let Ok(listed) = listed(&remote, how) {
        return Ok(listed);
    }
    how.checkpoint.check()?;
    // Above the place within, too: an image may be described by the groups in which it lies.
    let mut folders: Vec<&str> = vec![""];
    let ends = at.within().match_indices('/').map(|(end, _)| end);
    folders.extend(
        ends.chain([at.within().len()])
            .map(|end| &at.within()[..end])
            .filter(|folder| !folder.is_empty()),
    );
    let mut all = Vec::new();
    for folder in folders {
        for mark in Format::marks() {
            all.extend(told(
                &remote,
                format!("{folder}/{mark}").trim_start_matches('/'),
                &how.checkpoint,
            )?);
        }
    }
    Ok(all.join("; "))
}

/// What the store tells of `key`, if it is there.
///
/// # Errors
///
/// The store's; the checkpoint's reason.
pub(super) fn told(remote: &Remote, key: &str, checkpoint: &Checkpoint) -> Result<Option<String>, Error> {
    let (path, store) = (remote.path(key)?, Arc::clone(remote.store()));
    let asked = async move {
        match store.head(&path).await {
            Ok(found) => Ok(Some(of(&found))),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(plain(&error)),
        }
    };
    remote.wait(checkpoint, asked)
}

/// Those of all that lies there, as one.
fn listed(remote: &Remote, how: &Open) -> Result<String, Error> {
    let (root, store) = (remote.root().clone(), Arc::clone(remote.store()));
    let listed = async move {
        let (mut sum, mut count) = (0, 0);
        let mut found = store.list(Some(&root)).take(MOST);
        while let Some(one) = found.next().await {
            let one = one.map_err(|error| plain(&error))?;
            let text = format!("{} {}", one.location, of(&one));
            // Whatever order they come in. The sum of a text is the same in every version of the program.
            sum = u64::wrapping_add(sum, u64::from(crc32c::crc32c(text.as_bytes())));
            count += 1;
        }
        match count {
            0 => Err(Error::msg("nothing is listed")),
            count => Ok(format!("{count} objects, {sum:016x}")),
        }
    };
    remote
        .wait(&how.checkpoint, listed)
        .context("what lies under it cannot be listed")
}

fn of(object: &ObjectMeta) -> String {
    let tag = object.e_tag.as_deref().unwrap_or_default();
    let (length, version) = (object.size, object.version.as_deref().unwrap_or_default());
    format!(
        "{length} bytes of {}, {tag} {version}",
        object.last_modified.timestamp_millis()
    )
}

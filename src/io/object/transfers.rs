//! One object at a time: asking for its length, fetching, sending.

use futures::StreamExt as _;
use object_store::path::Path;
use object_store::{Extensions, GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, PutOptions, PutPayload};

use crate::error::Error;
use crate::io::limit::format_bytes;
use crate::io::object::fetch::{Fetched, Part};
use crate::io::object::problem::{is_missing, plain};
use crate::io::object::transport::Most;

/// What is longer goes up in parts of this size.
const WHOLE: usize = 32 << 20;

/// How many bytes the object has, if it is there.
///
/// # Errors
///
/// The store's.
pub(super) async fn head(store: &dyn ObjectStore, path: &Path) -> Result<Option<u64>, Error> {
    match store.head(path).await {
        Ok(found) => Ok(Some(found.size)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(plain(&error)),
    }
}

/// `part` of the object, if it is there.
///
/// # Errors
///
/// The store's; more than `most` bytes; more or fewer than the server has told.
pub(super) async fn fetch(
    store: &dyn ObjectStore,
    path: &Path,
    part: Part,
    most: u64,
) -> Result<Option<Fetched>, Error> {
    let mut extensions = Extensions::new();
    extensions.insert(Most(most));
    let range = match part {
        Part::Whole => None,
        Part::Range { start, length } => Some(GetRange::Bounded(start..start.saturating_add(length))),
        Part::Last(length) => Some(GetRange::Suffix(length)),
    };
    let options = GetOptions {
        range,
        extensions,
        ..GetOptions::default()
    };
    let answer = match store.get_opts(path, options).await {
        Ok(answer) => answer,
        Err(error) if is_missing(&error) => return Ok(None),
        Err(error) => return Err(plain(&error)),
    };
    let (told, length) = (answer.range.end.saturating_sub(answer.range.start), answer.meta.size);
    if told > most {
        let [told, most] = [told, most].map(format_bytes);
        return Err(Error::msg(format!("it has {told}, where {most} are the most")));
    }
    if matches!(part, Part::Range { length, .. } if told != length) {
        return Err(Error::msg("it ends before its data do (cut short or damaged)"));
    }
    let mut bytes = Vec::new();
    let room = usize::try_from(told)
        .ok()
        .and_then(|told| bytes.try_reserve_exact(told).ok());
    room.ok_or_else(|| Error::msg(format!("the system has no {} of memory to give", format_bytes(told))))?;
    let mut stream = answer.into_stream();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| plain(&error))?;
        if (bytes.len() + piece.len()) as u64 > told {
            return Err(Error::msg("the server sends more than it has told"));
        }
        bytes.extend_from_slice(&piece);
    }
    match bytes.len() as u64 == told {
        true => Ok(Some(Fetched { bytes, length })),
        false => Err(Error::msg(format!("the server sent {} of {told} bytes", bytes.len()))),
    }
}

/// Makes `payload` the object: in parts, if it is long.
///
/// # Errors
///
/// The store's.
pub(super) async fn send(store: &dyn ObjectStore, path: &Path, payload: PutPayload) -> Result<(), Error> {
    if payload.content_length() <= WHOLE {
        let sent = store.put_opts(path, payload, PutOptions::default()).await;
        return sent.map(drop).map_err(|error| plain(&error));
    }
    let mut upload = store.put_multipart(path).await.map_err(|error| plain(&error))?;
    let parts = async {
        for piece in &payload {
            for start in (0..piece.len()).step_by(WHOLE) {
                let part = piece.slice(start..piece.len().min(start + WHOLE));
                upload.put_part(part.into()).await?;
            }
        }
        upload.complete().await.map(drop)
    };
    let sent = parts.await;
    if sent.is_err() {
        // That it cannot be ended either says nothing new.
        let _ = upload.abort().await;
    }
    sent.map_err(|error| plain(&error))
}

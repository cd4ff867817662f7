//! One object at a time: asking for its length, fetching, sending.

use futures::StreamExt as _;
use object_store::path::Path;
use object_store::{
    Extensions, GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutOptions,
    PutPayload,
};

use crate::error::Error;
use crate::io::limit::format_bytes;
use crate::io::object::fetch::{Fetched, Part};
use crate::io::object::pool::Pool;
use crate::io::object::problem::{is_missing, plain};
use crate::io::object::transport::Most;
use crate::sync::Arc;

/// What is longer goes up in parts of this size.
const WHOLE: usize = 32 << 20;

/// What the store says of the object, if it is there.
///
/// # Errors
///
/// The store's.
pub(super) async fn head(store: &dyn ObjectStore, path: &Path) -> Result<Option<ObjectMeta>, Error> {
    match store.head(path).await {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(plain(&error)),
    }
}

/// `part` of the object, if it is there.
///
/// # Errors
///
/// The store's; another tag than `tag`; more than `most` bytes; more or fewer than the server has told.
pub(super) async fn fetch(
    store: &dyn ObjectStore,
    path: &Path,
    part: Part,
    most: u64,
    tag: Option<String>,
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
        if_match: tag,
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

/// An upload in parts that is under way. Dropped, it is aborted on a thread of the pool: the store would keep its parts.
struct Parts {
    upload: Option<Box<dyn MultipartUpload>>,
    pool: Arc<Pool>,
}

impl Drop for Parts {
    fn drop(&mut self) {
        if let Some(mut upload) = self.upload.take() {
            self.pool.detach(async move {
                // What the store keeps all the same is its owner's to clear: many do by themselves after some days.
                let _ = upload.abort().await;
            });
        }
    }
}

/// Makes `payload` the object: in parts, if it is long. Dropped before its end, those that are there are removed.
///
/// # Errors
///
/// The store's.
pub(super) async fn send(
    store: &dyn ObjectStore,
    path: &Path,
    payload: PutPayload,
    pool: &Arc<Pool>,
) -> Result<(), Error> {
    if payload.content_length() <= WHOLE {
        let sent = store.put_opts(path, payload, PutOptions::default()).await;
        return sent.map(drop).map_err(|error| plain(&error));
    }
    let upload = store.put_multipart(path).await.map_err(|error| plain(&error))?;
    let mut parts = Parts {
        upload: Some(upload),
        pool: Arc::clone(pool),
    };
    let Some(upload) = &mut parts.upload else {
        return Ok(());
    };
    let all = async {
        for piece in &payload {
            for start in (0..piece.len()).step_by(WHOLE) {
                let part = piece.slice(start..piece.len().min(start + WHOLE));
                upload.put_part(part.into()).await?;
            }
        }
        upload.complete().await.map(drop)
    };
    let sent = all.await;
    if sent.is_err() {
        // That it cannot be ended either says nothing new.
        let _ = upload.abort().await;
    }
    parts.upload = None;
    sent.map_err(|error| plain(&error))
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use object_store::{PutResult, UploadPart};

    use super::*;
    use crate::io::object::pool::Inbox;

    #[derive(Debug)]
    struct Fake(Arc<Inbox<&'static str>>);

    type Answer<'a, T> = Pin<Box<dyn Future<Output = object_store::Result<T>> + Send + 'a>>;

    impl MultipartUpload for Fake {
        fn put_part(&mut self, _data: PutPayload) -> UploadPart {
            Box::pin(std::future::pending())
        }

        fn complete<'life, 'answer>(&'life mut self) -> Answer<'answer, PutResult>
        where
            'life: 'answer,
            Self: 'answer,
        {
            Box::pin(std::future::pending())
        }

        fn abort<'life, 'answer>(&'life mut self) -> Answer<'answer, ()>
        where
            'life: 'answer,
            Self: 'answer,
        {
            self.0.post("aborted");
            Box::pin(std::future::ready(Ok(())))
        }
    }

    #[test]
    fn an_upload_in_parts_that_is_dropped_is_aborted() {
        let (pool, told) = (Pool::shared().unwrap(), Arc::new(Inbox::default()));
        let upload: Box<dyn MultipartUpload> = Box::new(Fake(Arc::clone(&told)));
        let upload = Some(upload);
        drop(Parts { upload, pool });
        assert_eq!(told.take(std::time::Duration::from_secs(60)), Some("aborted"));
    }
}

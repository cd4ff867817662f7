//! Videos.

use std::fmt;

use crate::array::Array;
use crate::error::Error;
use crate::flow::async_consumer::AsyncConsumer;
use crate::flow::context::NodeContext;
use crate::flow::envelope::Trace;
use crate::flow::pooled::{Pooled, in_pool};
use crate::io::y4m::{Settings, Writer};

/// Writes pictures, `yx` or `yxc`, as the frames of a Y4M video: see [`Writer`].
///
/// The file has its name after the last picture. If the flow fails or is aborted, nothing is left behind. A stream without
/// pictures ends without a file and is no failure: a clip has the size of its first, and there is none. What was there before
/// then stays.
///
/// # Examples
///
/// ```no_run
/// use headwater::flow::Flow;
/// use headwater::flow::consume::ClipWriter;
/// use headwater::flow::produce::ImageFiles;
/// use headwater::io::y4m::Settings;
///
/// let flow = Flow::batch();
/// let frames = flow.produce("frames", ImageFiles::matching("frames/*.png"));
/// frames.async_consumer("clip", ClipWriter::create("clip.y4m", Settings::new().rate(25, 1)));
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct ClipWriter {
    path: String,
    settings: Settings,
    writer: Option<Pooled<Writer>>,
}

impl ClipWriter {
    /// To the file `path`, which is begun when the flow begins.
    pub fn create(path: impl Into<String>, settings: Settings) -> Self {
        Self {
            path: path.into(),
            settings,
            writer: None,
        }
    }
}

impl AsyncConsumer for ClipWriter {
    type Input = Array;

    async fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        let (path, settings) = (self.path.clone(), self.settings.clone());
        let writer = in_pool(move |_| Writer::create(&path, settings)).await?;
        self.writer = Some(Pooled::new(writer));
        Ok(())
    }

    async fn consume(&mut self, input: Array, _trace: Trace) -> Result<(), Error> {
        let Some(writer) = &self.writer else { return Ok(()) };
        writer
            .with(move |writer, checkpoint| writer.write(&input, checkpoint))
            .await
    }

    async fn finish(&mut self) -> Result<(), Error> {
        let writer = self.writer.take().and_then(|writer| writer.take());
        let writer = writer.ok_or_else(|| Error::msg(format!("what was written to `{}` is lost", self.path)))?;
        in_pool(move |checkpoint| match writer.is_untouched() {
            true => Ok(()),
            false => writer.finish(checkpoint).map(drop),
        })
        .await
    }

    async fn close(&mut self) -> Result<(), Error> {
        self.writer = None;
        Ok(())
    }
}

impl fmt::Debug for ClipWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClipWriter")
            .field("path", &self.path)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

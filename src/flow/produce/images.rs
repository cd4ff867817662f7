//! Image files.

use std::time::Duration;

use crate::array::Array;
use crate::error::{Error, ErrorContext as _};
use crate::flow::context::NodeContext;
use crate::flow::pooled::in_pool;
use crate::flow::produce::times;
use crate::flow::producer::Producer;
use crate::io::{Open, matching_files};

/// Reads image files, each as an item: by a list, or by a pattern in the natural order of their names (`t2` before `t10`).
///
/// All formats of [`io`](crate::io); each file is read as a whole, in the compute pool. Files may be of different sizes.
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
/// use headwater::flow::Flow;
/// use headwater::flow::produce::ImageFiles;
///
/// let flow = Flow::batch();
/// let frames = ImageFiles::matching("frames/*.png").interval(Duration::from_millis(40));
/// flow.produce("frames", frames).consume("look", |frame| println!("{frame:?}"));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Debug)]
pub struct ImageFiles {
    /// None: the files are told.
    pattern: Option<String>,
    files: std::vec::IntoIter<String>,
    how: Open,
    interval: Option<Duration>,
    made: u64,
}

impl ImageFiles {
    /// All that match `pattern`, such as `frames/*.png`, when the flow begins. Hidden files do not, unless it says so; that none
    /// does is an error.
    pub fn matching(pattern: &str) -> Self {
        let pattern = Some(pattern.to_owned());
        Self {
            pattern,
            ..Self::new([""; 0])
        }
    }

    /// Those of a list, in its order.
    pub fn new(files: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let files: Vec<_> = files.into_iter().map(Into::into).collect();
        Self {
            pattern: None,
            files: files.into_iter(),
            how: Open::new(),
            interval: None,
            made: 0,
        }
    }

    /// How each file is opened.
    #[must_use]
    pub fn opened(self, how: Open) -> Self {
        Self { how, ..self }
    }

    /// How far apart in time they are, for joins by time. Without, nothing is known of it.
    #[must_use]
    pub fn interval(self, interval: Duration) -> Self {
        let interval = Some(interval);
        Self { interval, ..self }
    }
}

impl Producer for ImageFiles {
    type Item = Array;

    async fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        if let Some(pattern) = self.pattern.clone() {
            let context = format!("cannot read `{pattern}`");
            let files = in_pool(move |_| matching_files(&pattern)).await;
            self.files = files.context(context)?.into_iter();
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Array>, Error> {
        let Some(file) = self.files.next() else { return Ok(None) };
        let how = self.how.clone();
        let image = in_pool(move |checkpoint| {
            let source = how.checkpoint(checkpoint).open(&file)?;
            source.read(&source.meta().roi(), checkpoint)
        });
        let image = image.await?;
        self.made += 1;
        Ok(Some(image))
    }

    fn time(&self, _item: &Array) -> Option<Duration> {
        self.interval
            .map(|interval| times(interval, self.made.saturating_sub(1)))
    }
}

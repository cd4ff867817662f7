//! The frames of a video.

use std::fmt;
use std::time::Duration;

use crate::array::Array;
use crate::error::Error;
use crate::flow::context::NodeContext;
use crate::flow::pooled::{Pooled, in_pool};
use crate::flow::produce::times;
use crate::flow::producer::Producer;
use crate::io::y4m::{Ratio, Reader};

/// Reads a Y4M video, each frame as an item: a picture `yxc` in red, green and blue, or `yx` of a video without colours.
///
/// When a frame happens is its number by the frames in a second; of a video that does not tell them, nothing is known.
///
/// # Examples
///
/// ```no_run
/// use headwater::flow::Flow;
/// use headwater::flow::produce::ClipReader;
///
/// let flow = Flow::batch();
/// flow.produce("clip", ClipReader::open("clip.y4m")).consume("look", |frame| println!("{frame:?}"));
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct ClipReader {
    place: Place,
    is_grey: bool,
    rate: Ratio,
    made: u64,
}

enum Place {
    Closed(String),
    Open(Pooled<Reader>),
}

impl ClipReader {
    /// That at `location`, which is opened when the flow begins.
    pub fn open(location: impl Into<String>) -> Self {
        Self::at(Place::Closed(location.into()))
    }

    /// One that is open already: what comes through a pipe.
    pub fn of(reader: Reader) -> Self {
        let rate = reader.header().rate();
        Self {
            rate,
            ..Self::at(Place::Open(Pooled::new(reader)))
        }
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            is_grey: false,
            rate: Ratio::UNKNOWN,
            made: 0,
        }
    }

    /// Only the luma, `yx`, as it is [stored](crate::io::y4m::Frame::luma): nothing is computed.
    #[must_use]
    pub fn grey(self) -> Self {
        let is_grey = true;
        Self { is_grey, ..self }
    }
}

impl Producer for ClipReader {
    type Item = Array;

    async fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        if let Place::Closed(location) = &self.place {
            let location = location.clone();
            let reader = in_pool(move |_| Reader::open(&location)).await?;
            self.rate = reader.header().rate();
            self.place = Place::Open(Pooled::new(reader));
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Array>, Error> {
        let Place::Open(reader) = &self.place else {
            return Ok(None);
        };
        let is_grey = self.is_grey;
        let read = reader.with(move |reader, checkpoint| {
            let Some(frame) = reader.next_frame(checkpoint)? else {
                return Ok(None);
            };
            match is_grey {
                true => Ok(Some(frame.luma().clone())),
                false => frame.to_array(checkpoint).map(Some),
            }
        });
        let picture = read.await?;
        self.made += 1;
        Ok(picture)
    }

    fn time(&self, _item: &Array) -> Option<Duration> {
        let (frames, seconds) = (self.rate.numerator(), self.rate.denominator());
        self.rate.value()?;
        // Exact where an interval in nanoseconds is not: 1001/30000.
        let whole = times(Duration::from_secs(seconds.into()), self.made.saturating_sub(1));
        Some(whole / frames)
    }

    async fn close(&mut self) -> Result<(), Error> {
        if let Place::Open(reader) = &self.place {
            drop(reader.take());
        }
        Ok(())
    }
}

impl fmt::Debug for ClipReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClipReader")
            .field("rate", &self.rate)
            .field("made", &self.made)
            .finish_non_exhaustive()
    }
}

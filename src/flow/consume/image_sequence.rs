//! An image file for each item.

use crate::array::Array;
use crate::error::Error;
use crate::flow::async_consumer::AsyncConsumer;
use crate::flow::envelope::Trace;
use crate::flow::pooled::in_pool;
use crate::graph::Meta;
use crate::io::Create;

/// Writes each item into a file of its own, in the format that the name tells: `frame-{:05}.png` becomes `frame-00000.png`,
/// `frame-00001.png` and so on.
///
/// Each file has its name when it is whole. What is there is not replaced, unless that is [asked for](Self::created). Files that
/// are written stay if the flow fails. An item that fails takes no number.
///
/// # Examples
///
/// ```no_run
/// use headwater::flow::Flow;
/// use headwater::flow::consume::ImageSequence;
/// use headwater::flow::produce::ClipReader;
///
/// let flow = Flow::batch();
/// let clip = flow.produce("clip", ClipReader::open("clip.y4m"));
/// clip.async_consumer("frames", ImageSequence::new("frames/frame-{:05}.png")?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Debug)]
pub struct ImageSequence {
    before: String,
    width: usize,
    behind: String,
    how: Create,
    next: u64,
}

impl ImageSequence {
    /// Files whose names have a number in the place of `{}`, or, with zeros in front, of `{:05}`.
    ///
    /// # Errors
    ///
    /// A name with no such place, or with several.
    pub fn new(pattern: &str) -> Result<Self, Error> {
        let refused = || Error::invalid(format!("`{pattern}` has not one place for a number, such as `{{:05}}`"));
        let (before, rest) = pattern.split_once('{').ok_or_else(refused)?;
        let (place, behind) = rest.split_once('}').ok_or_else(refused)?;
        let width = match place {
            "" => Some(0),
            _ => place.strip_prefix(":0").and_then(|width| width.parse().ok()),
        };
        let width = width.filter(|width| *width < 20 && !behind.contains(['{', '}']));
        Ok(Self {
            before: before.to_owned(),
            width: width.ok_or_else(refused)?,
            behind: behind.to_owned(),
            // To wait for the disk after each frame would take longer than all else.
            how: Create::new().durable(false),
            next: 0,
        })
    }

    /// The number of the first file. Default: 0.
    #[must_use]
    pub fn first(self, number: u64) -> Self {
        let next = number;
        Self { next, ..self }
    }

    /// How the files are made: compressed, replaced, [durable](Create::durable). Default: no file is replaced, or waited for
    /// until it is on the disk.
    #[must_use]
    pub fn created(self, how: Create) -> Self {
        Self { how, ..self }
    }

    fn name(&self) -> String {
        let Self {
            before,
            width,
            behind,
            next,
            ..
        } = self;
        format!("{before}{next:0width$}{behind}")
    }
}

impl AsyncConsumer for ImageSequence {
    type Input = Array;

    async fn consume(&mut self, input: Array, _trace: Trace) -> Result<(), Error> {
        let (name, how) = (self.name(), self.how.clone());
        let written = in_pool(move |checkpoint| {
            let meta = Meta::of(&input);
            let sink = how.checkpoint(checkpoint).create(&name, &meta)?;
            sink.write_region(&meta.roi(), &input, checkpoint)?;
            sink.finish(checkpoint)
        });
        written.await?;
        self.next += 1;
        Ok(())
    }
}

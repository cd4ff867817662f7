//! Caches.

use crate::operators::{BlockCache, SlicedCache, UnblockedCache};
use crate::pipeline::entry::Entry;
use crate::pipeline::registration::Registration;

const INPUT: &str = "what to keep";
const COMPRESSED: &str = "whether it is kept compressed (LZ4)";

pub(super) fn entries() -> Vec<Entry> {
    vec![
        Registration::with(
            "BlockCache",
            "Keeps blocks of what comes in, so that each is computed once, until what it depends on changes or memory is short.",
            |arguments| {
                let mut cache = BlockCache::new();
                if let Some(block) = arguments.get::<Option<Vec<usize>>>("block")? {
                    cache = cache.block(block);
                }
                Ok(if arguments.get("compressed")? { cache.compressed() } else { cache })
            },
        )
        .input("input", INPUT, |s| &s.input)
        .argument("block", "pixels of a block along each axis; 0 is the whole of an axis", None::<Vec<usize>>)
        .argument("compressed", COMPRESSED, false)
        .output("output", "the same", |s| &s.output)
        .entry(),
        Registration::with(
            "SlicedCache",
            "Keeps blocks of several shapes, flat ones for each direction in which somebody looks at a volume, and answers a \
             request from those whose shape is closest to its own.",
            |arguments| {
                let cache = SlicedCache::new(arguments.get::<Vec<Vec<usize>>>("shapes")?);
                Ok(if arguments.get("compressed")? { cache.compressed() } else { cache })
            },
        )
        .input("input", INPUT, |s| &s.input)
        .required_argument::<Vec<Vec<usize>>>("shapes", "those of the blocks; 0 is the whole of an axis")
        .argument("compressed", COMPRESSED, false)
        .output("output", "the same", |s| &s.output)
        .entry(),
        Registration::with(
            "UnblockedCache",
            "Keeps each region that was asked for as it was asked for, until what it depends on changes or memory is short.",
            |arguments| {
                let cache = UnblockedCache::new();
                Ok(if arguments.get("compressed")? { cache.compressed() } else { cache })
            },
        )
        .input("input", INPUT, |s| &s.input)
        .argument("compressed", COMPRESSED, false)
        .output("output", "the same", |s| &s.output)
        .entry(),
    ]
}

//! How an image is written.

use headwater::Shape;
use headwater::io::{Compression, Create, Format};

use super::options::format_parser;
use super::session::Session;

/// Format, compression, chunks.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Encoding {
    /// The format of the output, whatever its name is
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    format: Option<Format>,

    /// How chunks are compressed, such as zstd:3, deflate, lzw or none
    #[arg(long, value_name = "COMPRESSION")]
    compression: Option<Compression>,

    /// The shape of a chunk or tile, in the axes of the file, such as 64,64,64
    #[arg(long, value_name = "SHAPE", allow_hyphen_values = true)]
    chunk: Option<Shape>,
}

impl Encoding {
    /// The format that the user says.
    pub(super) fn format(&self) -> Option<Format> {
        self.format
    }

    /// How the file is made.
    pub(super) fn create(&self, session: &Session, replace: bool) -> Create {
        let mut create = Create::new().limit(session.limit()).replace(replace);
        if let Some(format) = self.format {
            create = create.format(format);
        }
        if let Some(compression) = self.compression {
            create = create.compression(compression);
        }
        match self.chunk {
            Some(chunk) => create.chunk(chunk),
            None => create,
        }
    }
}

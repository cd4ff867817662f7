//! The images of `examples/data`.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use headwater::{Array, Error};
use tiff::decoder::{Decoder, DecodingResult};

/// Reads a TIFF of 16-bit grey pages: `yx` if it has one page, else `zyx`.
pub(crate) fn read(name: &str) -> Result<Array, Error> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("examples/data")
        .join(name);
    let file = File::open(&path).map_err(Error::new)?;
    let mut decoder = Decoder::new(BufReader::new(file)).map_err(Error::new)?;
    let (width, height) = decoder.dimensions().map_err(Error::new)?;
    let (mut pixels, mut pages) = (Vec::new(), 0);
    loop {
        match decoder.read_image().map_err(Error::new)? {
            DecodingResult::U16(page) => pixels.extend(page),
            _ => return Err(Error::msg(format!("{} is not of 16 bits", path.display()))),
        }
        pages += 1;
        if !decoder.more_images() {
            break;
        }
        decoder.next_image().map_err(Error::new)?;
    }
    match [pages, height as usize, width as usize] {
        [1, height, width] => Array::from_vec("yx", &[height, width], pixels),
        shape => Array::from_vec("zyx", &shape, pixels),
    }
}

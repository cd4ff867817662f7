//! TIFF, BigTIFF and OME-TIFF.
//!
//! | | read | written |
//! |---|---|---|
//! | samples | all eleven types, truths as one bit, little or big endian | the same, in this machine's order |
//! | layout | strips, tiles, samples of a pixel together or apart | tiles of 256 x 256, strips where pages are small or bare |
//! | compression | none, LZW, deflate, Zstandard, PackBits, JPEG (8 bits) | none, LZW, deflate (default), Zstandard |
//! | predictors | horizontal, floating point | horizontal, for integers up to 32 bits |
//! | scales | `0`, the finest, and those of sub-directories, `1` and so on | the finest |
//! | colours | grey, RGB, any number of samples; as stored, also where 0 is white; of a palette the numbers | RGB for 8 bits and 3 channels last |
//! | axes | from OME-XML, ImageJ's or tifffile's description; else pages along `z` | OME-XML |
//! | not read | half floats, YCbCr that is no JPEG, CMYK, Lab; images over many files | |
//!
//! # How a region is read
//!
//! Opening walks along the chain of directories and keeps for each page where the lists of its strips or tiles lie. A region then
//! fetches the places of its own tiles, reads each with one call, and decodes it into a buffer whose size was known before. No
//! position is shared, so threads read side by side. Of an object, directories and lists are fetched by blocks, and strips and
//! tiles ahead, those that lie near each other as one.
//!
//! Sources: TIFF 6.0; Adobe's technical notes; BigTIFF as libtiff has it; the OME-TIFF specification.

mod about;
mod chunk;
mod codec;
mod decode;
mod directory;
#[cfg(feature = "object-store")]
mod far;
mod file;
mod image;
mod layout;
mod page;
mod piece;
mod read;
mod scatter;
mod survey;
mod tags;
mod values;
mod walk;
mod write;

pub(crate) use read::open;
pub(crate) use write::create;

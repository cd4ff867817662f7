//! PNG and JPEG: one picture, decoded as a whole whatever part of it is asked for.
//!
//! | | PNG | JPEG |
//! |---|---|---|
//! | read | u8, u16; 1, 2, 4 bit become u8 | u8 |
//! | colours | grey `yx`, RGB `yxc`; a palette becomes RGB, alpha is dropped | grey `yx`, RGB `yxc`; CMYK becomes RGB |
//! | written | u8, u16; bool as 0 and 255 | u8, bool as 0 and 255; quality 90, which changes pixels |
//! | not read | frames of an animation after the first | 12 bit, lossless, arithmetic coding |
//!
//! Smoothing colour without regard to alpha, or alpha as if it were a colour, would both be wrong: so it is dropped. Orientation
//! tags and colour profiles are ignored, as in every tool that measures pixels.

mod jpeg;
mod png;
mod read;
mod write;

pub(crate) use read::open;
pub(crate) use write::create;

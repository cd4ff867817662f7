//! Y4M (YUV4MPEG2): uncompressed video, frame after frame, as `ffmpeg`, `x264` and the MJPEG tools hand it to each other.
//!
//! | | |
//! |---|---|
//! | header | size, rate `F`, aspect `A`, interlacing `I`, colour space `C`; `X` and others are kept as they are |
//! | chroma | `420jpeg`, `420mpeg2`, `420paldv`, `420`, `411`, `422`, `444`, `444alpha`, `mono` |
//! | depth | 8 bit; 9 to 16 bit as `420p10`, `mono16` and so on, in words with the low byte first |
//! | frames | parameters of single frames are read over |
//! | as arrays | `mono` is `yx` as stored; colours are `yxc`, red, green, blue, of `u8`, or of `u16` if deeper |
//! | [`io::open`](crate::io::open) | `tyx` or `tyxc`, any frame at once, if no frame has parameters |
//! | [`io::Create`](crate::io::Create) | `tyx` or `tyxc`, 25 frames in a second |
//!
//! A [`Reader`] reads a file or any stream one [`Frame`] at a time, a [`Writer`] makes a file that has its name when it is whole.
//!
//! # Colours
//!
//! Luma and colour differences are those of ITU-R BT.601-7, 2.5: with red, green and blue from 0 to 1,
//! `Y = 0.299 R + 0.587 G + 0.114 B`, `Cb = (B − Y) / 1.772`, `Cr = (R − Y) / 1.402`. Of eight bits, `Y` is stored as `16 + 219
//! Y` and the differences as `128 + 224 C`; with the parameter `XCOLORRANGE=FULL` (as `ffmpeg` writes it) as `255 Y` and `128 +
//! 255 C`, as ITU-T T.871 (JFIF) has it. With more bits, 16, 128, 219 and 224 are shifted up. Other matrices (BT.709) cannot be
//! told in this format, and are not guessed.
//!
//! Each pixel gets the colour difference that is stored for its block, and a block that is written the mean of its pixels: where
//! exactly in the block a sample lies (`420jpeg` or `420mpeg2`) moves it by at most half a pixel, and is not regarded. Alpha is
//! dropped.
//!
//! Source of the format: the manual page `yuv4mpeg(5)` of the MJPEG tools; of depths and ranges, what `ffmpeg` reads and writes.

mod colour_space;
mod convert;
mod frame;
mod header;
mod interlacing;
mod ratio;
mod reader;
mod settings;
mod sink;
mod source;
mod weights;
mod writer;

pub use colour_space::{Chroma, ColourSpace};
pub use frame::Frame;
pub use header::Header;
pub use interlacing::Interlacing;
pub use ratio::Ratio;
pub use reader::Reader;
pub use settings::Settings;
pub(crate) use sink::create;
pub(crate) use source::open;
pub use writer::Writer;

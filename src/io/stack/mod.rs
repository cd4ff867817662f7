//! Many files as one image: a pattern to read, a name with a placeholder to write.
//!
//! `planes/*.png` reads the files that match, in the order of their names with numbers compared as numbers: `t2` before `t10`.
//! They must agree in shape, type and axes. They follow each other along a new first axis.
//!
//! `planes/p_{z}.png` writes a file for each place along `z`, `p_000.png` to `p_123.png`: numbers are padded with zeros to one
//! width, or to that in `{z:05}`. `{}` is the first axis. The files grow in a folder of their own and get their names when the
//! last of them is whole; a run that is resumed goes on with the files that are whole by then.
//!
//! Few of the files are open at a time: those of up to some megabytes are written in one piece, in any order, and larger ones one
//! after another.

mod natural;
mod read;
mod slices;
mod template;
mod write;

pub(crate) use read::open;
pub(crate) use template::Template;
pub(crate) use write::create;

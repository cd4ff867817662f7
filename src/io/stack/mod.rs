//! Many files as one image: a pattern to read, a name with a placeholder to write.
//!
//! `planes/*.png` reads the files that match, in the order of their names with numbers compared as numbers: `t2` before `t10`.
//! They must agree in shape, type and axes. They follow each other along a new first axis.
//!
//! `planes/p_{z}.png` writes a file for each place along `z`, `p_000.png` to `p_123.png`: numbers are padded with zeros to one
//! width, or to that in `{z:05}`. `{}` is the first axis. A folder that is not there is made with its files. The files grow in a
//! hidden folder and get their names when the last of them is whole; a run that is resumed goes on with the files that are whole
//! by then.
//!
//! # What is seen when
//!
//! A folder that is not there, is empty, or holds nothing but files that are replaced appears or is replaced as a whole, in one
//! step: nobody sees a part of the stack, or two of them mixed, and a run that is killed at any point leaves the old folder or the
//! new one.
//!
//! Among other files, in the folder that a program works in, or in one that cannot be exchanged (a mount, a folder in a read-only
//! one), each file appears in one step, one soon after the other. Who looks meanwhile, or after a run was killed meanwhile, sees
//! files that are whole, some of them still the old ones; resumed, the run gives the rest their names. Files of an older stack that
//! was longer stay.
//!
//! Few of the files are open at a time: those of up to some megabytes are written in one piece, in any order, and larger ones one
//! after another.

mod home;
mod natural;
mod read;
mod slices;
mod template;
mod write;

pub(crate) use read::{matching_files, open};
pub(crate) use template::Template;
pub(crate) use write::create;

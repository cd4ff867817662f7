//! Object stores, without the internet: in memory, and servers on loopback that behave or do not.

mod bucket;
mod failures;
mod formats;
mod hostile;
mod memory;
pub(crate) mod s3;
pub(crate) mod server;
mod told;
mod web;

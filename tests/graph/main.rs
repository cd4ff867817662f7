//! The graph, statement by statement: G numbers are what the original does, D numbers what it got wrong. The table in
//! `README.md` says which test covers which.

mod asking;
mod auto_traits;
mod cleanup;
mod common;
mod concurrent;
mod connecting;
mod defects;
mod drawing;
mod events;
mod gated;
mod guide;
mod lanes;
mod lists;
mod mended;
mod oracle;
mod remembering;
mod setup;
mod statements;
mod values;
mod went_wrong;
mod why;
mod writing;

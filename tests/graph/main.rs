//! The graph.
mod basics;
mod common;
mod oracle;

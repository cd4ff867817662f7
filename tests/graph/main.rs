//! The graph.
mod common;
mod basics;

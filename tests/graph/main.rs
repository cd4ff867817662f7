//! The graph.
mod basics;
mod common;

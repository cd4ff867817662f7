//! Streams of items through nodes: producers, processors, consumers.

pub mod edge;
pub mod emitter;
pub mod envelope;
pub mod failure;
pub mod links;
pub mod meter;
pub mod plan;
pub mod processor;
pub mod producer;
pub mod task;

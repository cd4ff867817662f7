//! The concurrency toolkit. Tests bear the numbers of the statements about greenhouse that they hold (H1 to H67).

mod condition;
mod counter;
mod event;
mod local;
mod locks;
mod pool;
mod queue;
mod rlock;
mod stage;
mod timer;

//! What runs: a head that gets items, and all that is fused to it.

pub(crate) mod branches;
mod caught;
pub(crate) mod chain;
pub(crate) mod head;
pub(crate) mod merge;
pub(crate) mod outbox;
pub(crate) mod outlet;
pub(crate) mod own;
mod pace;
pub(crate) mod produce;
pub(crate) mod push;
pub(crate) mod receive;
pub(crate) mod serve;
pub(crate) mod stage;
pub(crate) mod tee;
pub(crate) mod waiting;

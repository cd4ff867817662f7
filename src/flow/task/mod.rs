//! What runs: a head that gets items, and all that is fused to it.

pub(crate) mod outbox;
pub(crate) mod push;
pub(crate) mod stage;
pub(crate) mod work;

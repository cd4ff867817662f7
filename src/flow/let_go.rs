//! What nobody takes.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Drops items, or what makes them, which is code of the user's: no lock may be held. A panic of one of them is told, and
/// keeps nobody else from ending.
pub(crate) fn let_go<T>(items: impl IntoIterator<Item = T>) {
    for item in items {
        if catch_unwind(AssertUnwindSafe(|| drop(item))).is_err() {
            tracing::warn!("an item panicked as it was dropped");
        }
    }
}

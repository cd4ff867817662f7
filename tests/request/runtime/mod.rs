//! C43–C48: runtime.

mod context;
mod events;
mod inline;
mod settings;
mod shutdown;
mod snapshot;

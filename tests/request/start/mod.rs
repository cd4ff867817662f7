//! C1–C8: start and share.

mod first;
mod handles;
mod kinds;
mod many;

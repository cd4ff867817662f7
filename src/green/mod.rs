//! Concurrency for applications: what greenhouse gave to Python programs, thin over tokio, on the slots of the
//! [`Runtime`](crate::Runtime).

#[cfg(all(feature = "console", not(any(loom, shuttle))))]
pub mod console;

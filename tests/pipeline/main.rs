//! Pipelines as text: what is refused and how, what is built, and that it all comes back.

mod build;
mod errors;
mod fuzz;
mod library;
mod nuclei;
mod round_trip;
mod schema;
mod support;

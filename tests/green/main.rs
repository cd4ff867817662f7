//! The concurrency toolkit. Tests bear the numbers of the statements about greenhouse that they hold (H1 to H67).

#[cfg(feature = "console")]
mod console;

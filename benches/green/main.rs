//! What the concurrency toolkit costs, beside bare tokio in the same run.
//!
//! `cargo bench --bench green` prints the table; `cargo bench --bench green -- WORD` only the rows whose name contains WORD.

fn main() {}

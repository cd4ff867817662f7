//! Clauses of the contract that the tests of its lines leave open, in the order of the lines.

mod cancel;
mod fail;
mod more;
mod runtime;
mod shared;

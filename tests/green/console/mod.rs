//! The console (H65, H66): what it says, whom it lets in, and what hostile clients achieve.

mod bounds;
mod built_in;
mod client;
mod end;
mod events;
mod lines;
mod own;
mod safety;

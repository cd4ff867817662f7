//! Consumers that many flows need.
//!
//! | | |
//! |---|---|
//! | [`Void`] | counts items and lets go of them |
//! | [`Lines`] | a line for each item, on the terminal or whatever can be written to |
//! | [`TextFile`] | a line for each item, in a file |
//! | `ImageSequence` | an image file for each item, `frame-{:05}.png` (feature `io`) |
//! | `ClipWriter` | a Y4M video (feature `io`) |
//! | `Webhook` | each item as JSON to a web server (feature `webhook`) |
//!
//! Images and videos are written in the compute pool.

#[cfg(all(feature = "io", not(shuttle)))]
mod clip;
#[cfg(all(feature = "io", not(shuttle)))]
mod image_sequence;
mod lines;
mod new_file;
mod text_file;
mod void;
#[cfg(feature = "webhook")]
mod webhook;

#[cfg(all(feature = "io", not(shuttle)))]
pub use clip::ClipWriter;
#[cfg(all(feature = "io", not(shuttle)))]
pub use image_sequence::ImageSequence;
pub use lines::Lines;
pub use text_file::TextFile;
pub use void::Void;
#[cfg(feature = "webhook")]
pub use webhook::Webhook;

//! The built program from outside: what it says, how it ends, what it leaves behind.

#[cfg(unix)]
mod big;
mod console;
mod convert;
mod errors;
mod help;
mod library;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(feature = "object-store")]
mod object;
mod pixels;
mod places;
mod run;
#[cfg(feature = "object-store")]
#[allow(dead_code, reason = "the tests of files use more of it")]
#[path = "../io/object/s3.rs"]
mod s3;
#[cfg(feature = "object-store")]
#[allow(dead_code, reason = "the tests of files use more of it")]
#[path = "../io/object/server.rs"]
mod server;
mod support;

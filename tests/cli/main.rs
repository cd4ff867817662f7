//! The built program from outside: what it says, how it ends, what it leaves behind.

#[cfg(unix)]
mod big;
mod convert;
mod errors;
mod help;
mod library;
#[cfg(target_os = "linux")]
mod memory;
mod pixels;
mod run;
mod support;

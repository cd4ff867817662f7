//! A lock that half of the requests want at the same time.

use crate::Bench;

pub(crate) fn rows(_bench: &Bench) {}

//! What no bytes may bring a parser to.

use std::panic;
use std::sync::{Mutex, Once, PoisonError};

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// For what is small and not told of: errors, folders, threads that start.
const SLACK: u64 = 8 << 20;

/// Where panics were, since somebody last asked. They count although the library makes errors of them: that is the net, and
/// nobody is to fall into it.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Runs `work` on an empty list of panics.
///
/// # Panics
///
/// If `work` does; if code of this package panicked meanwhile, and something caught it. A decoder of others may: the net is for
/// that.
pub(super) fn run<T>(work: impl FnOnce() -> T) -> T {
    watch_panics();
    panics().clear();
    let result = work();
    let ours: Vec<_> = panics()
        .drain(..)
        .filter(|place| !place.contains("/registry/src/"))
        .collect();
    assert!(ours.is_empty(), "panics that were caught: {ours:#?}");
    result
}

/// Runs `work`, which may take `most` bytes at a time.
///
/// # Panics
///
/// If it takes more.
pub(super) fn within<T>(most: u64, what: &str, work: impl FnOnce() -> T) -> T {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let result = work();
    let taken = ALLOCATOR.peak_usage().saturating_sub(before) as u64;
    assert!(
        taken <= most.saturating_add(SLACK),
        "{what} took {taken} bytes, not {most}"
    );
    result
}

fn panics() -> std::sync::MutexGuard<'static, Vec<String>> {
    PANICS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // The library puts its own hook in front of the present one when it first opens something; ours has to see what it hides.
        let _ = headwater::io::open("");
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            panics().push(info.to_string());
            before(info);
        }));
    });
}

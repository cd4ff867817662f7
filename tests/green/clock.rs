//! Time that passes when nobody has anything to do.

use std::future::Future;
use std::time::Duration;

use headwater::Runtime;
use tokio::time::Instant;

/// Runs `test` on a host whose clock is paused, with a runtime of one slot embedded in it and entered. Whenever nothing is
/// ready the clock jumps to the next timer.
pub fn paused<F: Future>(test: impl FnOnce(Runtime) -> F) -> F::Output {
    let host = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime without threads");
    host.block_on(async {
        let runtime = Runtime::builder()
            .slots(1)
            .compute_threads(1)
            .embedded(tokio::runtime::Handle::current())
            .build()
            .expect("the host is alive");
        let _entered = runtime.enter();
        test(runtime.clone()).await
    })
}

pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Milliseconds from `start` to now, on the paused clock.
pub fn since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).expect("a test is short")
}

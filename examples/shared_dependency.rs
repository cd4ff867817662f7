//! The diamond: two requests need a third. It runs once, and both get its value.
//!
//! ```text
//!        report
//!        /    \
//!     mean    largest
//!        \    /
//!        samples
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use headwater::{Error, EventKind, Request, Runtime};

fn main() -> Result<(), Error> {
    let runtime = Runtime::builder().slots(2).build()?;
    let _entered = runtime.enter(); // requests made below belong to it
    let mut events = runtime.events();

    let runs = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&runs);
    let samples = Request::builder().name("samples").kernel(move |_checkpoint| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::new((0..1_000_000u64).map(|n| n * n % 1_009).collect::<Vec<_>>()))
    });

    // Both hold a handle of the same request; handles are cheap and waiting through any of them is the same.
    let shared = samples.clone();
    let mean = Request::builder().name("mean").future(async move {
        let samples = shared.await?;
        Ok(samples.iter().sum::<u64>() as f64 / samples.len() as f64)
    });
    let shared = samples.clone();
    let largest = Request::builder().name("largest").future(async move {
        let samples = shared.await?;
        samples.iter().max().copied().ok_or_else(|| Error::msg("no samples"))
    });
    let report = Request::builder().name("report").future(async move {
        largest.submit(); // beside `mean`, which starts when it is awaited
        Ok(format!("mean {:.2}, largest {}", mean.await?, largest.await?))
    });

    println!("{}", report.wait()?);
    println!("samples ran {} time(s)\n", runs.load(Ordering::Relaxed));

    // Asking again costs nothing: the request keeps its value as long as there is a handle.
    let first = samples.wait()?;
    let again = samples.wait()?;
    println!("the same buffer for everybody: {}", Arc::ptr_eq(&first, &again));
    println!("samples ran {} time(s)\n", runs.load(Ordering::Relaxed));

    println!("what happened, in order:");
    while let Some(event) = events.try_next() {
        if !matches!(event.kind, EventKind::Made) {
            println!("  {:<8} {:?}", event.name.as_deref().unwrap_or("?"), event.kind);
        }
    }
    Ok(())
}

//! What the concurrency toolkit costs, beside bare tokio in the same run.
//!
//! `cargo bench --bench green` prints the table; `cargo bench --bench green -- WORD` only the rows whose name contains WORD.

mod map;
#[path = "../request/table.rs"]
mod table;

use std::time::Duration;

use headwater::{Request, Runtime};
use table::{Pairs, head, row};

/// Both runtimes, and which rows are wanted.
struct Bench {
    ours: Runtime,
    tokio: tokio::runtime::Runtime,
    filter: Option<String>,
}

impl Bench {
    fn wanted(&self, name: &str) -> bool {
        self.filter.as_deref().is_none_or(|filter| name.contains(filter))
    }

    /// Runs `work` within a request of ours. It returns the time that counts.
    fn ours<F: Future<Output = Duration> + Send + 'static>(
        &self,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> Duration {
        let request = Request::builder()
            .on(&self.ours)
            .future(async move { Ok(work().await) });
        request.submit();
        request.wait().expect("the workload of a bench succeeds")
    }

    /// Runs `work` within a tokio task.
    fn tokio<F: Future<Output = Duration> + Send + 'static>(
        &self,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> Duration {
        let task = self.tokio.spawn(async move { work().await });
        self.tokio.block_on(task).expect("the workload of a bench succeeds")
    }

    fn row(&self, name: &str, limit: Option<f64>, measure: impl FnOnce() -> Pairs) {
        if self.wanted(name) {
            row(name, &measure(), limit);
        }
    }
}

/// The time that a block takes, awaits included.
macro_rules! timed {
    ($($body:tt)*) => {{
        let began = std::time::Instant::now();
        $($body)*
        began.elapsed()
    }};
}
pub(crate) use timed;

fn main() {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build();
    let bench = Bench {
        ours: Runtime::builder()
            .slots(threads)
            .compute_threads(threads)
            .build()
            .expect("threads can be started"),
        tokio: tokio.expect("threads can be started"),
        filter,
    };
    println!("{threads} slots, {threads} tokio workers; median, and the quartiles of the pairwise ratios");
    head("many items (ns for each)");
    map::rows(&bench);
}

//! The kernels against the memory and against their peers.
//!
//! The loads are those of somebody who looks at or classifies an image: a volume of 256³ or an image of 4096², `f32`, on two
//! threads. Each row times ours and the other side in turn within the same run and prints the ratio of neighbours; a goal is
//! met if the worse quartile meets it. The other side is `memcpy` by two threads, or a library of others
//! (`benches/kernels/peers.py`) where it is installed, else the figure that was measured for it, marked as quoted.
//!
//! `cargo bench --bench kernels [PART OF A NAME] [ROUNDS]`

mod filters;
mod gaussian;
mod peers;
mod table;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let rounds = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(9);
    let filter = arguments
        .into_iter()
        .find(|argument| argument.parse::<usize>().is_err());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(table::THREADS).build();
    println!("{rounds} rounds, {} threads, f32 unless said\n", table::THREADS);
    table::heading();
    pool.expect("threads for the pool").install(|| {
        let bench = table::Bench {
            rounds,
            filter: filter.unwrap_or_default(),
            peers: peers::Peers::start(),
        };
        gaussian::rows(&bench);
        filters::rows(&bench);
    });
}

//! The kernels against the memory and against their peers.
//!
//! The loads are those of somebody who looks at or classifies an image: a volume of 256³ or an image of 4096², `f32`, on two
//! threads. Each row times ours and the other side in turn within the same run and prints the ratio of neighbours; a goal is
//! met if the worse quartile meets it. The other side is `memcpy` by two threads, or a library of others
//! (`benches/kernels/peers.py`) where it is installed, else the figure that was measured for it, marked as quoted.
//!
//! `cargo bench --bench kernels [PART OF A NAME] [ROUNDS]`

mod distance;
mod elementwise;
mod filters;
mod forest;
mod gaussian;
mod graph;
mod labels;
mod missing;
mod patience;
mod peers;
#[path = "../support/python.rs"]
mod python;
mod rank;
mod table;
mod watershed;

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
    let pool = pool.expect("threads for the pool");
    let bench = || table::Bench {
        rounds,
        filter: filter.clone().unwrap_or_default(),
        peers: peers::Peers::start(),
    };
    println!("{rounds} rounds, {} threads, f32 unless said\n", table::THREADS);
    table::heading();
    pool.install(|| {
        let bench = bench();
        gaussian::rows(&bench);
        elementwise::rows(&bench);
        missing::rows(&bench);
        rank::rows(&bench);
        distance::rows(&bench);
        watershed::rows(&bench);
        labels::rows(&bench);
        forest::rows(&bench);
        filters::rows(&bench);
    });
    graph::rows(&bench(), &pool);
    patience::rows(&bench());
}

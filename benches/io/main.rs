//! Reading and writing files, against the libraries that others use for it.
//!
//! The load is a volume larger than one looks at: 512³, `u16`, with the noise of a camera, so that it compresses little. Each
//! row times ours and the other side in turn within the same run, and prints the ratio of neighbours; a goal is met if the
//! worse quartile meets it. All sides have two threads and the page cache. Ours runs in a pool of two threads, as a graph has
//! it: reading is `Source::read`, which makes the array that it fills, as the others do; writing is `Sink::write_region` of
//! the whole volume, and, where it says so, `Sink::finish`, which puts it on the disk.
//!
//! `cargo bench --features io --bench io [PART OF A NAME] [ROUNDS]`

mod peers;
#[path = "../support/python.rs"]
mod python;
mod table;
mod tiff;
mod zarr;

fn main() {
    let arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let arguments: Vec<String> = arguments.collect();
    let rounds = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(7);
    let filter = arguments
        .into_iter()
        .find(|argument| argument.parse::<usize>().is_err());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .build()
        .expect("threads for the pool");
    let bench = table::Bench {
        rounds,
        filter: filter.unwrap_or_default(),
    };
    println!("{rounds} rounds, 2 threads\n");
    table::heading();
    let peers = peers::Peers::start();
    zarr::rows(&bench, &pool, &peers);
    tiff::rows(&bench, &pool, &peers);
}

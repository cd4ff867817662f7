//! A slider that moves while a viewport pans: how many blocks are executed for one that is needed.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use headwater::graph::Graph;
use headwater::operators::BlockCache;
use headwater::{Roi, Runtime, roi};

use crate::operators::{Counts, Plane};
use crate::{timed, wanted};

const SIDE: usize = 2048;
const BLOCK: usize = 128;
const MOVES: usize = 1000;

pub(crate) fn rows() {
    let name = "slider: 1,000 moves under a panning viewport, executed ÷ needed";
    if !wanted(name) {
        return;
    }
    let runtime = Runtime::builder().build().expect("threads can be started");
    let graph = Graph::on(&runtime);
    let counts = Arc::new(Counts::default());
    let plane = graph.add(Plane {
        side: SIDE,
        work: 1000,
        counts: Arc::clone(&counts),
    });
    let cache = graph.add(BlockCache::new().block([BLOCK, BLOCK]));
    graph
        .edit(|e| e.connect(&plane.output, &cache.input))
        .expect("two operators have no circle");
    let mut shown = 0;
    let time = timed(|| {
        for nth in 0..MOVES {
            graph
                .edit(|e| e.set(&plane.level, nth as u32 + 1))
                .expect("a level can be set");
            let tile = cache.output.request(viewport(nth));
            tile.submit();
            // A dragged slider moves on before its picture is there; after ten moves it rests.
            if nth % 10 == 9 {
                let picture = tile.wait().expect("nothing is edited meanwhile");
                assert_eq!(
                    picture.view::<u32>().expect("a plane of u32")[[511, 511]],
                    nth as u32 + 1
                );
                shown += 1;
            }
        }
    });
    // A picture needs the blocks that it touches. One that is overtaken needs none.
    let blocks = (512 / BLOCK + 1).pow(2);
    let needed = shown * blocks;
    let (begun, executed) = (
        counts.begun.load(Ordering::SeqCst),
        counts.executed.load(Ordering::SeqCst),
    );
    let waste = executed as f64 / needed as f64;
    let verdict = if waste <= 1.2 { "met" } else { "MISSED" };
    println!(
        "\n{name}\n  {shown} pictures shown in {time:.1?}: {begun} blocks begun, {executed} executed, {needed} needed, \
         ratio {waste:.2}, limit 1.20 {verdict}"
    );
}

/// 512 × 512, not aligned to blocks, so that it always touches as many.
fn viewport(nth: usize) -> Roi {
    let at = 5 + (nth * 128) % (SIDE - 768);
    roi![at..at + 512, at..at + 512]
}

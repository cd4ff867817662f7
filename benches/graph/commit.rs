//! The commit of an edit in a large graph.

use headwater::graph::{Graph, Node};
use headwater::{Array, DType};

use crate::operators::{Pass, chain};
use crate::{beside, wanted};

const OPERATORS: usize = 10_000;
const NONE: &str = "edit of one slot among 10,000 operators, none set up";
const CONTENT: &str = "edit of one slot, 10 operators behind it, same shape";
const SHAPE: &str = "edit of one slot, 10 operators behind it set up anew";

pub(crate) fn rows() {
    if ![NONE, CONTENT, SHAPE].into_iter().any(wanted) {
        return;
    }
    let graph = Graph::new();
    let chains: Vec<Vec<Node<Pass>>> = (0..OPERATORS / 10).map(|_| chain(&graph, 10, true)).collect();
    let images = [1_u8, 2].map(|value| Array::full("yx", &[64, 64], value).expect("a small image fits"));
    let flat = Array::zeros("yx", &[64, 65], DType::U8).expect("a small image fits");
    let mut nth = 0;
    beside(NONE, None, 50_000.0, 200, || {
        for _ in 0..200 {
            nth += 1;
            let last = &chains[nth % chains.len()][9];
            let edited = graph.edit(|e| {
                e.disconnect(&last.input)?;
                e.set(&last.input, images[(nth / chains.len()) % 2].clone())
            });
            edited.expect("the end of a chain can be set");
        }
    });
    beside(CONTENT, None, 50_000.0 + 10.0 * 70.0, 200, || {
        for _ in 0..200 {
            nth += 1;
            let head = &chains[nth % chains.len()][0];
            graph
                .edit(|e| e.set(&head.input, images[(nth / chains.len()) % 2].clone()))
                .expect("a head can be set");
        }
    });
    beside(SHAPE, None, 50_000.0 + 10.0 * 2_000.0, 200, || {
        for _ in 0..200 {
            nth += 1;
            let head = &chains[nth % chains.len()][0];
            let image = if (nth / chains.len()).is_multiple_of(2) {
                &flat
            } else {
                &images[0]
            };
            graph
                .edit(|e| e.set(&head.input, image.clone()))
                .expect("a head can be set");
        }
    });
}

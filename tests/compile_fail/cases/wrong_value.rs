use headwater::Error;
use headwater::graph::{Graph, Input};

fn set(graph: &Graph, to: &Input<f32>) -> Result<(), Error> {
    graph.edit(|e| e.set(to, "three"))
}

fn main() {}

use headwater::graph::{Graph, Input, Output};
use headwater::{Array, Error};

fn connect(graph: &Graph, from: &Input<Array>, to: &Output<Array>) -> Result<(), Error> {
    graph.edit(|e| e.connect(from, to))
}

fn main() {}

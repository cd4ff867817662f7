use headwater::graph::{Graph, Input, List, Output};
use headwater::{Array, Error};

fn connect(graph: &Graph, from: &List<Output<Array>>, to: &Input<Array>) -> Result<(), Error> {
    graph.edit(|e| e.connect(from, to))
}

fn main() {}

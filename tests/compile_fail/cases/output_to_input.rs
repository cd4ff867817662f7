use headwater::graph::{Graph, Input, Output};
use headwater::{Array, Error};

fn connect(graph: &Graph, from: &Output<Array>, to: &Input<Array>) -> Result<(), Error> {
    graph.edit(|e| e.connect(from, to))
}

fn main() {
    let _ = connect;
}

use headwater::graph::Graph;
use headwater::roi;

use crate::common::*;

#[test]
fn thin_path() {
    let graph = Graph::new();
    let a = graph.add(Add::default());
    let b = graph.add(Add::default());
    graph
        .edit(|e| {
            e.connect(&a.output, &b.input)?;
            e.set(&a.input, bytes(&[1, 2, 3, 4]))
        })
        .unwrap();
    assert_eq!(a.operator().calls.take(), (1, 0, 0));
    assert_eq!(b.operator().calls.take(), (1, 0, 0));
    assert_eq!(values(&b.output.request(roi![1..3]).wait().unwrap()), [4, 5]);
    graph.edit(|e| e.set(&a.offset, 10_u8)).unwrap();
    assert_eq!(a.operator().calls.take(), (0, 1, 1));
    assert_eq!(b.operator().calls.take(), (0, 1, 1));
    assert_eq!(values(&b.output.request(roi![1..3]).wait().unwrap()), [13, 14]);
}

//! The pipeline of the nuclei, against the example that builds the same by hand.

use std::path::Path;

use headwater::graph::Graph;
use headwater::pipeline::{OutputKind, Pipeline};

#[path = "../../examples/nuclei/pipeline.rs"]
#[expect(dead_code, reason = "the example has more")]
mod pipeline;
#[path = "../../examples/nuclei/sample.rs"]
mod sample;

#[test]
fn the_file_finds_the_nuclei_that_the_example_finds() {
    let image = sample::read("nuclei_2d.tif").unwrap();
    let graph = Graph::new();
    let output = pipeline::nuclei(&graph, &image, &pipeline::IMAGE).unwrap();
    let expected = output.request(output.meta().unwrap().roi()).wait().unwrap();

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/nuclei.toml");
    let file = Pipeline::read(file).unwrap();
    assert!(file.warnings().is_empty(), "{:?}", file.warnings());
    let built = file.builder().array("image", image).build(&Graph::new()).unwrap();
    built.check().unwrap();
    let labels = built.image("labels").unwrap();
    let labels = labels.request(labels.meta().unwrap().roi()).wait().unwrap();
    assert!(labels.same_bits(&expected));

    let count = labels.view::<u32>().unwrap().iter().max().copied().unwrap();
    let table = built.table("nuclei").unwrap().get().wait().unwrap();
    assert_eq!(table.len(), count as usize);
    let overlay = built.image("overlay").unwrap();
    let overlay = overlay.request(overlay.meta().unwrap().roi()).wait().unwrap();
    assert_eq!(
        (overlay.axes().to_string().as_str(), overlay.shape()),
        ("yxc", &[512, 512, 3][..])
    );
    let kinds: Vec<_> = file.outputs().iter().map(|output| output.kind).collect();
    assert_eq!(kinds, [OutputKind::Image, OutputKind::Image, OutputKind::Table]);
}

//! From pipelines to graphs.

use headwater::graph::Graph;
use headwater::pipeline::{OutputKind, Pipeline, save_table};
use headwater::{Array, DType, roi};

use crate::support::{VALID, image, parse, with_nodes};

#[test]
fn an_input_is_read_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cells.npy");
    let file = std::fs::File::create(&path).unwrap();
    ndarray_npy::WriteNpyExt::write_npy(&image().view::<u8>().unwrap().to_owned(), file).unwrap();
    let text = "version = 1\n[inputs.image]\npath = \"cells.npy\"\n[nodes.cast]\noperator = \"Cast\"\ninput = \"image\"\ndtype = \"u16\"\n[outputs.o]\nfrom = \"cast\"\npath = \"o.npy\"";
    let name = folder.path().join("test.toml");
    std::fs::write(&name, text).unwrap();
    let pipeline = Pipeline::read(&name).unwrap();
    let built = pipeline.build(&Graph::new()).unwrap();
    built.check().unwrap();
    let output = built.image("o").unwrap();
    assert_eq!(
        output.request(roi![0..24, 0..20]).wait().unwrap(),
        image().cast(DType::U16).unwrap()
    );

    std::fs::remove_file(&path).unwrap();
    let error = pipeline.build(&Graph::new()).unwrap_err().report();
    assert!(
        error.contains("test.toml:3:1: input `image`, `path`: cannot read `"),
        "{error}"
    );
}

#[test]
fn an_input_comes_from_an_array_or_a_slot() {
    let pipeline = parse(&with_nodes(
        "nodes.a = { operator = \"Identity\", input = \"image\" }\noutputs.o = { from = \"a\", path = \"o.npy\" }",
    ));
    let graph = Graph::new();
    let source = graph.add(headwater::operators::ArraySource::new(image()));
    let built = pipeline.builder().slot("image", &source.output).build(&graph).unwrap();
    let part = built.image("o").unwrap().request(roi![3..5, 0..20]).wait().unwrap();
    assert_eq!(part, image().slice(&roi![3..5, 0..20]).unwrap());

    let error = pipeline.build(&graph).unwrap_err().report();
    assert!(
        error.starts_with("test.toml:2:8: input `image`: it has no `path`"),
        "{error}"
    );
    let error = pipeline
        .builder()
        .array("imgae", image())
        .build(&graph)
        .unwrap_err()
        .report();
    assert!(error.contains("did you mean `image`?"), "{error}");
}

#[test]
fn what_fails_to_build_leaves_the_graph_as_it_was() {
    let pipeline = parse(&with_nodes("nodes.a = { operator = \"Identity\", input = \"image\" }"));
    let graph = Graph::new();
    let elsewhere = Graph::new().add(headwater::operators::ArraySource::new(image()));
    let before = graph.revision();
    assert!(
        pipeline
            .builder()
            .slot("image", &elsewhere.output)
            .build(&graph)
            .is_err()
    );
    assert_eq!(graph.revision(), before);
}

#[test]
fn what_does_not_fit_is_told_with_the_node_that_refuses_it() {
    let text = with_nodes(
        r#"
nodes.part = { operator = "Crop", input = "image", roi = "0..5, 0..5" }
nodes.sum = { operator = "Arithmetic", operation = "add", a = "image", b = "part" }
nodes.smooth = { operator = "Gaussian", input = "sum" }
nodes.beyond = { operator = "Crop", input = "image", roi = "0..500, 0..5" }
outputs.a = { from = "smooth", path = "a.npy" }
outputs.b = { from = "beyond", path = "b.npy" }
"#,
    );
    let built = parse(&text)
        .builder()
        .array("image", image())
        .build(&Graph::new())
        .unwrap();
    let error = built.check().unwrap_err().report();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines.len(), 2, "{error}");
    assert!(
        lines[0].starts_with("test.toml:5:7: node `sum`: the setup of `sum` failed"),
        "{error}"
    );
    assert!(lines[1].starts_with("test.toml:7:7: node `beyond`: "), "{error}");
}

#[test]
fn outputs_are_images_or_tables() {
    let built = parse(VALID[5])
        .builder()
        .array("image", image())
        .build(&Graph::new())
        .unwrap();
    let kinds: Vec<_> = built.outputs().iter().map(|output| output.kind).collect();
    assert_eq!(kinds, [OutputKind::Table, OutputKind::Image, OutputKind::Image]);
    let table = built.table("table").unwrap().get().wait().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let saved = save_table(&table, folder.path().join("things.csv"), false).unwrap();
    assert_eq!(std::fs::read_to_string(saved.path).unwrap(), table.to_csv());
    assert!(built.image("table").is_err() && built.table("some").is_err() && built.image("no").is_err());
    assert!(built.output::<f64>("components").is_err());
    let count = built
        .output::<Array>("components.count")
        .unwrap()
        .request(roi![0..1])
        .wait()
        .unwrap();
    assert_eq!(table.len() as u32, count.view::<u32>().unwrap()[[0]] + 1);
}

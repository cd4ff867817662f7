//! Text → pipeline → graph → pipeline → text.

use headwater::Array;
use headwater::graph::{Graph, Slot};
use headwater::kernels::Sigma;
use headwater::pipeline::{Built, OutputKind, Pipeline};

use crate::support::{VALID, image, parse, with_nodes};

/// The pipeline built over arrays.
fn built(pipeline: &Pipeline) -> Built {
    let graph = Graph::new();
    let inputs = pipeline.inputs().iter();
    let builder = inputs.fold(pipeline.builder(), |builder, input| builder.array(&input.name, image()));
    builder
        .build(&graph)
        .unwrap_or_else(|error| panic!("{}", error.report()))
}

/// The picture of the graph, whatever number its revision has.
fn drawn(built: &Built) -> String {
    let revision = format!("{}<", built.graph().revision());
    let picture = built.graph().to_svg();
    assert!(picture.contains(&revision), "{revision}");
    picture.replace(&revision, "<")
}

#[test]
fn text_comes_back() {
    for text in VALID {
        let pipeline = parse(text);
        let written = pipeline.to_toml();
        assert_eq!(parse(&written), pipeline, "{written}");
        assert_eq!(parse(&written).to_toml(), written);
    }
}

#[test]
fn a_graph_comes_back() {
    for text in VALID {
        let pipeline = parse(text);
        let graph = built(&pipeline);
        let again = graph.to_pipeline().unwrap_or_else(|error| panic!("{}", error.report()));
        assert_eq!(again.to_toml(), pipeline.to_toml());
        let again = parse(&again.to_toml());
        assert_eq!(drawn(&built(&again)), drawn(&graph));
    }
}

#[test]
fn a_graph_that_came_back_gives_the_same() {
    for nth in [1, 2, 4, 5] {
        let first = built(&parse(VALID[nth]));
        let again = built(&parse(&first.to_pipeline().unwrap().to_toml()));
        for output in first.outputs().iter().filter(|output| output.kind == OutputKind::Image) {
            let (old, new) = (first.image(&output.name).unwrap(), again.image(&output.name).unwrap());
            let whole = old.meta().unwrap().roi();
            let (old, new) = (old.request(whole).wait().unwrap(), new.request(whole).wait().unwrap());
            assert!(old.same_bits(&new), "{}", output.name);
        }
    }
}

#[test]
fn what_edits_change_is_written() {
    let text = with_nodes(
        r#"
nodes.smooth = { operator = "Gaussian", input = "image" }
nodes.level = { operator = "Otsu", input = "image" }
nodes.bright = { operator = "Threshold", input = "image", level = 10 }
nodes.pair = { operator = "Stack", images = ["image", "image"], axis = "y" }
outputs.mask = { from = "bright", path = "mask.npy" }
outputs.pair = { from = "pair", path = "pair.npy" }
outputs.smooth = { from = "smooth", path = "smooth.npy" }
"#,
    );
    let graph = built(&parse(&text));
    let (sigma, bright) = (
        graph.input::<Sigma>("smooth.sigma").unwrap(),
        graph.input::<Array>("bright.input").unwrap(),
    );
    let (smooth, level) = (
        graph.output::<Array>("smooth").unwrap(),
        graph.output::<f64>("level").unwrap(),
    );
    let edit = graph.graph().edit(|e| {
        e.set(&sigma, Sigma::from([0.5, 2.5]))?;
        e.connect(&smooth, &bright)?;
        e.connect(&level, &graph.input::<f64>("bright.level")?)
    });
    edit.unwrap();
    let written = graph.to_pipeline().unwrap().to_toml();
    assert!(written.contains("sigma = [0.5, 2.5]"), "{written}");
    assert!(
        written.contains("input = \"smooth\"\nlevel = { from = \"level\" }"),
        "{written}"
    );
    let again = built(&parse(&written));
    for name in ["mask", "pair", "smooth"] {
        let (old, new) = (graph.image(name).unwrap(), again.image(name).unwrap());
        let whole = old.meta().unwrap().roi();
        assert_eq!(
            old.request(whole).wait().unwrap(),
            new.request(whole).wait().unwrap(),
            "{name}"
        );
    }
    assert_eq!(drawn(&again), drawn(&graph));
}

#[test]
fn what_a_file_cannot_say_is_an_error_that_names_the_slot() {
    let graph = built(&parse(&with_nodes(
        "nodes.a = { operator = \"Identity\", input = \"image\" }",
    )));
    let input = graph.input::<Array>("a.input").unwrap();
    let set = graph.graph().edit(|e| {
        e.disconnect(&input)?;
        e.set(&input, image())
    });
    set.unwrap();
    let error = graph.to_pipeline().unwrap_err().report();
    assert!(error.contains(&input.path()), "{error}");
}

#[test]
fn paths_come_back_as_they_were() {
    let text = "version = 1\nnodes.f = { operator = \"LoadForest\", path = \"models/a.safetensors\" }";
    let pipeline = Pipeline::parse(text, "/data/run/test.toml").unwrap();
    let graph = pipeline.build(&Graph::new()).unwrap();
    let path = graph
        .input::<Option<std::path::PathBuf>>("f.path")
        .unwrap()
        .value()
        .unwrap();
    assert_eq!(path.unwrap().to_str(), Some("/data/run/models/a.safetensors"));
    assert_eq!(graph.to_pipeline().unwrap(), pipeline);
}

//! Text → pipeline → graph → pipeline → text.

use headwater::Array;
use headwater::graph::{Graph, Slot};
use headwater::kernels::Sigma;
use headwater::pipeline::{Built, Entry, Kind, Library, OutputKind, Pipeline, Problems, Role, Value};

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

/// Values of a kind, some of which an operator may still refuse.
fn values(kind: &Kind) -> Vec<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    match kind {
        Kind::Boolean => vec![Value::Boolean(true), Value::Boolean(false)],
        Kind::Integer { least, greatest } => {
            let numbers = [*least, least.saturating_add(1), 2, 3, *greatest];
            let numbers = numbers.iter().filter(|number| (least..=greatest).contains(number));
            numbers.copied().map(Value::Integer).collect()
        }
        Kind::Number { .. } => [0.1, 1.75, -2.5, 3e-7, 1e15].map(Value::Number).to_vec(),
        Kind::Text | Kind::Form(..) => ["y", "yx", "xy", "0..3, 1..4", "a \"b\"\\c\n"].map(text).to_vec(),
        Kind::Path => vec![text("models/größe 1.safetensors")],
        Kind::Choice(choices) => choices.iter().map(|choice| text(choice)).collect(),
        Kind::List { of, .. } => {
            let (one, of) = (Value::List(Vec::new()), values(of));
            let pairs = of.iter().map(|value| Value::List(vec![value.clone(), of[0].clone()]));
            [one]
                .into_iter()
                .chain(of.iter().map(|value| Value::List(vec![value.clone()])))
                .chain(pairs)
                .collect()
        }
        Kind::Either(kinds) => kinds.iter().flat_map(values).collect(),
        Kind::Optional(of) => [text("none")].into_iter().chain(values(of)).collect(),
        Kind::Table(known) => {
            let each = known.iter().flat_map(|(name, kind)| {
                let values = values(kind).into_iter();
                values.map(move |value| Value::Table(vec![((*name).into(), value)]))
            });
            each.collect()
        }
        other => panic!("a kind that nobody has told of: {other}"),
    }
}

/// A pipeline with one node of an operator, which gets whatever it has to.
fn with_operator(entry: &Entry, tested: &str, value: Option<&Value>) -> String {
    let mut node = format!("nodes.tested = {{ operator = \"{}\"", entry.name());
    for slot in entry.slots().iter().filter(|slot| slot.role() == Role::Input) {
        let given = match &*slot.takes() {
            "an image" => "\"image\"",
            "a list, each an image" => "[\"image\", \"image\"]",
            "a list of a list, each an image" => "[\"list\"]",
            "a classifier" => "\"forest\"",
            "a value of type `FeatureMatrix`" => "\"matrix\"",
            "a list, each a value of type `FeatureMatrix`" => "[\"matrix\"]",
            // Nothing that a pipeline can name gives them.
            other if !slot.is_required() && other.contains("Roi") => continue,
            other => panic!("{}.{} takes {other}", entry.name(), slot.name()),
        };
        node += &format!(", {} = {given}", slot.name());
    }
    for slot in entry.slots().iter().filter(|slot| slot.kind().is_some()) {
        if slot.name() == tested {
            node.extend(value.map(|value| format!(", {tested} = {value}")));
        } else if slot.is_required() {
            let value = values(slot.kind().unwrap())
                .into_iter()
                .find(|value| is_taken(entry, slot.name(), value));
            node += &format!(", {} = {}", slot.name(), value.expect("some value is taken"));
        }
    }
    with_nodes(&format!(
        "nodes.list = {{ operator = \"AsList\", input = \"image\" }}\n\
         nodes.forest = {{ operator = \"LoadForest\", path = \"forest\" }}\n\
         nodes.matrix = {{ operator = \"FeatureMatrixCache\", image = \"image\", labels = \"image\" }}\n{node} }}"
    ))
}

/// Whether nothing is wrong with a value, whatever else is missing.
fn is_taken(entry: &Entry, slot: &str, value: &Value) -> bool {
    let text = with_nodes(&format!(
        "nodes.tested = {{ operator = \"{}\", {slot} = {value} }}",
        entry.name()
    ));
    match Pipeline::parse(&text, "test.toml") {
        Ok(_) => true,
        Err(error) => {
            let problems: &Problems = error.downcast_ref().unwrap();
            problems.iter().all(|problem| problem.slot() != Some(slot))
        }
    }
}

/// Each operator with each of its parameters as it is not unless somebody says so.
#[test]
fn every_parameter_of_every_operator_comes_back() {
    for entry in Library::standard().operators() {
        for slot in entry.slots().iter().filter(|slot| slot.kind().is_some()) {
            let (name, default) = (slot.name(), entry.default_of(slot.name()));
            let tried = values(slot.kind().unwrap()).into_iter();
            let tried: Vec<_> = tried
                .filter(|value| is_taken(entry, name, value) && Some(value) != default)
                .collect();
            assert!(!tried.is_empty() || name == "detector", "{}.{name}", entry.name());
            for value in &tried {
                let text = with_operator(entry, name, Some(value));
                let pipeline = parse(&text);
                assert_eq!(parse(&pipeline.to_toml()), pipeline, "{text}");
                let again = built(&pipeline).to_pipeline();
                let again = again.unwrap_or_else(|error| panic!("{}\n{text}", error.report()));
                assert_eq!(again.to_toml(), pipeline.to_toml(), "{text}");
            }
        }
        // With all of them as they are.
        let text = with_operator(entry, "", None);
        let pipeline = parse(&text);
        let again = built(&pipeline).to_pipeline().unwrap();
        assert_eq!(again.to_toml(), pipeline.to_toml(), "{text}");
    }
}

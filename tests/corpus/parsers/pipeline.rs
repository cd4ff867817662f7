//! Pipelines: read, written again, made a graph of on a small image, and checked.

use headwater::graph::Graph;
use headwater::pipeline::{Pipeline, Problems};
use headwater::{Array, DType, Error};

use super::strict::within;
use super::{LIMIT, Outcome};

/// As errors name it.
const NAME: &str = "fuzz.toml";

pub(super) fn parse(bytes: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(bytes);
    within(LIMIT, "reading a pipeline", || match Pipeline::parse(&text, NAME) {
        Ok(pipeline) => {
            round_trip(&pipeline);
            build(&pipeline)
        }
        Err(error) => {
            check_places(&error, &text);
            Err(error.report())
        }
    })
}

/// What is written is read as the same.
fn round_trip(pipeline: &Pipeline) {
    let written = pipeline.to_toml();
    let again = Pipeline::parse(&written, NAME).unwrap_or_else(|error| panic!("{}\n{written}", error.report()));
    assert_eq!(&again, pipeline, "{written}");
}

fn check_places(error: &Error, text: &str) {
    let problems: &Problems = error.downcast_ref().expect("problems with places");
    let lines = text.lines().count().max(1) + 1;
    for problem in problems.iter() {
        let place = problem.place();
        assert!((1..=lines).contains(&place.line) && place.column >= 1, "{problem}");
        assert!(
            !problem.message().is_empty() && problem.to_string().starts_with(NAME),
            "{problem}"
        );
    }
}

/// Nothing is opened: whatever files it names are not ours.
fn build(pipeline: &Pipeline) -> Outcome {
    let image = Array::zeros("yx", &[96, 100], DType::U8).expect("a small image");
    let mut builder = pipeline.builder();
    for input in pipeline.inputs() {
        builder = builder.array(&input.name, image.clone());
    }
    let checked = builder.build(&Graph::new()).and_then(|built| built.check());
    checked.map_err(|error| {
        let report = error.report();
        assert!(report.contains(NAME), "`{report}` does not name the file");
        report
    })
}

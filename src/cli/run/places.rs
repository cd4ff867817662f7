//! Where the outputs of a pipeline go.

use std::fs;
use std::path::{Path, PathBuf};

use headwater::io::Location;
use headwater::pipeline::{OutputKind, OutputSpec, Pipeline};
use headwater::{Error, ErrorContext as _};

use crate::cli::options::Pair;
use crate::cli::place::Place;
use crate::cli::run::placed;

/// What the command line says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    pub(super) output: &'a [Pair],
    pub(super) out_dir: Option<&'a PathBuf>,
    pub(super) replace: bool,
}

/// The place of each output, in the order of the pipeline.
///
/// # Errors
///
/// A name of no output; two outputs in one place, or one within another.
pub(super) fn of(pipeline: &Pipeline, said: Said<'_>) -> Result<Vec<Place>, Error> {
    let outputs = pipeline.outputs();
    for pair in said.output {
        if outputs.iter().all(|output| output.name != pair.name) {
            let known: Vec<_> = outputs.iter().map(|output| format!("`{}`", output.name)).collect();
            let (file, name, known) = (pipeline.file(), &pair.name, known.join(", "));
            let message = format!("{file}: there is no output `{name}`; there are {known}");
            return Err(Error::invalid(message));
        }
    }
    let places: Vec<_> = outputs.iter().map(|output| place(pipeline, output, said)).collect();
    refuse_overlap(pipeline, &places)?;
    Ok(places)
}

/// Refuses two outputs in one place, whichever way their names lead there, and one within another, which is made as a whole.
fn refuse_overlap(pipeline: &Pipeline, places: &[Place]) -> Result<(), Error> {
    let outputs = pipeline.outputs();
    let refused = |nth: usize, why: Error| {
        let own = Location::shown(&places[nth].location);
        placed(pipeline, &outputs[nth], why.context(format!("cannot write `{own}`")))
    };
    let spots = places.iter().zip(0..);
    let spots = spots.map(|(place, nth)| place.spot().map_err(|error| refused(nth, error)));
    let spots: Vec<_> = spots.collect::<Result<_, _>>()?;
    for (later, spot) in spots.iter().enumerate() {
        let Some(earlier) = spots[..later].iter().position(|other| spot.overlaps(other)) else {
            continue;
        };
        // The inner one is refused, or else the later one.
        let (outer, inner) = match spots[earlier].is_deeper(spot) {
            true => (later, earlier),
            false => (earlier, later),
        };
        let (name, taken) = (&outputs[outer].name, Location::shown(&places[outer].location));
        let why = match spots[inner].is_deeper(&spots[outer]) {
            true => format!("it lies within `{taken}`, which output `{name}` is written to"),
            false => format!("output `{name}` is written there"),
        };
        return Err(refused(inner, Error::invalid(why)));
    }
    Ok(())
}

fn place(pipeline: &Pipeline, output: &OutputSpec, said: Said<'_>) -> Place {
    let other = said.output.iter().rev().find(|pair| pair.name == output.name);
    let is_relative = !Location::is_url(&output.path) && !Path::new(&output.path).is_absolute();
    let location = match (other, said.out_dir) {
        (Some(pair), _) => pair.value.clone(),
        (None, Some(folder)) if is_relative => folder.join(&output.path).to_string_lossy().into_owned(),
        (None, _) => pipeline.resolve(&output.path),
    };
    let replace = output.replace || said.replace;
    match output.kind {
        OutputKind::Table => Place::file(&location, replace),
        _ => Place::image(&location, replace, output.format),
    }
}

/// Makes the folder that the user names, if it is not there.
///
/// # Errors
///
/// It cannot be made. The error names it.
pub(super) fn make(folder: Option<&PathBuf>) -> Result<(), Error> {
    match folder {
        Some(folder) => fs::create_dir_all(folder).context(format_args!("cannot make `{}`", folder.display())),
        None => Ok(()),
    }
}

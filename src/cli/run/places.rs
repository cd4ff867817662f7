//! Where the outputs of a pipeline go.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use headwater::io::Location;
use headwater::pipeline::{OutputSpec, Pipeline};
use headwater::{Error, ErrorContext as _};

use crate::cli::options::Pair;
use crate::cli::place::Place;

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
/// A name of no output; two outputs in one place.
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
    let mut taken = HashMap::new();
    for (output, place) in outputs.iter().zip(&places) {
        if let Some(other) = taken.insert(&*place.location, &*output.name) {
            let (name, location) = (&output.name, Location::shown(&place.location));
            let message = format!("the outputs `{other}` and `{name}` would both be `{location}`");
            return Err(Error::invalid(message));
        }
    }
    Ok(places)
}

fn place(pipeline: &Pipeline, output: &OutputSpec, said: Said<'_>) -> Place {
    let other = said.output.iter().rev().find(|pair| pair.name == output.name);
    let is_relative = !Location::is_url(&output.path) && !Path::new(&output.path).is_absolute();
    let location = match (other, said.out_dir) {
        (Some(pair), _) => pair.value.clone(),
        (None, Some(folder)) if is_relative => folder.join(&output.path).to_string_lossy().into_owned(),
        (None, _) => pipeline.resolve(&output.path),
    };
    Place {
        location,
        replace: output.replace || said.replace,
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

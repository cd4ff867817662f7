//! Reading a stack.

use std::fs;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern, glob_with};

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::location::Location;
use crate::io::open::Open;
use crate::io::source::Source;
use crate::io::stack::natural::natural;
use crate::io::writable::folder_of;
use crate::roi::Roi;

struct Stack {
    name: String,
    meta: Meta,
    /// The files in their order.
    files: Vec<String>,
    how: Open,
    /// The first stays open: it tells what reading takes.
    first: Box<dyn Source>,
}

/// Opens the files that match.
///
/// Each is opened once, to be compared with the first by what its header says, and again when it is read: not all at a time.
///
/// # Errors
///
/// As [`crate::io::open`]: none match; one cannot be opened; one differs from the first.
pub(crate) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let files = matching(at)?;
    let mut how = how.clone();
    // Along that axis only one file lies.
    let wanted = how.sequence_axis.take();
    let named = how.axes.map(|axes| split(axes, wanted)).transpose()?;
    how.axes = named.map(|(_, rest)| rest);
    let first = how.open(&files[0])?;
    let axis = match named {
        Some((axis, _)) => axis,
        None => sequence_axis(first.meta().axes(), wanted)?,
    };
    for file in &files[1..] {
        same(&*how.open(file)?, &*first)?;
    }
    let meta = describe(first.meta(), axis, files.len())?;
    let name = at.to_string();
    Ok(Box::new(Stack {
        name,
        meta,
        files,
        how,
        first,
    }))
}

/// The files that match a pattern, in the natural order of their names.
///
/// # Errors
///
/// A pattern that cannot be understood; a folder that cannot be read; none matches.
pub(crate) fn matching_files(pattern: &str) -> Result<Vec<String>, Error> {
    let at = Location::parse(pattern)?;
    match at.url().is_some() {
        true => Err(Error::invalid("patterns are of files: name each URL")),
        false => matching(&at),
    }
}

fn matching(at: &Location) -> Result<Vec<String>, Error> {
    let pattern = at.path().to_str().unwrap_or_default();
    let options = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        // Its own check does not bear names that are not UTF-8.
        require_literal_leading_dot: false,
    };
    let found = glob_with(pattern, options).context("a pattern that cannot be understood")?;
    let mut files = Vec::new();
    for path in found {
        let path: PathBuf = path.map_err(|error| Error::from(std::io::Error::from(error)))?;
        if !is_hidden(&path, pattern) {
            let location = Location::file(&path)?.with_within(at.within());
            files.push(location.to_string());
        }
    }
    check_names(Path::new(pattern))?;
    if files.is_empty() {
        return Err(Error::invalid("no file matches"));
    }
    files.sort_by(|a, b| natural(a, b));
    Ok(files)
}

/// That no name that is no text would match: who lists the files passes over those in silence.
fn check_names(pattern: &Path) -> Result<(), Error> {
    let last = pattern.file_name().and_then(|last| Pattern::new(last.to_str()?).ok());
    let (Some(last), Ok(entries)) = (last, fs::read_dir(folder_of(pattern))) else {
        // The folders are a pattern themselves.
        return Ok(());
    };
    for entry in entries {
        let name = entry?.file_name();
        if name.to_str().is_none() && last.matches(&name.to_string_lossy()) {
            return Err(Error::invalid(format!("the name `{}` is not UTF-8", name.display())));
        }
    }
    Ok(())
}

/// Whether a name on the way to `path` has a dot in front, as what is being written has, and `pattern` none of that kind.
fn is_hidden(path: &Path, pattern: &str) -> bool {
    let dotted: Vec<_> = pattern.split('/').filter(|part| part.starts_with('.')).collect();
    let is_told = |name: &str| {
        dotted
            .iter()
            .any(|part| Pattern::new(part).is_ok_and(|part| part.matches(name)))
    };
    path.components().any(|part| match part {
        Component::Normal(name) => {
            let name = name.to_string_lossy();
            name.starts_with('.') && !is_told(&name)
        }
        _ => false,
    })
}

/// The first letter, which is that of the stack, and the rest.
fn split(axes: Axes, wanted: Option<char>) -> Result<(char, Axes), Error> {
    let mut letters = axes.iter();
    let first = letters
        .next()
        .ok_or_else(|| Error::invalid("a stack has an axis at least"))?;
    if wanted.is_some_and(|wanted| wanted != first) {
        return Err(Error::invalid(format!(
            "the files follow each other along the first axis, `{first}` of `{axes}`"
        )));
    }
    Ok((first, letters.collect::<String>().parse()?))
}

fn sequence_axis(axes: Axes, wanted: Option<char>) -> Result<char, Error> {
    let free = match wanted {
        Some(letter) => (!axes.contains(letter)).then_some(letter),
        None => ['t', 'z', 'c'].into_iter().find(|letter| !axes.contains(*letter)),
    };
    free.ok_or_else(|| {
        Error::invalid(format!(
            "the files have the axes `{axes}`: which one is new must be told, and be new"
        ))
    })
}

fn describe(first: &Meta, axis: char, count: usize) -> Result<Meta, Error> {
    let axes: Axes = format!("{axis}{}", first.axes()).parse()?;
    let shape = first.shape().insert_axis(0, count)?;
    let meta = first.clone().with_axes(axes, shape)?;
    // A block of several files is read file by file all the same.
    match first.ideal_block() {
        Some(block) => Ok(meta.with_ideal_block(block.insert_axis(0, 1)?)),
        None => Ok(meta.with_ideal_block(first.shape().insert_axis(0, 1)?)),
    }
}

/// # Errors
///
/// That they differ.
fn same(other: &dyn Source, first: &dyn Source) -> Result<(), Error> {
    let (own, wanted) = (other.meta(), first.meta());
    if own.shape() == wanted.shape() && own.dtype() == wanted.dtype() && own.axes() == wanted.axes() {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "`{}` is {own:?}, but `{}` is {wanted:?}",
        other.name(),
        first.name()
    )))
}

impl Stack {
    fn read_files(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let part = roi.remove_axis(0)?;
        let wanted = self.first.meta();
        for (nth, file) in roi.range(0).enumerate() {
            checkpoint.check()?;
            let source = self.how.open(&self.files[file])?;
            same(&*source, &*self.first)?;
            let mut slice = Array::zeros(wanted.axes(), part.shape().as_slice(), wanted.dtype())?;
            source.read_region(&part, &mut slice, checkpoint)?;
            let at = Roi::full(part.shape()).insert_axis(0, nth..nth + 1)?;
            out.assign_region(&at, &slice.to_axes(self.meta.axes())?)?;
        }
        Ok(())
    }
}

impl Source for Stack {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read_region(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let read = self.read_files(roi, out, checkpoint);
        read.context(format_args!("cannot read `{}`", self.name))
    }

    fn scratch(&self, roi: &Roi) -> u64 {
        let Ok(part) = roi.remove_axis(0) else { return 0 };
        let slice = part.shape().saturating_volume() as u64 * self.meta.dtype().size() as u64;
        slice.saturating_add(self.first.scratch(&part))
    }
}

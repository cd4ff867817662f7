//! OME-XML: what it says of the first image in it.
//!
//! Source: the OME data model, schema 2016-06; `TiffData` as the OME-TIFF specification explains it.

mod find;

use std::collections::HashMap;

use crate::array::Axes;
use crate::error::Error;
use crate::io::tiff::about::ome::find::find;
use crate::io::tiff::about::{About, Told, long_name};

/// Under this name our writer keeps what OME's model has no place for.
pub(in crate::io::tiff) const NAMESPACE: &str = "headwater";

/// The elements that we read, as they stand in the text.
#[derive(Debug, Default)]
struct Found {
    uuid: Option<String>,
    images: usize,
    pixels: HashMap<String, String>,
    channels: Vec<String>,
    blocks: Vec<Block>,
    /// What our writer noted.
    notes: Vec<(String, String)>,
}

/// One `TiffData`: some planes in a row, and the page of the first.
#[derive(Debug, Default)]
struct Block {
    attributes: HashMap<String, String>,
    uuid: Option<String>,
    file: Option<String>,
}

/// What the XML in `text` tells of the pages.
///
/// # Errors
///
/// Damaged, without an image, planes that are in another file or nowhere, sizes that are not those of the pages.
pub(super) fn about(told: &Told<'_>, text: &str) -> Result<About, Error> {
    let found = find(text)?;
    let size = |axis: &str| found.number(&format!("Size{axis}")).map(|n| n.unwrap_or(1));
    let [x, y, z, c, t] = [size("X")?, size("Y")?, size("Z")?, size("C")?, size("T")?];
    if told.samples > 1 && c != told.samples {
        let samples = told.samples;
        return Err(Error::invalid(format!(
            "{c} channels in pages of {samples} samples are not supported"
        )));
    }
    let c = if told.samples > 1 { 1 } else { c };
    let mut outer = outer(&found, [z, c, t])?;
    let planes = planes(told, &found, &outer)?;
    let axes = found.notes("axes").next().and_then(|axes| axes.parse::<Axes>().ok());
    let kept = |letter| axes.is_some_and(|axes| axes.contains(letter));
    outer.retain(|(letter, length)| *length > 1 || told.samples == 1 && kept(*letter));
    let mut about = About {
        outer,
        planes: Some(planes),
        axes,
        insists: Some((x, y)),
        ..About::default()
    };
    about.channels = found.names();
    sizes(&mut about, &found);
    Ok(about)
}

/// The axes of the planes, the slowest first.
fn outer(found: &Found, [z, c, t]: [usize; 3]) -> Result<Vec<(char, usize)>, Error> {
    let order = found.pixels.get("DimensionOrder").map_or("XYCZT", String::as_str);
    let lengths = [('Z', ('z', z)), ('C', ('c', c)), ('T', ('t', t))];
    let outer = order.strip_prefix("XY").and_then(|letters| {
        let find = |letter| lengths.iter().find(|(own, _)| *own == letter).map(|(_, axis)| *axis);
        letters.chars().rev().map(find).collect::<Option<Vec<_>>>()
    });
    let each_once = |outer: &Vec<(char, usize)>| {
        outer.len() == 3 && "zct".chars().all(|letter| outer.iter().any(|(own, _)| *own == letter))
    };
    outer
        .filter(each_once)
        .ok_or_else(|| Error::msg(format!("a dimension order of `{order}`")))
}

/// Takes in the sizes of a pixel.
fn sizes(about: &mut About, found: &Found) {
    for (axis, of, usual) in [
        ('x', "PhysicalSizeX", "µm"),
        ('y', "PhysicalSizeY", "µm"),
        ('z', "PhysicalSizeZ", "µm"),
        ('t', "TimeIncrement", "s"),
    ] {
        let size = found.pixels.get(of).and_then(|text| text.trim().parse().ok());
        let unit = found.pixels.get(&format!("{of}Unit")).map_or(usual, String::as_str);
        let noted = found.notes(&format!("unit {axis}")).next();
        about.add_pixel(axis, size, &noted.map_or_else(|| long_name(unit), str::to_owned));
    }
}

/// The page of each plane, in C order of `outer`.
fn planes(told: &Told<'_>, found: &Found, outer: &[(char, usize)]) -> Result<Vec<usize>, Error> {
    let count = outer.iter().try_fold(1_usize, |n, (_, length)| n.checked_mul(*length));
    // The file is a claim; the pages that it has are not.
    let count = match count {
        Some(count) if count > 0 && count <= told.pages => count,
        _ if found.blocks.iter().any(|block| found.is_foreign(block, told)) => return Err(found.foreign(told)),
        _ => {
            let lengths: Vec<_> = outer
                .iter()
                .map(|(letter, length)| format!("{letter} {length}"))
                .collect();
            let (lengths, pages) = (lengths.join(", "), told.pages);
            return Err(Error::msg(format!(
                "planes of {lengths}, but the file has {pages} pages"
            )));
        }
    };
    let mut planes = vec![usize::MAX; count];
    let mut told_of = 0;
    for block in &found.blocks {
        if found.is_foreign(block, told) {
            return Err(found.foreign(told));
        }
        told_of += block.fill(outer, &mut planes)?;
        // Each plane is told once; a file that repeats itself for ever is not read for ever.
        if told_of > 2 * count {
            return Err(Error::msg("it tells of its planes again and again"));
        }
    }
    if found.blocks.is_empty() {
        planes.iter_mut().enumerate().for_each(|(at, page)| *page = at);
    }
    match planes.iter().position(|page| *page >= told.pages) {
        None => Ok(planes),
        Some(plane) if planes[plane] == usize::MAX => Err(Error::msg(format!("no page for plane {plane}"))),
        Some(plane) => {
            let (page, pages) = (planes[plane] + 1, told.pages);
            Err(Error::msg(format!(
                "plane {plane} on page {page}, but the file has {pages}"
            )))
        }
    }
}

impl Block {
    fn number(&self, name: &str) -> Result<Option<usize>, Error> {
        number(&self.attributes, name)
    }

    /// Notes the pages of its planes, and returns how many it has.
    fn fill(&self, outer: &[(char, usize)], planes: &mut [usize]) -> Result<usize, Error> {
        let mut first = 0;
        for (letter, length) in outer {
            let at = self
                .number(&format!("First{}", letter.to_ascii_uppercase()))?
                .unwrap_or(0);
            // Channels within a page have an index, and no page of their own.
            let at = if *letter == 'c' && *length == 1 { 0 } else { at };
            if at >= *length {
                return Err(Error::msg(format!("a plane at {letter} {at} of {length}")));
            }
            first = first * length + at;
        }
        let page = self.number("IFD")?;
        let most = planes.len() - first;
        let count = match (self.number("PlaneCount")?, page) {
            (Some(count), _) => count.min(most),
            (None, Some(_)) => 1,
            (None, None) => most,
        };
        let pages = page.unwrap_or(0)..;
        planes[first..first + count]
            .iter_mut()
            .zip(pages)
            .for_each(|(plane, page)| *plane = page);
        Ok(count)
    }
}

impl Found {
    fn number(&self, name: &str) -> Result<Option<usize>, Error> {
        number(&self.pixels, name)
    }

    /// Whether the planes of `block` are in another file than this.
    fn is_foreign(&self, block: &Block, told: &Told<'_>) -> bool {
        match (&block.uuid, &self.uuid) {
            (Some(theirs), Some(ours)) => theirs != ours,
            // A file without an identity of its own, that names others: their names tell.
            (Some(_), None) => block.file.as_deref().is_some_and(|file| file != told.file_name),
            (None, _) => false,
        }
    }

    fn foreign(&self, told: &Told<'_>) -> Error {
        let foreign = self.blocks.iter().find(|block| self.is_foreign(block, told));
        let file = foreign.and_then(|block| block.file.as_deref());
        let file = file.map_or_else(|| "another file".to_owned(), |file| format!("another file, `{file}`"));
        Error::invalid(format!(
            "some of its planes are in {file}: images over many files are not supported"
        ))
    }

    /// What our writer noted under `key`.
    fn notes(&self, key: &str) -> impl Iterator<Item = &str> {
        let notes = self.notes.iter().filter(move |(own, _)| own == key);
        notes.map(|(_, note)| note.as_str())
    }

    /// A name for each channel, if any has one.
    fn names(&self) -> Vec<String> {
        let noted: Vec<_> = self.notes("channel").map(str::to_owned).collect();
        match self.channels.iter().any(|name| !name.is_empty()) {
            _ if !noted.is_empty() => noted,
            true => self.channels.clone(),
            false => Vec::new(),
        }
    }
}

/// The attribute `name`, which is a number.
fn number(attributes: &HashMap<String, String>, name: &str) -> Result<Option<usize>, Error> {
    let Some(text) = attributes.get(name) else {
        return Ok(None);
    };
    let number = text
        .trim()
        .parse()
        .map_err(|_| Error::msg(format!("{name} is `{text}`")));
    number.map(Some)
}

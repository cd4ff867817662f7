//! What people type: locations, numbers of bytes, templates, kinds of elements and compressions, names that tell a shape.

use headwater::io::{Compression, Format, Location, Open, fill_in, format_bytes, parse_bytes};
use headwater::{Axes, DType, Error};

use super::room::Room;
use super::{Outcome, image};

/// The longest name that a file may have, less what is put around it.
const LONGEST: usize = 200;

pub(super) fn parse(bytes: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(bytes);
    let known = [("z", "7".to_owned()), ("roi", "0-7_2-9".to_owned())];
    let filled = fill_in(&text, &known);
    assert!(filled.len() <= text.len() + 300 * text.matches('{').count(), "{filled}");
    location(&text);
    let told = [
        parse_bytes(&text).map(format_bytes),
        text.parse().map(|axes: Axes| axes.to_string()),
        text.parse().map(|dtype: DType| dtype.to_string()),
        text.parse().map(|compression: Compression| compression.to_string()),
    ];
    told.iter().for_each(explained);
    let shape = samples(&text);
    match told.iter().any(Result::is_ok) {
        true => Ok(()),
        false => shape,
    }
}

fn explained(told: &Result<String, Error>) {
    assert!(told.as_ref().err().is_none_or(|error| !error.report().is_empty()));
}

/// A location can be written down, and means the same when it is read again.
fn location(text: &str) {
    let Ok(at) = Location::parse(text) else {
        // A URL has a reason too: what it would tell of its user, or a path that is none.
        assert!(
            text.is_empty() || text.contains('\0') || Location::shown(text) != text || text.starts_with("file://"),
            "{text:?}"
        );
        return;
    };
    let again = Location::parse(&at.to_string()).expect("what was a location is one");
    assert_eq!(
        (at.path(), at.within(), at.url()),
        (again.path(), again.within(), again.url()),
        "{text:?}"
    );
    let _ = (at.is_pattern(), at.extension(), Format::of_name(&at));
}

/// Bare samples under a name that may tell their shape.
fn samples(text: &str) -> Outcome {
    let mut name: String = text.replace(['/', '\0'], "-");
    while name.len() > LONGEST {
        name.pop();
    }
    let room = Room::new();
    let name = format!("a-{name}-.raw");
    room.put(&name, &[7; 24]);
    image::look_as(&Open::new().format(Format::Raw), &room.path(&name)).map(drop)
}

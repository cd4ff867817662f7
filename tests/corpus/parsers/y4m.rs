//! Y4M: as an image, and one frame after the other.

use headwater::io::Limit;
use headwater::io::y4m::Reader;
use headwater::{Array, Checkpoint, Roi, Shape};

use super::room::Room;
use super::{LIMIT, Outcome, image, strict};

const NEVER: Checkpoint = Checkpoint::never();

pub(super) fn parse(bytes: &[u8]) -> Outcome {
    let room = Room::new();
    room.put("a.y4m", bytes);
    let path = room.path("a.y4m");
    let looked = image::look(&path);
    let streamed = strict::within(2 * LIMIT, "reading frames", || stream(&path));
    // What has parameters of frames, and what ends with half a frame, is a stream and no image.
    if let Ok(Some(whole)) = &looked
        && !whole.is_empty()
    {
        let pictures = streamed.expect("frames of what is an image");
        assert_eq!(pictures.len(), whole.shape()[0]);
        for (number, picture) in pictures.iter().enumerate() {
            let place = Roi::full(Shape::new(whole.shape()).expect("a shape")).with_axis(0, number..number + 1);
            let part = whole.slice(&place.expect("a range of an image")).expect("a frame");
            let part = part.to_axes(picture.axes()).expect("one frame");
            assert!(part.same_bits(picture), "frame {number}");
        }
    }
    looked.map(drop)
}

/// The first frames, all of a small file.
fn stream(path: &std::path::Path) -> Result<Vec<Array>, String> {
    let location = path.to_str().expect("paths of tests are text");
    let report = |error| image::report(&error, location);
    let mut clip = Reader::open_with(location, Limit::bytes(LIMIT)).map_err(report)?;
    let mut pictures = Vec::new();
    while let Some(frame) = clip.next_frame(&NEVER).map_err(report)? {
        pictures.push(frame.to_array(&NEVER).map_err(report)?);
    }
    Ok(pictures)
}

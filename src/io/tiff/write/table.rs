//! Where the strips or tiles of a file lie that is being written.

use crate::error::Error;
use crate::io::tiff::page::Place;

/// Place of every strip or tile of every page, and the end of those.
///
/// A strip or tile that is compressed is appended, so [`reserve`](Self::reserve) comes first; once its bytes are in the file, it
/// is [`noted`](Self::note). What lies between is lost if the write fails, and nobody minds.
#[derive(Debug)]
pub(super) struct Table {
    places: Vec<Place>,
    end: u64,
}

/// A strip or tile that is not there.
const MISSING: Place = Place { offset: 0, length: 0 };

impl Table {
    /// Of `count` strips or tiles, none of which is there. The first will lie at `start`.
    ///
    /// # Errors
    ///
    /// No memory for it.
    pub(super) fn new(count: usize, start: u64) -> Result<Self, Error> {
        let mut places = Vec::new();
        let taken = places.try_reserve_exact(count);
        taken.map_err(|_| {
            Error::msg(format!(
                "the system has no memory for a list of {count} strips or tiles"
            ))
        })?;
        places.resize(count, MISSING);
        Ok(Self { places, end: start })
    }

    /// A place of `length` bytes that nobody else gets, at an even offset, as the specification wants it.
    pub(super) fn reserve(&mut self, length: u64) -> Place {
        let offset = self.end.next_multiple_of(2);
        self.end = offset + length;
        Place { offset, length }
    }

    /// That strip or tile `nth` is at `place`.
    pub(super) fn note(&mut self, nth: usize, place: Place) {
        self.places[nth] = place;
        self.end = self.end.max(place.offset + place.length);
    }

    /// Those of a page, if all are there.
    pub(super) fn page(&self, range: std::ops::Range<usize>) -> &[Place] {
        &self.places[range]
    }

    /// How many are not there.
    pub(super) fn missing(&self) -> usize {
        self.places.iter().filter(|place| **place == MISSING).count()
    }

    /// Where the last ends.
    pub(super) fn end(&self) -> u64 {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_do_not_overlap_and_begin_at_even_offsets() {
        let mut table = Table::new(3, 9).unwrap();
        let (first, second) = (table.reserve(5), table.reserve(4));
        assert_eq!((first.offset, second.offset), (10, 16));
        table.note(2, first);
        table.note(0, second);
        assert_eq!((table.missing(), table.end()), (1, 20));
        assert_eq!(table.page(2..3), [first]);
    }
}

//! Regions in files: text where people read it, pairs of numbers elsewhere; checked when it is read.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};

use crate::roi::{MAX_AXES, RegionSet, Roi, RoiError, Shape};

impl Serialize for Roi {
    /// As `"0..1, 512..1024"` in formats that people read, as a sequence of pairs in others.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        let mut pairs = serializer.serialize_seq(Some(self.rank()))?;
        for range in self.ranges() {
            pairs.serialize_element(&(range.start, range.end))?;
        }
        pairs.end()
    }
}

impl<'de> Deserialize<'de> for Roi {
    /// Refuses what [`Roi::new`] refuses.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_str(RoiText);
        }
        let (pairs, rank) =
            deserializer.deserialize_seq(AtMostEight::<(usize, usize)>::new("pairs of start and stop"))?;
        Self::try_from_fn(rank, |axis| Ok(pairs[axis])).map_err(D::Error::custom)
    }
}

impl Serialize for Shape {
    /// As a sequence of numbers.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de> Deserialize<'de> for Shape {
    /// Refuses more than eight axes.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (lengths, rank) = deserializer.deserialize_seq(AtMostEight::<usize>::new("lengths"))?;
        Ok(Self::from_fn(rank, |axis| lengths[axis]))
    }
}

impl Serialize for RegionSet {
    /// As a sequence of regions.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de> Deserialize<'de> for RegionSet {
    /// Adds up the regions, which may overlap; refuses regions of different rank.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Regions)
    }
}

struct RoiText;

impl Visitor<'_> for RoiText {
    type Value = Roi;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a region such as \"0..1, 512..1024\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Roi, E> {
        text.parse().map_err(E::custom)
    }
}

struct Regions;

impl<'de> Visitor<'de> for Regions {
    type Value = RegionSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence of regions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut regions: A) -> Result<RegionSet, A::Error> {
        let mut set = RegionSet::new();
        while let Some(region) = regions.next_element()? {
            set.add(&region).map_err(A::Error::custom)?;
        }
        Ok(set)
    }
}

/// Reads a sequence with one entry for each axis, without believing its length.
struct AtMostEight<T> {
    what: &'static str,
    entries: [T; MAX_AXES],
}

impl<T: Copy + Default> AtMostEight<T> {
    fn new(what: &'static str) -> Self {
        let entries = [T::default(); MAX_AXES];
        Self { what, entries }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for AtMostEight<T> {
    type Value = ([T; MAX_AXES], usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a sequence of at most {MAX_AXES} {}", self.what)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut rank = 0;
        while let Some(entry) = sequence.next_element()? {
            let Some(slot) = self.entries.get_mut(rank) else {
                let what = "the input";
                let rank = rank + 1;
                return Err(A::Error::custom(RoiError::TooManyAxes { what, rank }));
            };
            *slot = entry;
            rank += 1;
        }
        Ok((self.entries, rank))
    }
}

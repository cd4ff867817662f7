//! How much is under way at a time, and what is fetched as one.

use crate::io::limit::Limit;

/// The most transfers of one region at a time.
pub(crate) const TRANSFERS: usize = 32;
/// What is fetched at a time, unless a piece is longer: what a network brings in some hundred milliseconds.
pub(crate) const SPAN: u64 = 8 << 20;
/// What is fetched in vain to save a transfer: about what a network brings in the time that one takes to begin, while others run.
const GAP: u64 = 128 << 10;
/// What transfers hold at most, within their share of the limit.
const MOST: u64 = 64 << 20;
const SHARE: u64 = 4;

/// The most bytes of one region that may be under way within `limit`.
pub(crate) fn window(limit: Limit) -> u64 {
    MOST.min(limit.get() / SHARE)
}

/// What is under way, in bytes: bounded, except that one is always let through.
#[derive(Debug)]
pub(crate) struct Window {
    most: u64,
    bytes: u64,
}

impl Window {
    /// One in which nothing is under way.
    pub(crate) fn new(most: u64) -> Self {
        let bytes = 0;
        Self { most, bytes }
    }

    /// Whether so much more may be under way.
    pub(crate) fn admits(&self, cost: u64) -> bool {
        self.bytes == 0 || self.bytes.saturating_add(cost) <= self.most
    }

    /// So much more is.
    pub(crate) fn begin(&mut self, cost: u64) {
        self.bytes = self.bytes.saturating_add(cost);
    }

    /// So much is not any more.
    pub(crate) fn end(&mut self, cost: u64) {
        self.bytes = self.bytes.saturating_sub(cost);
    }
}

/// Bytes of a key that lie together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Stretch {
    /// So many bytes from `start` on.
    pub(crate) fn new(start: u64, length: u64) -> Self {
        let end = start.saturating_add(length);
        Self { start, end }
    }

    pub(crate) fn length(self) -> u64 {
        self.end - self.start
    }

    /// Both as one, if `next` lies behind this one's beginning and near its end, and together they have at most `most` bytes. They
    /// may overlap.
    pub(crate) fn joined(self, next: Self, most: u64) -> Option<Self> {
        let is_near = (self.start..=self.end.saturating_add(GAP)).contains(&next.start);
        let end = self.end.max(next.end);
        (is_near && end - self.start <= most).then_some(Self { end, ..self })
    }

    /// Those of the bytes of this one, `bytes`, that are `part`'s.
    pub(crate) fn part(self, part: Self, bytes: &[u8]) -> Option<&[u8]> {
        let at = |place: u64| usize::try_from(place.checked_sub(self.start)?).ok();
        bytes.get(at(part.start)?..at(part.end)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_let_through_and_what_ends_makes_room_for_as_much() {
        let mut window = Window::new(100);
        assert!(window.admits(1000));
        window.begin(1000);
        assert!(!window.admits(1));
        window.end(1000);
        window.begin(60);
        assert!(window.admits(40) && !window.admits(41));
    }

    #[test]
    fn near_stretches_are_one_and_far_or_long_ones_are_not() {
        let at = Stretch::new;
        let one = at(1000, 100);
        assert_eq!(one.joined(at(1100, 50), 1 << 20), Some(at(1000, 150)));
        assert_eq!(one.joined(at(1050, 10), 1 << 20), Some(one));
        assert_eq!(one.joined(at(1100 + GAP, 1), 1 << 20), Some(at(1000, 101 + GAP)));
        assert_eq!(one.joined(at(1101 + GAP, 1), 1 << 20), None);
        assert_eq!(one.joined(at(1100, 50), 149), None);
        assert_eq!(one.joined(at(999, 50), 1 << 20), None);
        assert_eq!(one.part(at(1002, 2), &[0, 1, 2, 3, 4]), Some(&[2, 3][..]));
        assert_eq!(one.part(at(1004, 2), &[0, 1, 2, 3, 4]), None);
    }
}

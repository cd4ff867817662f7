//! A list with stable keys whose first entry needs no allocation: most requests have one waiter and wait for one thing.

use slab::Slab;

#[derive(Debug, Default)]
pub(crate) enum Roster<T> {
    #[default]
    Empty,
    One(T),
    Many(Box<Slab<T>>),
}

impl<T> Roster<T> {
    /// Adds an entry; the key is good until it is removed.
    pub(crate) fn insert(&mut self, entry: T) -> usize {
        match std::mem::take(self) {
            Self::Empty => {
                *self = Self::One(entry);
                0
            }
            Self::One(first) => {
                let mut slab = Slab::with_capacity(4);
                slab.insert(first);
                let key = slab.insert(entry);
                *self = Self::Many(Box::new(slab));
                key
            }
            Self::Many(mut slab) => {
                let key = slab.insert(entry);
                *self = Self::Many(slab);
                key
            }
        }
    }

    pub(crate) fn remove(&mut self, key: usize) -> Option<T> {
        match self {
            Self::Empty => None,
            Self::One(_) if key != 0 => None,
            Self::One(_) => match std::mem::take(self) {
                Self::One(entry) => Some(entry),
                Self::Empty | Self::Many(_) => None,
            },
            Self::Many(slab) => slab.try_remove(key),
        }
    }

    pub(crate) fn get_mut(&mut self, key: usize) -> Option<&mut T> {
        match self {
            Self::One(entry) if key == 0 => Some(entry),
            Self::Empty | Self::One(_) => None,
            Self::Many(slab) => slab.get_mut(key),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::One(_) => 1,
            Self::Many(slab) => slab.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let (one, many) = match self {
            Self::Empty => (None, None),
            Self::One(entry) => (Some(entry), None),
            Self::Many(slab) => (None, Some(slab.iter())),
        };
        one.into_iter()
            .chain(many.into_iter().flatten().map(|(_, entry)| entry))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let (one, many) = match self {
            Self::Empty => (None, None),
            Self::One(entry) => (Some(entry), None),
            Self::Many(slab) => (None, Some(slab.iter_mut())),
        };
        one.into_iter()
            .chain(many.into_iter().flatten().map(|(_, entry)| entry))
    }

    /// All entries, in the order of their keys.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> + use<T> {
        let (one, many) = match std::mem::take(self) {
            Self::Empty => (None, None),
            Self::One(entry) => (Some(entry), None),
            Self::Many(slab) => (None, Some(slab.into_iter())),
        };
        one.into_iter()
            .chain(many.into_iter().flatten().map(|(_, entry)| entry))
    }
}

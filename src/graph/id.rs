//! Names that outlive what they name: an id of something removed is refused, never taken for its successor.

use std::fmt;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $sign:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name {
            pub(crate) index: u32,
            pub(crate) generation: u32,
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($sign, "{}"), self.index)?;
                if self.generation > 0 {
                    write!(f, ".{}", self.generation)?;
                }
                Ok(())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

id! {
    /// One slot of one graph, for as long as it lives.
    SlotId, "slot "
}
id! {
    /// One operator of one graph, for as long as it lives.
    OperatorId, "operator "
}

/// Names an element of a list of slots. It stays with its element when others are inserted or removed (D8), and a list
/// that is connected to another has the other's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LaneKey(pub(crate) u64);

impl fmt::Display for LaneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lane {}", self.0)
    }
}

/// Counts the edits of a graph that were committed. A later snapshot has a greater one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(pub(crate) u64);

impl Revision {
    /// How many edits were committed before and with this one.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "revision {}", self.0)
    }
}

//! What has come of a flow.

use std::ops::Deref;

use crate::flow::figures::Figures;

/// How a flow has ended that has not failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// All producers were exhausted, and everything has gone its way.
    Completed,
    /// It was stopped, and everything that had been made has gone its way.
    Stopped,
    /// It was aborted.
    Aborted,
}

/// The account of a flow that has ended: the [`Figures`] of its nodes and edges, and how it came to its end.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) end: End,
    pub(crate) figures: Figures,
}

impl Report {
    /// How it has ended.
    pub fn end(&self) -> End {
        self.end
    }
}

impl Deref for Report {
    type Target = Figures;

    fn deref(&self) -> &Figures {
        &self.figures
    }
}

//! What every kind of join does.

use std::time::Duration;

use super::entry::Entry;
use super::group::Group;
use super::set::InputSet;
use super::tally::Tally;
use crate::error::Error;

/// Makes groups of entries. It knows neither tasks nor clocks: the time is that of the entries, and of [`expire`](Self::expire).
///
/// After an error it is of no further use than to be [asked](Self::tally) what became of its entries.
pub(crate) trait Assembler<T>: Send {
    /// Whether `input` is to be read now.
    fn wants(&self, input: usize) -> bool;

    /// Takes an entry, also from an input that is not wanted. Its time of arrival is not before that of the last one.
    ///
    /// # Errors
    ///
    /// That of an entry whose partners do not come, if it [fails](super::Missing::Fail) for that.
    fn push(&mut self, input: usize, entry: Entry<T>) -> Result<(), Error>;

    /// Nothing will come from `input` any more.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    fn end(&mut self, input: usize) -> Result<(), Error>;

    /// Settles what has waited too long.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    fn expire(&mut self, now: Duration) -> Result<(), Error>;

    /// When something will have waited too long.
    fn next_deadline(&self) -> Option<Duration>;

    /// The next group, in the order in which they became complete.
    fn pop_ready(&mut self) -> Option<Group<T>>;

    /// What became of everything.
    fn tally(&self) -> Tally;

    /// Why nothing can go on, if no input is wanted, none ends, and nothing will time out (J5).
    fn stuck(&self) -> Option<Error>;

    /// The inputs that the oldest waits for.
    fn waits_for(&self) -> InputSet;
}

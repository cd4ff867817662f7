//! What a join does with items whose partners do not come.

/// What becomes of items that have waited too long for their partners, or whose partners can no longer come.
///
/// Partners can no longer come when their input has ended; in a join by trace also when it has delivered a later item of the
/// same producer, on a way that keeps the order; in a join by time when it has delivered later ones.
///
/// # Examples
///
/// ```
/// use headwater::flow::Missing;
///
/// assert_ne!(Missing::Drop, Missing::Fail);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Missing {
    /// They are let go of, and counted as unmatched.
    Drop,
    /// The flow fails with an error that names the join, what waits, and the input that has given nothing.
    Fail,
    /// They wait for as long as their partners can come, however long that is; then they are let go of, and counted as unmatched.
    Wait,
}

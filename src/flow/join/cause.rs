//! What a join says when it cannot go on.

use std::fmt::Display;
use std::time::Duration;

use super::inputs::Inputs;
use super::policy::Policy;
use super::set::InputSet;
use crate::error::{Error, ErrorKind};

/// Why a group will not become complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// What is missing cannot come any more: its inputs have ended, or are further on.
    Passed(InputSet),
    /// It has not come in time.
    TimedOut(InputSet, Duration),
}

impl Cause {
    /// The error of a join that fails for it. `what` is what has waited.
    pub(super) fn error(self, inputs: &Inputs, what: impl Display) -> Error {
        let ended = |missing: InputSet| missing.minus(inputs.open());
        match self {
            Self::Passed(missing) if !ended(missing).is_empty() => {
                let ended = ended(missing);
                let has = if ended.len() == 1 { "it has" } else { "they have" };
                Error::msg(format!(
                    "nothing for {what} came from {}: {has} ended",
                    inputs.names(ended)
                ))
            }
            Self::Passed(missing) => Error::msg(format!(
                "nothing for {what} came from {}, which is further on already",
                inputs.names(missing)
            )),
            Self::TimedOut(missing, limit) => Error::condition(
                ErrorKind::TimedOut,
                format!(
                    "nothing for {what} came from {} within {limit:?}",
                    inputs.names(missing)
                ),
            ),
        }
    }
}

/// Nothing is read any more, and nothing that is there can find its partners.
pub(super) fn stuck(inputs: &Inputs, policy: &Policy) -> Error {
    Error::msg(format!(
        "{} items of each of {} wait for partners that are not among them, and no more may wait: raise `max_pending`, set a \
         `timeout`, or let what belongs together come closer together",
        policy.max_pending,
        inputs.names(inputs.open())
    ))
}

//! What has been asked of a join, and whether it can be.

use std::time::Duration;

use super::inputs::Inputs;
use super::missing::Missing;
use super::policy::{Policy, Timing, WhenFull};
use crate::flow::plan::Mode;

/// How many entries of an input wait for their partners, unless something else is said.
const MAX_PENDING: usize = 256;
/// How long they wait where freshness counts, unless something else is said (V57).
const REALTIME: Duration = Duration::from_secs(10);

/// For every join. What has not been said is what the flow does by default.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct JoinOptions {
    pub(crate) missing: Option<Missing>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_pending: Option<usize>,
}

/// For a join by time.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimeOptions {
    pub(crate) tolerance: Duration,
    pub(crate) quorum: Option<usize>,
    pub(crate) lateness: Option<Duration>,
    pub(crate) windows: Vec<Duration>,
}

impl JoinOptions {
    /// What holds in a flow of that mode, or what is wrong (V57, V66).
    pub(crate) fn policy(&self, mode: Mode) -> Result<Policy, String> {
        let (patience, otherwise, when_full) = match mode {
            Mode::Batch => (None, Missing::Wait, WhenFull::Hold),
            Mode::Realtime => (Some(REALTIME), Missing::Drop, WhenFull::Evict),
        };
        let missing = match self.timeout {
            // Whoever names a limit does not mean to wait without one.
            Some(_) => self.missing.unwrap_or(Missing::Drop),
            None => self.missing.unwrap_or(otherwise),
        };
        let timeout = match (missing, self.timeout) {
            (Missing::Wait, Some(timeout)) => {
                return Err(format!(
                    "`Missing::Wait` waits without a limit, but a timeout of {timeout:?} is set"
                ));
            }
            (_, Some(Duration::ZERO)) => return Err("the timeout is zero: no partner could come in time".into()),
            (Missing::Wait, None) => None,
            (_, timeout) => timeout.or(patience),
        };
        let max_pending = self.max_pending.unwrap_or(MAX_PENDING);
        if max_pending == 0 {
            return Err("`max_pending` is 0: nothing could wait for its partner".into());
        }
        Ok(Policy {
            missing,
            timeout,
            max_pending,
            when_full,
        })
    }
}

impl TimeOptions {
    /// What holds for these inputs, or what is wrong (V66).
    pub(crate) fn timing(&self, inputs: &Inputs, policy: &Policy) -> Result<Timing, String> {
        let gates = inputs.gates().len();
        if self.tolerance.is_zero() {
            return Err("the tolerance is zero: join by key if times are to be equal".into());
        }
        if let Some(nth) = self.windows.iter().position(Duration::is_zero) {
            let input = inputs.names([gates + nth].into_iter().collect());
            return Err(format!("the window of the samples from {input} is zero"));
        }
        let quorum = self.quorum.unwrap_or(gates);
        if quorum == 0 || quorum > gates {
            return Err(format!(
                "the quorum is {quorum}, but must be between 1 and the {gates} inputs that are joined"
            ));
        }
        let lateness = |input| self.lateness.or(inputs.keeps_order(input).then_some(Duration::ZERO));
        let lateness: Vec<_> = (0..inputs.len()).map(lateness).collect();
        // Without a limit and without an order, what is missing may come at any time.
        let endless = (0..inputs.len()).filter(|input| lateness[*input].is_none() && policy.timeout.is_none());
        let endless = endless.filter(|input| *input >= gates || quorum < gates).collect();
        if !inputs.names(endless).is_empty() {
            return Err(format!(
                "it cannot know when nothing more comes from {}, where items may overtake each other: set a `timeout` or a \
                 `lateness`",
                inputs.names(endless)
            ));
        }
        let (tolerance, windows) = (self.tolerance, self.windows.clone());
        Ok(Timing {
            tolerance,
            quorum,
            lateness,
            windows,
        })
    }
}

/// What is wrong with a join of these inputs by trace: nothing could ever match (V55).
pub(crate) fn check_traces(inputs: &Inputs) -> Result<(), String> {
    let makers = |input: usize| inputs.ways(input).iter().map(|way| way.producer);
    let mut common =
        makers(0).filter(|maker| (1..inputs.len()).all(|input| makers(input).any(|other| other == *maker)));
    if common.next().is_some() {
        return Ok(());
    }
    Err(format!(
        "{} have no producer in common, so no two items have the same trace: join by key or by time",
        inputs.names(inputs.gates())
    ))
}

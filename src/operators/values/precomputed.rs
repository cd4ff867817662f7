//! What was computed before, for as long as it is right.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Operator, Output, Revision, Setup, SlotType};
use crate::roi::Roi;

/// Gives results that were computed before, while what they were computed from has not changed, and what is computed now
/// from then on.
///
/// lazyflow: `OpPrecomputedInput`.
///
/// | slot | | |
/// |---|---|---|
/// | `slow` | array | what computes |
/// | `precomputed` | array, optional | what it gave before, of the same axes, shape and type |
/// | `reset` | `u64` | set to another number, it says that the precomputed is right again |
/// | `ignore_changes` | `bool` | whether the precomputed is taken whatever changes; `false` is the default |
/// | `output` | array | the same buffer as one of the two |
///
/// The precomputed is right from the edit on in which it becomes ready, and in which `reset` changes, whatever else that edit
/// does. The first change of `slow` after it, of any part, makes it wrong for good: the output is then that of `slow`, all of
/// it, and all of it has changed. Connecting another precomputed does not make it right; `reset` in the same edit does.
///
/// # Examples
///
/// ```
/// use headwater::graph::{Graph, Slot};
/// use headwater::operators::Precomputed;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let node = graph.add(Precomputed::new());
/// graph.edit(|e| {
///     e.set(&node.slow, Array::full("x", &[4], 1_u8)?)?;
///     e.set(&node.precomputed, Array::full("x", &[4], 2_u8)?)
/// })?;
/// let first = || node.output.request(roi![0..1]).wait().and_then(|part| Ok(part.view::<u8>()?[[0]]));
/// assert_eq!(first()?, 2);
/// graph.edit(|e| e.mark_dirty(&node.slow, roi![3..4]))?;
/// assert_eq!(first()?, 1);
/// graph.edit(|e| e.set(&node.reset, 1_u64))?;
/// assert_eq!(first()?, 2);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Precomputed {
    ignore_changes: bool,
}

/// The slots of a [`Precomputed`].
#[derive(Debug)]
pub struct PrecomputedSlots {
    /// What computes.
    pub slow: Input<Array>,
    /// What it gave before.
    pub precomputed: Input<Array>,
    /// Another number says that it is right again.
    pub reset: Input<u64>,
    /// Whether it is taken whatever changes.
    pub ignore_changes: Input<bool>,
    /// One of the two.
    pub output: Output<Array>,
}

impl Precomputed {
    /// Takes the precomputed until something changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the precomputed whenever it is ready.
    #[must_use]
    pub fn ignore_changes(self) -> Self {
        Self { ignore_changes: true }
    }
}

impl Operator for Precomputed {
    type Slots = PrecomputedSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> PrecomputedSlots {
        let (judge, choice) = (declare.add(Judge), declare.add(Choice));
        let slots = PrecomputedSlots {
            slow: declare.input("slow"),
            precomputed: declare.optional("precomputed"),
            reset: declare.default("reset", 0),
            ignore_changes: declare.default("ignore_changes", self.ignore_changes),
            output: declare.expose("output", &choice.output),
        };
        for (slow, precomputed) in [(&judge.slow, &judge.precomputed), (&choice.slow, &choice.precomputed)] {
            declare.connect(&slots.slow, slow);
            declare.connect(&slots.precomputed, precomputed);
        }
        declare.connect(&slots.reset, &judge.reset);
        declare.connect(&slots.ignore_changes, &judge.ignore_changes);
        declare.connect(&judge.verdict, &choice.verdict);
        slots
    }
}

/// What the judge remembers from edit to edit.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Memory {
    /// Whether there was something precomputed.
    was_ready: bool,
    reset: u64,
    right: Right,
}

/// For how long the precomputed is right.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Right {
    /// Until what is slow is there, and changes then.
    Waiting,
    /// As long as all that is slow has this stamp.
    At(Revision),
    /// Not any more.
    Void,
}

impl Right {
    /// What it is when what is slow has the stamp `now`, or is not ready.
    fn next(self, now: Option<Revision>) -> Self {
        match (self, now) {
            (Self::Waiting, None) => Self::Waiting,
            (Self::Waiting, Some(now)) => Self::At(now),
            (Self::At(stamp), Some(now)) if stamp == now => self,
            _ => Self::Void,
        }
    }
}

impl SlotType for Memory {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// Says whether the precomputed is right.
struct Judge;

struct JudgeSlots {
    slow: Input<Array>,
    precomputed: Input<Array>,
    reset: Input<u64>,
    ignore_changes: Input<bool>,
    memory: Output<Memory>,
    verdict: Output<bool>,
}

impl Operator for Judge {
    type Slots = JudgeSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> JudgeSlots {
        JudgeSlots {
            // That it goes and comes back is a change, so it has to be heard of.
            slow: declare.optional("slow"),
            precomputed: declare.optional("precomputed"),
            reset: declare.input("reset"),
            ignore_changes: declare.input("ignore_changes"),
            memory: declare.output("memory"),
            verdict: declare.output("verdict"),
        }
    }

    /// Called when anything slow changes, which it looks at.
    fn setup(&self, slots: &JudgeSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (reset, is_ready) = (cx.value(&slots.reset)?, cx.is_ready(&slots.precomputed));
        let now = cx.is_ready(&slots.slow).then(|| cx.stamp(&slots.slow));
        let right = match cx.last(&slots.memory) {
            Some(last) if last.was_ready && last.reset == reset => last.right,
            _ => Right::Waiting,
        };
        let right = right.next(now);
        let is_right = is_ready && (right != Right::Void || cx.value(&slots.ignore_changes)?);
        let memory = Memory {
            was_ready: is_ready,
            reset,
            right,
        };
        cx.provide(&slots.memory, memory)?;
        cx.provide(&slots.verdict, is_right)
    }
}

/// One of the two, as the judge says.
struct Choice;

struct ChoiceSlots {
    slow: Input<Array>,
    precomputed: Input<Array>,
    verdict: Input<bool>,
    output: Output<Array>,
}

impl Operator for Choice {
    type Slots = ChoiceSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ChoiceSlots {
        ChoiceSlots {
            slow: declare.input("slow"),
            precomputed: declare.optional("precomputed"),
            verdict: declare.input("verdict"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ChoiceSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let slow = cx.meta(&slots.slow)?;
        if !cx.value(&slots.verdict)? {
            return cx.describe(&slots.output, slow);
        }
        let meta = cx.meta(&slots.precomputed)?;
        if (meta.axes(), meta.shape(), meta.dtype()) != (slow.axes(), slow.shape(), slow.dtype()) {
            return Err(Error::invalid(format!(
                "what was precomputed, {meta:?}, is not as `slow`, {slow:?}"
            )));
        }
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &ChoiceSlots, cx: &mut Dirty<'_>) {
        let dirt = match cx.value(&slots.verdict) {
            _ if cx.is_dirty(&slots.verdict) => Dirt::everything(),
            Ok(true) => cx.of(&slots.precomputed).clone(),
            Ok(false) => cx.of(&slots.slow).clone(),
            Err(_) => Dirt::everything(),
        };
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &ChoiceSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let chosen = match cx.value(&slots.verdict)? {
            true => &slots.precomputed,
            false => &slots.slow,
        };
        Ok(cx.request(chosen, roi).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}

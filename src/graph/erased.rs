//! An operator without its type.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use pin_project::pin_project;

use crate::array::Array;
use crate::error::Error;
use crate::graph::data::Data;
use crate::graph::dirty::Dirty;
use crate::graph::edit::Edit;
use crate::graph::execute::Execute;
use crate::graph::id::SlotId;
use crate::graph::kept::Kept;
use crate::graph::operator::{Operator, Written};
use crate::graph::setup::Setup;
use crate::roi::Roi;
use crate::sync::Arc;

pub(crate) trait Erased: Send + Sync {
    fn setup(&self, cx: &mut Setup<'_>) -> Result<(), Error>;
    fn dirty(&self, cx: &mut Dirty<'_>);
    fn execute(self: Arc<Self>, cx: Execute) -> BoxFuture<'static, Result<Data, Error>>;
    fn write(&self, cx: &Execute, roi: Roi, data: &Array) -> Result<(), Error>;
    fn write_in_edit(&self, e: &mut Edit<'_>, slot: SlotId, roi: Roi, data: &Array) -> Result<Written, Error>;
    fn is_inline(&self) -> bool;
    fn name(&self) -> &str;
    fn kept(&self, cx: &Execute, roi: Roi) -> Option<Kept>;
}

/// An operator beside its slots.
pub(crate) struct Bound<O: Operator> {
    pub(crate) operator: Arc<O>,
    pub(crate) slots: O::Slots,
    /// Asked once: it decides about every pull.
    pub(crate) inline: bool,
}

impl<O: Operator> Erased for Bound<O> {
    fn setup(&self, cx: &mut Setup<'_>) -> Result<(), Error> {
        self.operator.setup(&self.slots, cx)
    }

    fn dirty(&self, cx: &mut Dirty<'_>) {
        self.operator.dirty(&self.slots, cx);
    }

    fn execute(self: Arc<Self>, cx: Execute) -> BoxFuture<'static, Result<Data, Error>> {
        // One allocation for the whole of it: an inline execution costs little else.
        Box::pin(async move {
            // Looked at where it is: an array is large enough that each move on the way up a chain is felt.
            let result = Caught(self.operator.execute(&self.slots, &cx, cx.roi)).await;
            match result
                .as_ref()
                .map_or_else(|error| Some(error.clone()), |data| cx.check(data).err())
            {
                None => result,
                Some(error) => Err(cx.failure(error)),
            }
        })
    }

    fn write(&self, cx: &Execute, roi: Roi, data: &Array) -> Result<(), Error> {
        catch_unwind(AssertUnwindSafe(|| self.operator.write(&self.slots, cx, roi, data))).unwrap_or_else(|payload| {
            let name = cx.output_path();
            Err(Error::panicked(&*payload).context(format_args!("`{name}` did not take what was written")))
        })
    }

    fn write_in_edit(&self, e: &mut Edit<'_>, slot: SlotId, roi: Roi, data: &Array) -> Result<Written, Error> {
        self.operator.write_in_edit(&self.slots, e, slot, roi, data)
    }

    fn is_inline(&self) -> bool {
        self.inline
    }

    fn name(&self) -> &str {
        self.operator.name()
    }

    fn kept(&self, cx: &Execute, roi: Roi) -> Option<Kept> {
        // Who looks at a graph must not fail because an operator does.
        let kept = catch_unwind(AssertUnwindSafe(|| self.operator.kept(&self.slots, cx, roi)));
        kept.unwrap_or_default()
    }
}

/// A future whose panic is an error.
#[pin_project]
struct Caught<F>(#[pin] F);

impl<F: Future<Output = Result<Data, Error>>> Future for Caught<F> {
    type Output = Result<Data, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.project().0;
        catch_unwind(AssertUnwindSafe(|| future.poll(cx)))
            .unwrap_or_else(|payload| Poll::Ready(Err(Error::panicked(&*payload))))
    }
}

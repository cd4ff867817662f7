//! Asking a slot of one version: the way up to who makes it, and what comes back.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::array::Array;
use crate::error::Error;
use crate::graph::data::{Data, Inner, SlotType};
use crate::graph::execute::{Execute, Scope};
use crate::graph::id::SlotId;
use crate::graph::meta::Meta;
use crate::graph::node::{OperatorNode, SlotNode, Source};
use crate::graph::share::Key;
use crate::graph::state::{Description, State};
use crate::graph::version::gone;
use crate::request::{Request, RequestContext, Wait};
use crate::roi::Roi;
use crate::sync::Arc;

/// How many inline executions may lie on one stack before the next gets a request of its own (P37).
const DEPTH: u32 = 64;

/// A future of data from a slot, bound to one revision.
///
/// *Cancel safety*: dropping it takes the interest away; what was computed for others goes on.
#[must_use = "nothing is computed before it is awaited, waited for or submitted"]
pub struct Pull<T> {
    from: From,
    carries: PhantomData<fn() -> T>,
}

/// Small, whatever it holds: it is a part of every operator's future.
enum From {
    /// It was there, or cannot be had.
    Here(Option<Box<Result<Data, Error>>>),
    /// Computed once for all who ask.
    Shared(Box<Wait<Data>>),
    /// Computed as a part of whoever polls this.
    Inline(BoxFuture<'static, Result<Data, Error>>),
}

impl<T: SlotType> Pull<T> {
    /// Starts it now, rather than when it is first awaited.
    pub fn submit(mut self) -> Self {
        self.from = match self.from {
            From::Inline(future) => From::Shared(Box::new(Request::new(future).into_future())),
            other => other,
        };
        if let From::Shared(wait) = &self.from {
            wait.request().submit();
        }
        self
    }

    /// Blocks until it is there: for operators that are written in a blocking style.
    ///
    /// # Errors
    ///
    /// What computing it failed with; that waiting is impossible here, see [`Request::wait`].
    pub fn wait(self) -> Result<T, Error> {
        let result = match self.from {
            From::Here(result) => result.map_or_else(|| Err(spent()), |result| *result),
            From::Shared(wait) => wait.request().wait(),
            From::Inline(future) => Request::new(future).wait(),
        };
        result.and_then(typed)
    }

    /// The data, if nothing has to be computed for it, or why it cannot be had.
    pub(crate) fn here(&self) -> Option<Result<T, Error>> {
        match &self.from {
            From::Here(Some(result)) => Some(Result::clone(result).and_then(typed)),
            From::Here(None) => Some(Err(spent())),
            From::Shared(_) | From::Inline(_) => None,
        }
    }
}

fn spent() -> Error {
    Error::invalid("a pull gives its result once")
}

fn typed<T: SlotType>(data: Data) -> Result<T, Error> {
    let gave = data.type_name();
    T::take(data).ok_or_else(|| {
        let carries = std::any::type_name::<T>();
        Error::invalid(format!("a slot of {carries} gave a {gave}"))
    })
}

impl<T: SlotType> Future for Pull<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let result = match &mut self.from {
            From::Here(result) => Poll::Ready(result.take().map_or_else(|| Err(spent()), |result| *result)),
            From::Shared(wait) => wait.poll_unpin(cx),
            From::Inline(future) => future.poll_unpin(cx),
        };
        result.map(|result| result.and_then(typed))
    }
}

impl<T> std::fmt::Debug for Pull<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let how = match &self.from {
            From::Here(_) => "there, or refused",
            From::Shared(_) => "shared",
            From::Inline(_) => "inline",
        };
        write!(f, "Pull({how})")
    }
}

/// Asks `slot` for `roi`.
pub(crate) fn pull<T: SlotType>(scope: &Arc<Scope>, slot: SlotId, roi: Roi, depth: u32) -> Pull<T> {
    let from = find(scope, slot, roi, depth).unwrap_or_else(|error| From::Here(Some(Box::new(Err(error)))));
    Pull {
        from,
        carries: PhantomData,
    }
}

/// Follows connections to where the data is or is made.
fn find(scope: &Arc<Scope>, slot: SlotId, roi: Roi, depth: u32) -> Result<From, Error> {
    let mut here = slot;
    loop {
        let node = scope.version.slot(here).ok_or_else(|| gone(here))?;
        if let Some(frozen) = &node.frozen {
            return find(&Scope::new(&scope.core, &frozen.version), here, roi, depth);
        }
        match &node.source {
            Source::Slot(up) => here = *up,
            Source::Value(data) => return held(scope, slot, data, roi),
            Source::Unset => match &node.info.default {
                Some(data) => return held(scope, slot, data, roi),
                None => return Err(refusal(scope, slot, node)),
            },
            Source::Operator => return made(scope, slot, node, roi, depth),
        }
    }
}

fn refusal(scope: &Scope, asked: SlotId, node: &SlotNode) -> Error {
    let name = scope.version.slot_name(asked);
    node.state
        .refusal(&name)
        .unwrap_or_else(|| Error::invalid(format!("`{name}` has no data")))
}

/// Part of an array that lies in a slot, or a value that does.
fn held(scope: &Scope, asked: SlotId, data: &Data, roi: Roi) -> Result<From, Error> {
    let data = match &data.0 {
        Inner::Array(array) => {
            let part = array.slice(&roi);
            part.map_err(|error| error.context(format_args!("asking `{}`", scope.version.slot_name(asked))))?
                .into()
        }
        Inner::Value(_) => data.clone(),
    };
    Ok(From::Here(Some(Box::new(Ok(data)))))
}

fn made(scope: &Arc<Scope>, asked: SlotId, node: &Arc<SlotNode>, roi: Roi, depth: u32) -> Result<From, Error> {
    match &node.state {
        State::Ready(Description::Array(meta)) => {
            let fits = roi.rank() == meta.shape().rank() && meta.roi().contains(&roi);
            if !fits {
                let name = scope.version.slot_name(asked);
                return Err(Error::invalid(format!(
                    "{roi} reaches out of `{name}`, which is {}",
                    meta.shape()
                )));
            }
        }
        State::Ready(Description::Known(data)) => return Ok(From::Here(Some(Box::new(Ok(data.clone()))))),
        State::Ready(Description::Computed) => {}
        _ => return Err(refusal(scope, asked, node)),
    }
    let owner = scope.version.owner(node.info.owner);
    if owner.body.is_inline() && depth < DEPTH {
        return Ok(From::Inline(execution(scope, owner, node, roi, depth + 1)));
    }
    let key = Key {
        slot: node.id,
        roi,
        stamp: scope.version.stamp(node.id, &roi),
    };
    let shares = &scope.core.shares;
    let request = shares.join(key, |key| shared(scope, owner, node, key));
    Ok(From::Shared(Box::new(request.into_future())))
}

/// A request that executes once for all who ask, again if all had left and others came. It has nobody's context, since it
/// is everybody's: the deadline of the first to ask must not be that of the second.
fn shared(scope: &Arc<Scope>, owner: &Arc<OperatorNode>, node: &Arc<SlotNode>, key: Key) -> Request<Data> {
    let mut builder = Request::builder()
        .on(&scope.core.runtime)
        .name(Arc::clone(&owner.name))
        .context(RequestContext::default());
    // Without a budget an estimate would only keep the request from running in its waiter's stack.
    if let (true, State::Ready(Description::Array(meta))) = (scope.core.has_budget, &node.state) {
        let pixels = key.roi.shape().saturating_volume() as u64;
        builder = builder.bytes(meta.bytes_for(pixels));
    }
    let (scope, owner, node) = (Arc::clone(scope), Arc::clone(owner), Arc::clone(node));
    builder.repeatable(move || {
        let execution = execution(&scope, &owner, &node, key.roi, 0);
        let core = Arc::clone(&scope.core);
        async move {
            let result = execution.await;
            core.shares.leave(&key);
            result
        }
    })
}

/// Runs an operator for one region, and sees to it that what it returns is what was declared.
fn execution(
    scope: &Arc<Scope>,
    owner: &OperatorNode,
    node: &SlotNode,
    roi: Roi,
    depth: u32,
) -> BoxFuture<'static, Result<Data, Error>> {
    let cx = Execute {
        scope: Arc::clone(scope),
        operator: owner.id,
        output: node.id,
        roi,
        depth,
    };
    Arc::clone(&owner.body).execute(cx)
}

impl Execute {
    fn node(&self) -> &SlotNode {
        self.scope.version.known(self.output)
    }

    /// The error of an execution, with the names of operator, slot and region in front.
    #[cold]
    pub(crate) fn failure(&self, error: Error) -> Error {
        let name = self.output_path();
        match self.node().info.kind.by_region {
            true => error.context(format_args!("`{name}` failed for {}", self.roi)),
            false => error.context(format_args!("`{name}` failed")),
        }
    }

    /// Whether the result of an execution is what the slot was said to give.
    pub(crate) fn check(&self, data: &Data) -> Result<(), Error> {
        let node = self.node();
        let (meta, array) = match (&node.state, &data.0) {
            (State::Ready(Description::Array(meta)), Inner::Array(array)) => (meta, array),
            (State::Ready(Description::Computed), Inner::Value(value)) if value.name() == node.info.kind.name => {
                return Ok(());
            }
            _ => return Err(other_type(node, data)),
        };
        let fits = array.dtype() == meta.dtype() && array.axes() == meta.axes();
        if fits
            && array
                .shape()
                .iter()
                .copied()
                .eq(self.roi.ranges().map(|range| range.len()))
        {
            return Ok(());
        }
        Err(other_array(meta, array, &self.roi))
    }
}

#[cold]
fn other_type(node: &SlotNode, data: &Data) -> Error {
    let (returned, carried) = (data.type_name(), node.info.kind.name);
    Error::invalid(format!(
        "the operator returned a {returned}, its slot carries {carried}"
    ))
}

#[cold]
fn other_array(meta: &Meta, array: &Array, roi: &Roi) -> Error {
    Error::invalid(format!(
        "the operator returned {} {:?} {}, not {} {:?} {} as declared",
        array.axes(),
        array.shape(),
        array.dtype(),
        meta.axes(),
        roi.shape().as_slice(),
        meta.dtype()
    ))
}

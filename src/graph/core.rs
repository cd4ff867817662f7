//! What all handles of one graph share.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Waker;

use arc_swap::ArcSwap;

use crate::array::Array;
use crate::error::Error;
use crate::graph::ask::Asks;
use crate::graph::draft::Draft;
use crate::graph::events::Batch;
use crate::graph::execute::{Execute, Scope};
use crate::graph::id::{Revision, SlotId};
use crate::graph::node::Direction;
use crate::graph::operator::KeepsNothing;
use crate::graph::share::Shares;
use crate::graph::version::Version;
use crate::graph::wave::{Told, Wave};
use crate::roi::Roi;
use crate::runtime::Runtime;
use crate::runtime::broadcast::Broadcast;
use crate::sync::{Arc, Mutex, Weak, local};

pub(crate) struct Core {
    pub(crate) this: Weak<Core>,
    pub(crate) runtime: Runtime,
    /// Whether the runtime's memory is limited.
    pub(crate) has_budget: bool,
    /// What readers see. They take no lock.
    current: ArcSwap<Version>,
    /// Held by whoever edits, from the version that the edit starts from to the one that it publishes.
    turnstile: Mutex<()>,
    pub(crate) shares: Shares,
    pub(crate) asks: Asks,
    pub(crate) subscribers: Broadcast<Arc<Batch>>,
}

/// An edit in progress on this thread.
#[derive(Clone)]
struct Open {
    core: Weak<Core>,
    /// Empty while the edit is being committed.
    draft: Rc<RefCell<Option<Draft>>>,
}

local! {
    /// The edits that this thread is in the middle of, of different graphs.
    static OPEN: RefCell<Vec<Open>> = RefCell::new(Vec::new());
}

impl Core {
    pub(crate) fn new(runtime: Runtime) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            has_budget: runtime.memory().limit != u64::MAX,
            runtime,
            current: ArcSwap::from_pointee(Version::default()),
            turnstile: Mutex::new(()),
            shares: Shares::default(),
            asks: Asks::default(),
            subscribers: Broadcast::default(),
        })
    }

    /// The latest version.
    #[inline]
    pub(crate) fn current(&self) -> Arc<Version> {
        self.current.load_full()
    }

    /// The latest version, or, in an edit on this thread, what it has become so far.
    pub(crate) fn visible(&self) -> Arc<Version> {
        let open = self.open();
        let draft = open.as_ref().and_then(|open| open.draft.try_borrow().ok());
        match draft.as_ref().and_then(|draft| draft.as_ref()) {
            Some(draft) => Arc::new(draft.next.clone()),
            None => self.current(),
        }
    }

    fn open(&self) -> Option<Open> {
        OPEN.with(|open| open.borrow().iter().rfind(|open| open.core.ptr_eq(&self.this)).cloned())
    }

    /// Why this thread must not ask for data now, if it must not.
    pub(crate) fn must_not_ask(&self) -> Option<Error> {
        self.open()
            .map(|_| Error::invalid("data cannot be asked for inside an edit or a setup; do it after the edit"))
    }

    /// Runs `f` on a draft: that of this thread's edit, of which it becomes a part, or a new one that is then committed.
    /// If it fails, the draft is as before.
    pub(crate) fn edit<R>(
        self: &Arc<Self>,
        f: impl FnOnce(&Rc<RefCell<Option<Draft>>>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        if let Some(open) = self.open() {
            return nested(&open, f);
        }
        // The first to be made is the last to be dropped, however this ends: operators and values of a draft are the
        // users' own, and may edit this graph when they are dropped.
        let draft = Rc::new(RefCell::new(None));
        let turn = self.turnstile.lock();
        draft.replace(Some(Draft::new(Weak::clone(&self.this), self.current())));
        let entered = Entered::new(self, &draft);
        let result = f(&draft)?;
        let is_untouched = draft.borrow().as_ref().is_none_or(Draft::is_untouched);
        if is_untouched {
            return Ok(result);
        }
        let taken = draft.take().expect("invariant: only this takes an outermost draft");
        let published = self.commit(taken);
        drop(entered);
        drop(turn);
        self.announce(published)?;
        Ok(result)
    }

    fn commit(self: &Arc<Self>, mut draft: Draft) -> Published {
        draft.count_classes();
        let told = Wave::settle(&mut draft);
        let Draft {
            base,
            next,
            mut touched,
            writes,
            ..
        } = draft;
        let next = Arc::new(next);
        // Before anybody can ask for what is in this version: nobody computes what is about to be written.
        let unwritten = self.hand_over(&next, &writes);
        self.current.store(Arc::clone(&next));
        touched.sort_unstable();
        touched.dedup();
        // In the order of the revisions: a subscriber hears of them as they came.
        let mut wakers = Vec::new();
        if !self.subscribers.is_empty() {
            let batch = Batch::between(&base, &next, &touched, &told);
            if !batch.events.is_empty() {
                wakers = self.subscribers.push(&Arc::new(batch));
            }
        }
        Published {
            next,
            told,
            unwritten,
            wakers,
            _base: base,
        }
    }

    /// What follows an edit and needs no turn: requests are told that they are stale, subscribers that there is news.
    fn announce(self: &Arc<Self>, published: Published) -> Result<(), Error> {
        self.asks.outdate(&published.told, &published.next);
        published.wakers.into_iter().for_each(Waker::wake);
        published.unwritten
    }

    /// Gives written data to all who keep data behind the slots that it was written to, whatever others of them do. The
    /// error is the first.
    fn hand_over(self: &Arc<Self>, next: &Arc<Version>, writes: &[(SlotId, Roi, Array)]) -> Result<(), Error> {
        let scope = Scope::new(self, next);
        let mut result = Ok(());
        for (slot, roi, data) in writes {
            result = result.and(write(&scope, *slot, *roi, data));
        }
        result
    }

    pub(crate) fn revision(&self) -> Revision {
        self.current.load().revision
    }
}

/// What is left to do without the turn.
struct Published {
    /// Of subscribers.
    wakers: Vec<Waker>,
    /// With it may go what the edit took out: not while there is a turn.
    _base: Arc<Version>,
    next: Arc<Version>,
    told: Told,
    /// Why something written was not taken, if it was not.
    unwritten: Result<(), Error>,
}

/// Offers written data to each operator that a slot leads to through connections. One that keeps nothing is no error if
/// another does.
fn write(scope: &Arc<Scope>, asked: SlotId, roi: Roi, data: &Array) -> Result<(), Error> {
    let version = &scope.version;
    if version.slot(asked).is_none() {
        return Ok(());
    }
    let (mut is_taken, mut refused, mut failed) = (false, None, None);
    let mut work = vec![asked];
    while let Some(slot) = work.pop() {
        // What is behind a frozen slot does not hear of changes.
        let Some(node) = version.slot(slot).filter(|node| node.frozen.is_none()) else {
            continue;
        };
        work.extend(&node.consumers);
        if node.info.direction == Direction::Output {
            continue;
        }
        let owner = version.owner(node.info.owner);
        match owner.body.write(&Execute::outside(scope, owner.id, slot), roi, data) {
            Ok(()) => is_taken = true,
            Err(error) if error.downcast_ref::<KeepsNothing>().is_some() => refused = refused.or(Some(error)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    let name = version.slot_name(asked);
    let nobody = || Error::invalid("nothing that it leads to keeps data");
    let error = match failed {
        None if is_taken => return Ok(()),
        None => refused.unwrap_or_else(nobody),
        Some(error) => error,
    };
    Err(error.context(format_args!("writing {roi} of `{name}`")))
}

fn nested<R>(open: &Open, f: impl FnOnce(&Rc<RefCell<Option<Draft>>>) -> Result<R, Error>) -> Result<R, Error> {
    let saved = match open.draft.try_borrow() {
        Ok(draft) => draft.clone(),
        Err(_) => None,
    };
    let saved = saved.ok_or_else(|| {
        Error::invalid("an operator cannot edit the graph while it declares its slots or sets up; its caller can")
    })?;
    let mut rollback = Rollback {
        draft: &open.draft,
        saved: Some(saved),
    };
    let result = f(&open.draft)?;
    rollback.saved = None;
    Ok(result)
}

/// Puts a draft back as it was, unless what was tried on it succeeded; also when it panicked.
struct Rollback<'a> {
    draft: &'a RefCell<Option<Draft>>,
    saved: Option<Draft>,
}

impl Drop for Rollback<'_> {
    fn drop(&mut self) {
        if let Some(saved) = self.saved.take() {
            // What failed is dropped when the draft is not borrowed any more: it may edit.
            let failed = self.draft.replace(Some(saved));
            drop(failed);
        }
    }
}

/// This thread's being in an edit.
struct Entered;

impl Entered {
    fn new(core: &Arc<Core>, draft: &Rc<RefCell<Option<Draft>>>) -> Self {
        let open = Open {
            core: Arc::downgrade(core),
            draft: Rc::clone(draft),
        };
        OPEN.with(|stack| stack.borrow_mut().push(open));
        Self
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let open = OPEN.with(|stack| stack.borrow_mut().pop());
        drop(open);
    }
}

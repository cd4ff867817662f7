//! What has been made ahead of its turn.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::task::Waker;

use crate::flow::edge::WaitList;
use crate::flow::envelope::{Envelope, Item};
use crate::flow::let_go::let_go;
use crate::flow::task::branches::Diverted;
use crate::sync::{Arc, Mutex};

/// Shared by the replicas of a node and the task that merges what they make.
#[derive(Debug)]
pub(crate) struct Window<T> {
    pub(super) state: Mutex<State<T>>,
    pub(super) width: usize,
}

/// What a replica has made.
pub(crate) enum Made<T> {
    /// An item of the main output.
    Main(Envelope<T>),
    /// One of another port.
    Diverted(Diverted),
}

#[derive(Debug)]
pub(super) struct State<T> {
    /// The number whose turn it is.
    pub(super) turn: u64,
    /// What was made of that one, the next one and so on, as far as it is known.
    pub(super) made: VecDeque<Option<Vec<Made<T>>>>,
    /// What replicas made without an item, by their places.
    pub(super) tails: BTreeMap<usize, Vec<Made<T>>>,
    pub(super) inserters: usize,
    /// Replicas that are too far ahead.
    pub(super) ahead: WaitList,
    /// The merging task, if it waits.
    pub(super) merger: Option<Waker>,
    pub(super) is_halted: bool,
}

impl<T> Window<T> {
    /// One that holds what was made of at most so many items.
    pub(crate) fn new(width: usize) -> Arc<Self> {
        let state = State {
            turn: 0,
            made: VecDeque::new(),
            tails: BTreeMap::new(),
            inserters: 0,
            ahead: WaitList::default(),
            merger: None,
            is_halted: false,
        };
        Arc::new(Self {
            state: Mutex::new(state),
            width: width.max(1),
        })
    }
}

impl<T> State<T> {
    /// All that have to look again.
    pub(super) fn call_ahead(&mut self) -> Vec<Waker> {
        std::iter::from_fn(|| self.ahead.call()).collect()
    }
}

/// A window whose type only its node knows.
pub(crate) trait AnyWindow: Send + Sync {
    /// Lets go of everything, and of all that will come; wakes everybody.
    fn halt(&self);

    /// Items that wait for their turn.
    fn waiting(&self) -> usize;

    /// Itself, for who knows the type.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<T: Item> AnyWindow for Window<T> {
    fn halt(&self) {
        let mut state = self.state.lock();
        state.is_halted = true;
        let (made, tails) = (std::mem::take(&mut state.made), std::mem::take(&mut state.tails));
        let mut woken = state.call_ahead();
        woken.extend(state.merger.take());
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        let_go(made.into_iter().flatten().chain(tails.into_values()).flatten());
    }

    fn waiting(&self) -> usize {
        self.state.lock().made.iter().flatten().count()
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

impl<T> fmt::Debug for Made<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Main(_) => "Main",
            Self::Diverted(_) => "Diverted",
        })
    }
}

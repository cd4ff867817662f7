//! Who holds a lock.

use std::thread::ThreadId;

use crate::request::current;
use crate::runtime::info::RequestId;

/// A party that may own something: the innermost request in whose poll it asks, else the tokio task, else the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Request(RequestId),
    Task(tokio::task::Id),
    Thread(ThreadId),
}

impl Owner {
    pub(crate) fn current() -> Self {
        if let Some(id) = current::with(|node| node.map(|node| node.head().id)) {
            return Self::Request(id);
        }
        match tokio::task::try_id() {
            Some(id) => Self::Task(id),
            None => Self::Thread(std::thread::current().id()),
        }
    }
}

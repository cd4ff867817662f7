//! Functions of each item that take next to no time.

use std::panic::Location;

use crate::flow::assemble::Processing;
use crate::flow::closures::Each;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::Item;
use crate::flow::making::Making;
use crate::flow::node::Node;
use crate::flow::plan::Role;

/// # Cheap processors
///
/// Functions that take well below a microsecond. They run in the task of the node before them where they can: see
/// [`cheap`](Node::cheap).
impl<J, T: Item> Node<J, T> {
    /// Calls `function` with each item and what takes the results. All that it makes of one item is in memory at once: what
    /// makes very many of each is better an
    /// [`AsyncProcessor`](crate::flow::AsyncProcessor), which can [wait for room](Emitter::room).
    #[track_caller]
    pub fn flat_map<O: Item>(
        &self,
        name: impl Into<String>,
        mut function: impl FnMut(T, &mut Emitter<'_, O>) + Send + 'static,
    ) -> Node<T, O> {
        let each = Each::new(move |item, output: &mut Emitter<'_, O>| {
            function(item, output);
            Ok(())
        });
        self.behind(name, Role::Processor, Processing(Making::one(each)), Location::caller())
            .cheap()
    }

    /// Makes one item of each.
    #[track_caller]
    pub fn map<O: Item>(
        &self,
        name: impl Into<String>,
        mut function: impl FnMut(T) -> O + Send + 'static,
    ) -> Node<T, O> {
        self.flat_map(name, move |item, output| output.emit(function(item)))
    }

    /// Lets through what `predicate` is true of.
    #[track_caller]
    pub fn filter(
        &self,
        name: impl Into<String>,
        mut predicate: impl FnMut(&T) -> bool + Send + 'static,
    ) -> Node<T, T> {
        self.flat_map(name, move |item, output| {
            if predicate(&item) {
                output.emit(item);
            }
        })
    }

    /// Makes one item, or none, of each.
    #[track_caller]
    pub fn filter_map<O: Item>(
        &self,
        name: impl Into<String>,
        mut function: impl FnMut(T) -> Option<O> + Send + 'static,
    ) -> Node<T, O> {
        self.flat_map(name, move |item, output| {
            if let Some(made) = function(item) {
                output.emit(made);
            }
        })
    }

    /// Looks at each item.
    #[track_caller]
    pub fn inspect(&self, name: impl Into<String>, mut function: impl FnMut(&T) + Send + 'static) -> Node<T, T> {
        self.flat_map(name, move |item, output| {
            function(&item);
            output.emit(item);
        })
    }

    /// Makes one item of each and of a state that goes from item to item.
    #[track_caller]
    pub fn scan<S, O: Item>(
        &self,
        name: impl Into<String>,
        mut state: S,
        mut function: impl FnMut(&mut S, T) -> O + Send + 'static,
    ) -> Node<T, O>
    where
        S: Send + 'static,
    {
        self.map(name, move |item| function(&mut state, item))
    }

    /// Says when what an item shows has happened: joins by time and windows of time go by it.
    #[track_caller]
    pub fn stamp(
        &self,
        name: impl Into<String>,
        mut time: impl FnMut(&T) -> std::time::Duration + Send + 'static,
    ) -> Node<T, T> {
        self.flat_map(name, move |item, output| {
            let time = time(&item);
            output.emit_at(item, time);
        })
    }
}

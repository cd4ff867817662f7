//! Requests as lines, each above those that it waits for.

use std::collections::{HashMap, HashSet};

use crate::green::console::builtin::figures::STATES;
use crate::green::console::text::{bytes, time};
use crate::runtime::info::{RequestId, RequestInfo};

/// Deeper than this, lines are no longer moved to the right.
const DEEPEST: usize = 24;

/// One line of a tree.
pub(super) struct Told {
    pub(super) line: String,
    /// Whether it is the first of its request.
    pub(super) is_new: bool,
}

/// The lines of a tree, made one by one: a program may have a million requests.
pub(super) struct Tree<'a> {
    infos: HashMap<RequestId, &'a RequestInfo>,
    told: HashSet<RequestId>,
    /// What is still to be told, with its depth; the next one last.
    next: Vec<(RequestId, usize)>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(infos: &'a [RequestInfo]) -> Self {
        let awaited: HashSet<_> = infos.iter().flat_map(|info| &info.waits_for).collect();
        // States change while they are looked at, so there may seem to be a circle: whoever is left in one comes last.
        let (inner, outer): (Vec<_>, Vec<_>) = infos.iter().map(|info| info.id).partition(|id| awaited.contains(id));
        let roots = outer.into_iter().chain(inner);
        let mut next: Vec<_> = roots.map(|id| (id, 0)).collect();
        next.reverse();
        Self {
            infos: infos.iter().map(|info| (info.id, info)).collect(),
            told: HashSet::new(),
            next,
        }
    }

    fn tell(&mut self, id: RequestId, depth: usize) -> Told {
        let indent = "  ".repeat(depth.min(DEEPEST));
        let (line, is_new) = match self.infos.get(&id) {
            None => (format!("{indent}{id}, which is not listed"), false),
            Some(_) if !self.told.insert(id) => (format!("{indent}{id}, as above"), false),
            Some(info) => {
                let inner = info.waits_for.iter().rev();
                self.next.extend(inner.map(|inner| (*inner, depth + 1)));
                (format!("{indent}{}", told(info, false)), true)
            }
        };
        Told { line, is_new }
    }
}

impl Iterator for Tree<'_> {
    type Item = Told;

    fn next(&mut self) -> Option<Told> {
        loop {
            let (id, depth) = self.next.pop()?;
            // At the top it would not be told where it belongs.
            if depth > 0 || !self.told.contains(&id) {
                return Some(self.tell(id, depth));
            }
        }
    }
}

/// One request; `with_waits` if the line is to say by itself what it waits for.
pub(super) fn told(info: &RequestInfo, with_waits: bool) -> String {
    let state = STATES.iter().find(|(state, _)| *state == info.state);
    let mut line = format!(
        "{} {} for {}",
        info.id,
        state.map_or("ended", |(_, name)| name),
        time(info.unchanged_for)
    );
    line += &format!(", {} old: ", time(info.age));
    line += &match &info.name {
        Some(name) => format!("`{name}` ({})", info.place),
        None => info.place.to_string(),
    };
    if info.cancelled {
        line += ", cancelled";
    }
    match info.waiters {
        0 => {}
        1 => line += ", one waits for it",
        many => line += &format!(", {many} wait for it"),
    }
    if info.bytes > 0 {
        line += &format!(", {}", bytes(info.bytes));
    }
    for lock in &info.waits_for_locks {
        line += &format!(", waits for the lock `{lock}`");
    }
    if with_waits {
        line.extend(info.waits_for.iter().map(|id| format!(", waits for {id}")));
    }
    line
}

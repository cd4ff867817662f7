//! Operators that give one of several inputs, or lists of them.

use crate::operators::{AsList, JoinLists, Switch, ZeroDefault};
use crate::pipeline::entry::Entry;
use crate::pipeline::registration::Registration;

pub(super) fn entries() -> Vec<Entry> {
    vec![
        Registration::new(
            "AsList",
            "Gives its input as a list of one element, for what takes lists only.",
            || AsList,
        )
        .input("input", "the one", |s| &s.input)
        .output_list("list", "it alone", |s| &s.list)
        .entry(),
        Registration::new(
            "JoinLists",
            "Gives the elements of several lists one after the other, as one list.",
            || JoinLists,
        )
        .lists("lists", "lists of images", |s| &s.lists)
        .output_list("list", "all elements, in order", |s| &s.list)
        .entry(),
        Registration::new("Switch", "Gives one of several images: a switch.", Switch::default)
            .list(
                "images",
                "of any kind; those that are not selected need not be ready",
                |s| &s.images,
            )
            .parameter("selected", "which, by its place", |s| &s.selected)
            .output("output", "that one", |s| &s.output)
            .entry(),
        Registration::new(
            "ZeroDefault",
            "Gives its input, and zeros while that is not ready: what shows predictions before there is a classifier.",
            || ZeroDefault,
        )
        .input(
            "meta",
            "as what the output is described; its data is not asked for",
            |s| &s.meta,
        )
        .optional("input", "the data", |s| &s.input)
        .output("output", "the data, or zeros", |s| &s.output)
        .entry(),
    ]
}

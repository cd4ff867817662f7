//! The commands that every console has.

pub(super) mod events;
mod figures;
mod help;
mod log;
mod memory;
mod one;
mod requests;
mod stalled;
mod tree;

use crate::green::console::commands::Action;

/// Name, help, and what it does.
pub(super) const ALL: [(&str, &str, Action); 13] = [
    (
        "cancel",
        "ID: say that nobody wants the result of this request any more\n\
         A request that others wait for goes on until the last of them leaves.",
        Action::Plain(one::cancel),
    ),
    (
        "events",
        "[COUNT|TIME]: what happens to requests, until a line is sent\n\
         Or until so many events have been told, or for so long: `events 100`, `events 5s`.",
        Action::Events,
    ),
    ("exit", "leave; the application goes on", Action::Leave),
    (
        "explain",
        "ID: why this request is not running, or what it is doing",
        Action::Plain(one::explain),
    ),
    (
        "help",
        "[COMMAND]: all commands, or all of one",
        Action::Plain(help::help),
    ),
    (
        "log",
        "[LEVEL]: what is logged, or change it: off, error, warn, info, debug, trace",
        Action::Plain(log::log),
    ),
    (
        "memory",
        "the account of bytes, and who holds most",
        Action::Plain(memory::memory),
    ),
    ("metrics", "figures for Prometheus", Action::Plain(figures::metrics)),
    ("quit", "the same as `exit`", Action::Leave),
    (
        "requests",
        "[all] [COUNT]: the live requests, each above those that it waits for\n\
         At most 200 lines if no COUNT is given; `all` adds the console's own requests.",
        Action::Plain(requests::requests),
    ),
    (
        "stalled",
        "[TIME]: requests that have been started and have not moved for so long, 10s if not given",
        Action::Plain(stalled::stalled),
    ),
    ("statistics", "figures for people", Action::Plain(figures::statistics)),
    (
        "whoami",
        "which session this is, and where its client is",
        Action::Plain(help::whoami),
    ),
];

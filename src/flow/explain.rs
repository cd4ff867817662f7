//! Why a flow has not ended.

use std::fmt::Write as _;

use crate::flow::engine::{Engine, NodeState};
use crate::flow::meter::Activity;
use crate::flow::plan::NodeId;

/// A line for each node that has not ended.
pub(crate) fn explain(engine: &Engine) -> String {
    let left = engine.order.iter().filter(|id| engine.nodes[**id].crew.live() > 0);
    let lines: Vec<_> = left.map(|id| line(engine, *id)).collect();
    match lines.is_empty() {
        true => format!("flow `{}` has ended", engine.name),
        false => format!("flow `{}` has not ended:\n{}", engine.name, lines.join("\n")),
    }
}

fn line(engine: &Engine, id: NodeId) -> String {
    let node = &engine.nodes[id];
    let (reading, live) = (node.meter.read(), node.crew.live());
    let at = |what: Activity| reading.at[what as usize];
    let mut line = format!("  `{}`", node.name);
    let mut say = |count: usize, what: &str| {
        if count > 0 {
            let of = if live > 1 {
                format!("{count} of {live} ")
            } else {
                String::new()
            };
            let _ = write!(line, "{} {of}{what}", if line.ends_with('`') { "" } else { ";" });
        }
    };
    say(
        at(Activity::Input),
        &format!("waits for an item from {}", senders(engine, node)),
    );
    say(at(Activity::Room), &format!("waits for room in {}", full(engine, id)));
    say(at(Activity::Source), "awaits its next item");
    say(at(Activity::Result), "awaits the result of an item");
    say(at(Activity::BackOff), "waits for the time of another attempt");
    let idle: usize = reading.at.iter().sum();
    let ahead = node.window.as_ref().map_or(0, |window| window.waiting());
    say(
        live.saturating_sub(idle),
        &format!("is at work, and was last heard of {:.1?} ago", reading.idle),
    );
    if ahead > 0 {
        let _ = write!(line, "; {ahead} results wait for an earlier one");
    }
    line
}

/// The edges before a node, with who may still send.
fn senders(engine: &Engine, node: &NodeState) -> String {
    let edges = node.inputs.iter().zip(&node.before);
    let wanted = edges
        .enumerate()
        .filter(|(nth, _)| node.meter.waits_for(*nth))
        .map(|(_, edge)| edge);
    let open = wanted.filter(|(edge, _)| edge.look().senders > 0);
    let names = open.map(|(edge, before)| {
        let names: Vec<_> = before
            .iter()
            .map(|id| format!("`{}`", engine.nodes[*id].name))
            .collect();
        let state = edge.look();
        format!(
            "the edge {} → `{}` ({} taken, {} open)",
            names.join(", "),
            node.name,
            state.taken,
            state.senders
        )
    });
    let names: Vec<_> = names.collect();
    match names.is_empty() {
        true => "an edge that has ended".to_owned(),
        false => names.join(" or "),
    }
}

/// The edges behind a node, and behind those fused to it, in which there is no room.
fn full(engine: &Engine, id: NodeId) -> String {
    let mut full = Vec::new();
    for to in &engine.nodes {
        for (edge, before) in to.inputs.iter().zip(&to.before) {
            let heads = before.iter().map(|id| engine.nodes[*id].fused_into.unwrap_or(*id));
            let state = edge.look();
            if state.blocked > 0 && heads.into_iter().any(|head| head == id) {
                let depth = edge.limits().depth;
                full.push(format!(
                    "the edge `{}` → `{}` ({} of {depth} items)",
                    engine.nodes[id].name, to.name, state.waiting
                ));
            }
        }
    }
    match full.is_empty() {
        false => full.join(" and "),
        true => "what lies behind it".to_owned(),
    }
}

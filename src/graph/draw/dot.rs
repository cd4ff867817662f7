//! A plan in the language of Graphviz.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::graph::draw::plan::{Block, End, Plan, Port, Role, Status};
use crate::graph::draw::text::escape;
use crate::graph::id::OperatorId;

pub(super) fn write(plan: &Plan) -> String {
    let mut dot = String::from(
        "digraph headwater {\n  rankdir=LR; nodesep=0.3; ranksep=0.8;\n  \
         node [shape=plain fontname=\"Helvetica\" fontsize=11]; edge [color=\"#475569\" arrowsize=0.6];\n",
    );
    plan.blocks.iter().for_each(|block| operator(&mut dot, block, 1));
    let mut open = HashSet::new();
    note_open(&plan.blocks, &mut open);
    for wire in &plan.wires {
        let style = if wire.by_region { "solid" } else { "dashed" };
        let label = if wire.count > 1 {
            format!(" label=\"{}×\"", wire.count)
        } else {
            String::new()
        };
        let color = match wire.status {
            Status::Ready => "",
            Status::NotReady => " color=\"#94a3b8\"",
            Status::Failed => " color=\"#dc2626\"",
        };
        let (from, to) = (name(&open, wire.from), name(&open, wire.to));
        line(
            &mut dot,
            1,
            format_args!("{from} -> {to} [style={style}{color}{label}];"),
        );
    }
    dot.push_str("}\n");
    dot
}

fn line(dot: &mut String, depth: usize, text: std::fmt::Arguments<'_>) {
    let _ = writeln!(dot, "{:indent$}{text}", "", indent = 2 * depth);
}

/// What identifies the end of a wire. Ids are ours; no name gets into one.
fn name(open: &HashSet<OperatorId>, end: End) -> String {
    match end {
        End::Port(block, slot) if open.contains(&block) => format!("s{}", slot.index),
        End::Port(block, slot) => format!("o{}:s{}", block.index, slot.index),
        End::Block(block) => format!("o{}", block.index),
    }
}

/// Collects the blocks that are drawn with what is inside them.
fn note_open(blocks: &[Block], open: &mut HashSet<OperatorId>) {
    for block in blocks.iter().filter(|block| !block.children.is_empty()) {
        open.insert(block.id);
        note_open(&block.children, open);
    }
}

fn operator(dot: &mut String, block: &Block, depth: usize) {
    if block.children.is_empty() {
        return line(
            dot,
            depth,
            format_args!("o{} [label={}];", block.id.index, table(block)),
        );
    }
    line(dot, depth, format_args!("subgraph cluster_o{} {{", block.id.index));
    let title = title(block);
    line(
        dot,
        depth + 1,
        format_args!("label=<{title}>; style=rounded; color=\"#94a3b8\";"),
    );
    for port in block.inputs.iter().chain(&block.outputs) {
        let (slot, color, name) = (port.slot.index, color(port.status), shown(&port.name));
        let node = format_args!("s{slot} [shape=cds style=filled fillcolor=\"{color}\" label=<{name}>];");
        line(dot, depth + 1, node);
    }
    block.children.iter().for_each(|child| operator(dot, child, depth + 1));
    line(dot, depth, format_args!("}}"));
}

/// A name as a label, which Graphviz does not want to be empty.
fn shown(name: &str) -> String {
    match name {
        "" => "&#160;".to_owned(),
        name => escape(name),
    }
}

fn title(block: &Block) -> String {
    let mut title = format!("<b>{}</b>", shown(&block.name));
    if !block.kind.is_empty() {
        let _ = write!(title, "<br/><font point-size=\"9\">{}</font>", escape(&block.kind));
    }
    if block.hidden > 0 {
        let _ = write!(title, " ({} inside)", block.hidden);
    }
    title
}

/// A table with the slots at its sides.
fn table(block: &Block) -> String {
    let back = match (Plan::status(block), block.role) {
        (Status::Ready, Role::Source) => "#fef3c7",
        (Status::Ready, Role::Sink) => "#e0e7ff",
        (status, _) => color(status),
    };
    let mut table =
        String::from("<<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"4\" color=\"#94a3b8\">");
    let _ = write!(
        table,
        "<tr><td colspan=\"2\" bgcolor=\"{back}\">{}</td></tr>",
        title(block)
    );
    for row in 0..block.inputs.len().max(block.outputs.len()) {
        table.push_str("<tr>");
        for port in [block.inputs.get(row), block.outputs.get(row)] {
            match port {
                Some(port) => cell(&mut table, port),
                None => table.push_str("<td>&#160;</td>"),
            }
        }
        table.push_str("</tr>");
    }
    let running = (block.running > 0).then(|| format!("{} running", block.running));
    for note in block.kept.map(|kept| kept.to_string()).into_iter().chain(running) {
        let _ = write!(table, "<tr><td colspan=\"2\">{note}</td></tr>");
    }
    table.push_str("</table>>");
    table
}

fn cell(table: &mut String, port: &Port) {
    let frozen = if port.is_frozen { " ❄" } else { "" };
    let (slot, color, name) = (port.slot.index, color(port.status), shown(&port.name));
    let detail = escape(&port.detail);
    let _ = write!(
        table,
        "<td port=\"s{slot}\" bgcolor=\"{color}\" title=\"{detail}\" href=\"#\">{name}{frozen}</td>"
    );
}

fn color(status: Status) -> &'static str {
    match status {
        Status::Ready => "#dcfce7",
        Status::NotReady => "#f1f5f9",
        Status::Failed => "#fee2e2",
    }
}

//! A plan as lines of text.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use crate::graph::draw::plan::{Block, End, Plan, Port, Role, Wire};
use crate::graph::draw::text::one_line;
use crate::graph::id::OperatorId;

pub(super) fn write(plan: &Plan) -> String {
    let mut outline = Outline {
        text: format!("{} in {}\n", operators(plan.operators), plan.revision),
        names: HashMap::new(),
        titles: BTreeMap::new(),
        feeds: BTreeMap::new(),
    };
    outline.note(&plan.blocks, "");
    for wire in &plan.wires {
        outline.feeds.entry(wire.to).or_default().push(wire);
    }
    plan.blocks.iter().for_each(|block| outline.block(block, 0));
    outline.text
}

fn operators(many: usize) -> String {
    match many {
        1 => "1 operator".to_owned(),
        many => format!("{many} operators"),
    }
}

struct Outline<'a> {
    text: String,
    /// How operators are called among their neighbours: by their name, with a number if it is not the first of that name.
    names: HashMap<OperatorId, String>,
    /// How the ends of wires are called: an operator by its name and those that it is in, a slot by that and its own.
    titles: BTreeMap<End, String>,
    feeds: BTreeMap<End, Vec<&'a Wire>>,
}

impl Outline<'_> {
    fn note(&mut self, blocks: &[Block], outer: &str) {
        let mut known: HashMap<&str, usize> = HashMap::new();
        for block in blocks {
            let nth = known.entry(&block.name).or_default();
            *nth += 1;
            let name = match *nth {
                1 => one_line(&block.name),
                nth => format!("{} #{nth}", one_line(&block.name)),
            };
            let title = format!("{outer}{name}");
            for port in block.inputs.iter().chain(&block.outputs) {
                let end = End::Port(block.id, port.slot);
                self.titles.insert(end, format!("{title}.{}", one_line(&port.name)));
            }
            self.note(&block.children, &format!("{title}/"));
            self.titles.insert(End::Block(block.id), title);
            self.names.insert(block.id, name);
        }
    }

    fn block(&mut self, block: &Block, depth: usize) {
        let mut heading = self.names.get(&block.id).cloned().unwrap_or_default();
        if !block.kind.is_empty() {
            let _ = write!(heading, " ({})", one_line(&block.kind));
        }
        let running = (block.running > 0).then(|| format!("{} running", block.running));
        let hidden = (block.hidden > 0).then(|| format!("{} inside", operators(block.hidden)));
        let kept = block.kept.map(|kept| kept.to_string());
        let notes: Vec<String> = [hidden, kept, running].into_iter().flatten().collect();
        if !notes.is_empty() {
            let _ = write!(heading, ": {}", notes.join(", "));
        }
        self.line(depth, &heading);
        if let Some(from) = self.feeders(End::Block(block.id), "<-") {
            self.line(depth + 1, &from);
        }
        for port in &block.inputs {
            let from = self.feeders(End::Port(block.id, port.slot), "<-");
            match block.role {
                // What it takes is told by what gives it: it has no slot.
                Role::Sink => self.line(
                    depth + 1,
                    &format!("{}: {}", from.unwrap_or_default(), one_line(&port.name)),
                ),
                Role::Operator | Role::Source => self.port(port, from, depth + 1),
            }
        }
        for port in &block.outputs {
            let from = self.feeders(End::Port(block.id, port.slot), "=");
            self.port(port, from, depth + 1);
        }
        block.children.iter().for_each(|child| self.block(child, depth + 1));
    }

    /// A slot: its name, what feeds it, and what it gives or why it does not.
    fn port(&mut self, port: &Port, from: Option<String>, depth: usize) {
        let from = from.map(|from| format!(" {from}")).unwrap_or_default();
        let (name, detail) = (one_line(&port.name), one_line(&port.detail));
        self.line(depth, &format!("{name}{from}: {detail}"));
    }

    /// What feeds an end, behind `sign`.
    fn feeders(&self, end: End, sign: &str) -> Option<String> {
        let title = |wire: &&Wire| {
            let title = self.titles.get(&wire.from).map_or("", String::as_str);
            match wire.count {
                1 => title.to_owned(),
                count => format!("{title} ({count} times)"),
            }
        };
        let from: Vec<String> = self.feeds.get(&end)?.iter().map(title).collect();
        Some(format!("{sign} {}", from.join(", ")))
    }

    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.text, "{:indent$}{text}", "", indent = 2 * depth);
    }
}

//! A plan as lines of text.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use crate::graph::draw::plan::{Block, End, Plan, Port};
use crate::graph::draw::text::one_line;
use crate::graph::id::SlotId;

pub(super) fn write(plan: &Plan) -> String {
    let operators = match plan.operators {
        1 => "1 operator".to_owned(),
        many => format!("{many} operators"),
    };
    let mut outline = Outline {
        text: format!("{operators} in {}\n", plan.revision),
        titles: BTreeMap::new(),
    };
    outline.note(&plan.blocks, "");
    let mut feeds: Feeds = HashMap::new();
    for wire in &plan.wires {
        if let (from, End::Port(_, slot)) = (wire.from, wire.to) {
            feeds.entry(slot).or_default().push(from);
        }
    }
    plan.blocks.iter().for_each(|block| outline.block(block, &feeds, 0));
    outline.text
}

/// What feeds a slot.
type Feeds = HashMap<SlotId, Vec<End>>;

struct Outline {
    text: String,
    /// How each end of a wire is called: an operator by the names of those that it is in, a slot by that and its own name.
    titles: BTreeMap<End, String>,
}

impl Outline {
    fn note(&mut self, blocks: &[Block], outer: &str) {
        for block in blocks {
            let title = format!("{outer}{}", one_line(&block.name));
            for port in block.inputs.iter().chain(&block.outputs) {
                let end = End::Port(block.id, port.slot);
                self.titles.insert(end, format!("{title}.{}", one_line(&port.name)));
            }
            self.note(&block.children, &format!("{title}/"));
            self.titles.insert(End::Block(block.id), title);
        }
    }

    fn block(&mut self, block: &Block, feeds: &Feeds, depth: usize) {
        let indent = 2 * depth;
        let _ = write!(self.text, "{:indent$}{}", "", one_line(&block.name));
        if !block.kind.is_empty() {
            let _ = write!(self.text, " ({})", one_line(&block.kind));
        }
        let running = (block.running > 0).then(|| format!("{} running", block.running));
        let hidden = (block.hidden > 0).then(|| format!("{} operators inside", block.hidden));
        let kept = block.kept.map(|kept| kept.to_string());
        let notes: Vec<String> = [hidden, kept, running].into_iter().flatten().collect();
        if !notes.is_empty() {
            let _ = write!(self.text, ": {}", notes.join(", "));
        }
        self.text.push('\n');
        block
            .inputs
            .iter()
            .for_each(|port| self.port(port, "<-", feeds, depth + 1));
        block
            .outputs
            .iter()
            .for_each(|port| self.port(port, "=", feeds, depth + 1));
        block
            .children
            .iter()
            .for_each(|child| self.block(child, feeds, depth + 1));
    }

    /// A slot: its name, what feeds it, and what it gives or why it does not.
    fn port(&mut self, port: &Port, sign: &str, feeds: &Feeds, depth: usize) {
        let indent = 2 * depth;
        let _ = write!(self.text, "{:indent$}{}", "", one_line(&port.name));
        let from = feeds.get(&port.slot).map_or(&[][..], Vec::as_slice);
        let titles: Vec<&str> = from
            .iter()
            .filter_map(|end| self.titles.get(end))
            .map(String::as_str)
            .collect();
        if !titles.is_empty() {
            let _ = write!(self.text, " {sign} {}", titles.join(", "));
        }
        let _ = writeln!(self.text, ": {}", one_line(&port.detail));
    }
}

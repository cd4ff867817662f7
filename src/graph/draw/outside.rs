//! Where a graph begins and ends: the files, or whatever else, that its data come from and go to.

use crate::graph::draw::plan::{Block, End, Plan, Port, Role, Wire};
use crate::graph::id::{OperatorId, SlotId};

/// What lies outside of the graph at an output.
pub(super) struct Outside {
    pub(super) slot: SlotId,
    /// What it is called: a file, for example.
    pub(super) place: String,
    /// By which name what is given goes there; `None`: it comes from there.
    pub(super) name: Option<String>,
}

/// No operator and no slot of a graph has this generation; nor are there so many that one has the same index.
const NOBODY: u32 = u32::MAX;

impl Plan {
    /// Adds what is outside of the graph: to operators where their data come from, and boxes for where outputs go.
    pub(super) fn surround(&mut self, all: &[Outside]) {
        for (nth, outside) in (0..).zip(all) {
            let Some(block) = self.blocks.iter_mut().find(|block| gives(block, outside.slot)) else {
                continue;
            };
            let Some(name) = &outside.name else {
                (block.role, block.kind) = (Role::Source, outside.place.clone());
                continue;
            };
            let output = block.outputs.iter().find(|port| port.slot == outside.slot);
            let Some(output) = output else { continue };
            let from = End::Port(block.id, output.slot);
            let (sink, wire) = sink(u32::MAX - nth, name, &outside.place, output, from);
            self.blocks.push(sink);
            self.wires.push(wire);
        }
    }
}

fn gives(block: &Block, slot: SlotId) -> bool {
    block.outputs.iter().any(|port| port.slot == slot)
}

/// A box for what an output goes to, and the wire that leads there.
fn sink(index: u32, name: &str, place: &str, output: &Port, from: End) -> (Block, Wire) {
    let (id, slot) = (
        OperatorId {
            index,
            generation: NOBODY,
        },
        SlotId {
            index,
            generation: NOBODY,
        },
    );
    let block = Block {
        id,
        name: name.to_owned(),
        kind: place.to_owned(),
        role: Role::Sink,
        inputs: vec![Port {
            slot,
            name: output.detail.clone(),
            detail: place.to_owned(),
            is_frozen: false,
            ..*output
        }],
        outputs: Vec::new(),
        kept: None,
        running: 0,
        children: Vec::new(),
        hidden: 0,
    };
    let wire = Wire {
        from,
        to: End::Port(id, slot),
        status: output.status,
        by_region: output.by_region,
        count: 1,
    };
    (block, wire)
}

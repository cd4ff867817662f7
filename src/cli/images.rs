//! What a report tells of images: read, planned, written.

use headwater::graph::Meta;
use headwater::io::{ExportPlan, ExportProgress, Saved, format_bytes};
use serde_json::json;

use super::report::{Report, describe, described, joined};

/// An image that has been written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) meta: Meta,
    pub(super) saved: Saved,
    /// At the end.
    pub(super) progress: ExportProgress,
}

impl Report {
    /// An image that would be written.
    pub(super) fn planned(&mut self, name: Option<&str>, location: &str, plan: &ExportPlan) {
        let (meta, blocks) = (&plan.meta, plan.blocks);
        let lengths: Vec<_> = plan.block.iter().map(|length| length.to_string()).collect();
        let text = format!(
            "{}{location}, {}, {blocks} block{} of {}, {} at a time, {}",
            labelled(name),
            describe(meta),
            if blocks == 1 { "" } else { "s" },
            lengths.join(" x "),
            (plan.in_flight as u64).min(blocks),
            format_bytes(plan.memory)
        );
        self.line("plan", &text);
        let more = json!({
            "name": name,
            "path": location,
            "block": plan.block.as_slice(),
            "blocks": blocks,
            "in_flight": plan.in_flight,
            "memory": plan.memory,
        });
        self.push("outputs", joined(described(meta), more));
    }

    /// What is not exceeded.
    pub(super) fn bound(&mut self, bytes: u64) {
        self.put("dry_run", true);
        self.put("memory_bound", bytes);
        let text = format!("{} at most, beside the program itself", format_bytes(bytes));
        self.line("bound", &text);
    }

    /// An image that has been written.
    pub(super) fn written(&mut self, name: Option<&str>, written: &Written) {
        let Written { meta, saved, progress } = written;
        let path = saved.path.display();
        let bytes = format_bytes(saved.bytes);
        let (blocks, resumed) = (progress.blocks, progress.resumed);
        let earlier = match resumed {
            0 => String::new(),
            _ => format!(", {resumed} of {blocks} blocks by an earlier run"),
        };
        self.line(
            "written",
            &format!("{}{path}, {}, {bytes}{earlier}", labelled(name), describe(meta)),
        );
        let path = path.to_string();
        let more = json!({ "name": name, "path": path, "bytes": saved.bytes, "blocks": blocks, "resumed": resumed });
        self.push("outputs", joined(described(meta), more));
    }

    /// An image that has been opened.
    pub(super) fn read(&mut self, name: Option<&str>, path: &str, meta: &Meta) {
        self.line("read", &format!("{}{path}, {}", labelled(name), describe(meta)));
        self.push("inputs", joined(described(meta), json!({ "name": name, "path": path })));
    }
}

fn labelled(name: Option<&str>) -> String {
    name.map(|name| format!("{name}: ")).unwrap_or_default()
}

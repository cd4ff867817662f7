//! A layout as SVG.

use std::fmt::Write as _;

use crate::graph::draw::layout::{BAR, KIND, LABEL, Layout, Placed, Point, Spot, TITLE, head, label, layout};
use crate::graph::draw::legend::legend;
use crate::graph::draw::plan::{Block, Plan, Role, Status, Wire};
use crate::graph::draw::text::{escape, width};
use crate::graph::kept::Kept;

/// Around everything.
const MARGIN: f64 = 28.0;
/// Above the picture, for its title.
const TOP: f64 = 40.0;
/// Below it, for the legend.
const BOTTOM: f64 = 44.0;
/// The legend needs this much.
const LEAST_WIDTH: f64 = 700.0;

const STYLE: &str = "\
text{font-family:Inter,'Helvetica Neue',Helvetica,Arial,'DejaVu Sans',sans-serif;fill:#334155}\
.name{font-weight:600;fill:#0f172a}\
.faint{fill:#64748b}\
.under{stroke:#f8fafc;stroke-width:4;stroke-linejoin:round}\
.box{fill:#fff;stroke:#cbd5e1}\
.frame{fill:#f1f5f9;fill-opacity:.65;stroke:#cbd5e1;stroke-dasharray:5 4}\
.wire{fill:none;stroke-width:1.8;stroke-linecap:round}\
.value{stroke-width:1.3;stroke-dasharray:1 4}\
.ready{fill:#16a34a}.notready{fill:#fff;stroke:#94a3b8;stroke-width:1.6}.failed{fill:#dc2626}\
.flow-ready{stroke:#64748b}.flow-notready{stroke:#cbd5e1}.flow-failed{stroke:#f87171}\
.head-source{fill:#fef3c7}.head-sink{fill:#e0e7ff}\
.head-ready{fill:#ecfdf5}.head-notready{fill:#f1f5f9}.head-failed{fill:#fee2e2}\
.fresh{fill:#16a34a}.outdated{fill:#f59e0b}.missing{fill:#e2e8f0}\
.frozen{fill:#e0f2fe;stroke:#0284c7;stroke-width:1.6}\
.run{fill:#2563eb}.on{fill:#fff;font-weight:600}";

pub(super) fn write(plan: &Plan) -> String {
    let layout = layout(plan);
    let w = (layout.w + 2.0 * MARGIN).max(LEAST_WIDTH);
    let h = layout.h + TOP + MARGIN + BOTTOM;
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\">\
         <style>{STYLE}</style><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
    );
    let operators = match plan.operators {
        1 => "1 operator".to_owned(),
        many => format!("{many} operators"),
    };
    let heading = format!("{operators}, {}", plan.revision);
    text(&mut svg, (MARGIN, 24.0), 12.0, "faint", "start", &heading);
    let _ = write!(svg, "<g transform=\"translate({MARGIN} {TOP})\">");
    draw(&mut svg, plan, &layout);
    svg.push_str("</g>");
    legend(&mut svg, plan, (MARGIN + 5.0, h - 20.0));
    svg.push_str("</svg>\n");
    svg
}

/// Frames, then wires, then boxes: a wire is over the frame that it crosses and under the box that it meets.
fn draw(svg: &mut String, plan: &Plan, layout: &Layout<'_>) {
    let (frames, boxes): (Vec<_>, Vec<_>) = layout
        .boxes
        .iter()
        .partition(|placed| !placed.block.children.is_empty());
    frames.iter().for_each(|placed| frame(svg, placed));
    for (wire, way) in plan.wires.iter().zip(&layout.wires) {
        self::wire(svg, wire, way);
    }
    boxes.iter().for_each(|placed| closed(svg, placed));
    let at_frames = frames.iter().flat_map(|placed| &placed.spots);
    // Above the wire that goes on inside, and others that cross it: these are hidden around each letter.
    at_frames.for_each(|spot| {
        name_of(svg, spot, -7.0, " under");
        name_of(svg, spot, -7.0, "");
    });
    let spots = layout.boxes.iter().flat_map(|placed| &placed.spots);
    spots.for_each(|spot| dot(svg, spot));
}

pub(super) fn text(svg: &mut String, (x, y): Point, size: f64, class: &str, anchor: &str, content: &str) {
    let content = escape(content);
    let _ = write!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" class=\"{class}\" text-anchor=\"{anchor}\">{content}</text>"
    );
}

fn class(status: Status) -> &'static str {
    match status {
        Status::Ready => "ready",
        Status::NotReady => "notready",
        Status::Failed => "failed",
    }
}

fn frame(svg: &mut String, placed: &Placed<'_>) {
    let Placed { block, x, y, w, h, .. } = placed;
    let name = escape(&hover(block));
    let _ = write!(
        svg,
        "<g><title>{name}</title><rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"10\" class=\"frame\"/></g>"
    );
    text(svg, (x + 14.0, y + 19.0), TITLE, "name", "start", &label(&block.name));
    text_of_kind(svg, (x + 14.0, y + 33.0), block);
}

/// Under its name, what a box is.
fn text_of_kind(svg: &mut String, at: Point, block: &Block) {
    if !block.kind.is_empty() {
        text(svg, at, KIND, "faint", "start", &label(&block.kind));
    }
}

/// What a box is drawn as: what it is, or whether it is ready.
fn class_of(block: &Block) -> &'static str {
    match (Plan::status(block), block.role) {
        (Status::Ready, Role::Source) => "source",
        (Status::Ready, Role::Sink) => "sink",
        (status, _) => class(status),
    }
}

fn closed(svg: &mut String, placed: &Placed<'_>) {
    let Placed { block, x, y, w, h, .. } = placed;
    let (status, head) = (class_of(block), head(block));
    let name = escape(&hover(block));
    let _ = write!(
        svg,
        "<g><title>{name}</title><rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"7\" class=\"box\"/>\
         <path d=\"M{left:.1} {base:.1}v-{side:.1}a6.5 6.5 0 0 1 6.5 -6.5h{top:.1}a6.5 6.5 0 0 1 6.5 6.5v{side:.1}z\" \
         class=\"head-{status}\"/></g>",
        left = x + 0.5,
        base = y + head - 3.0,
        side = head - 3.0 - 0.5 - 6.5,
        top = w - 1.0 - 13.0,
    );
    text(svg, (x + 12.0, y + 17.5), TITLE, "name", "start", &label(&block.name));
    text_of_kind(svg, (x + 12.0, y + 31.0), block);
    aside(svg, placed);
    if let Some(kept) = block.kept {
        bar(svg, placed, kept);
    }
    placed.spots.iter().for_each(|spot| name_of(svg, spot, 4.0, ""));
}

/// A box in a line, without what was cut off.
fn hover(block: &Block) -> String {
    match &*block.kind {
        "" => block.name.clone(),
        kind => format!("{}: {kind}", block.name),
    }
}

/// What stands at the right of a title: what runs, how many operators are inside.
fn aside(svg: &mut String, placed: &Placed<'_>) {
    let Block { running, hidden, .. } = placed.block;
    let mut right = placed.x + placed.w - 10.0;
    if *running > 0 {
        let content = format!("{running} running");
        let wide = width(&content, 9.5) + 12.0;
        let (left, top) = (right - wide, placed.y + 5.5);
        let _ = write!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"15\" rx=\"7.5\" class=\"run\"/>"
        );
        text(
            svg,
            (right - wide / 2.0, placed.y + 16.5),
            9.5,
            "on",
            "middle",
            &content,
        );
        right = left - 6.0;
    }
    if *hidden > 0 {
        text(
            svg,
            (right, placed.y + 17.0),
            10.0,
            "faint",
            "end",
            &format!("{hidden} inside"),
        );
    }
}

/// How much a cache keeps, as a bar.
fn bar(svg: &mut String, placed: &Placed<'_>, kept: Kept) {
    let (x, y, w) = (placed.x + 12.0, placed.y + head(placed.block) + 3.0, placed.w - 24.0);
    let part = |pieces: u64| w * pieces as f64 / kept.total().max(1) as f64;
    let (fresh, outdated) = (part(kept.fresh), part(kept.outdated));
    let _ = write!(
        svg,
        "<g><title>{kept}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"6\" class=\"missing\"/>\
         <rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{fresh:.1}\" height=\"6\" class=\"fresh\"/>\
         <rect x=\"{:.1}\" y=\"{y:.1}\" width=\"{outdated:.1}\" height=\"6\" class=\"outdated\"/></g>",
        x + fresh
    );
    let content = format!("{} of {} blocks", kept.fresh, kept.total());
    text(svg, (x, y + BAR - 9.0), 9.5, "faint", "start", &content);
    if kept.outdated > 0 {
        let content = format!("{} outdated", kept.outdated);
        text(svg, (x + w, y + BAR - 9.0), 9.5, "faint", "end", &content);
    }
}

fn name_of(svg: &mut String, spot: &Spot<'_>, below: f64, more: &str) {
    let (x, y) = spot.at;
    let class = if spot.port.status == Status::Ready {
        "plain"
    } else {
        "faint"
    };
    let (x, anchor) = if spot.is_input {
        (x + 12.0, "start")
    } else {
        (x - 12.0, "end")
    };
    let class = format!("{class}{more}");
    text(svg, (x, y + below), LABEL, &class, anchor, &label(&spot.port.name));
}

fn dot(svg: &mut String, spot: &Spot<'_>) {
    let ((x, y), port) = (spot.at, spot.port);
    let (name, detail) = (escape(&port.name), escape(&port.detail));
    let _ = write!(svg, "<g><title>{name}: {detail}</title>");
    let _ = match port.is_frozen {
        true => write!(
            svg,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"9\" height=\"9\" class=\"frozen\"/>",
            x - 4.5,
            y - 4.5
        ),
        false => write!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\" class=\"{}\"/>",
            class(port.status)
        ),
    };
    svg.push_str("</g>");
}

fn wire(svg: &mut String, wire: &Wire, way: &[Point]) {
    let [(x, y), rest @ ..] = way else { return };
    let mut path = format!("M{x:.1} {y:.1}");
    let (mut x, mut y) = (*x, *y);
    for &(to_x, to_y) in rest {
        let reach = ((to_x - x).abs() / 2.0).max(20.0);
        match y == to_y && to_x >= x {
            true => path.push_str(&format!("H{to_x:.1}")),
            false => path.push_str(&format!(
                "C{:.1} {y:.1} {:.1} {to_y:.1} {to_x:.1} {to_y:.1}",
                x + reach,
                to_x - reach
            )),
        }
        (x, y) = (to_x, to_y);
    }
    let value = if wire.by_region { "" } else { " value" };
    let status = class(wire.status);
    let _ = write!(svg, "<path d=\"{path}\" class=\"wire{value} flow-{status}\"/>");
    if wire.count > 1 {
        let (x, y) = way[way.len() / 2];
        text(svg, (x, y - 5.0), 9.5, "faint", "middle", &format!("{}×", wire.count));
    }
}

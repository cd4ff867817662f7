//! The place of everything in a picture: operators as boxes, those that are open as frames around what is in them.

use std::collections::HashMap;

use crate::graph::draw::layers::{Link, Node, Pin, arrange};
use crate::graph::draw::plan::{Block, End, Plan, Port, Wire};
use crate::graph::draw::text::{shortened, width};
use crate::graph::id::{OperatorId, SlotId};

/// Of a box: its title, a row for what it keeps, a row for each slot.
const HEAD: f64 = 28.0;
/// What the title has more where it says what the box is, too.
const SECOND: f64 = 13.0;
pub(super) const BAR: f64 = 26.0;
const ROW: f64 = 20.0;
/// The same of a slot at the side of a frame: its name is above its wire.
const SIDE: f64 = 30.0;
const SIDE_WIRE: f64 = 20.0;
const PAD: f64 = 8.0;
/// Of a frame, around what is in it.
const MARGIN: f64 = 18.0;
pub(super) const TITLE: f64 = 12.5;
pub(super) const KIND: f64 = 10.0;
pub(super) const LABEL: f64 = 11.0;
/// Longer names are cut; the tooltip has them whole.
const LONGEST: usize = 28;

pub(super) type Point = (f64, f64);

pub(super) struct Layout<'a> {
    pub(super) w: f64,
    pub(super) h: f64,
    /// Frames before what is in them.
    pub(super) boxes: Vec<Placed<'a>>,
    /// The points of each wire, in the order of the plan's.
    pub(super) wires: Vec<Vec<Point>>,
}

pub(super) struct Placed<'a> {
    pub(super) block: &'a Block,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
    pub(super) spots: Vec<Spot<'a>>,
}

/// Where a slot is.
pub(super) struct Spot<'a> {
    pub(super) port: &'a Port,
    pub(super) at: Point,
    pub(super) is_input: bool,
}

/// How high the title of a box is.
pub(super) fn head(block: &Block) -> f64 {
    HEAD + if block.kind.is_empty() { 0.0 } else { SECOND }
}

/// How wide the title of a box is.
fn title(block: &Block) -> f64 {
    width(&label(&block.name), TITLE).max(width(&label(&block.kind), KIND))
}

/// A name as it is drawn.
pub(super) fn label(name: &str) -> String {
    shortened(name, LONGEST)
}

/// A box whose size is known, with what is in it; all places are from its left upper corner.
struct Sized<'a> {
    block: Option<&'a Block>,
    w: f64,
    h: f64,
    spots: Vec<Spot<'a>>,
    children: Vec<(Point, Sized<'a>)>,
    bends: Vec<(usize, Vec<Point>)>,
}

/// Which wires run between the children of which frame; none is the outermost.
struct Wiring<'a> {
    wires: &'a [Wire],
    inside: HashMap<Option<OperatorId>, Vec<usize>>,
    /// The visible operators around each, the outermost first, and itself.
    chains: HashMap<OperatorId, Vec<OperatorId>>,
}

pub(super) fn layout(plan: &Plan) -> Layout<'_> {
    let mut wiring = Wiring {
        wires: &plan.wires,
        inside: HashMap::new(),
        chains: HashMap::new(),
    };
    plan.blocks.iter().for_each(|block| wiring.enter(block, &[]));
    for (nth, wire) in plan.wires.iter().enumerate() {
        let container = wiring.container(wire);
        wiring.inside.entry(container).or_default().push(nth);
    }
    let whole = wiring.frame(None, &plan.blocks);
    let mut layout = Layout {
        w: whole.w,
        h: whole.h,
        boxes: Vec::new(),
        wires: vec![Vec::new(); plan.wires.len()],
    };
    place(whole, (0.0, 0.0), &mut layout);
    connect(plan, &mut layout);
    layout
}

impl Wiring<'_> {
    fn enter(&mut self, block: &Block, around: &[OperatorId]) {
        let mut chain = around.to_vec();
        chain.push(block.id);
        block.children.iter().for_each(|child| self.enter(child, &chain));
        self.chains.insert(block.id, chain);
    }

    fn chain(&self, end: End) -> &[OperatorId] {
        self.chains.get(&end.block()).map_or(&[], Vec::as_slice)
    }

    /// The innermost frame that both ends of a wire are in.
    fn container(&self, wire: &Wire) -> Option<OperatorId> {
        let pairs = self.chain(wire.from).iter().zip(self.chain(wire.to));
        pairs.take_while(|(a, b)| a == b).last().map(|(common, _)| *common)
    }

    /// The child of a frame that an end of a wire is in; nothing if it is at the frame itself.
    fn child(&self, frame: Option<OperatorId>, end: End) -> Option<OperatorId> {
        let chain = self.chain(end);
        let depth = frame.map_or(0, |frame| 1 + chain.iter().position(|id| *id == frame).unwrap_or(0));
        chain.get(depth).copied()
    }

    fn size<'a>(&self, block: &'a Block) -> Sized<'a> {
        match block.children.is_empty() {
            true => closed(block),
            false => self.frame(Some(block), &block.children),
        }
    }

    /// What is in a frame, laid out, with its slots at its sides.
    fn frame<'a>(&self, block: Option<&'a Block>, children: &'a [Block]) -> Sized<'a> {
        let sized: Vec<_> = children.iter().map(|child| self.size(child)).collect();
        let ports = block.map(ports).unwrap_or_default();
        let (numbers, links) = self.links(block, children, &sized, &ports);
        let arranged = arrange(&nodes(&sized, &ports), &links);
        let title = block.map_or(0.0, |block| title(block) + 60.0);
        let w = arranged.w.max(title);
        let (dx, dy, bottom) = match block {
            Some(block) => (0.0, head(block) + PAD, MARGIN),
            None => (0.0, 0.0, 0.0),
        };
        let move_by = |(x, y): Point| (x + dx, y + dy);
        let spots = ports.iter().zip(&arranged.places[sized.len()..]);
        let spots = spots.map(|((port, is_input), (_, y))| Spot {
            port,
            at: (if *is_input { 0.0 } else { w }, y + dy + SIDE_WIRE),
            is_input: *is_input,
        });
        let bends = arranged
            .bends
            .into_iter()
            .map(|way| way.into_iter().map(move_by).collect());
        Sized {
            block,
            w,
            h: arranged.h + dy + bottom,
            spots: spots.collect(),
            bends: numbers.into_iter().zip(bends).collect(),
            children: arranged.places.into_iter().map(move_by).zip(sized).collect(),
        }
    }

    /// The wires between what is in a frame, and to the frame's own slots, which come behind its children: their numbers, and what
    /// they link.
    fn links(
        &self,
        block: Option<&Block>,
        children: &[Block],
        sized: &[Sized<'_>],
        ports: &[(&Port, bool)],
    ) -> (Vec<usize>, Vec<Link>) {
        let id = block.map(|block| block.id);
        let wires = self.inside.get(&id).map_or(&[][..], Vec::as_slice);
        let end = |end: End| match self.child(id, end) {
            Some(child) => {
                let nth = children.iter().position(|own| own.id == child)?;
                Some((nth, height_of(&sized[nth], end)))
            }
            None => {
                let nth = ports
                    .iter()
                    .position(|(port, _)| End::Port(end.block(), port.slot) == end)?;
                Some((sized.len() + nth, SIDE_WIRE))
            }
        };
        let links = wires.iter().filter_map(|&nth| {
            let ((from, from_y), (to, to_y)) = (end(self.wires[nth].from)?, end(self.wires[nth].to)?);
            Some((nth, Link { from, from_y, to, to_y }))
        });
        links.unzip()
    }
}

/// The slots of a frame, and whether each is an input.
fn ports(block: &Block) -> Vec<(&Port, bool)> {
    let inputs = block.inputs.iter().map(|port| (port, true));
    inputs.chain(block.outputs.iter().map(|port| (port, false))).collect()
}

/// What is arranged in a frame: what is in it, then its own slots at both sides.
fn nodes(sized: &[Sized<'_>], ports: &[(&Port, bool)]) -> Vec<Node> {
    let inside = sized.iter().map(|sized| Node {
        w: sized.w,
        h: sized.h,
        pin: Pin::Free,
    });
    let sides = ports.iter().map(|(port, is_input)| Node {
        w: width(&label(&port.name), LABEL) + 14.0,
        h: SIDE,
        pin: if *is_input { Pin::First } else { Pin::Last },
    });
    inside.chain(sides).collect()
}

/// A box that shows its title and its slots.
fn closed(block: &Block) -> Sized<'_> {
    let widest = |ports: &[Port]| {
        let widths = ports.iter().map(|port| width(&label(&port.name), LABEL));
        widths.fold(0.0, f64::max)
    };
    let title = title(block) + if block.running > 0 { 70.0 } else { 32.0 };
    let inside = if block.hidden > 0 { 64.0 } else { 0.0 };
    let rows = widest(&block.inputs) + widest(&block.outputs) + 48.0;
    let w = (title + inside)
        .max(rows)
        .max(if block.kept.is_some() { 150.0 } else { 96.0 })
        .ceil();
    let top = head(block) + if block.kept.is_some() { BAR } else { 0.0 } + PAD / 2.0;
    let spots = |ports: &'_ [Port], is_input: bool| -> Vec<Point> {
        let x = if is_input { 0.0 } else { w };
        (0..ports.len())
            .map(|row| (x, top + (row as f64 + 0.5) * ROW))
            .collect()
    };
    let rows = block.inputs.len().max(block.outputs.len());
    let sides = [(&block.inputs, true), (&block.outputs, false)].into_iter();
    let spots = sides.flat_map(|(ports, is_input)| {
        let places = spots(ports, is_input);
        ports
            .iter()
            .zip(places)
            .map(move |(port, at)| Spot { port, at, is_input })
    });
    Sized {
        block: Some(block),
        w,
        h: top + rows as f64 * ROW + PAD / 2.0,
        spots: spots.collect(),
        children: Vec::new(),
        bends: Vec::new(),
    }
}

/// How far below the top of a box an end in it lies.
fn height_of(sized: &Sized<'_>, end: End) -> f64 {
    match end {
        End::Port(_, slot) => spot(sized, slot).unwrap_or(sized.h / 2.0),
        End::Block(_) => sized.h / 2.0,
    }
}

fn spot(sized: &Sized<'_>, slot: SlotId) -> Option<f64> {
    let own = sized.spots.iter().find(|spot| spot.port.slot == slot);
    let mut inside = sized.children.iter();
    own.map(|spot| spot.at.1)
        .or_else(|| inside.find_map(|((_, y), child)| Some(y + spot(child, slot)?)))
}

fn place<'a>(sized: Sized<'a>, (x, y): Point, layout: &mut Layout<'a>) {
    let move_by = |(dx, dy): Point| (x + dx, y + dy);
    for (wire, way) in sized.bends {
        layout.wires[wire] = way.into_iter().map(move_by).collect();
    }
    if let Some(block) = sized.block {
        let spots = sized.spots.into_iter();
        layout.boxes.push(Placed {
            block,
            x,
            y,
            w: sized.w,
            h: sized.h,
            spots: spots
                .map(|spot| Spot {
                    at: move_by(spot.at),
                    ..spot
                })
                .collect(),
        });
    }
    for (at, child) in sized.children {
        place(child, move_by(at), layout);
    }
}

/// Gives the wires their ends.
fn connect(plan: &Plan, layout: &mut Layout<'_>) {
    let mut ports = HashMap::new();
    let mut sides = HashMap::new();
    for placed in &layout.boxes {
        ports.extend(placed.spots.iter().map(|spot| (spot.port.slot, spot.at)));
        let middle = placed.y + placed.h / 2.0;
        sides.insert(placed.block.id, ((placed.x, middle), (placed.x + placed.w, middle)));
    }
    let point = |end: End, is_start: bool| match end {
        End::Port(_, slot) => ports.get(&slot).copied().unwrap_or_default(),
        End::Block(id) => {
            let (left, right) = sides.get(&id).copied().unwrap_or_default();
            if is_start { right } else { left }
        }
    };
    for (wire, way) in plan.wires.iter().zip(&mut layout.wires) {
        way.insert(0, point(wire.from, true));
        way.push(point(wire.to, false));
    }
}

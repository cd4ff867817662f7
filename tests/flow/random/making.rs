//! Rolling the dice for a case.

use headwater::flow::Overflow;

use super::case::{
    Act, Bad, Case, EdgeSpec, End, Event, How, Kind, Known, Order, Replicas, Spec, Stream, Take, Then, Work,
    is_lossy_edge,
};
use super::dice::Dice;

/// The case of a seed.
pub(super) fn case(seed: u64) -> Case {
    let mut dice = Dice(seed);
    let is_realtime = dice.percent(20);
    let is_lossy = is_realtime || dice.percent(15);
    let mut making = Making {
        is_realtime,
        is_lossy,
        specs: Vec::new(),
        streams: Vec::new(),
        dice,
    };
    making.nodes();
    let ends = making.ends();
    let events = making.events();
    let Making {
        specs,
        streams,
        mut dice,
        ..
    } = making;
    Case {
        is_realtime,
        slots: dice.pick(&[0, 1, 2, 2, 4]),
        specs,
        streams,
        ends,
        events,
        is_watched: dice.percent(10),
    }
}

struct Making {
    is_realtime: bool,
    is_lossy: bool,
    specs: Vec<Spec>,
    streams: Vec<Stream>,
    dice: Dice,
}

impl Making {
    fn nodes(&mut self) {
        for _ in 0..self.dice.pick(&[1, 1, 2, 3]) {
            self.producer();
        }
        for _ in 0..self.dice.between(0, 8) {
            self.node();
        }
    }

    fn producer(&mut self) {
        let dice = &mut self.dice;
        let count = dice.pick(&[0, 1, 3, 20, 20, 100, 100, 300]);
        let kind = Kind::Produce {
            count,
            dawdles: dice.percent(40),
            breaks_at: dice.percent(2).then(|| dice.below(count as usize + 1) as u64),
        };
        let node = self.specs.len();
        self.specs.push(Spec {
            kind,
            inputs: Vec::new(),
            edge: EdgeSpec::default(),
            replicas: Replicas::One,
        });
        self.streams.push(Stream {
            node,
            port: 0,
            order: Order::Exact,
            known: Known::All,
            producers: 1 << node,
        });
    }

    fn edge(&mut self) -> EdgeSpec {
        let dice = &mut self.dice;
        if dice.percent(40) {
            return EdgeSpec::default();
        }
        EdgeSpec {
            depth: dice.percent(80).then(|| dice.between(1, 8)),
            bytes: dice.percent(15).then(|| dice.below(30) as u64),
            overflow: (self.is_lossy && dice.percent(50))
                .then(|| dice.pick(&[Overflow::Block, Overflow::DropNewest, Overflow::DropOldest])),
        }
    }

    /// Later streams are picked more often: flows are long rather than broad.
    fn stream(&mut self) -> usize {
        let count = self.streams.len();
        self.dice.below(count).max(self.dice.below(count))
    }

    fn node(&mut self) {
        let first = self.stream();
        let kind = self.kind(self.streams[first]);
        let mut inputs = vec![first];
        match kind {
            Kind::Merge => {
                let many = self.dice.between(0, 3);
                let others: Vec<_> = (0..many).map(|_| self.stream()).collect();
                inputs.extend(others);
                inputs.sort_unstable();
                inputs.dedup();
            }
            Kind::Control => inputs.push(self.stream()),
            _ => {}
        }
        let (mut edge, replicas) = (self.edge(), self.replicas(kind));
        if matches!(replicas, Replicas::KeyedOrdered(..)) {
            edge.overflow = Some(Overflow::Block);
        }
        let spec = Spec {
            kind,
            inputs,
            edge,
            replicas,
        };
        self.outputs(&spec);
        self.specs.push(spec);
    }

    fn kind(&mut self, input: Stream) -> Kind {
        let dice = &mut self.dice;
        let how = dice.pick(&[How::Sync, How::Sync, How::Cheap, How::Async, How::Async, How::Kernel]);
        match dice.below(16) {
            0 | 1 => Kind::Map,
            2 => Kind::Filter,
            3 => Kind::FlatMap,
            4 if input.order == Order::Exact => Kind::Scan,
            5 | 6 => {
                let size = dice.between(1, 7);
                let step = match input.order == Order::Exact && input.known == Known::All {
                    true => dice.between(1, 9),
                    // Whatever the order, all items come out once.
                    false => size,
                };
                Kind::Window { size, step }
            }
            7 => Kind::Sum {
                cheap: dice.percent(50),
            },
            8 | 9 => Kind::Merge,
            10 => Kind::Control,
            _ => Kind::Work(Work {
                how,
                bad: self.bad(how),
                twice: how != How::Kernel && self.dice.percent(30),
                splits: how != How::Kernel && self.dice.percent(30),
            }),
        }
    }

    fn bad(&mut self, how: How) -> Option<Bad> {
        let dice = &mut self.dice;
        if dice.percent(50) {
            return None;
        }
        let then = dice.pick(&[Then::Fail, Then::Drop, Then::Drop, Then::Letter, Then::Letter]);
        Some(Bad {
            every: if then == Then::Fail { dice.pick(&[5, 1000]) } else { 5 },
            panics: dice.percent(30),
            heals: how != How::Kernel && dice.percent(50),
            then,
            retries: (how != How::Kernel && dice.percent(40)).then(|| dice.between(0, 3) as u32),
        })
    }

    fn replicas(&mut self, kind: Kind) -> Replicas {
        let dice = &mut self.dice;
        let can = match kind {
            Kind::Work(work) => work.how != How::Cheap,
            Kind::Control => true,
            _ => false,
        };
        if !can || dice.percent(30) {
            return match dice.percent(15) {
                true => Replicas::Alone(dice.pick(&[1, 2, 64])),
                false => Replicas::One,
            };
        }
        let (replicas, window) = (dice.between(1, 5), dice.pick(&[1, 2, 5, 64]));
        match dice.below(4) {
            0 => Replicas::Compete(replicas),
            1 => Replicas::Keyed(replicas),
            2 => Replicas::Ordered(replicas, window),
            _ => Replicas::KeyedOrdered(replicas, window),
        }
    }

    /// The streams of a node that is about to be added.
    fn outputs(&mut self, spec: &Spec) {
        let node = self.specs.len();
        let main = self.streams[spec.inputs[0]];
        let (mut order, mut known, mut producers) = (main.order, main.known, main.producers);
        if let Kind::Merge = spec.kind {
            for input in &spec.inputs[1..] {
                let other = self.streams[*input];
                let is_apart = producers & other.producers == 0;
                order = order
                    .min(other.order)
                    .min(if is_apart { Order::PerKey } else { Order::None });
                known = known.min(other.known);
                producers |= other.producers;
            }
        }
        if is_lossy_edge(self.is_realtime, &spec.edge) {
            known = known.min(Known::Subset);
        }
        if known != Known::All && matches!(spec.kind, Kind::Scan | Kind::Sum { .. }) {
            known = Known::Nothing;
        }
        if known != Known::All && matches!(spec.kind, Kind::Window { size, step } if size != step) {
            known = Known::Nothing;
        }
        let order = match spec.replicas {
            Replicas::One | Replicas::Alone(_) | Replicas::Ordered(..) | Replicas::KeyedOrdered(..) => order,
            Replicas::Compete(_) => Order::None,
            Replicas::Keyed(_) => order.min(Order::PerKey),
        };
        let mut add = |port| {
            self.streams.push(Stream {
                node,
                port,
                order,
                known,
                producers,
            });
        };
        add(0);
        if spec.work().is_some_and(|work| work.splits) {
            add(1);
        }
        if spec.bad().is_some_and(|bad| bad.then == Then::Letter) {
            add(2);
        }
    }

    fn ends(&mut self) -> Vec<End> {
        let taken: Vec<_> = self.specs.iter().flat_map(|spec| spec.inputs.clone()).collect();
        let mut ends = Vec::new();
        for stream in 0..self.streams.len() {
            let chance = if taken.contains(&stream) { 20 } else { 95 };
            if self.dice.percent(chance) {
                let many = self.dice.between(1, 4);
                let take = self.dice.pick(&[
                    Take::Collect,
                    Take::Collect,
                    Take::Consume,
                    Take::Async,
                    Take::Sink,
                    Take::Replicas(many),
                ]);
                let edge = self.edge();
                ends.push(End { stream, take, edge });
            }
        }
        ends
    }

    fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        let nodes = self.specs.len();
        let add = |dice: &mut Dice, act| Event {
            node: dice.below(nodes),
            nth: dice.between(1, 60) as u64,
            act,
        };
        if self.dice.percent(35) {
            events.push(add(&mut self.dice, Act::Stop));
        }
        if self.dice.percent(10) {
            events.push(add(&mut self.dice, Act::Abort));
        }
        if self.dice.percent(20) {
            events.push(add(&mut self.dice, Act::Look));
        }
        let scalable: Vec<_> = (0..nodes).filter(|id| self.specs[*id].is_scalable()).collect();
        if !scalable.is_empty() {
            for _ in 0..self.dice.between(0, 6) {
                let (node, replicas) = (self.dice.pick(&scalable), self.dice.between(1, 6));
                events.push(add(&mut self.dice, Act::Scale { node, replicas }));
            }
        }
        events
    }
}

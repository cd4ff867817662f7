//! Random histories, step by step on the engine and on the model, compared after every step.

use std::collections::BTreeMap;
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::task::{Poll, Waker};

use crate::error::Error;
use crate::request::builder::RequestBuilder;
use crate::request::cell::{Cell, Phase as Is, Verdict};
use crate::request::request::{Request, Retry};
use crate::request::tests::model::{Answer, Heard, Model, Phase};
use crate::request::tests::world::{World, poll_once};
use crate::request::wait::Wait;
use crate::runtime::cancel::Cancel;
use crate::sync::{Arc, Mutex};

/// Requests in one history.
const SIZE: usize = 7;
/// Steps in one history.
const LENGTH: u64 = 80;

/// What a request's workload does next; it is suspended in between.
enum Command {
    Wait(usize, Request<u64>),
    Leave,
    Make { nth: usize, repeatable: bool },
    Finish(Result<u64, Error>),
}

/// What driver and workloads share.
#[derive(Default)]
struct Desk {
    orders: BTreeMap<usize, (Option<Command>, Option<Waker>)>,
    heard: BTreeMap<usize, Heard>,
    made: Option<Request<u64>>,
    runs: BTreeMap<usize, u64>,
}

type Shared = Arc<Mutex<Desk>>;

fn heard(result: Result<u64, Error>) -> Option<Heard> {
    match result {
        Ok(value) => Some(Heard::Value(value)),
        Err(error) if error.is_interrupted() => None,
        Err(error) if error.is_circular() => Some(Heard::Circular),
        Err(error) if error.is_cancelled() => Some(Heard::Cancelled),
        Err(_) => Some(Heard::Failed),
    }
}

fn build(builder: RequestBuilder, desk: &Shared, nth: usize, repeatable: bool) -> Request<u64> {
    let desk = Arc::clone(desk);
    match repeatable {
        true => builder.repeatable(move || workload(Arc::clone(&desk), nth)),
        false => builder.future(async move { workload(desk, nth).await }),
    }
}

fn workload(desk: Shared, nth: usize) -> impl Future<Output = Result<u64, Error>> {
    *desk.lock().runs.entry(nth).or_default() += 1;
    let mut waiting: Option<(usize, Wait<u64>)> = None;
    poll_fn(move |cx| {
        loop {
            if let Some((number, wait)) = &mut waiting
                && let Poll::Ready(result) = Pin::new(wait).poll(cx)
            {
                let number = *number;
                waiting = None;
                desk.lock().heard.extend(heard(result).map(|heard| (number, heard)));
            }
            let command = {
                let mut desk = desk.lock();
                let order = desk.orders.entry(nth).or_default();
                order.1 = Some(cx.waker().clone());
                order.0.take()
            };
            match command {
                None => return Poll::Pending,
                Some(Command::Wait(number, target)) => waiting = Some((number, target.into_future())),
                Some(Command::Leave) => waiting = None,
                Some(Command::Make { nth, repeatable }) => {
                    let child = build(RequestBuilder::new(), &desk, nth, repeatable);
                    desk.lock().made = Some(child);
                }
                Some(Command::Finish(result)) => return Poll::Ready(result),
            }
        }
    })
}

/// One history: the engine's side.
struct Play {
    world: World,
    desk: Shared,
    cells: Vec<Arc<Cell<u64>>>,
    handles: Vec<Option<Request<u64>>>,
    /// Waits from outside of any request.
    outside: BTreeMap<usize, Wait<u64>>,
    /// Who waits within a request: number of the wait.
    inside: BTreeMap<usize, usize>,
    waits: usize,
    random: u64,
    log: Vec<String>,
}

impl Play {
    fn new(seed: u64) -> Self {
        Self {
            world: World::new(1),
            desk: Shared::default(),
            cells: Vec::new(),
            handles: Vec::new(),
            outside: BTreeMap::new(),
            inside: BTreeMap::new(),
            waits: 0,
            random: seed,
            log: Vec::new(),
        }
    }

    /// splitmix64
    fn below(&mut self, bound: usize) -> usize {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn order(&mut self, nth: usize, command: Command) {
        let waker = {
            let mut desk = self.desk.lock();
            let order = desk.orders.entry(nth).or_default();
            order.0 = Some(command);
            order.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        self.world.drain();
    }

    fn made(&mut self, request: Request<u64>) {
        self.cells.push(Arc::clone(request.cell()));
        self.handles.push(Some(request));
    }

    /// One random step on both sides. A choice that makes no sense now is skipped.
    fn step(&mut self, model: &mut Model) {
        let count = self.cells.len();
        let (choice, nth, other) = (self.below(14), self.below(SIZE), self.below(SIZE));
        let repeatable = self.below(2) == 0;
        if choice < 2 && count < SIZE {
            self.make(model, nth, choice == 1, repeatable);
            return;
        }
        if nth >= count {
            return;
        }
        let is_live = model.nodes[nth].phase == Phase::Live;
        self.log.push(format!("{choice} on {nth}, {other}"));
        match (choice, self.handles[nth].clone()) {
            (2, Some(request)) => {
                model.submit(nth);
                request.submit();
            }
            (3 | 4, Some(request)) => {
                let (number, mut wait) = (self.next_wait(), request.into_future());
                model.wait(nth, number, None);
                match poll_once(&mut wait) {
                    Poll::Ready(result) => self
                        .desk
                        .lock()
                        .heard
                        .extend(heard(result).map(|heard| (number, heard))),
                    Poll::Pending => drop(self.outside.insert(number, wait)),
                }
            }
            (5 | 6, Some(request))
                if other < count && !self.inside.contains_key(&other) && model.nodes[other].phase == Phase::Live =>
            {
                let number = self.next_wait();
                model.wait(nth, number, Some(other));
                self.inside.insert(other, number);
                self.order(other, Command::Wait(number, request));
            }
            (7, _) => {
                if let Some(number) = self.outside.keys().nth(other).copied() {
                    model.leave(number, false);
                    self.outside.remove(&number);
                }
            }
            (8, _) if is_live => {
                if let Some(number) = self.inside.remove(&nth) {
                    model.leave(number, false);
                    self.order(nth, Command::Leave);
                }
            }
            (9, Some(request)) => {
                let expected = model.cancel(nth);
                let answer = match request.cancel() {
                    Cancel::Cancelled => Answer::Cancelled,
                    Cancel::Pending { waiters } => Answer::Pending(waiters),
                    Cancel::Ended => Answer::Ended,
                    Cancel::Delayed => unreachable!("no grace was given"),
                };
                assert_eq!(answer, expected, "what cancel() said");
            }
            (10, _) if is_live => {
                model.end(nth, Phase::Succeeded);
                let value = 1_000 * nth as u64 + model.nodes[nth].runs;
                self.order(nth, Command::Finish(Ok(value)));
            }
            (11, _) if is_live => {
                model.end(nth, Phase::Failed);
                self.order(nth, Command::Finish(Err(Error::msg("as told"))));
            }
            (12, Some(request)) => assert_eq!(request.retry() == Retry::Started, model.retry(nth), "what retry() said"),
            (13, Some(request)) => {
                model.drop_handle(nth);
                self.handles[nth] = None;
                drop(request);
            }
            _ => {}
        }
    }

    fn next_wait(&mut self) -> usize {
        self.waits += 1;
        self.waits
    }

    fn make(&mut self, model: &mut Model, by: usize, as_child: bool, repeatable: bool) {
        let nth = self.cells.len();
        self.log.push(format!(
            "make {nth}, child of {by}: {as_child}, repeatable: {repeatable}"
        ));
        if as_child && model.nodes.get(by).is_some_and(|node| node.phase == Phase::Live) {
            model.make(Some(by), repeatable);
            self.order(by, Command::Make { nth, repeatable });
            let child = self.desk.lock().made.take();
            self.made(child.expect("the creator was suspended and has been told"));
        } else if !as_child {
            model.make(None, repeatable);
            let root = build(self.world.builder(), &self.desk, nth, repeatable);
            self.made(root);
        }
    }

    /// Lets everything happen that is due, and compares.
    fn compare(&mut self, model: &Model) {
        self.world.drain();
        let resolved: Vec<usize> = self
            .outside
            .keys()
            .filter(|number| model.heard.contains_key(number))
            .copied()
            .collect();
        for number in resolved {
            let mut wait = self.outside.remove(&number).expect("it was listed");
            let Poll::Ready(result) = poll_once(&mut wait) else {
                panic!("wait {number} should have an answer")
            };
            self.desk
                .lock()
                .heard
                .extend(heard(result).map(|heard| (number, heard)));
        }
        let waiting = |number: &usize| {
            model
                .nodes
                .iter()
                .any(|node| node.waiters.iter().any(|(wait, _)| wait == number))
        };
        self.inside.retain(|_, number| waiting(number));
        let desk = self.desk.lock();
        assert_eq!(desk.heard, model.heard, "what the waits returned");
        for (nth, (cell, node)) in self.cells.iter().zip(&model.nodes).enumerate() {
            let state = cell.head.lock();
            let phase = match state.phase {
                Is::Made => Phase::Made,
                Is::Suspended => Phase::Live,
                Is::Ended(Verdict::Succeeded) => Phase::Succeeded,
                Is::Ended(Verdict::Failed) => Phase::Failed,
                Is::Ended(Verdict::Cancelled) => Phase::Cancelled,
                moving => panic!("request {nth} is {moving:?} with nothing to do"),
            };
            let is = (phase, state.live as usize, state.waiters.len(), state.cancel_asked);
            let should = (node.phase, node.waiters.len(), node.waiters.len(), node.asked);
            assert_eq!(is, should, "request {nth}");
            let runs = desk.runs.get(&nth).copied().unwrap_or_default();
            assert_eq!(runs, node.runs, "runs of request {nth}");
        }
    }

    /// Everybody goes home; nothing may be left.
    fn end(mut self) {
        self.outside.clear();
        for request in self.handles.iter().flatten() {
            let _ = request.cancel();
        }
        self.handles.clear();
        let live: Vec<usize> = (0..self.cells.len())
            .filter(|nth| !self.cells[*nth].head.lock().has_ended())
            .collect();
        for nth in live {
            self.order(nth, Command::Finish(Ok(0)));
        }
        self.world.assert_quiet();
    }
}

/// Tells how to replay a history that panics.
struct Told<'a>(u64, &'a std::cell::RefCell<Vec<String>>);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "steps: {:#?}\nreplay this one with HEADWATER_SEED={}",
                self.1.borrow(),
                self.0
            );
        }
    }
}

#[test]
fn model_random_histories() {
    let number = |name| std::env::var(name).ok().map(|value| value.parse::<u64>().expect(name));
    let steps = number("HEADWATER_STEPS").unwrap_or(200_000);
    let random = || std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), 0);
    let (first, histories) = match number("HEADWATER_SEED") {
        Some(seed) => (seed, 1),
        None => (random(), steps.div_ceil(LENGTH)),
    };
    for seed in (0..histories).map(|nth| first.wrapping_add(nth)) {
        let log = std::cell::RefCell::default();
        let _told = Told(seed, &log);
        let (mut play, mut model) = (Play::new(seed), Model::default());
        for _ in 0..LENGTH {
            play.step(&mut model);
            log.replace(play.log.clone());
            play.compare(&model);
        }
        play.end();
    }
}

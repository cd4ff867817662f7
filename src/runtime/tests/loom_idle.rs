//! The idle protocol of `engine.rs`: no entry is left with every slot asleep, no slot sleeps beside waiting work.

use crate::request::tests::world::{World, explore, thread};
use crate::runtime::Priority;
use crate::runtime::engine::Lane;
use crate::runtime::info::RequestInfo;
use crate::runtime::task::Task;
use crate::sync::{Arc, Condvar, Mutex};

/// Tasks that end together: each one holds its slot until all of them run.
struct Rendezvous {
    missing: Mutex<usize>,
    met: Condvar,
}

impl Rendezvous {
    fn of(tasks: usize) -> Arc<Self> {
        Arc::new(Self {
            missing: Mutex::new(tasks),
            met: Condvar::default(),
        })
    }

    fn wait(&self) {
        let mut missing = self.missing.lock();
        while *missing > 0 {
            missing = self.met.wait(missing);
        }
    }
}

impl Task for Rendezvous {
    fn run(self: Arc<Self>, _ticket: u32) {
        let mut missing = self.missing.lock();
        *missing -= 1;
        drop(missing);
        self.met.notify_all();
        self.wait();
    }
    fn admit(self: Arc<Self>, _ticket: u32) -> bool {
        true
    }
    fn counts(&self, _ticket: u32) -> bool {
        true
    }
    fn info(&self) -> Option<RequestInfo> {
        None
    }
    fn made(&self) -> Vec<Arc<dyn Task>> {
        Vec::new()
    }
    fn shut_down(self: Arc<Self>, _abandon: bool) {}
    fn has_ended(&self) -> bool {
        true
    }
}

fn push(world: &World, task: &Arc<Rendezvous>) {
    world
        .engine
        .push(Lane::Slot, Arc::clone(task) as _, Priority::root(0, 0), 0);
}

fn slot(world: &World) -> thread::JoinHandle<()> {
    let world = world.clone();
    thread::spawn(move || world.slot())
}

/// E1, E2: a push beside a slot that goes to sleep.
#[test]
fn loom_e2_push_beside_sleep() {
    explore(5, || {
        let world = World::new(1);
        let task = Rendezvous::of(1);
        let slot = slot(&world);
        push(&world, &task);
        task.wait();
        world.close_slots();
        slot.join().unwrap();
    });
}

/// The same with two pushers: the second ring is not swallowed by the first.
#[test]
fn loom_e2_two_pushers_beside_sleep() {
    explore(3, || {
        let world = World::new(1);
        let tasks = [Rendezvous::of(1), Rendezvous::of(1)];
        let slot = slot(&world);
        let pusher = thread::spawn({
            let (world, task) = (world.clone(), Arc::clone(&tasks[1]));
            move || push(&world, &task)
        });
        push(&world, &tasks[0]);
        tasks.iter().for_each(|task| task.wait());
        pusher.join().unwrap();
        world.close_slots();
        slot.join().unwrap();
    });
}

/// E3, P29: two entries that need each other and two slots, asleep, searching or in between: both run at once.
#[test]
fn loom_e3_two_entries_beside_two_slots() {
    explore(3, || {
        let world = World::new(2);
        let task = Rendezvous::of(2);
        let slots = [slot(&world), slot(&world)];
        push(&world, &task);
        push(&world, &task);
        task.wait();
        world.close_slots();
        for slot in slots {
            slot.join().unwrap();
        }
    });
}

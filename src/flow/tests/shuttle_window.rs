//! Replicas that put what they make into its order (V32).

use std::collections::VecDeque;
use std::future::poll_fn;

use super::stagehands::{Handout, edge, send, stays, take};
use crate::flow::edge::{Edge, Overflow, Receiver, Routing, Sender, Taken};
use crate::flow::envelope::Origin;
use crate::flow::reorder::{AnyWindow, Inserter, Made, Window};
use crate::flow::task::push::Push;
use crate::request::tests::shuttle_stage::{odds, play, together};
use crate::request::tests::world::World;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, Ordering};

/// What a replica does: of item `n` it makes `n` items `10 n`, `10 n + 1` …, and at the end its own number.
fn work(world: &World, mut receiver: Receiver<u32>, mut inserter: Inserter<u32>, own: u32) {
    loop {
        let (taken, parcels) = take(world, &mut receiver, 1 + own as usize % 2);
        if taken != Taken::Items {
            break;
        }
        for parcel in parcels {
            inserter.number(parcel.number);
            let n = parcel.envelope.item;
            (0..n).for_each(|nth| drop(inserter.push(10 * n + nth, &Origin::none()).unwrap()));
        }
        world.block_on(poll_fn(|cx| inserter.rest().poll_flush(cx)));
    }
    let _ = inserter.push(own, &Origin::none()).unwrap();
    inserter.rest().close().unwrap();
}

fn item(made: Made<u32>) -> u32 {
    match made {
        Made::Main(envelope) => envelope.item,
        Made::Diverted(_) => unreachable!("nothing is diverted here"),
    }
}

fn merged(world: &World, window: &Window<u32>) -> (Taken, Vec<u32>) {
    let mut all = VecDeque::new();
    loop {
        let taken = world.block_on(poll_fn(|cx| window.poll_take(&mut all, cx)));
        if taken != Taken::Items {
            return (taken, all.into_iter().map(item).collect());
        }
    }
}

/// Plays replicas, of which one may retire, with what `beside` does at the same time.
fn play_window(
    world: &World,
    width: usize,
    stays_open: bool,
    beside: impl Fn(&Window<u32>, &Edge<u32>, &AtomicBool) + Send + Sync + 'static,
) -> Vec<Vec<u32>> {
    let (input, window) = (edge(Overflow::Block, 2, Routing::Compete, 1), Window::new(width));
    let retire = stays();
    let sender = Handout::new([Sender::new(&input)]);
    let receivers = Handout::new([
        Receiver::new(&input, 0, stays()),
        Receiver::new(&input, 1, Arc::clone(&retire)),
    ]);
    // As long as it is there, there is no end.
    let idle = stays_open.then(|| Inserter::new(&window, 2));
    let inserters = Handout::new((0..2).map(|nth| Inserter::new(&window, nth)));
    let world = world.clone();
    let got = together(5, move |nth| match nth {
        0 => {
            let mut sender = sender.take(0);
            send(&world, &mut sender, 0..4);
            Vec::new()
        }
        1 | 2 => {
            work(
                &world,
                receivers.take(nth - 1),
                inserters.take(nth - 1),
                100 + nth as u32,
            );
            Vec::new()
        }
        3 => merged(&world, &window).1,
        _ => {
            beside(&window, &input, &retire);
            input.nudge();
            Vec::new()
        }
    });
    drop(idle);
    got
}

/// R1, R2, R3: the exact order, tails at the end by replica, though the window is narrow and one replica retires.
#[test]
fn shuttle_window_keeps_the_order() {
    play(0, |world| {
        let width = if odds(2) { 1 } else { 2 };
        let got = play_window(world, width, false, |_, _, retire| {
            retire.store(odds(2), Ordering::SeqCst)
        });
        assert_eq!(got[3], [10, 20, 21, 30, 31, 32, 101, 102]);
    });
}

/// A halt ends the wait of everybody, ahead or behind.
#[test]
fn shuttle_window_halts() {
    play(0, |world| {
        let got = play_window(world, 1, true, |window, input, _| {
            input.halt();
            window.halt();
        });
        let expected = [10, 20, 21, 30, 31, 32, 101, 102];
        let rest = got[3].iter().filter(|item| **item < 100);
        assert!(rest.clone().eq(expected.iter().take(rest.count())), "{got:?}");
    });
}

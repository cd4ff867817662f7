//! Edges whose senders and receivers come, go, give up and retire: no item is lost or doubled, nobody sleeps for ever, and the
//! end is seen by everybody who stays.

use super::stagehands::{
    Handout, assert_accounts, edge, parcels, receiver, send, stays, take, take_all, try_send, try_take,
};
use crate::flow::edge::{Edge, Overflow, Receiver, Routing, Sender, Taken};
use crate::request::tests::shuttle_stage::{odds, play, together};
use crate::request::tests::world::{World, thread};
use crate::sync::Arc;
use crate::sync::atomic::Ordering;

fn keyed() -> Routing<u32> {
    Routing::Keyed(Arc::new(|item| u64::from(*item)))
}

fn sorted(mut items: Vec<u32>) -> Vec<u32> {
    items.sort_unstable();
    items
}

/// E1 to E4 (V74 to V76): two senders, of which one gives up while it waits for room; two receivers who stay, one who gives up
/// while it is called.
#[test]
fn shuttle_edge_counts_to_its_end() {
    play(0, |world| {
        let edge = edge(Overflow::Block, 1, Routing::Compete, 1);
        let senders = Handout::new([Sender::new(&edge), Sender::new(&edge)]);
        let receivers = Handout::new((0..3).map(|nth| receiver(&edge, nth)));
        let world = world.clone();
        let all = together(5, move |nth| match nth {
            0 => {
                send(&world, &mut senders.take(0), [1, 2, 3]);
                (vec![1, 2, 3], Vec::new())
            }
            1 => {
                let sent = try_send(&mut senders.take(1), [11, 12, 13]);
                (vec![11, 12, 13][..sent].to_vec(), Vec::new())
            }
            2 | 3 => {
                let (taken, got) = take_all(&world, &mut receivers.take(nth - 2), nth);
                assert_eq!(taken, Taken::End);
                assert!(got.iter().filter(|item| **item < 10).is_sorted());
                (Vec::new(), got)
            }
            _ => {
                let mut receiver = receivers.take(2);
                let got = try_take(&mut receiver);
                thread::yield_now();
                drop(receiver);
                (Vec::new(), got)
            }
        });
        let (sent, got): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        assert_eq!(sorted(got.concat()), sorted(sent.concat()));
        assert_accounts(&edge);
    });
}

/// A receiver that retires does not wait for the end, and leaves what it was called for to the others, who see the end.
#[test]
fn shuttle_edge_outlives_who_retires() {
    play(0, |world| {
        let edge = edge(Overflow::Block, 2, Routing::Compete, 1);
        let (senders, retire) = (Handout::new([Sender::new(&edge), Sender::new(&edge)]), stays());
        let receivers = Handout::new([receiver(&edge, 0), Receiver::new(&edge, 1, Arc::clone(&retire))]);
        let (world, of) = (world.clone(), Arc::clone(&edge));
        let got = together(4, move |nth| match nth {
            0 => {
                send(&world, &mut senders.take(0), 0..4);
                Vec::new()
            }
            1 => {
                let (taken, got) = take_all(&world, &mut receivers.take(0), 1);
                assert_eq!(taken, Taken::End);
                got
            }
            2 => {
                // There is no end before it has retired.
                let _open = senders.take(1);
                let (taken, got) = take_all(&world, &mut receivers.take(1), 1);
                assert_eq!(taken, Taken::Retired);
                got
            }
            _ => {
                retire.store(true, Ordering::SeqCst);
                of.nudge();
                Vec::new()
            }
        });
        assert_eq!(sorted(got.concat()), [0, 1, 2, 3]);
        assert_accounts(&edge);
    });
}

/// When the last receiver goes, whoever waits for room goes on, and what is sent is counted as unwanted.
#[test]
fn shuttle_edge_without_receivers_blocks_nobody() {
    play(0, |world| {
        let edge = edge(Overflow::Block, 1, Routing::Compete, 1);
        let senders = Handout::new([Sender::new(&edge), Sender::new(&edge)]);
        let receivers = Handout::new([receiver(&edge, 0)]);
        let world = world.clone();
        let got = together(3, move |nth| match nth {
            0 | 1 => {
                send(&world, &mut senders.take(nth), 0..3);
                0
            }
            _ => {
                let mut receiver = receivers.take(0);
                let got = try_take(&mut receiver).len();
                got + if odds(2) { try_take(&mut receiver).len() } else { 0 }
            }
        });
        let state = edge.look();
        assert_eq!((state.sent, state.taken), (6, got.iter().sum::<usize>() as u64));
        assert_accounts(&edge);
    });
}

/// Senders wait for room in whichever lane; who takes from one lane wakes those it matters to. One lane loses its receiver.
#[test]
fn shuttle_keyed_lanes_lose_nothing() {
    play(0, |world| {
        let edge = edge(Overflow::Block, 1, keyed(), 2);
        let senders = Handout::new([Sender::new(&edge), Sender::new(&edge)]);
        let receivers = Handout::new([receiver(&edge, 0), receiver(&edge, 1)]);
        let world = world.clone();
        let leaves = odds(2);
        let got = together(4, move |nth| match nth {
            0 => {
                send(&world, &mut senders.take(0), [0, 1, 2, 3]);
                Vec::new()
            }
            1 => {
                send(&world, &mut senders.take(1), [11, 13, 10]);
                Vec::new()
            }
            2 => {
                let (taken, got) = take_all(&world, &mut receivers.take(0), 2);
                assert_eq!(taken, Taken::End);
                got
            }
            _ if leaves => try_take(&mut receivers.take(1)),
            _ => take_all(&world, &mut receivers.take(1), 1).1,
        });
        assert_eq!(sorted(got[2].clone()), [0, 2, 10]);
        assert!(got[2].iter().filter(|item| **item < 10).is_sorted());
        assert!(leaves || sorted(got[3].clone()) == [1, 3, 11, 13]);
        assert_eq!(edge.look().sent, 7);
        assert_accounts(&edge);
    });
}

/// Whoever waits for room in one lane does not stand in the way of who waits for another: nobody takes from lane 1 before all
/// of lane 0 has come.
#[test]
fn shuttle_keyed_lanes_wait_for_themselves() {
    play(0, |world| {
        let edge = edge(Overflow::Block, 1, keyed(), 2);
        let senders = Handout::new([Sender::new(&edge), Sender::new(&edge)]);
        let receivers = Handout::new([receiver(&edge, 0), receiver(&edge, 1)]);
        let world = world.clone();
        let got = together(3, move |nth| match nth {
            0 | 1 => {
                let nth = nth as u32;
                send(&world, &mut senders.take(nth as usize), [nth, nth + 2, nth + 4]);
                Vec::new()
            }
            _ => {
                let (mut first, mut all) = (receivers.take(0), Vec::new());
                while all.len() < 3 {
                    all.extend(
                        take(&world, &mut first, 1)
                            .1
                            .into_iter()
                            .map(|parcel| parcel.envelope.item),
                    );
                }
                [all, take_all(&world, &mut receivers.take(1), 1).1].concat()
            }
        });
        assert_eq!(got[2], [0, 2, 4, 1, 3, 5]);
        assert_accounts(&edge);
    });
}

/// Each receiver gets each item, in order, whatever the other one does.
#[test]
fn shuttle_broadcast_reaches_everybody() {
    play(0, |world| {
        let edge = edge(Overflow::Block, 1, Routing::Broadcast, 2);
        let sender = Handout::new([Sender::new(&edge)]);
        let receivers = Handout::new([receiver(&edge, 0), receiver(&edge, 1)]);
        let world = world.clone();
        let leaves = odds(2);
        let got = together(3, move |nth| match nth {
            0 => {
                let mut sender = sender.take(0);
                let each = parcels(&sender, 0..3);
                let mut all = each
                    .into_iter()
                    .flat_map(|parcel| [parcel.clone().into_lane(1), parcel])
                    .collect();
                world.block_on(std::future::poll_fn(|cx| sender.poll_send(&mut all, cx)));
                Vec::new()
            }
            1 => take_all(&world, &mut receivers.take(0), 3).1,
            _ if leaves => try_take(&mut receivers.take(1)),
            _ => take_all(&world, &mut receivers.take(1), 1).1,
        });
        assert_eq!(got[1], [0, 1, 2]);
        assert!(leaves || got[2] == [0, 1, 2]);
        assert_accounts(&edge);
    });
}

/// E1, V23, V24: who overflows never waits, what is dropped is counted, what is left keeps its order, and the end comes.
#[test]
fn shuttle_overflow_accounts_for_everything() {
    play(0, |world| {
        let overflow = if odds(2) {
            Overflow::DropOldest
        } else {
            Overflow::DropNewest
        };
        let edge = edge(overflow, 1, Routing::Compete, 1);
        let senders = Handout::new([Sender::new(&edge), Sender::new(&edge)]);
        let receivers = Handout::new([receiver(&edge, 0)]);
        let world = world.clone();
        let got = together(3, move |nth| match nth {
            0 | 1 => {
                assert_eq!(try_send(&mut senders.take(nth), (0..3).map(|n| n + 10 * nth as u32)), 3);
                Vec::new()
            }
            _ => take_all(&world, &mut receivers.take(0), 2).1,
        });
        let got = got.concat();
        for lower in [0, 10] {
            let of: Vec<_> = got.iter().filter(|item| (lower..lower + 10).contains(*item)).collect();
            assert!(of.is_sorted());
        }
        let state = edge.look();
        assert_eq!((state.sent, state.taken), (6, got.len() as u64));
        assert!(!got.is_empty());
        assert_accounts(&edge);
    });
}

fn all_at_it(world: &World, edge: &Arc<Edge<u32>>, last: impl Fn() + Send + Sync + 'static) {
    let senders = Handout::new([Sender::new(edge), Sender::new(edge)]);
    let receivers = Handout::new([receiver(edge, 0), receiver(edge, 1)]);
    let world = world.clone();
    together(5, move |nth| match nth {
        0 | 1 => send(&world, &mut senders.take(nth), 0..3),
        2 | 3 => {
            let (taken, _) = take_all(&world, &mut receivers.take(nth - 2), 1);
            assert_eq!(taken, Taken::Halted);
        }
        _ => last(),
    });
}

/// E6: a halt ends everybody's wait, and what is left is unwanted.
#[test]
fn shuttle_halt_wakes_everybody() {
    play(0, |world| {
        for routing in [Routing::Compete, keyed()] {
            let lanes = if matches!(routing, Routing::Compete) { 1 } else { 2 };
            let edge = edge(Overflow::Block, 1, routing, lanes);
            let of = Arc::clone(&edge);
            // They are there, so it is the halt that ends the wait for room, or for an item.
            let idle = (receiver(&edge, 0), receiver(&edge, 1), Sender::new(&edge));
            all_at_it(world, &edge, move || of.halt());
            drop(idle);
            assert_accounts(&edge);
        }
    });
}

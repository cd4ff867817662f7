//! Replicas that come while others go.

use super::stagehands::{Handout, assert_accounts, edge, receiver, send, take_all};
use crate::flow::crew::{Crew, Seat};
use crate::flow::edge::{Edge, Overflow, Receiver, Routing, Sender, Taken};
use crate::request::tests::shuttle_stage::{odds, play, together};
use crate::request::tests::world::World;
use crate::sync::Arc;

/// A replica as its task has it.
struct Replica {
    seat: Seat,
    input: Receiver<u32>,
    output: Sender<u32>,
    own: u32,
}

impl Replica {
    /// Passes everything on, then its own number; gives up its place, then its end of the edge.
    fn run(mut self, world: &World) {
        let (_, items) = take_all(world, &mut self.input, 1);
        send(world, &mut self.output, items.into_iter().chain([self.own]));
        self.seat.leave();
        drop(self.output);
    }
}

/// Whoever is taken in before the last one has left can send, and whoever comes later is turned away.
#[test]
fn shuttle_crew_scales_against_the_last_one() {
    play(0, |world| {
        let (first, second) = (
            edge(Overflow::Block, 1, Routing::Compete, 1),
            edge(Overflow::Block, 1, Routing::Compete, 1),
        );
        let crew = Arc::new(Crew::default());
        let join = |own| Some(joined(&crew, &first, &second, own));
        let (one, sender) = (Handout::new([join(100).unwrap()]), Handout::new([Sender::new(&first)]));
        let last = Handout::new([receiver(&second, 0)]);
        let (world, of) = (
            world.clone(),
            (Arc::clone(&crew), Arc::clone(&first), Arc::clone(&second)),
        );
        let all = together(4, move |nth| match nth {
            0 => {
                send(&world, &mut sender.take(0), 0..2);
                Vec::new()
            }
            1 => {
                one.take(0).run(&world);
                Vec::new()
            }
            2 => {
                let (taken, got) = take_all(&world, &mut last.take(0), 1);
                assert_eq!(taken, Taken::End);
                got
            }
            _ => {
                let (crew, first, second) = &of;
                let mut state = crew.lock();
                if state.has_ended() {
                    return vec![];
                }
                if odds(4) {
                    // The one that is there is to go.
                    state.retire_one();
                }
                let seat = state.join(crew);
                let input = Receiver::new(first, 1, seat.retirement());
                let output = Sender::new(second);
                drop(state);
                first.nudge();
                Replica {
                    seat,
                    input,
                    output,
                    own: 101,
                }
                .run(&world);
                vec![101]
            }
        });
        let mut expected = [vec![0, 1, 100], all[3].clone()].concat();
        let mut got = all[2].clone();
        expected.sort_unstable();
        got.sort_unstable();
        assert_eq!(got, expected);
        assert_eq!((crew.live(), crew.lock().size()), (0, 0));
        assert_accounts(&first);
        assert_accounts(&second);
    });
}

fn joined(crew: &Arc<Crew>, first: &Arc<Edge<u32>>, second: &Arc<Edge<u32>>, own: u32) -> Replica {
    let seat = crew.lock().join(crew);
    let input = Receiver::new(first, 0, seat.retirement());
    let output = Sender::new(second);
    Replica {
        seat,
        input,
        output,
        own,
    }
}

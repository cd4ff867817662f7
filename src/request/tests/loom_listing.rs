//! Requests that only their maker knew of, when others come upon them.

use crate::request::request::Request;
use crate::request::tests::world::{Count, Gate, World, explore, thread};
use crate::sync::{Arc, Mutex};

type Place = Arc<Mutex<Option<Arc<Request<u32>>>>>;

/// A request that makes another one in its turn, carries it out, and ends when the gate opens.
fn maker(world: &World, place: &Place, runs: &Count, gate: Option<Gate>) -> Request<()> {
    let (place, runs) = (Arc::clone(place), runs.clone());
    let maker = world.request(async move {
        let made = Request::new(async move { Ok(runs.add()) });
        *place.lock() = Some(Arc::new(made));
        if let Some(gate) = gate {
            gate.await;
        }
        Ok(())
    });
    maker.submit();
    world.drain();
    maker
}

fn take(place: &Place) -> Arc<Request<u32>> {
    place.lock().take().expect("the maker has had its turn")
}

/// L1: two threads list it at once; it runs once, and both get the value.
#[test]
fn loom_l1_two_come_upon_it_at_once() {
    explore(3, || {
        let world = World::new(1);
        let (place, runs) = (Place::default(), Count::default());
        let maker = maker(&world, &place, &runs, None);
        let made = take(&place);
        let other = thread::spawn({
            let (world, made) = (world.clone(), Arc::clone(&made));
            move || {
                made.submit();
                world.drain();
            }
        });
        assert_eq!(world.block_on((*made).clone()).expect("nobody cancels it"), 0);
        other.join().unwrap();
        assert_eq!(runs.get(), 1);
        assert!(maker.has_ended());
        drop((made, maker));
        world.assert_quiet();
    });
}

/// C14, C19: its maker is cancelled while somebody lists and submits it. It ends, one way or the other, and who asks hears
/// which.
#[test]
fn loom_c14_listing_beside_the_cancellation_of_the_maker() {
    explore(3, || {
        let world = World::new(1);
        let (place, runs) = (Place::default(), Count::default());
        let maker = maker(&world, &place, &runs, Some(Gate::default()));
        let made = take(&place);
        let canceller = thread::spawn({
            let (world, maker) = (world.clone(), maker.clone());
            move || {
                let _ = maker.cancel();
                world.drain();
            }
        });
        made.submit();
        world.drain();
        canceller.join().unwrap();
        world.drain();
        let outcome = made.try_result().expect("it has ended");
        match outcome {
            Ok(nth) => assert_eq!((nth, runs.get()), (0, 1)),
            Err(error) => assert!(error.is_cancelled() && runs.get() <= 1, "{error}"),
        }
        assert!(maker.has_ended());
        drop((made, maker));
        world.assert_quiet();
    });
}

//! Bytes that come back while somebody asks for them.

use std::time::Duration;

use crate::request::request::Request;
use crate::request::tests::world::{World, explore, thread};
use crate::runtime::config::Config;

/// Room for one byte: one request at a time.
fn narrow() -> World {
    World::with(Config {
        slots: 2,
        memory: 1,
        ageing: Duration::from_secs(3_600),
        ..Config::default()
    })
}

fn work(world: &World, value: i32) -> Request<i32> {
    world.builder().bytes(1).future(async move { Ok(value) })
}

/// The bytes that a newcomer waits for come back just as it goes into the lobby: it is not left there (P16).
#[test]
fn loom_p16_p38_release_beside_newcomer() {
    explore(5, || {
        let world = narrow();
        let (holder, newcomer) = (work(&world, 1), work(&world, 2));
        holder.submit();
        let other = thread::spawn({
            let (world, newcomer) = (world.clone(), newcomer.clone());
            move || {
                newcomer.submit();
                world.drain();
            }
        });
        world.drain();
        other.join().unwrap();
        world.drain();
        assert_eq!(newcomer.try_result().expect("left in the lobby").unwrap(), 2);
        assert_eq!(world.engine.account.memory().used, 0);
        world.assert_quiet();
    });
}

/// One that waits in the lobby is cancelled as its turn comes: whoever is behind it gets in, and no byte is lost.
#[test]
fn loom_p38_cancel_beside_admission() {
    explore(4, || {
        let world = narrow();
        let (holder, first, second) = (work(&world, 1), work(&world, 2), work(&world, 3));
        holder.submit();
        first.submit();
        second.submit();
        let canceller = thread::spawn({
            let (world, first) = (world.clone(), first.clone());
            move || {
                let _ = first.cancel();
                world.drain();
            }
        });
        world.drain();
        canceller.join().unwrap();
        world.drain();
        assert!(first.has_ended());
        assert_eq!(second.try_result().expect("left in the lobby").unwrap(), 3);
        assert_eq!(world.engine.account.memory().used, 0);
        world.assert_quiet();
    });
}

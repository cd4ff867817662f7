//! Queues and locks between threads and requests.

use std::task::Poll;

use crate::green::condition::Condition;
use crate::green::queue::Queue;
use crate::request::tests::shuttle_stage::{odds, play, together};
use crate::request::tests::world::{Count, YieldNow, poll_once, thread};

/// Gets until the end.
fn get_all(queue: &Queue<u32>) -> Vec<u32> {
    let mut got = Vec::new();
    while let Some(item) = queue.get_wait().unwrap() {
        got.push(item);
        queue.task_done().unwrap();
    }
    got
}

/// Looks for an item once, and gives up later.
fn get_and_leave(queue: &Queue<u32>) -> Vec<u32> {
    let mut get = Box::pin(queue.get());
    let got = match poll_once(&mut get) {
        Poll::Ready(item) => item.unwrap(),
        Poll::Pending => None,
    };
    // An item may be granted to it meanwhile.
    while !odds(8) {
        thread::yield_now();
    }
    got.iter().for_each(|_| queue.task_done().unwrap());
    Vec::from_iter(got)
}

/// H40: what was put comes out once, whoever is woken, leaves, or comes in between; and all who wait come home.
#[test]
fn shuttle_queue_loses_nothing() {
    play(0, |_| {
        let queue = Queue::bounded(1);
        let all = together(4, move |nth| match nth {
            0 => {
                let put: Vec<u32> = (0..3).take_while(|item| queue.put_wait(*item).is_ok()).collect();
                queue.join_wait().unwrap();
                queue.close();
                (put, Vec::new())
            }
            1 => (Vec::new(), get_all(&queue)),
            2 => (Vec::new(), get_and_leave(&queue)),
            _ => {
                let got = queue.try_get().ok();
                got.iter().for_each(|_| queue.task_done().unwrap());
                (Vec::new(), Vec::from_iter(got))
            }
        });
        let (put, got): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let (put, mut got) = (put.concat(), got.concat());
        got.sort_unstable();
        assert_eq!(put, [0, 1, 2]);
        assert_eq!(got, put);
    });
}

/// An item that was granted to a getter that leaves is not stranded when the queue is closed in between.
#[test]
fn shuttle_queue_closed_while_a_getter_leaves() {
    play(0, |_| {
        let queue = Queue::unbounded();
        let all = together(4, move |nth| match nth {
            0 => {
                (0..2).for_each(|item| queue.put_wait(item).unwrap());
                queue.close();
                queue.join_wait().unwrap();
                Vec::new()
            }
            1 => get_and_leave(&queue),
            _ => get_all(&queue),
        });
        let mut got = all.concat();
        got.sort_unstable();
        assert_eq!(got, [0, 1]);
    });
}

/// H31: two requests hold a lock twice and take turns; each notification is used once, and nobody is alone inside with another.
#[test]
fn shuttle_condition_takes_turns() {
    play(2, |world| {
        let condition = Condition::new();
        let (turns, inside, overlap) = (Count::default(), Count::default(), Count::default());
        let players: Vec<_> = (0..2)
            .map(|me| {
                let (condition, turns) = (condition.clone(), turns.clone());
                let (inside, overlap) = (inside.clone(), overlap.clone());
                let player = world.request(async move {
                    for _ in 0..2 {
                        let _outer = condition.rlock().lock().await?;
                        let _inner = condition.rlock().lock().await?;
                        condition.wait_while(|| turns.get() % 2 != me).await?;
                        let before = inside.add();
                        YieldNow::default().await;
                        if inside.get() != before + 1 {
                            overlap.add();
                        }
                        turns.add();
                        condition.notify(1)?;
                    }
                    Ok(())
                });
                player.submit();
                player
            })
            .collect();
        players.iter().for_each(|player| player.wait().unwrap());
        assert_eq!((turns.get(), overlap.get()), (4, 0));
    });
}

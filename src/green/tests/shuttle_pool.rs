//! Pools that are closed while others put, get, wait for the end, and leave.

use std::task::Poll;

use crate::error::Error;
use crate::green::pool::{Close, Pool};
use crate::request::tests::shuttle_stage::{odds, play, together};
use crate::request::tests::world::{Count, World, YieldNow, poll_once, thread};
use crate::runtime::enter;
use crate::sync::Arc;

const ITEMS: u32 = 3;

/// A pool of one or two, and no room for more, whose items take a turn or two.
fn pool(world: &World, is_ordered: bool, ran: &Count) -> Pool<u32, u32> {
    let _entered = enter::enter(Arc::clone(&world.engine));
    let ran = ran.clone();
    let work = move |item: u32| {
        let ran = ran.clone();
        async move {
            for _ in 0..item % 2 {
                YieldNow::default().await;
            }
            ran.add();
            Ok::<u32, Error>(item)
        }
    };
    let width = 1 + usize::from(odds(2));
    match is_ordered {
        true => Pool::ordered(width, work).window(width),
        false => Pool::new(width, work).window(width),
    }
}

/// What one of the two putters got in, before the pool was closed.
fn put_all(pool: &Pool<u32, u32>, nth: usize) -> Vec<u32> {
    let items = (0..ITEMS).map(|item| 10 * nth as u32 + item);
    items.take_while(|item| pool.put_wait(*item).is_ok()).collect()
}

fn get_all(pool: &Pool<u32, u32>) -> Vec<u32> {
    pool.iter_wait().map(|result| result.unwrap()).collect()
}

/// Lets others go first, now and then for long.
fn hesitate() {
    while !odds(8) {
        thread::yield_now();
    }
}

/// H47: closed to be drained, a pool delivers exactly what was put, once, and everybody who waits comes home.
#[test]
fn shuttle_pool_drained_by_close() {
    play(2, |world| {
        let ran = Count::default();
        let shared = pool(world, odds(2), &ran);
        let all = together(5, move |nth| match nth {
            0 | 1 => (put_all(&shared, nth), Vec::new()),
            2 | 3 => (Vec::new(), get_all(&shared)),
            _ => {
                shared.close(Close::Drain);
                shared.join_wait().unwrap();
                assert!(shared.put_wait(99).unwrap_err().is_closed());
                (Vec::new(), Vec::new())
            }
        });
        let (put, mut got): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let (mut put, mut got) = (put.concat(), std::mem::take(&mut got).concat());
        put.sort_unstable();
        got.sort_unstable();
        assert_eq!(got, put);
        assert_eq!(ran.get() as usize, put.len());
    });
}

/// H48: one reader sees the items of each putter in order, whatever ends first.
#[test]
fn shuttle_pool_keeps_the_order() {
    play(2, |world| {
        let shared = pool(world, true, &Count::default());
        let all = together(3, move |nth| match nth {
            2 => get_all(&shared),
            _ => {
                let put = put_all(&shared, nth);
                if nth == 0 {
                    shared.close(Close::Drain);
                }
                put
            }
        });
        for putter in 0..2 {
            let of_putter: Vec<u32> = all[2].iter().copied().filter(|item| item / 10 == putter).collect();
            assert_eq!(of_putter, all[putter as usize]);
        }
    });
}

/// An aborted pool delivers each item at most once, nothing that was not put, and leaves no task behind.
#[test]
fn shuttle_pool_aborted_by_close() {
    play(2, |world| {
        let _entered = enter::enter(Arc::clone(&world.engine));
        let shared = Pool::new(2, |item: u32| async move {
            // Ends by being cancelled alone.
            if item % 2 == 1 {
                std::future::pending::<()>().await;
            }
            Ok::<u32, Error>(item)
        });
        let all = together(5, move |nth| match nth {
            0 | 1 => (put_all(&shared, nth), Vec::new()),
            2 | 3 => (Vec::new(), get_all(&shared)),
            _ => {
                shared.close(Close::Abort);
                shared.join_wait().unwrap();
                (Vec::new(), Vec::new())
            }
        });
        let (put, got): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let (put, mut got) = (put.concat(), got.concat());
        got.sort_unstable();
        assert!(got.windows(2).all(|pair| pair[0] < pair[1]), "{got:?}");
        assert!(got.iter().all(|item| put.contains(item)), "{got:?} of {put:?}");
    });
}

/// Getters and putters that give up half-way lose nothing and hold nobody up.
#[test]
fn shuttle_pool_with_leavers() {
    play(2, |world| {
        let shared = pool(world, odds(2), &Count::default());
        let all = together(4, move |nth| match nth {
            0 => {
                let put = put_all(&shared, nth);
                shared.close(Close::Drain);
                (put, Vec::new())
            }
            1 => (Vec::new(), get_all(&shared)),
            2 => {
                let mut get = Box::pin(shared.get());
                let got = match poll_once(&mut get) {
                    Poll::Ready(Ok(Some(result))) => vec![result.unwrap()],
                    _ => Vec::new(),
                };
                // A result may be granted to it meanwhile.
                hesitate();
                (Vec::new(), got)
            }
            _ => {
                let mut put = Box::pin(shared.put(50));
                let is_in = matches!(poll_once(&mut put), Poll::Ready(Ok(())));
                hesitate();
                (Vec::from_iter(is_in.then_some(50)), Vec::new())
            }
        });
        let (put, got): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let (mut put, mut got) = (put.concat(), got.concat());
        put.sort_unstable();
        got.sort_unstable();
        assert_eq!(got, put);
    });
}

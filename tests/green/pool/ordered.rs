//! Pools whose results come in the order of the items: H48.

use headwater::Error;
use headwater::green::{Close, Pool};

use super::Gates;
use crate::stage::*;

#[test]
fn h48_results_come_in_the_order_of_the_items_whatever_ends_first() -> Result<(), Error> {
    let rt = runtime(2);
    let gates = Gates::default();
    let done = Count::default();
    let pool = {
        let (gates, done) = (gates.clone(), done.clone());
        Pool::ordered(4, move |n: u32| {
            let (gate, done) = (gates.of(n), done.clone());
            async move {
                gate.wait().await?;
                done.add();
                Ok(n)
            }
        })
        .on(&rt)
    };
    (0..4).try_for_each(|n| pool.put_wait(n))?;
    for (nth, n) in [3, 2, 1].into_iter().enumerate() {
        gates.open(n);
        until("it is done", || done.get() == nth + 1);
        assert!(pool.try_get().is_none());
    }
    gates.open(0);
    for n in 0..4 {
        assert_eq!(pool.get_wait()?.expect("open")?, n);
    }
    until_empty(&rt);
    Ok(())
}

#[test]
fn h48_what_is_in_flight_is_bounded_and_puts_wait() -> Result<(), Error> {
    let rt = runtime(2);
    let (running, most) = (Count::default(), Count::default());
    let pool = {
        let (running, most) = (running.clone(), most.clone());
        Pool::ordered(2, move |n: u32| {
            let (running, most) = (running.clone(), most.clone());
            async move {
                most.max(running.add());
                tokio::task::yield_now().await;
                running.sub();
                Ok(n)
            }
        })
        .on(&rt)
        .window(5)
    };
    (0..5).try_for_each(|n| pool.try_put(n))?;
    pool.join_wait()?;
    // All are done, none is taken.
    let refused = pool.try_put(5).unwrap_err();
    assert!(refused.is_full());
    let mut put = Box::pin(pool.put(refused.into_item()));
    assert!(poll(put.as_mut()).is_pending());
    assert_eq!(pool.get_wait()?.expect("open")?, 0);
    assert!(poll(put.as_mut()).is_ready());
    drop(put);
    pool.close(Close::Drain);
    let rest: Vec<u32> = pool.iter_wait().collect::<Result<_, _>>()?;
    assert_eq!(rest, [1, 2, 3, 4, 5]);
    assert!((1..=2).contains(&most.get()), "{}", most.get());
    until_empty(&rt);
    Ok(())
}

#[test]
fn h48_many_putters_and_one_getter_in_order() -> Result<(), Error> {
    let rt = runtime(2);
    let pool = Pool::ordered(3, |n: u32| async move {
        for _ in 0..n % 5 {
            tokio::task::yield_now().await;
        }
        Ok(n)
    })
    .on(&rt);
    let putter = {
        let pool = pool.clone();
        std::thread::spawn(move || {
            (0..500).try_for_each(|n| pool.put_wait(n))?;
            pool.close(Close::Drain);
            Ok::<(), Error>(())
        })
    };
    let all: Vec<u32> = pool.iter_wait().collect::<Result<_, _>>()?;
    putter.join().expect("no panic")?;
    assert_eq!(all, (0..500).collect::<Vec<_>>());
    until_empty(&rt);
    Ok(())
}

//! One-way pools: H43 to H45.

use std::sync::{Arc, Mutex};

use headwater::Error;
use headwater::green::{Close, Event, OneWayPool, on_error};

use crate::stage::*;

#[test]
fn h43_errors_and_panics_go_to_the_handlers_and_the_pool_goes_on() -> Result<(), Error> {
    let rt = runtime(2);
    let _entered = rt.enter();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let _handler = {
        let heard = Arc::clone(&heard);
        on_error(move |error| heard.lock().expect("no panic").push(error.clone()))
    };
    let done = Count::default();
    let pool = {
        let done = done.clone();
        OneWayPool::new(2, move |n: u32| {
            let done = done.clone();
            async move {
                match n % 3 {
                    0 => return Err(Error::msg(format!("no {n}"))),
                    1 => panic!("what a number: {n}"),
                    _ => done.add(),
                };
                Ok(())
            }
        })
        .named("numbers")
    };
    for n in 0..21 {
        pool.put_wait(n)?;
    }
    pool.join_wait()?;
    assert_eq!(done.get(), 7);
    let heard = heard.lock().expect("no panic");
    assert_eq!(heard.len(), 14);
    assert_eq!(heard.iter().filter(|error| error.is_panic()).count(), 7);
    assert!(
        heard.iter().all(|error| error.report().contains("`numbers`")),
        "{heard:?}"
    );
    until_empty(&rt);
    Ok(())
}

#[test]
fn h44_a_closed_pool_finishes_what_was_put_refuses_the_rest_and_opens_again() -> Result<(), Error> {
    let rt = runtime(2);
    let (gate, done) = (Event::new(), Count::default());
    let pool = {
        let (gate, done) = (gate.clone(), done.clone());
        OneWayPool::new(1, move |_: u32| {
            let (gate, done) = (gate.clone(), done.clone());
            async move {
                gate.wait().await?;
                done.add();
                Ok(())
            }
        })
        .on(&rt)
    };
    for n in 0..3 {
        pool.put_wait(n)?;
    }
    pool.close(Close::Drain);
    let refused = pool.put_wait(3).unwrap_err();
    assert!(refused.is_closed() && pool.is_closed());
    assert_eq!(refused.into_item(), 3);
    gate.set();
    pool.join_wait()?;
    assert_eq!(done.get(), 3);
    pool.open();
    pool.put_wait(4)?;
    pool.join_wait()?;
    assert_eq!(done.get(), 4);
    until_empty(&rt);
    Ok(())
}

#[test]
fn h44_an_aborted_pool_drops_what_has_not_begun_and_cancels_what_has() -> Result<(), Error> {
    let rt = runtime(2);
    let (begun, done) = (Count::default(), Count::default());
    let items = Count::default();
    let pool = {
        let (begun, done) = (begun.clone(), done.clone());
        OneWayPool::new(1, move |item: Dropped| {
            let (begun, done) = (begun.clone(), done.clone());
            async move {
                let _item = item;
                begun.add();
                std::future::pending::<()>().await;
                done.add();
                Ok(())
            }
        })
        .on(&rt)
    };
    for _ in 0..3 {
        pool.put_wait(items.on_drop())?;
    }
    until("the first has begun", || begun.get() == 1);
    pool.close(Close::Abort);
    pool.join_wait()?;
    until("all items are gone", || items.get() == 3);
    assert_eq!((begun.get(), done.get()), (1, 0));
    until_empty(&rt);
    Ok(())
}

#[test]
fn h45_join_waits_until_all_is_handled_or_for_its_time() {
    on_paused_clock(|| async {
        let (gate, done) = (Event::new(), Count::default());
        let pool = {
            let (gate, done) = (gate.clone(), done.clone());
            OneWayPool::new(2, move |_: u32| {
                let (gate, done) = (gate.clone(), done.clone());
                async move {
                    gate.wait().await?;
                    done.add();
                    Ok(())
                }
            })
        };
        pool.join().await?;
        pool.put(1).await?;
        assert!(pool.join_timeout(SECOND).await.unwrap_err().is_timeout());
        assert_eq!(done.get(), 0);
        gate.set();
        pool.join_timeout(SECOND).await?;
        assert_eq!(done.get(), 1);
        Ok(())
    });
}

#[test]
fn h45_the_end_of_the_scope_closes_the_pool_and_work_goes_on() -> Result<(), Error> {
    let rt = runtime(2);
    let (gate, done) = (Event::new(), Count::default());
    {
        let (gate, done) = (gate.clone(), done.clone());
        let pool = OneWayPool::new(1, move |_: u32| {
            let (gate, done) = (gate.clone(), done.clone());
            async move {
                gate.wait().await?;
                done.add();
                Ok(())
            }
        })
        .on(&rt);
        pool.put_wait(1)?;
        pool.put_wait(2)?;
    }
    gate.set();
    until_empty(&rt);
    assert_eq!(done.get(), 2);
    Ok(())
}

#[test]
fn work_goes_on_when_the_request_that_put_it_is_cancelled() -> Result<(), Error> {
    let rt = runtime(2);
    let (gate, done) = (Event::new(), Count::default());
    let pool = {
        let (gate, done) = (gate.clone(), done.clone());
        OneWayPool::new(1, move |_: u32| {
            let (gate, done) = (gate.clone(), done.clone());
            async move {
                gate.wait().await?;
                done.add();
                Ok(())
            }
        })
        .on(&rt)
    };
    let putter = {
        let pool = pool.clone();
        headwater::Request::builder().on(&rt).future(async move {
            pool.put(1).await?;
            pool.put(2).await?;
            std::future::pending::<Result<(), Error>>().await
        })
    };
    putter.submit();
    until("both are put", || pool.len() == 2);
    let _ = putter.cancel();
    assert!(putter.wait().unwrap_err().is_cancelled());
    gate.set();
    pool.join_wait()?;
    assert_eq!(done.get(), 2);
    until_empty(&rt);
    Ok(())
}

//! Puts and gets that are dropped half-way lose nothing.

use std::pin::pin;
use std::task::Poll;

use headwater::green::{Close, Event, Pool, Queue};
use headwater::{Error, Request};

use crate::stage::*;

#[test]
fn a_result_whose_getter_was_dropped_goes_to_the_next() -> Result<(), Error> {
    let rt = runtime(1);
    let pool = Pool::ordered(1, |n: u32| async move { Ok(n) }).on(&rt);
    let mut second = pin!(pool.get());
    {
        let mut first = pin!(pool.get());
        assert!(poll(first.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_pending());
        pool.put_wait(1)?;
        pool.join_wait()?;
        assert!(poll(second.as_mut()).is_pending());
    }
    assert!(matches!(poll(second), Poll::Ready(Ok(Some(Ok(1))))));
    until_empty(&rt);
    Ok(())
}

#[test]
fn results_stay_in_order_when_woken_getters_leave() -> Result<(), Error> {
    let rt = runtime(1);
    let pool = Pool::ordered(2, |n: u32| async move { Ok(n) }).on(&rt);
    {
        let (mut one, mut two) = (pin!(pool.get()), pin!(pool.get()));
        assert!(poll(one.as_mut()).is_pending());
        assert!(poll(two.as_mut()).is_pending());
        (0..3).try_for_each(|n| pool.put_wait(n))?;
        pool.join_wait()?;
    }
    pool.close(Close::Drain);
    let all: Vec<u32> = pool.iter_wait().collect::<Result<_, _>>()?;
    assert_eq!(all, [0, 1, 2]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn room_whose_putter_was_dropped_goes_to_the_next() -> Result<(), Error> {
    let rt = runtime(1);
    let gate = Event::new();
    let pool = {
        let gate = gate.clone();
        Pool::ordered(1, move |n: u32| {
            let gate = gate.clone();
            async move {
                gate.wait().await?;
                Ok(n)
            }
        })
        .on(&rt)
        .window(1)
    };
    pool.try_put(0)?;
    let mut second = pin!(pool.put(2));
    {
        let mut first = pin!(pool.put(1));
        assert!(poll(first.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_pending());
        gate.set();
        assert_eq!(pool.get_wait()?.expect("open")?, 0);
        assert!(poll(second.as_mut()).is_pending());
    }
    assert!(poll(second).is_ready());
    assert_eq!(pool.get_wait()?.expect("open")?, 2);
    until_empty(&rt);
    Ok(())
}

#[test]
fn a_larger_window_lets_those_in_who_wait() -> Result<(), Error> {
    let rt = runtime(1);
    let (pool, wakes) = (
        Pool::ordered(1, |n: u32| async move { Ok(n) }).on(&rt).window(1),
        Count::default(),
    );
    pool.try_put(0)?;
    let mut put = pin!(pool.put(1));
    assert!(poll_counting(put.as_mut(), &wakes).is_pending());
    let wider = pool.clone().window(2);
    assert_eq!(wakes.get(), 1);
    assert!(poll(put).is_ready());
    wider.join_wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn a_cancelled_getter_leaves_and_its_stream_ends() -> Result<(), Error> {
    let rt = runtime(1);
    let pool: Pool<u32, u32> = Pool::new(1, |n| async move { Ok(n) }).on(&rt);
    let polled = Event::new();
    let reader = {
        let (mut results, polled) = (pool.results(), polled.clone());
        Request::builder().on(&rt).future(async move {
            polled.set();
            let first = futures::StreamExt::next(&mut results).await;
            let error = first.expect("an item").unwrap_err();
            assert!(error.is_interrupted(), "{error:?}");
            assert!(futures::StreamExt::next(&mut results).await.is_none());
            Err::<(), _>(error)
        })
    };
    reader.submit();
    polled.block()?;
    until("it waits", || reader.state() == headwater::RequestState::Suspended);
    let _ = reader.cancel();
    assert!(reader.wait().unwrap_err().is_cancelled());
    pool.put_wait(3)?;
    assert_eq!(pool.get_wait()?.expect("open")?, 3);
    until_empty(&rt);
    Ok(())
}

#[test]
fn a_get_with_a_limit() {
    on_paused_clock(|| async {
        let pool: Pool<u32, u32> = Pool::new(1, |n| async move {
            match n {
                0 => Err(Queue::<()>::unbounded().get_timeout(SECOND).await.unwrap_err()),
                n => Ok(n),
            }
        });
        let late = pool.get_timeout(SECOND).await.unwrap_err();
        assert!(late.is_timeout(), "{late:?}");
        pool.put(1).await?;
        assert_eq!(pool.get_timeout(SECOND).await?.expect("open")?, 1);
        // An item that failed with a time-out is no wait that did.
        pool.put(0).await?;
        let failed = pool.get_timeout(2 * SECOND).await?.expect("open").unwrap_err();
        assert!(failed.is_timeout(), "{failed:?}");
        Ok(())
    });
}

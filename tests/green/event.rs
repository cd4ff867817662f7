//! Events: H22 to H24.

use std::pin::pin;
use std::task::Poll;

use headwater::green::Event;
use headwater::{Error, Request};

use crate::stage::*;

#[test]
fn h22_set_clear_and_a_wait_that_is_ready_at_once() -> Result<(), Error> {
    let event = Event::new();
    assert!(!event.is_set());
    event.set();
    assert!(event.is_set());
    event.block()?;
    assert!(matches!(poll(pin!(event.wait())), Poll::Ready(Ok(()))));
    event.clear();
    assert!(!event.is_set());
    assert!(poll(pin!(event.wait())).is_pending());
    Ok(())
}

#[test]
fn h23_set_wakes_requests_tasks_and_threads_that_wait() -> Result<(), Error> {
    let rt = runtime(2);
    let event = Event::new();
    let request = {
        let event = event.clone();
        Request::builder().on(&rt).future(async move { event.wait().await })
    };
    request.submit();
    let thread = std::thread::spawn({
        let event = event.clone();
        move || event.block()
    });
    until("both wait", || format!("{event:?}").contains("waiters: 2"));
    event.set();
    request.wait()?;
    thread.join().expect("no panic")?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn h23_set_releases_those_who_wait_even_if_it_is_cleared_at_once() {
    let event = Event::new();
    let (mut first, mut second) = (pin!(event.wait()), pin!(event.wait()));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    event.set();
    event.clear();
    assert!(poll(first).is_ready());
    assert!(poll(second).is_ready());
    assert!(poll(pin!(event.wait())).is_pending());
}

#[test]
fn h24_a_wait_with_a_limit_says_whether_the_event_was_set() {
    on_paused_clock(|| async {
        let event = Event::new();
        assert!(!event.wait_timeout(SECOND).await?);
        let later = event.clone();
        let setter = Request::new(async move {
            tokio::time::sleep(SECOND).await;
            later.set();
            Ok(())
        });
        setter.submit();
        assert!(event.wait_timeout(10 * SECOND).await?);
        assert!(event.wait_timeout(SECOND).await?);
        Ok(())
    });
}

#[test]
fn h24_neither_a_time_out_nor_a_drop_leaves_a_waiter_behind() -> Result<(), Error> {
    let event = Event::new();
    assert!(!event.block_timeout(std::time::Duration::from_millis(1))?);
    {
        let mut dropped = pin!(event.wait());
        assert!(poll(dropped.as_mut()).is_pending());
        assert!(format!("{event:?}").contains("waiters: 1"), "{event:?}");
    }
    assert!(format!("{event:?}").contains("waiters: 0"), "{event:?}");
    Ok(())
}

#[test]
fn a_cancelled_request_stops_waiting() -> Result<(), Error> {
    let rt = runtime(1);
    let event = Event::new();
    let waiting = {
        let event = event.clone();
        Request::builder().on(&rt).future(async move {
            let error = event.wait().await.unwrap_err();
            assert!(error.is_interrupted(), "{error:?}");
            Err::<(), _>(error)
        })
    };
    waiting.submit();
    until("it waits", || format!("{event:?}").contains("waiters: 1"));
    let _ = waiting.cancel();
    assert!(waiting.wait().unwrap_err().is_cancelled());
    assert!(format!("{event:?}").contains("waiters: 0"), "{event:?}");
    until_empty(&rt);
    Ok(())
}

//! In inline mode whoever waits does the work, whatever it waits for.

use headwater::green::{Event, Pool, Queue};
use headwater::{Error, Request, Runtime};

use crate::stage::*;

/// A request that is suspended until there is an item in the queue, and then sets the event.
fn consumer(rt: &Runtime, queue: &Queue<u32>, done: &Event) -> Request<()> {
    let (queue, done) = (queue.clone(), done.clone());
    let consumer = Request::builder().on(rt).future(async move {
        while queue.get().await?.is_some() {
            tokio::task::yield_now().await;
            done.set();
        }
        Ok(())
    });
    consumer.submit();
    consumer
}

#[test]
fn a_thread_that_blocks() -> Result<(), Error> {
    let rt = runtime(0);
    let _entered = rt.enter();
    let (queue, done) = (Queue::unbounded(), Event::new());
    let consumer = consumer(&rt, &queue, &done);
    queue.put_wait(1)?;
    assert!(done.block_timeout(LONG)?);
    queue.close();
    consumer.wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn a_task_on_another_executor() -> Result<(), Error> {
    let rt = runtime(0);
    let _entered = rt.enter();
    let (queue, done) = (Queue::unbounded(), Event::new());
    let consumer = consumer(&rt, &queue, &done);
    let set = futures::executor::block_on(async {
        queue.put(1).await?;
        done.wait_timeout(LONG).await
    });
    assert!(set?);
    queue.close();
    consumer.wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn one_that_reads_a_pool_of_a_runtime_that_is_not_entered() -> Result<(), Error> {
    let rt = runtime(0);
    let gate = Event::new();
    let pool = {
        let gate = gate.clone();
        Pool::ordered(2, move |n: u32| {
            let gate = gate.clone();
            async move {
                gate.wait().await?;
                Ok(n)
            }
        })
        .on(&rt)
    };
    (0..2).try_for_each(|n| pool.try_put(n))?;
    gate.set();
    assert_eq!(futures::executor::block_on(pool.get_timeout(LONG))?.expect("open")?, 0);
    assert_eq!(pool.get_wait_timeout(LONG)?.expect("open")?, 1);
    until_empty(&rt);
    Ok(())
}

#[test]
fn what_is_resumed_by_a_waiter_finds_the_timers_of_tokio() -> Result<(), Error> {
    let rt = runtime(0);
    let _entered = rt.enter();
    let (gate, done) = (Event::new(), Event::new());
    let sleeper = {
        let (gate, done) = (gate.clone(), done.clone());
        Request::builder().on(&rt).future(async move {
            gate.wait().await?;
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            done.set();
            Ok(())
        })
    };
    sleeper.submit();
    gate.set();
    assert!(done.block_timeout(LONG)?);
    sleeper.wait()?;
    until_empty(&rt);
    Ok(())
}

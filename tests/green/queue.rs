//! Queues: H37 to H40.

use std::pin::pin;
use std::task::Poll;

use headwater::green::{LifoQueue, PriorityQueue, Queue, TryGetError};
use headwater::{Error, Request};

use crate::stage::*;

#[test]
fn h37_first_in_first_out_and_no_limit_at_zero() -> Result<(), Error> {
    let queue = Queue::bounded(0);
    (0..1_000).try_for_each(|n| queue.try_put(n))?;
    for n in 0..1_000 {
        assert_eq!(queue.get_wait()?, Some(n));
    }
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    Ok(())
}

#[test]
fn h37_a_put_waits_while_the_queue_is_full_and_a_get_while_it_is_empty() -> Result<(), Error> {
    let queue = Queue::bounded(1);
    let mut get = pin!(queue.get());
    assert!(poll(get.as_mut()).is_pending());
    queue.try_put(1)?;
    assert!(matches!(poll(get), Poll::Ready(Ok(Some(1)))));
    queue.try_put(2)?;
    let refused = queue.try_put(3).unwrap_err();
    assert!(refused.is_full());
    let mut put = pin!(queue.put(refused.into_item()));
    assert!(poll(put.as_mut()).is_pending());
    assert_eq!(queue.try_get(), Ok(2));
    assert!(poll(put).is_ready());
    assert_eq!(queue.try_get(), Ok(3));
    Ok(())
}

#[test]
fn h37_waits_with_a_limit() {
    on_paused_clock(|| async {
        let queue = Queue::bounded(1);
        assert!(queue.get_timeout(SECOND).await.unwrap_err().is_timeout());
        queue.put("one").await?;
        let late = queue.put_timeout("two", SECOND).await.unwrap_err();
        assert!(late.is_timeout());
        assert_eq!(late.into_item(), "two");
        assert_eq!(queue.get_timeout(SECOND).await?, Some("one"));
        Ok(())
    });
}

#[test]
fn h38_join_waits_for_as_many_task_done_as_there_were_puts() -> Result<(), Error> {
    let queue = Queue::unbounded();
    assert!(poll(pin!(queue.join())).is_ready());
    queue.try_put(1)?;
    queue.try_put(2)?;
    let mut join = pin!(queue.join());
    assert!(poll(join.as_mut()).is_pending());
    let _ = (queue.try_get(), queue.try_get());
    queue.task_done()?;
    assert!(poll(join.as_mut()).is_pending());
    queue.task_done()?;
    assert!(poll(join).is_ready());
    let too_many = queue.task_done().unwrap_err();
    assert_eq!(too_many.kind(), headwater::ErrorKind::Invalid);
    assert_eq!(queue.unfinished(), 0);
    Ok(())
}

#[test]
fn h38_a_join_that_was_reached_is_not_undone_by_the_next_put() -> Result<(), Error> {
    let queue = Queue::unbounded();
    queue.try_put(1)?;
    let mut join = pin!(queue.join());
    assert!(poll(join.as_mut()).is_pending());
    queue.task_done()?;
    queue.try_put(2)?;
    assert!(poll(join).is_ready());
    Ok(())
}

#[test]
fn h38_join_with_a_limit() {
    on_paused_clock(|| async {
        let queue = Queue::unbounded();
        queue.put(1).await?;
        assert!(queue.join_timeout(SECOND).await.unwrap_err().is_timeout());
        queue.task_done()?;
        queue.join_wait_timeout(SECOND)?;
        Ok(())
    });
}

#[test]
fn h39_last_in_first_out() -> Result<(), Error> {
    let stack = LifoQueue::bounded(3);
    (0..3).try_for_each(|n| stack.try_put(n))?;
    assert!(stack.try_put(3).unwrap_err().is_full());
    let got: Vec<_> = std::iter::from_fn(|| stack.try_get().ok()).collect();
    assert_eq!(got, [2, 1, 0]);
    Ok(())
}

#[test]
fn h39_the_smallest_number_first_and_of_equal_ones_the_oldest() -> Result<(), Error> {
    let queue = PriorityQueue::unbounded();
    for item in [(5, "a"), (-1, "b"), (5, "c"), (0, "d"), (-1, "e")] {
        queue.try_put(item)?;
    }
    let got: Vec<_> = std::iter::from_fn(|| queue.try_get().ok()).collect();
    assert_eq!(got, [(-1, "b"), (-1, "e"), (0, "d"), (5, "a"), (5, "c")]);
    Ok(())
}

#[test]
fn h40_an_item_that_somebody_was_woken_for_is_not_taken_by_a_third() -> Result<(), Error> {
    let queue = Queue::unbounded();
    let mut woken = pin!(queue.get());
    assert!(poll(woken.as_mut()).is_pending());
    queue.try_put("item")?;
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    let mut third = pin!(queue.get());
    assert!(poll(third.as_mut()).is_pending());
    assert!(matches!(poll(woken), Poll::Ready(Ok(Some("item")))));
    assert!(poll(third).is_pending());
    Ok(())
}

#[test]
fn h40_room_that_somebody_was_woken_for_is_not_taken_by_a_third() -> Result<(), Error> {
    let queue = Queue::bounded(1);
    queue.try_put(1)?;
    let mut woken = pin!(queue.put(2));
    assert!(poll(woken.as_mut()).is_pending());
    assert_eq!(queue.try_get(), Ok(1));
    assert!(queue.try_put(3).unwrap_err().is_full());
    assert!(poll(woken).is_ready());
    assert_eq!(queue.try_get(), Ok(2));
    Ok(())
}

#[test]
fn h40_what_a_dropped_waiter_was_woken_for_goes_to_the_next() -> Result<(), Error> {
    let queue = Queue::bounded(1);
    let mut second = pin!(queue.get());
    {
        let mut first = pin!(queue.get());
        assert!(poll(first.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_pending());
        queue.try_put(1)?;
    }
    assert!(matches!(poll(second), Poll::Ready(Ok(Some(1)))));
    queue.try_put(2)?;
    let mut second = pin!(queue.put(4));
    {
        let mut first = pin!(queue.put(3));
        assert!(poll(first.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_pending());
        assert_eq!(queue.try_get(), Ok(2));
    }
    assert!(poll(second).is_ready());
    assert_eq!(queue.try_get(), Ok(4));
    Ok(())
}

#[test]
fn h40_items_stay_in_order_when_woken_getters_leave() -> Result<(), Error> {
    let queue = Queue::unbounded();
    {
        let (mut one, mut two) = (pin!(queue.get()), pin!(queue.get()));
        assert!(poll(one.as_mut()).is_pending());
        assert!(poll(two.as_mut()).is_pending());
        (0..3).try_for_each(|n| queue.try_put(n))?;
        assert_eq!(queue.len(), 3);
    }
    let got: Vec<_> = std::iter::from_fn(|| queue.try_get().ok()).collect();
    assert_eq!(got, [0, 1, 2]);
    Ok(())
}

#[test]
fn waiters_are_served_in_the_order_of_their_arrival() -> Result<(), Error> {
    let queue = Queue::unbounded();
    let (mut first, mut second) = (pin!(queue.get()), pin!(queue.get()));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    queue.try_put(1)?;
    queue.try_put(2)?;
    assert!(matches!(poll(second), Poll::Ready(Ok(Some(1 | 2)))));
    assert!(poll(first).is_ready());
    Ok(())
}

#[test]
fn a_closed_queue_gives_what_it_has_and_then_none() -> Result<(), Error> {
    let queue = Queue::bounded(1);
    queue.try_put(1)?;
    let mut putting = pin!(queue.put(2));
    assert!(poll(putting.as_mut()).is_pending());
    queue.close();
    let Poll::Ready(Err(refused)) = poll(putting) else {
        panic!("the put is refused");
    };
    assert!(refused.is_closed());
    assert_eq!(refused.into_item(), 2);
    assert_eq!(queue.get_wait()?, Some(1));
    assert_eq!(queue.get_wait()?, None);
    assert_eq!(queue.try_get(), Err(TryGetError::Closed));
    assert!(queue.put_wait(3).unwrap_err().is_closed());
    Ok(())
}

#[test]
fn an_item_of_a_closed_queue_goes_on_when_its_receiver_leaves() -> Result<(), Error> {
    let queue = Queue::unbounded();
    let mut second = pin!(queue.get());
    {
        let mut first = pin!(queue.get());
        assert!(poll(first.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_pending());
        queue.try_put("item")?;
        queue.close();
        assert!(poll(second.as_mut()).is_pending());
        assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    }
    assert!(matches!(poll(second), Poll::Ready(Ok(Some("item")))));
    assert_eq!(queue.try_get(), Err(TryGetError::Closed));
    Ok(())
}

#[test]
fn taking_the_last_item_of_a_closed_queue_ends_the_other_waits() -> Result<(), Error> {
    let (queue, wakes) = (Queue::unbounded(), Count::default());
    let (mut first, mut second) = (pin!(queue.get()), pin!(queue.get()));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll_counting(second.as_mut(), &wakes).is_pending());
    queue.try_put("item")?;
    queue.close();
    assert_eq!(wakes.get(), 0, "there is still an item");
    assert!(matches!(poll(first), Poll::Ready(Ok(Some("item")))));
    assert_eq!(wakes.get(), 1);
    assert!(matches!(poll(second), Poll::Ready(Ok(None))));
    Ok(())
}

#[test]
fn closing_wakes_those_who_wait() -> Result<(), Error> {
    let rt = runtime(2);
    let queue: Queue<u32> = Queue::unbounded();
    let waiting: Vec<Request<Option<u32>>> = (0..3)
        .map(|_| {
            let queue = queue.clone();
            Request::builder().on(&rt).future(async move { queue.get().await })
        })
        .collect();
    waiting.iter().for_each(Request::submit);
    queue.put_wait(7)?;
    queue.close();
    let mut got = waiting.iter().map(Request::wait).collect::<Result<Vec<_>, _>>()?;
    got.sort_unstable();
    assert_eq!(got, [None, None, Some(7)]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn nothing_is_lost_between_many_putters_and_getters() -> Result<(), Error> {
    let rt = runtime(2);
    let queue = Queue::bounded(3);
    let getters: Vec<Request<Vec<u32>>> = (0..4)
        .map(|_| {
            let queue = queue.clone();
            Request::builder().on(&rt).future(async move {
                let mut got = Vec::new();
                while let Some(item) = queue.get().await? {
                    got.push(item);
                    queue.task_done()?;
                }
                Ok(got)
            })
        })
        .collect();
    getters.iter().for_each(Request::submit);
    let putters: Vec<_> = (0..4)
        .map(|nth| {
            let queue = queue.clone();
            std::thread::spawn(move || (0..100).try_for_each(|n| queue.put_wait(nth * 100 + n)))
        })
        .collect();
    for putter in putters {
        putter.join().expect("no panic")?;
    }
    queue.join_wait()?;
    queue.close();
    let mut all: Vec<u32> = getters
        .iter()
        .map(Request::wait)
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    all.sort_unstable();
    assert_eq!(all, (0..400).collect::<Vec<_>>());
    until_empty(&rt);
    Ok(())
}

//! Ordered maps: H49.

use futures::StreamExt;
use headwater::green::{self, Event};
use headwater::{Error, Request};

use super::Gates;
use crate::stage::*;

#[test]
fn h49_an_endless_input_is_pulled_only_as_far_as_there_is_room() -> Result<(), Error> {
    let rt = runtime(2);
    let _entered = rt.enter();
    let pulled = Count::default();
    let input = {
        let pulled = pulled.clone();
        std::iter::repeat_with(move || pulled.add())
    };
    let mut doubled = green::map(|n: usize| async move { Ok(2 * n) }, input, 3).iter_wait();
    assert_eq!(pulled.get(), 0);
    for nth in 1..=10 {
        assert_eq!(doubled.next().expect("endless")?, 2 * nth);
        // Itself, and three places, one of which is free now.
        assert_eq!(pulled.get(), nth + 2);
    }
    drop(doubled);
    until_empty(&rt);
    Ok(())
}

#[test]
fn h49_an_empty_input_gives_nothing() {
    let rt = runtime(1);
    let _entered = rt.enter();
    let nothing = green::map(|n: u32| async move { Ok(n) }, [], 3);
    assert!(nothing.iter_wait().next().is_none());
    until_empty(&rt);
}

#[test]
fn h49_results_come_in_the_order_of_the_items_and_at_most_width_are_in_flight() -> Result<(), Error> {
    let rt = runtime(2);
    let (gates, begun) = (Gates::default(), Count::default());
    let reader = {
        let (gates, begun) = (gates.clone(), begun.clone());
        let f = move |n: u32| {
            let gate = gates.of(n);
            begun.add();
            async move {
                gate.wait().await?;
                Ok(n)
            }
        };
        Request::builder().on(&rt).future(async move {
            let all: Vec<_> = green::map(f, 0..6, 3).collect().await;
            all.into_iter().collect::<Result<Vec<u32>, Error>>()
        })
    };
    reader.submit();
    until("three have begun", || begun.get() == 3);
    gates.open(2);
    gates.open(1);
    // Done, but not their turn: no place is free.
    until("two are left", || {
        rt.snapshot()
            .iter()
            .filter(|info| info.name.as_deref() == Some("map"))
            .count()
            == 1
    });
    assert_eq!(begun.get(), 3);
    [0, 3, 4, 5].into_iter().for_each(|n| gates.open(n));
    assert_eq!(reader.wait()?, [0, 1, 2, 3, 4, 5]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn h49_an_error_stands_in_its_place_and_the_others_go_on() -> Result<(), Error> {
    let rt = runtime(2);
    let _entered = rt.enter();
    let picky = |n: u32| async move {
        match n {
            1 => Err(Error::msg("not one")),
            2 => panic!("two of all things"),
            n => Ok(n),
        }
    };
    let results: Vec<_> = green::map(picky, 0..4, 2).iter_wait().collect();
    assert_eq!(results.len(), 4);
    assert!(
        results[1]
            .as_ref()
            .is_err_and(|error| error.report().contains("not one"))
    );
    assert!(results[2].as_ref().is_err_and(Error::is_panic));
    assert_eq!(results[3].as_ref().ok(), Some(&3));
    until_empty(&rt);
    Ok(())
}

#[test]
fn h49_a_panic_of_the_function_itself_stands_in_its_place_too() -> Result<(), Error> {
    let rt = runtime(2);
    let _entered = rt.enter();
    let picky = |n: u32| {
        assert_ne!(n, 1, "one of all things");
        async move { Ok(n) }
    };
    let results: Vec<_> = green::map(picky, 0..3, 3).iter_wait().collect();
    assert_eq!(results.len(), 3);
    let panic = results[1].as_ref().unwrap_err();
    assert!(
        panic.is_panic() && panic.report().contains("one of all things"),
        "{panic:?}"
    );
    assert_eq!(results[0].as_ref().ok(), Some(&0));
    assert_eq!(results[2].as_ref().ok(), Some(&2));
    until_empty(&rt);
    Ok(())
}

#[test]
fn h49_dropping_it_cancels_what_is_in_flight() -> Result<(), Error> {
    let rt = runtime(2);
    let _entered = rt.enter();
    let (begun, dropped) = (Count::default(), Count::default());
    let f = {
        let (begun, dropped) = (begun.clone(), dropped.clone());
        move |_: u32| {
            let (begun, guard) = (begun.clone(), dropped.on_drop());
            async move {
                let _guard = guard;
                begun.add();
                std::future::pending::<()>().await;
                Ok(())
            }
        }
    };
    let mut map = Box::pin(green::map(f, 0.., 3));
    assert!(poll(std::pin::pin!(map.next())).is_pending());
    until("three have begun", || begun.get() == 3);
    drop(map);
    until("three are dropped", || dropped.get() == 3);
    until_empty(&rt);
    assert_eq!(begun.get(), 3);
    Ok(())
}

#[test]
fn h49_the_input_may_be_a_stream() -> Result<(), Error> {
    let rt = runtime(2);
    let (sender, receiver) = futures::channel::mpsc::unbounded::<u32>();
    let reader = Request::builder().on(&rt).future(async move {
        let squares = green::map_stream(|n| async move { Ok(n * n) }, receiver, 2);
        let all: Vec<_> = squares.collect().await;
        all.into_iter().collect::<Result<Vec<u32>, Error>>()
    });
    reader.submit();
    for n in 0..5 {
        sender.unbounded_send(n).map_err(Error::new)?;
    }
    drop(sender);
    assert_eq!(reader.wait()?, [0, 1, 4, 9, 16]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn h49_a_cancelled_reader_gets_one_error_and_the_end() -> Result<(), Error> {
    let rt = runtime(2);
    let waits = Event::new();
    let reader = {
        let waits = waits.clone();
        Request::builder().on(&rt).future(async move {
            let f = move |_: u32| {
                let waits = waits.clone();
                async move {
                    waits.set();
                    std::future::pending::<()>().await;
                    Ok(())
                }
            };
            let mut map = green::map(f, 0.., 1);
            let error = map.next().await.expect("endless").unwrap_err();
            assert!(error.is_interrupted(), "{error:?}");
            assert!(map.next().await.is_none());
            Err::<(), _>(error)
        })
    };
    reader.submit();
    waits.block()?;
    until("it waits", || reader.state() == headwater::RequestState::Suspended);
    let _ = reader.cancel();
    let error = reader.wait().unwrap_err();
    assert!(error.is_cancelled(), "{error:?}");
    until_empty(&rt);
    Ok(())
}

//! Pools whose results come as they are ready: H46.

use std::pin::pin;
use std::task::Poll;

use headwater::Error;
use headwater::green::Pool;

use super::Gates;
use crate::stage::*;

#[test]
fn h46_results_come_in_the_order_of_completion() -> Result<(), Error> {
    let rt = runtime(2);
    let gates = Gates::default();
    let pool = {
        let gates = gates.clone();
        Pool::new(3, move |n: u32| {
            let gate = gates.of(n);
            async move {
                gate.wait().await?;
                Ok(n)
            }
        })
        .on(&rt)
    };
    (0..3).try_for_each(|n| pool.put_wait(n))?;
    assert!(pool.try_get().is_none());
    for n in [2, 0, 1] {
        gates.open(n);
        assert_eq!(pool.get_wait()?.expect("open")?, n);
    }
    assert!(pool.is_empty());
    until_empty(&rt);
    Ok(())
}

#[test]
fn h46_an_error_or_a_panic_comes_out_at_its_get_and_the_others_go_on() -> Result<(), Error> {
    let rt = runtime(2);
    let heard = Count::default();
    let _entered = rt.enter();
    let _handler = {
        let heard = heard.clone();
        headwater::green::on_error(move |_| {
            heard.add();
        })
    };
    let pool = Pool::ordered(2, |n: u32| async move {
        match n {
            1 => Err(Error::msg("not one")),
            2 => panic!("two of all things"),
            n => Ok(n),
        }
    })
    .named("picky");
    (0..4).try_for_each(|n| pool.put_wait(n))?;
    let mut results: Vec<_> = (0..4).filter_map(|_| pool.get_wait().transpose()).flatten().collect();
    assert_eq!(results.pop().expect("four")?, 3);
    let panic = results.pop().expect("three").unwrap_err();
    assert!(
        panic.is_panic() && panic.report().contains("two of all things"),
        "{panic:?}"
    );
    let error = results.pop().expect("two").unwrap_err();
    assert!(
        error.report().contains("not one") && error.report().contains("`picky`"),
        "{error:?}"
    );
    assert_eq!(results.pop().expect("one")?, 0);
    // Who gets an error has heard it.
    until_empty(&rt);
    drop(pool);
    assert_eq!(heard.get(), 0);
    Ok(())
}

#[test]
fn h46_getters_are_served_in_the_order_of_their_arrival() -> Result<(), Error> {
    let rt = runtime(1);
    let pool = Pool::ordered(2, |n: u32| async move { Ok(n) }).on(&rt);
    let (mut first, mut second) = (pin!(pool.get()), pin!(pool.get()));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    pool.put_wait(7)?;
    pool.join_wait()?;
    assert!(poll(second.as_mut()).is_pending());
    assert!(pool.try_get().is_none());
    assert!(matches!(poll(first), Poll::Ready(Ok(Some(Ok(7))))));
    pool.put_wait(8)?;
    pool.join_wait()?;
    assert!(matches!(poll(second), Poll::Ready(Ok(Some(Ok(8))))));
    until_empty(&rt);
    Ok(())
}

#[test]
fn tasks_of_a_pool_are_listed_by_its_name_and_the_place_where_it_was_made() -> Result<(), Error> {
    let rt = runtime(2);
    let pool = Pool::new(2, |n: u32| async move {
        match n {
            0 => std::future::pending().await,
            n => Ok(n),
        }
    })
    .on(&rt)
    .named("tiles");
    pool.put_wait(0)?;
    pool.put_wait(1)?;
    assert_eq!(pool.get_wait()?.expect("open")?, 1);
    // A result is there a moment before its task is gone.
    until("one is left", || rt.snapshot().len() == 1);
    let listed = rt.snapshot();
    assert_eq!(listed[0].name.as_deref(), Some("tiles"));
    assert!(
        listed[0].place.file().ends_with("unordered.rs"),
        "{:?}",
        listed[0].place
    );
    drop(pool);
    until_empty(&rt);
    Ok(())
}

#[test]
fn with_a_runtime_that_is_shut_down_every_item_has_an_error() -> Result<(), Error> {
    let rt = runtime(1);
    let pool = Pool::new(1, |n: u32| async move {
        std::future::pending::<()>().await;
        Ok(n)
    })
    .on(&rt)
    .window(10_000);
    (0..10_000).try_for_each(|n| pool.put_wait(n))?;
    assert!(rt.shutdown(LONG).ignored.is_empty());
    for _ in 0..10_000 {
        let error = pool.get_wait()?.expect("open").unwrap_err();
        assert!(error.is_shut_down(), "{error:?}");
    }
    Ok(())
}

#[test]
fn in_inline_mode_items_run_where_they_are_put() -> Result<(), Error> {
    let rt = runtime(0);
    let pool = Pool::ordered(3, |n: u32| async move { Ok(n + 1) })
        .on(&rt)
        .window(1_000);
    (0..1_000).try_for_each(|n| pool.put_wait(n))?;
    for n in 0..1_000 {
        assert_eq!(pool.get_wait()?.expect("open")?, n + 1);
    }
    until_empty(&rt);
    Ok(())
}

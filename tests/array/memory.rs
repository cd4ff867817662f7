//! Who keeps account of a buffer, and what happens when there is no memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use headwater::{Array, DType, Error, Request, Runtime, roi};

use crate::{address, counting, refusal};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// Counts the bytes of buffers that live.
#[derive(Clone, Default)]
struct Books(Arc<AtomicUsize>);

struct Entry(Books, usize);

impl Books {
    fn charge(&self, bytes: usize) -> Result<Entry, Error> {
        self.0.fetch_add(bytes, Ordering::SeqCst);
        Ok(Entry(self.clone(), bytes))
    }

    fn used(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.0.0.fetch_sub(self.1, Ordering::SeqCst);
    }
}

#[test]
fn a_buffer_counts_until_its_last_clone_or_part_is_dropped() {
    let books = Books::default();
    let array = Array::zeros_in("yx", &[10, 10], DType::F64, |bytes| books.charge(bytes)).unwrap();
    let part = array.slice(&roi![0..1, 0..1]).unwrap().to_axes("xyz").unwrap();
    let clone = array.clone();
    drop(array);
    drop(clone);
    assert_eq!(books.used(), 800);
    drop(part);
    assert_eq!(books.used(), 0);
}

#[test]
fn a_refused_charge_takes_no_memory() {
    let shape = [1 << 20, 1 << 20, 1 << 20];
    let refused = Array::zeros_in("zyx", &shape, DType::U8, |bytes| -> Result<(), Error> {
        assert_eq!(bytes, 1 << 60);
        Err(Error::msg("the budget is smaller"))
    });
    assert_eq!(refused.unwrap_err().report(), "the budget is smaller");
}

#[test]
fn a_failed_allocation_gives_its_charge_back() {
    let books = Books::default();
    let failed = Array::zeros_in("zyx", &[1 << 20, 1 << 20, 1 << 20], DType::U8, |bytes| {
        books.charge(bytes)
    });
    assert!(failed.is_err());
    assert_eq!(books.used(), 0);
}

#[test]
fn a_charge_can_follow_the_buffer() {
    let books = Books::default();
    let array = counting::<u8>("x", &[100]);
    let earlier = array.clone();
    let charged = array.with_charge(books.charge(100).unwrap());
    assert!(charged.same_buffer(&earlier));
    let twice = charged.clone().with_charge(books.charge(7).unwrap());
    drop(earlier);
    drop(charged);
    assert_eq!(books.used(), 107);
    drop(twice);
    assert_eq!(books.used(), 0);

    let both = Array::zeros_in("x", &[10], DType::U8, |bytes| books.charge(bytes)).unwrap();
    let both = both.with_charge(books.charge(5).unwrap());
    assert_eq!(books.used(), 15);
    drop(both);
    assert_eq!(books.used(), 0);

    // Alone, a charged buffer is still written in place.
    let mut alone = counting::<u8>("x", &[100]).with_charge(books.charge(100).unwrap());
    let at = address::<u8>(&alone);
    alone.view_mut::<u8>().unwrap().fill(3);
    assert_eq!(address::<u8>(&alone), at);
}

#[test]
fn a_copy_on_write_leaves_the_charge_with_the_original() {
    let books = Books::default();
    let array = Array::zeros_in("x", &[10], DType::U8, |bytes| books.charge(bytes)).unwrap();
    let mut copy = array.clone();
    copy.view_mut::<u8>().unwrap().fill(1);
    drop(array);
    assert_eq!(books.used(), 0);
}

#[test]
fn a_runtime_counts_buffers_beside_its_work() -> Result<(), Error> {
    let runtime = Runtime::builder().slots(1).compute_threads(1).memory(1000).build()?;
    let kept = Array::zeros_in("x", &[700], DType::U8, |bytes| Ok(runtime.charge(bytes)))?;
    assert_eq!(runtime.memory().used, 700);
    let request = Request::builder().on(&runtime).bytes(200).future(async { Ok(1) });
    assert_eq!(request.wait_timeout(LONG)?, 1);
    assert_eq!((runtime.memory().used, runtime.memory().peak), (700, 900));
    drop(kept);
    assert_eq!(runtime.memory().used, 0);
    Ok(())
}

#[test]
fn p39_buffers_that_fill_the_budget_never_keep_all_work_out() -> Result<(), Error> {
    let runtime = Runtime::builder().slots(2).compute_threads(1).memory(1000).build()?;
    let kept = counting::<u8>("x", &[5000]).with_charge(runtime.charge(5000));
    let work: Vec<_> = (0..20)
        .map(|number| {
            Request::builder()
                .on(&runtime)
                .bytes(600)
                .future(async move { Ok(number) })
        })
        .collect();
    work.iter().for_each(Request::submit);
    for (number, request) in work.iter().enumerate() {
        assert_eq!(request.wait_timeout(LONG)?, number);
    }
    assert_eq!(runtime.memory().peak, 5600, "one at a time");
    drop(kept);
    Ok(())
}

#[test]
fn work_starts_when_a_buffer_that_was_in_its_way_is_dropped() -> Result<(), Error> {
    let runtime = Runtime::builder().slots(2).compute_threads(1).memory(1000).build()?;
    let kept = counting::<u8>("x", &[500]).with_charge(runtime.charge(500));
    let (open, opened) = tokio::sync::oneshot::channel::<()>();
    let first = Request::builder()
        .on(&runtime)
        .bytes(300)
        .future(async move { opened.await.map_err(Error::new) });
    first.submit();
    let second = Request::builder().on(&runtime).bytes(300).future(async { Ok(2) });
    second.submit();
    assert_eq!(runtime.memory().used, 800, "the second does not fit");
    drop(kept);
    assert_eq!(second.wait_timeout(LONG)?, 2, "while the first still runs");
    open.send(()).map_err(|()| Error::msg("nobody listens"))?;
    first.wait_timeout(LONG)
}

#[test]
fn sizes_that_overflow_are_refused_before_anything_is_taken() {
    for shape in [[usize::MAX, 2, 1], [1 << 40, 1 << 40, 0], [1 << 62, 2, 1]] {
        let expected = format!("shape {shape:?} has more elements than memory can hold");
        assert_eq!(refusal(Array::from_vec("zyx", &shape, Vec::<u8>::new())), expected);
        assert_eq!(refusal(Array::zeros("zyx", &shape, DType::U8)), expected);
        assert_eq!(refusal(Array::full("zyx", &shape, 1u8)), expected);
    }
    let shape = [1 << 61, 1, 1];
    let expected = format!("shape {shape:?} of f64 has more bytes than memory can hold");
    assert_eq!(refusal(Array::zeros("zyx", &shape, DType::F64)), expected);
}

#[test]
fn memory_that_is_not_there_is_an_error_wherever_a_copy_is_made() {
    let shape = [1 << 20, 1 << 20, 1 << 10];
    let mut endless = Array::full("zyx", &shape, 1u8).unwrap();
    let expected = format!("no memory for {} bytes, an array of shape {shape:?} of u8", 1u64 << 50);
    let report = |error: Error| error.report();
    assert_eq!(
        Array::zeros("zyx", &shape, DType::U8).map_err(report),
        Err(expected.clone())
    );
    assert_eq!(endless.to_contiguous().map_err(report), Err(expected.clone()));
    assert_eq!(endless.detached().map_err(report), Err(expected.clone()));
    assert_eq!(
        endless.view_mut::<u8>().map(|_| ()).map_err(report),
        Err(expected.clone())
    );
    assert_eq!(
        endless.clone().into_ndarray::<u8>().map(|_| ()).map_err(report),
        Err(expected)
    );
    let reals = endless.cast(DType::F32).unwrap();
    assert!(reals.try_sub(&reals).is_err());
    let two = [endless.clone(), endless];
    assert!(Array::concat('x', &two).is_err() && Array::stack('t', &two).is_err());
}

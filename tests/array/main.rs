//! Arrays: each promise against a naive model, ndarray itself, or by name.

mod casts;
mod creation;
mod defects;
mod equality;
mod joins;
mod layouts;
mod memory;
mod model;
mod names;
mod ndarrays;
mod pool;
mod properties;
mod views;
mod writes;

use std::fmt::Debug;

use headwater::array::Element;
use headwater::{Array, Error, ErrorKind};

/// An array of `shape` that counts from 0 and wraps around.
fn counting<T: Element>(axes: &str, shape: &[usize]) -> Array {
    let count = shape.iter().product::<usize>();
    let data = (0..count as u64).map(|value| (value % 256).cast());
    Array::from_vec::<T, _>(axes, shape, data.collect()).unwrap()
}

/// The elements in the order of the axes, the last running fastest.
fn elements<T: Element>(array: &Array) -> Vec<T> {
    array.view::<T>().unwrap().iter().copied().collect()
}

/// Where the first element is.
fn address<T: Element>(array: &Array) -> *const T {
    array.view::<T>().unwrap().as_ptr()
}

/// The message of a refusal that blames an argument.
fn refusal<T: Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    error.report()
}

//! Random histories of an array against the naive model.

use headwater::{Array, DType, Roi};
use ndarray::{ArrayD, Axis, IxDyn, Slice};
use proptest::prelude::*;

use crate::address;
use crate::model::Model;

/// One step; numbers are turned into what fits the array at hand.
#[derive(Clone, Debug)]
enum Step {
    Slice(Vec<(usize, usize)>),
    Axes(Vec<usize>, Vec<usize>),
    Contiguous,
    Detach,
    ThroughNdarray,
    ThereAndBack,
    Write(Vec<(usize, usize)>, u16),
}

fn step() -> impl Strategy<Value = Step> {
    let pairs = || prop::collection::vec((0usize..64, 0usize..64), 8);
    let numbers = || prop::collection::vec(0usize..64, 8);
    prop_oneof![
        3 => pairs().prop_map(Step::Slice),
        4 => (numbers(), numbers()).prop_map(|(order, extra)| Step::Axes(order, extra)),
        1 => Just(Step::Contiguous),
        1 => Just(Step::Detach),
        1 => Just(Step::ThroughNdarray),
        1 => Just(Step::ThereAndBack),
        3 => (pairs(), any::<u16>()).prop_map(|(region, value)| Step::Write(region, value)),
    ]
}

/// A region within `shape`; one in eight axes is empty.
fn region(shape: &[usize], numbers: &[(usize, usize)]) -> Roi {
    let ranges = shape.iter().zip(numbers).map(|(&length, &(a, b))| {
        let (a, b) = (a % (length + 1), b % (length + 1));
        let (start, stop) = (a.min(b), a.max(b));
        match start == stop && a % 8 != 0 && length > 0 {
            true => start.min(length - 1)..start.min(length - 1) + 1,
            false => start..stop,
        }
    });
    Roi::from_ranges(ranges).unwrap()
}

/// The letters of the axes in another order, with new ones, without some of length 1.
fn axes(model: &Model, order: &[usize], extra: &[usize]) -> String {
    let mut letters: Vec<char> = model.axes.chars().collect();
    let dropped = |at: usize| model.shape[at] == 1 && extra[at].is_multiple_of(3);
    letters = letters
        .into_iter()
        .enumerate()
        .filter(|(at, _)| !dropped(*at))
        .map(|(_, letter)| letter)
        .collect();
    for (nth, letter) in "abtzyxc".chars().enumerate() {
        if letters.len() < 7 && !letters.contains(&letter) && extra[nth] % 4 == 1 {
            letters.push(letter);
        }
    }
    let mut keyed: Vec<_> = letters.into_iter().zip(order).collect();
    keyed.sort_by_key(|(_, key)| **key);
    keyed.into_iter().map(|(letter, _)| letter).collect()
}

/// An array to begin with: of some shape, as it lies after the axes of ndarray's were turned, cut and reversed.
fn source() -> impl Strategy<Value = Array> {
    let axis = (
        1usize..5,
        0usize..3,
        prop::sample::select(vec![-2isize, -1, 1, 1, 1, 2]),
        any::<bool>(),
    );
    let kind = 0..3;
    (prop::collection::vec(axis, 0..6), kind).prop_map(|(axes, kind)| {
        let shape: Vec<_> = axes
            .iter()
            .map(|(length, margin, step, _)| (length + margin) * step.unsigned_abs())
            .collect();
        let letters = &"tzyxc"[..axes.len()];
        if kind == 0 {
            return Array::full(letters, &shape, 77u16).unwrap();
        }
        let count: usize = shape.iter().product();
        let data = (0..count).map(|value| value as u16).collect();
        let mut data = ArrayD::from_shape_vec(IxDyn(&shape), data).unwrap();
        for (at, (length, margin, step, turn)) in axes.iter().enumerate() {
            let end = (length + margin) * step.unsigned_abs();
            data.slice_axis_inplace(Axis(at), Slice::new(*margin as isize, Some(end as isize), *step));
            if *turn && at > 0 {
                data.swap_axes(at - 1, at);
            }
        }
        match kind {
            1 => Array::from_ndarray(letters, data).unwrap(),
            _ => Array::from_ndarray(letters, data.into_shared()).unwrap(),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_history_shows_what_the_naive_model_shows(mut array in source(), steps in prop::collection::vec(step(), 1..8)) {
        let mut model = Model::of(&array);
        // What was seen before, which nothing that comes later may change.
        let mut past = vec![(array.clone(), model.clone())];
        for step in steps {
            match &step {
                Step::Slice(numbers) => {
                    let roi = region(array.shape(), numbers);
                    (array, model) = (array.slice(&roi)?, model.slice(&roi));
                }
                Step::Axes(order, extra) => {
                    let axes = axes(&model, order, extra);
                    (array, model) = (array.to_axes(axes.as_str())?, model.to_axes(&axes));
                }
                Step::Contiguous => {
                    array = array.to_contiguous()?;
                    prop_assert!(array.is_contiguous());
                }
                Step::Detach => {
                    array = array.detached()?;
                    prop_assert!(array.is_contiguous());
                    prop_assert_eq!(array.buffer_nbytes(), array.nbytes());
                }
                Step::ThroughNdarray => array = Array::from_ndarray(array.axes(), array.into_ndarray::<u16>()?)?,
                Step::ThereAndBack => array = array.cast(DType::F64)?.cast(DType::U16)?,
                Step::Write(numbers, value) => {
                    let roi = region(array.shape(), numbers);
                    let part = Array::full(array.axes(), roi.shape().as_slice(), *value)?;
                    array.assign_region(&roi, &part)?;
                    model.assign(&roi, &Model::of(&part));
                }
            }
            prop_assert_eq!(&Model::of(&array), &model, "after {:?}", step);
            let flat = Array::from_vec(model.axes.as_str(), &model.shape, model.data.clone())?;
            prop_assert_eq!(&array, &flat);
            past.push((array.clone(), model.clone()));
        }
        for (array, model) in past {
            prop_assert_eq!(Model::of(&array), model);
        }
    }

    #[test]
    fn slicing_and_turning_never_copy(source in source(), numbers in prop::collection::vec((0usize..64, 0usize..64), 8)) {
        let whole = source.detached()?;
        let roi = region(whole.shape(), &numbers);
        let part = whole.slice(&roi)?;
        prop_assert_eq!(part.buffer_nbytes(), whole.buffer_nbytes());
        let reversed: String = whole.axes().to_string().chars().rev().collect();
        prop_assert_eq!(address::<u16>(&whole), address::<u16>(&whole.to_axes(reversed.as_str())?));
        if !part.is_empty() {
            let first = whole.view::<u16>()?[roi.start()];
            prop_assert_eq!(part.view::<u16>()?.first().copied(), Some(first));
        }
    }

    #[test]
    fn copying_into_a_callers_buffer_writes_the_elements_and_nothing_else(source in source(), steps in prop::collection::vec(1usize..3, 5)) {
        let shape: Vec<_> = source.shape().iter().zip(&steps).map(|(length, step)| (length * step).max(1)).collect();
        let occurring: Vec<_> = source.view::<u16>()?.iter().copied().collect();
        let untouched = (0..=u16::MAX).find(|value| !occurring.contains(value)).expect("fewer elements than values");
        let mut canvas = ArrayD::from_elem(IxDyn(&shape), untouched);
        let mut view = canvas.view_mut();
        for (axis, length) in source.shape().iter().enumerate() {
            view.slice_axis_inplace(Axis(axis), Slice::new(0, Some((length * steps[axis]) as isize), steps[axis] as isize));
        }
        source.copy_into(&mut view)?;
        prop_assert_eq!(view.view(), source.view::<u16>()?);
        let written = canvas.iter().filter(|value| **value != untouched).count();
        prop_assert_eq!(written, source.len());
    }
}

//! Numbers, iterators that fail, aggregates, functions of pictures.

use futures::stream;
use headwater::flow::produce::{Numbers, TryIter};
use headwater::flow::{Failure, Flow, process};
use headwater::kernels::{DrawBoxes, DrawMask, Interpolation, Rectangle, Resize};
use headwater::{Array, Checkpoint, DType, Error, roi};

use crate::{end, run, runtime};

const NEVER: Checkpoint = Checkpoint::never();

#[test]
fn numbers_are_all_of_the_range() {
    for (range, expected) in [
        (3..=5, vec![3, 4, 5]),
        (7..=7, vec![7]),
        (u64::MAX..=u64::MAX, vec![u64::MAX]),
    ] {
        let flow = Flow::batch();
        let made = flow.produce("numbers", Numbers::new(range)).collect("made");
        run(&flow);
        assert_eq!(made.take(), expected);
    }
    let (last, first) = (1, 2);
    let flow = Flow::batch();
    let made = flow.produce("numbers", Numbers::new(first..=last)).collect("made");
    run(&flow);
    assert!(made.is_empty());
}

#[test]
fn an_iterator_that_fails_fails_the_flow_after_what_it_gave() {
    let gives = [Ok(1), Ok(2), Err(Error::msg("the third is none")), Ok(4)];
    let flow = Flow::batch();
    let made = flow.produce("some", TryIter::new(gives.into_iter())).collect("made");
    let runtime = runtime(2);
    let error = end(&flow.build().unwrap().run(&runtime)).unwrap_err().report();
    assert!(
        error.contains("`some`") && error.contains("the third is none"),
        "{error}"
    );
    assert!([&[][..], &[1], &[1, 2]].contains(&made.take().as_slice()));
}

#[test]
fn an_aggregate_comes_at_the_end_and_a_running_one_with_each_item() {
    let items = [2_i64, 5, 5, -3];
    let flow = Flow::batch();
    let all = flow.produce("numbers", stream::iter(items));
    let final_ones = [
        all.processor("sum", process::sum()).collect("sums"),
        all.processor("product", process::product()).collect("products"),
        all.processor("max", process::max()).collect("greatest"),
        all.processor("min", process::min()).collect("least"),
    ];
    let running = [
        all.processor("running sum", process::sum().running())
            .collect("running sums"),
        all.processor("running product", process::product().running())
            .collect("running products"),
        all.processor("running max", process::max().running())
            .collect("running greatest"),
        all.processor("running min", process::min().running())
            .collect("running least"),
    ];
    let count = all.processor("count", process::count()).collect("counts");
    let running_count = all
        .processor("running count", process::count().running())
        .collect("running counts");
    let joined = |text: String, n: i64| format!("{text}{n},");
    let text = all
        .processor("text", process::fold(String::new(), joined))
        .collect("texts");
    run(&flow);
    assert_eq!(
        final_ones.map(|one| one.take()),
        [vec![9], vec![-150], vec![5], vec![-3]]
    );
    let expected = [
        vec![2, 7, 12, 9],
        vec![2, 10, 50, -150],
        vec![2, 5, 5, 5],
        vec![2, 2, 2, -3],
    ];
    assert_eq!(running.map(|one| one.take()), expected);
    assert_eq!((count.take(), running_count.take()), (vec![4], vec![1, 2, 3, 4]));
    assert_eq!(text.take(), ["2,5,5,-3,"]);
}

#[test]
fn of_nothing_there_is_what_there_is_of_nothing() {
    let flow = Flow::batch();
    let none = flow.produce("none", stream::iter([0_u64; 0]));
    let sums = [
        none.processor("sum", process::sum()).collect("a"),
        none.processor("product", process::product()).collect("b"),
        none.processor("count", process::count()).collect("c"),
        none.processor("max", process::max()).collect("d"),
        none.processor("running sum", process::sum().running()).collect("e"),
    ];
    run(&flow);
    assert_eq!(sums.map(|one| one.take()), [vec![0], vec![1], vec![0], vec![], vec![]]);
}

#[test]
fn what_is_no_number_is_neither_the_greatest_nor_the_least() {
    let flow = Flow::batch();
    let some = flow.produce("some", stream::iter([f64::NAN, 2.0, f64::NAN, 1.0, f64::NAN]));
    let best = [
        some.processor("max", process::max()).collect("a"),
        some.processor("min", process::min()).collect("b"),
    ];
    let nothing = flow.produce("nothing", stream::iter([f64::NAN]));
    let nan = nothing.processor("max of it", process::max()).collect("c");
    run(&flow);
    assert_eq!(best.map(|one| one.take()), [vec![2.0], vec![1.0]]);
    assert!(nan.take()[0].is_nan());
}

#[test]
fn an_item_that_fails_is_not_counted_in() {
    let flow = Flow::batch();
    let bytes = flow.produce("bytes", stream::iter([200_u8, 100, 55]));
    let checked = |sum: u8, byte: u8| sum.checked_add(byte).expect("room for it");
    let sum = bytes
        .processor("sum", process::fold(0, checked))
        .on_failure(Failure::drop())
        .collect("sums");
    let report = run(&flow);
    assert_eq!(sum.take(), [255]);
    assert_eq!(report.node("sum").unwrap().failed, 1);
}

fn picture() -> Array {
    Array::from_vec("yxc", &[6, 8, 3], (0..144).collect::<Vec<u8>>()).unwrap()
}

/// What a function makes of a picture, as a node in a flow.
fn through<I: headwater::flow::Item>(
    item: I,
    function: impl Fn(I, &Checkpoint) -> Result<Array, Error> + Send + Sync + 'static,
) -> Result<Array, Error> {
    let flow = Flow::batch();
    let made = flow
        .produce("picture", stream::iter([item]))
        .kernel("function", function)
        .collect("made");
    let runtime = runtime(2);
    end(&flow.build().unwrap().run(&runtime))?;
    Ok(made.take().remove(0))
}

#[test]
fn pictures_are_cut_and_their_memory_is_free() {
    let cut = through(picture(), process::crop(1..3, 2..7)).unwrap();
    assert_eq!(cut, picture().slice(&roi![1..3, 2..7, 0..3]).unwrap());
    assert_eq!(cut.buffer_nbytes(), cut.nbytes());
    let error = through(picture(), process::crop(1..7, 0..8)).unwrap_err().report();
    assert!(error.contains("1..7") && error.contains("[6, 8, 3]"), "{error}");
    let line = Array::zeros("xc", &[4, 3], DType::U8).unwrap();
    assert!(
        through(line, process::crop(0..1, 0..1))
            .unwrap_err()
            .report()
            .contains("no axis y")
    );
}

#[test]
fn pictures_get_another_size() {
    let made = through(picture(), process::resize(3, 4, Interpolation::Nearest)).unwrap();
    let expected = Resize::to([3, 4, 3]).interpolation(Interpolation::Nearest);
    assert_eq!(made, expected.apply(&picture(), &NEVER).unwrap());
    let line = Array::zeros("yc", &[4, 3], DType::U8).unwrap();
    let error = through(line, process::resize(3, 4, Interpolation::Linear))
        .unwrap_err()
        .report();
    assert!(error.contains("no axis x"), "{error}");
}

#[test]
fn what_was_found_is_drawn() {
    let boxes = vec![Rectangle::new(1..4, -2..5).unwrap()];
    let kernel = DrawBoxes::new([255, 0, 0]);
    let made = through((picture(), boxes.clone()), process::draw_boxes(kernel.clone())).unwrap();
    assert_eq!(made, kernel.apply(&picture(), &boxes, &NEVER).unwrap());
    let mask = Array::full("yx", &[6, 8], true).unwrap();
    let made = through((picture(), mask), process::draw_mask(DrawMask::new([9]).opacity(1.0))).unwrap();
    assert_eq!(made, Array::full("yxc", &[6, 8, 3], 9_u8).unwrap());
}

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::kernels::{Match, Matching, matching};
use headwater::{Array, Checkpoint, DType, Error, ErrorKind, Interrupt};
use proptest::prelude::*;

const NEVER: Checkpoint = Checkpoint::never();

/// By the definition: sets of places, each of the truth against each of the prediction.
fn reference_matching(truth: &[u8], prediction: &[u8], threshold: f64) -> Matching {
    let sets = |labels: &[u8]| {
        let mut sets = BTreeMap::<u64, BTreeSet<usize>>::new();
        for (at, &label) in labels.iter().enumerate().filter(|(_, label)| **label > 0) {
            sets.entry(label.into()).or_default().insert(at);
        }
        sets
    };
    let (mut truths, mut predictions) = (sets(truth), sets(prediction));
    let mut found = Vec::new();
    for (&truth, of_truth) in &truths {
        for (&prediction, of_prediction) in &predictions {
            let shared = of_truth.intersection(of_prediction).count() as f64;
            let iou = shared / of_truth.union(of_prediction).count() as f64;
            if iou > threshold {
                found.push(Match { truth, prediction, iou });
            }
        }
    }
    for Match { truth, prediction, .. } in &found {
        assert!(truths.remove(truth).is_some(), "matched twice");
        assert!(predictions.remove(prediction).is_some(), "matched twice");
    }
    Matching {
        found,
        missed: truths.into_keys().collect(),
        spurious: predictions.into_keys().collect(),
    }
}

/// Two labellings that often agree, of one shape.
fn labellings() -> impl Strategy<Value = (Vec<usize>, Vec<u8>, Vec<u8>)> {
    prop::collection::vec(0usize..9, 1..=3).prop_flat_map(|shape| {
        let pair = (0u8..5).prop_flat_map(|label| (Just(label), prop_oneof![3 => Just(label), 1 => 0u8..6]));
        let pairs = prop::collection::vec(pair, shape.iter().product::<usize>());
        (Just(shape), pairs).prop_map(|(shape, pairs)| {
            let (truth, prediction) = pairs.into_iter().unzip();
            (shape, truth, prediction)
        })
    })
}

fn image(shape: &[usize], labels: &[u8], dtype: DType) -> Array {
    let axes = &"zyx"[3 - shape.len()..];
    let image = Array::from_vec(axes, shape, labels.to_vec()).unwrap();
    image.cast(dtype).unwrap()
}

proptest! {
    #[test]
    fn matches_are_those_of_the_definition(
        (shape, truth, prediction) in labellings(),
        threshold in prop::sample::select(vec![0.5, 0.6, 0.75, 0.9]),
        dtypes in prop::sample::select(vec![(DType::U8, DType::I64), (DType::U64, DType::I8), (DType::U16, DType::U32)]),
        turned in any::<bool>(),
    ) {
        let expected = reference_matching(&truth, &prediction, threshold);
        let (truth, prediction) = (image(&shape, &truth, dtypes.0), image(&shape, &prediction, dtypes.1));
        let backwards: String = truth.axes().iter().collect::<Vec<_>>().into_iter().rev().collect();
        let prediction = if turned { prediction.to_axes(backwards.as_str()).unwrap() } else { prediction };
        prop_assert_eq!(matching(&truth, &prediction, threshold, &NEVER).unwrap(), expected);
    }
}

/// Cubes of side `side`, numbered from `first` on.
fn cubes(length: usize, side: usize, first: u32) -> Array {
    let across = length.div_ceil(side);
    let block = |at: usize| [at / length / length, at / length % length, at % length].map(|along| along / side);
    let label = |[z, y, x]: [usize; 3]| ((z * across + y) * across + x) as u32 + first;
    let labels = (0..length.pow(3)).map(|at| label(block(at)));
    Array::from_vec("zyx", &[length; 3], labels.collect()).unwrap()
}

#[test]
fn pieces_and_threads_do_not_matter() {
    let (truth, prediction) = (cubes(70, 10, 1), cubes(70, 10, 2_000));
    let expected: Vec<_> = (0..343).map(|nth| (1 + nth, 2_000 + nth, 1.0)).collect();
    let found = |score: Matching| -> Vec<_> {
        assert!(score.missed.is_empty() && score.spurious.is_empty());
        score
            .found
            .into_iter()
            .map(|m| (m.truth, m.prediction, m.iou))
            .collect()
    };
    assert_eq!(found(matching(&truth, &prediction, 0.5, &NEVER).unwrap()), expected);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let parallel = pool.install(|| matching(&truth, &prediction, 0.5, &NEVER));
    assert_eq!(found(parallel.unwrap()), expected);
}

#[test]
fn half_an_object_is_not_more_than_half() {
    // Of 3 elements that either has they share 2, of 4 they share 2.
    let truth = Array::from_vec("x", &[9], vec![1u8, 1, 1, 0, 0, 2, 2, 2, 0]).unwrap();
    let prediction = Array::from_vec("x", &[9], vec![0u8, 7, 7, 0, 0, 0, 9, 9, 9]).unwrap();
    let score = matching(&truth, &prediction, 0.5, &NEVER).unwrap();
    assert_eq!(score.found.iter().map(|m| m.truth).collect::<Vec<_>>(), [1]);
    assert_eq!((&score.missed[..], &score.spurious[..]), (&[2][..], &[9][..]));
    assert_eq!((score.precision(), score.recall(), score.f1()), (0.5, 0.5, 0.5));
    assert_eq!(score.mean_iou(), 2.0 / 3.0);
}

#[test]
fn scores_count_each_kind_of_error() {
    let labels = |labels: &[u64]| Array::from_vec("x", &[6], labels.to_vec()).unwrap();
    let score = |truth: &[u64], prediction: &[u64]| {
        let score = matching(&labels(truth), &labels(prediction), 0.5, &NEVER).unwrap();
        (score.precision(), score.recall(), score.f1())
    };
    assert_eq!(
        score(&[1, 2, 3, 0, 0, 0], &[u64::MAX, 0, 0, 0, 0, 0]),
        (1.0, 1.0 / 3.0, 0.5)
    );
    assert_eq!(score(&[1, 0, 0, 0, 0, 0], &[1, 2, 3, 0, 0, 0]), (1.0 / 3.0, 1.0, 0.5));
    assert_eq!(score(&[0; 6], &[0; 6]), (1.0, 1.0, 1.0));
    assert_eq!(score(&[1; 6], &[0; 6]), (1.0, 0.0, 0.0));
    assert_eq!(score(&[0; 6], &[1; 6]), (0.0, 1.0, 0.0));
}

#[test]
fn masks_and_constants_are_labels() {
    let truth = Array::full("zyx", &[60, 50, 40], 4u16).unwrap();
    let mask = Array::full("zyx", &[60, 50, 40], true).unwrap();
    let found = matching(&truth, &mask, 0.5, &NEVER).unwrap().found;
    assert_eq!((found[0].truth, found[0].prediction, found[0].iou), (4, 1, 1.0));
    let empty = Array::zeros("yx", &[0, 5], DType::U8).unwrap();
    assert_eq!(matching(&empty, &empty, 0.5, &NEVER).unwrap().f1(), 1.0);
}

#[test]
fn errors_name_what_is_wrong() {
    let labels = |shape: &[usize]| Array::zeros("yx", shape, DType::I32).unwrap();
    let refused = |truth: &Array, prediction: &Array, threshold: f64| {
        let error = matching(truth, prediction, threshold, &NEVER).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        error.to_string()
    };
    let (some, others) = (labels(&[3, 4]), labels(&[4, 3]));
    assert_eq!(
        refused(&some, &others, 0.5),
        "the truth has shape [3, 4], the prediction [4, 3]"
    );
    assert_eq!(refused(&some, &some, 0.4), "threshold is 0.4, not in 0.5..1");
    assert_eq!(refused(&some, &some, 1.0), "threshold is 1, not in 0.5..1");
    assert_eq!(refused(&some, &some, f64::NAN), "threshold is NaN, not in 0.5..1");
    let floats = some.cast(DType::F32).unwrap();
    assert_eq!(refused(&some, &floats, 0.5), "the prediction is f32, no labels");
    let negative = Array::full("yx", &[3, 4], -3i32).unwrap();
    assert_eq!(refused(&negative, &some, 0.5), "-3 is no label, a negative number");
    assert!(matching(&some, &labels(&[3, 4]).with_axes("zy").unwrap(), 0.5, &NEVER).is_err());
}

/// Stops at the `most`-th look.
struct StopAfter {
    looks: AtomicUsize,
    most: usize,
}

impl Interrupt for StopAfter {
    fn interrupted(&self) -> Option<Error> {
        let stop = self.looks.fetch_add(1, Ordering::SeqCst) >= self.most;
        stop.then(|| Error::msg("enough"))
    }
}

#[test]
fn one_huge_row_is_looked_at_in_pieces() {
    let row = Array::zeros("zyx", &[1, 1, 1 << 20], DType::U8).unwrap();
    let stop = Arc::new(StopAfter {
        looks: AtomicUsize::new(0),
        most: 3,
    });
    let checkpoint = Checkpoint::new(Arc::clone(&stop) as Arc<dyn Interrupt>);
    let error = matching(&row, &row, 0.5, &checkpoint).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), stop.looks.load(Ordering::SeqCst)),
        ("enough", 4)
    );
}

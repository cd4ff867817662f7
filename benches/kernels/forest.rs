//! Random forests: as many pixels as a small image has, by a forest trained on some brush strokes.

use headwater::Checkpoint;
use headwater::kernels::{Forest, RandomForest};
use ndarray::{Array2, Axis, Ix2, s};

use crate::gaussian::noise;
use crate::table::{Bench, Goal, UNKNOWN};

const TRAINED: usize = 5_000;
const PREDICTED: usize = 100_000;
const FEATURES: usize = 20;

pub(crate) fn rows(bench: &Bench) {
    let (predict, train) = (
        "forest prediction, 100 trees, 20 features",
        "forest training, 5,000 × 20, per row",
    );
    if !bench.wants(predict) && !bench.wants(train) {
        return;
    }
    let rows = labelled_rows();
    let ask = |peer| bench.peers.time(peer, "forest", "float32", rows.shape(), flat(&rows));
    let (known, unknown) = rows.view().split_at(Axis(0), TRAINED);
    let labels: Vec<u32> = known.column(0).iter().map(|label| *label as u32).collect();
    let (known, unknown) = (known.slice(s![.., 1..]), unknown.slice(s![.., 1..]));
    let never = Checkpoint::never();
    let fit = || {
        RandomForest::new()
            .train(known, &labels, &never)
            .expect("rows to train on")
    };
    let forest = fit();
    let mut shares = Array2::zeros((PREDICTED, forest.classes().len()));
    let predicting = || {
        let done = forest.predict_into(unknown, shares.view_mut(), &never);
        done.expect("rows of as many features");
    };
    let goal = Goal::Faster {
        than: "scikit-learn",
        by: 4.0,
        quoted: 3223.0,
    };
    bench.against_peer(predict, PREDICTED, goal, predicting, || ask("sklearn_forest_predict"));
    let goal = Goal::Faster {
        than: "scikit-learn",
        by: 1.0,
        quoted: UNKNOWN,
    };
    bench.against_peer(train, TRAINED, goal, || drop(fit()), || ask("sklearn_forest_fit"));
    check(&forest, &rows, &shares);
}

/// A class, 1 or 2, and the features: the class is which side of a curved surface the first five lie on, with some noise.
fn labelled_rows() -> Array2<f32> {
    let count = TRAINED + PREDICTED;
    let uniform = noise(&[count, 2 * FEATURES])
        .into_dimensionality::<Ix2>()
        .expect("two axes");
    let mut rows = Array2::zeros((count, 1 + FEATURES));
    for (uniform, mut row) in uniform.rows().into_iter().zip(rows.rows_mut()) {
        for feature in 0..FEATURES {
            row[1 + feature] = uniform[2 * feature] + uniform[2 * feature + 1] - 1.0;
        }
        let curved = row[1] * row[2] * 2.0 + row[3] - row[4] * row[4] + 0.5 * row[5] + 0.15 + 0.2 * row[20];
        row[0] = if curved > 0.0 { 2.0 } else { 1.0 };
    }
    rows
}

fn flat(rows: &Array2<f32>) -> &[f32] {
    rows.as_slice().expect("contiguous")
}

/// A fast wrong result is no result.
fn check(forest: &Forest, rows: &Array2<f32>, shares: &Array2<f32>) {
    let truth = rows.column(0).slice_move(s![TRAINED..]).to_owned();
    let right = shares.rows().into_iter().zip(truth).filter(|(shares, label)| {
        let found = if shares[1] > shares[0] { 2.0 } else { 1.0 };
        found == *label
    });
    let accuracy = right.count() as f64 / PREDICTED as f64;
    println!("{forest:?}, accuracy {accuracy}");
    assert!(accuracy > 0.85, "accuracy {accuracy}");
}

//! Random forests: training, and prediction for rows and images. Their files have tests of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::kernels::{Forest, RandomForest};
use headwater::{Array, Checkpoint, DType, Error, Interrupt, roi};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use ndarray_npy::ReadNpyExt;
use proptest::prelude::*;

use crate::forest_file::Parts;

const NEVER: Checkpoint = Checkpoint::never();

pub(crate) fn noise(rows: usize, features: usize, seed: u32) -> Array2<f32> {
    let mut state = seed.wrapping_mul(2) | 1;
    Array2::from_shape_simple_fn((rows, features), || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32
    })
}

/// Classes 1 and 2, by the sum of the first two features.
pub(crate) fn by_sum(values: &Array2<f32>) -> Vec<u32> {
    let last = values.ncols() - 1;
    let rows = values.rows().into_iter();
    rows.map(|row| 1 + u32::from(row[0] + row[last] > 1.0)).collect()
}

fn train(values: &Array2<f32>, labels: &[u32]) -> Forest {
    RandomForest::new()
        .trees(20)
        .train(values.view(), labels, &NEVER)
        .unwrap()
}

fn bits(values: &Array2<f32>) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

// ---- how good it is

fn fixture<T: ReadNpyExt>(name: &str) -> T {
    let path = format!(
        "{}/tests/kernels/fixtures/forest/{name}.npy",
        env!("CARGO_MANIFEST_DIR")
    );
    T::read_npy(std::fs::File::open(path).unwrap()).unwrap()
}

/// The share of pairs, one of `class` and one of another, that the shares of `class` put in the right order.
fn area_under_curve(shares: ndarray::ArrayView1<'_, f32>, truth: &[u32], class: u32) -> f64 {
    let (mut right, mut pairs) = (0.0, 0.0);
    for (own, _) in shares.iter().zip(truth).filter(|(_, truth)| **truth == class) {
        for (other, _) in shares.iter().zip(truth).filter(|(_, truth)| **truth != class) {
            pairs += 1.0;
            right += if own > other {
                1.0
            } else {
                0.5 * f64::from(u8::from(own == other))
            };
        }
    }
    right / pairs
}

fn check_against_scikit_learn(name: &str) {
    let (known, test): (Array2<f32>, Array2<f32>) =
        (fixture(&format!("{name}_train")), fixture(&format!("{name}_test")));
    let labels = fixture::<Array1<u32>>(&format!("{name}_labels")).to_vec();
    let scores: Array1<f64> = fixture(&format!("{name}_scores"));
    let (labels, truth) = labels.split_at(known.nrows());
    let (mut accuracy, mut area) = (0.0, 0.0);
    let seeds = 5;
    for seed in 0..seeds {
        let forest = RandomForest::new()
            .seed(seed)
            .train(known.view(), labels, &NEVER)
            .unwrap();
        let shares = forest.predict(test.view(), &NEVER).unwrap();
        let classes = forest.classes();
        let found = shares.rows().into_iter().map(|row| {
            let best = (0..classes.len()).max_by(|a, b| row[*a].total_cmp(&row[*b]));
            classes[best.unwrap()]
        });
        let right = found.zip(truth).filter(|(found, truth)| found == *truth).count();
        accuracy += right as f64 / truth.len() as f64 / seeds as f64;
        let areas = classes.iter().zip(shares.columns());
        let areas: Vec<_> = areas
            .map(|(class, shares)| area_under_curve(shares, truth, *class))
            .collect();
        area += areas.iter().sum::<f64>() / areas.len() as f64 / seeds as f64;
    }
    assert!(
        (accuracy - scores[0]).abs() < 0.02,
        "accuracy {accuracy}, scikit-learn's {}",
        scores[0]
    );
    assert!(
        (area - scores[1]).abs() < 0.02,
        "area {area}, scikit-learn's {}",
        scores[1]
    );
}

#[test]
fn as_accurate_as_scikit_learn_on_three_overlapping_classes() {
    check_against_scikit_learn("blobs");
}

#[test]
fn as_accurate_as_scikit_learn_on_curved_classes_with_useless_features() {
    check_against_scikit_learn("moons");
}

#[test]
fn a_pattern_that_no_single_cut_improves_is_learned() {
    // Each cut of an exclusive or leaves both sides as mixed as before; only the next one tells the classes apart.
    let values = ndarray::array![[0.0_f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let rows = values.select(Axis(0), &[0, 1, 2, 3].repeat(10));
    let labels = [1, 2, 2, 1].repeat(10);
    let shares = train(&rows, &labels).predict(values.view(), &NEVER).unwrap();
    for (row, expected) in shares.rows().into_iter().zip([1.0, 0.0, 0.0, 1.0]) {
        assert!((row[0] - expected).abs() < 0.1, "{shares}");
    }
}

#[test]
fn the_features_that_tell_classes_apart_are_important() {
    let values = noise(600, 5, 3);
    let importances = train(&values, &by_sum(&values)).importances().to_vec();
    assert!((importances.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    for useless in 1..4 {
        assert!(importances[0] > 2.0 * importances[useless] && importances[4] > 2.0 * importances[useless]);
    }
}

// ---- what it is a function of

#[test]
fn the_same_rows_options_and_seed_give_the_same_forest_on_any_number_of_threads() {
    let values = noise(500, 6, 1);
    let labels = by_sum(&values);
    let options = RandomForest::new().trees(17).seed(42);
    let alone = options.train(values.view(), &labels, &NEVER).unwrap();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let pooled = pool.install(|| options.train(values.view(), &labels, &NEVER)).unwrap();
        assert!(alone == pooled);
        let shares = pool.install(|| alone.predict(values.view(), &NEVER)).unwrap();
        assert_eq!(bits(&shares), bits(&alone.predict(values.view(), &NEVER).unwrap()));
    }
    let other = options.seed(43).train(values.view(), &labels, &NEVER).unwrap();
    assert!(alone != other);
}

#[test]
fn rows_without_a_label_and_rows_with_nan_are_passed_over() {
    let values = noise(200, 3, 5);
    let labels = by_sum(&values);
    let expected = train(&values, &labels);
    let mut more = Array2::zeros((400, 3));
    let mut more_labels = vec![0; 400];
    for row in 0..200 {
        more.row_mut(2 * row).assign(&values.row(row));
        more_labels[2 * row] = labels[row];
        if row % 3 == 0 {
            more_labels[2 * row + 1] = 9;
            more[[2 * row + 1, row % 2]] = f32::NAN;
        }
    }
    assert!(train(&more, &more_labels) == expected);
    assert_eq!(expected.classes(), [1, 2]);
}

#[test]
fn infinite_values_are_values_like_others() {
    let (low, high) = (f32::NEG_INFINITY, f32::INFINITY);
    let values = ndarray::array![[low], [low], [0.0], [0.0], [high], [high]];
    let forest = RandomForest::new()
        .trees(200)
        .train(values.view(), &[1, 1, 2, 2, 3, 3], &NEVER)
        .unwrap();
    let shares = forest
        .predict(ndarray::array![[low], [0.0], [high]].view(), &NEVER)
        .unwrap();
    for class in 0..3 {
        assert!(shares[[class, class]] > 0.6, "{shares}");
    }
}

#[test]
fn one_class_alone_is_certain() {
    let shares = train(&noise(5, 2, 1), &[4; 5])
        .predict(noise(3, 2, 2).view(), &NEVER)
        .unwrap();
    assert_eq!(shares, Array2::from_elem((3, 1), 1.0));
}

#[test]
fn depth_and_size_of_nodes_can_be_limited() {
    let values = noise(300, 4, 9);
    let labels = by_sum(&values);
    let grown = |options: RandomForest| Parts::of(&options.trees(5).train(values.view(), &labels, &NEVER).unwrap());
    assert_eq!(grown(RandomForest::new().max_depth(0)).child, [0; 5]);
    assert!(grown(RandomForest::new().max_depth(1)).child.len() <= 15);
    assert_eq!(grown(RandomForest::new().min_samples(301)).child, [0; 5]);
    assert!(grown(RandomForest::new().min_samples(50)).child.len() < grown(RandomForest::new()).child.len());
    let few = grown(RandomForest::new().sample_fraction(0.001));
    assert_eq!(few.child, [0; 5]); // one row
}

#[test]
fn options_and_rows_that_make_no_sense_are_refused() {
    let values = noise(4, 2, 1);
    let refusal = |options: RandomForest, labels: &[u32]| {
        let error = options.train(values.view(), labels, &NEVER).unwrap_err();
        assert_eq!(error.kind(), headwater::ErrorKind::Invalid);
        error.to_string()
    };
    let (options, labels) = (RandomForest::new, [1, 2, 1, 2]);
    assert_eq!(refusal(options().trees(0), &labels), "trees is 0, 1 is the least");
    assert_eq!(
        refusal(options().trees(1 << 40), &labels),
        "trees is 1099511627776, 65536 is the most"
    );
    assert_eq!(
        refusal(options().min_samples(0), &labels),
        "min_samples is 0, 1 is the least"
    );
    assert_eq!(
        refusal(options().features_per_split(0), &labels),
        "features_per_split is 0, 1 is the least"
    );
    for fraction in [0.0, -1.0, 1.5, f64::NAN] {
        let expected = format!("sample_fraction is {fraction}, not a number above 0 and up to 1");
        assert_eq!(refusal(options().sample_fraction(fraction), &labels), expected);
    }
    assert_eq!(
        refusal(options().feature_names(["a"]), &labels),
        "1 feature names for 2 features"
    );
    assert_eq!(refusal(options(), &labels[1..]), "3 labels for 4 rows of features");
    let expected = "none of the 4 rows can be trained on: each is unlabelled (class 0) or has a NaN";
    assert_eq!(refusal(options(), &[0; 4]), expected);
    let error = options()
        .train(Array2::zeros((4, 0)).view(), &labels, &NEVER)
        .unwrap_err();
    assert_eq!(error.to_string(), "rows of 0 features, not 1 to 65536");
}

// ---- prediction

/// One row after the other, one node after the other.
fn reference_predict(parts: &Parts, values: ArrayView2<'_, f32>) -> Array2<f32> {
    let classes = parts.classes.len();
    let mut out = Array2::zeros((values.nrows(), classes));
    for (row, mut out) in values.rows().into_iter().zip(out.rows_mut()) {
        if row.iter().any(|value| value.is_nan()) {
            continue;
        }
        for root in &parts.roots[..parts.roots.len() - 1] {
            let root = *root as usize;
            let mut at = root;
            while parts.child[at] != 0 {
                let above = row[parts.split[at] as usize] > parts.threshold[at];
                at = root + parts.child[at] as usize + usize::from(above);
            }
            let shares = &parts.shares[parts.split[at] as usize * classes..][..classes];
            out.iter_mut().zip(shares).for_each(|(out, share)| *out += share);
        }
        out.iter_mut().for_each(|out| *out /= (parts.roots.len() - 1) as f32);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn prediction_is_what_the_trees_say_row_by_row(
        features in prop_oneof![1_usize..34, 60_usize..70, 125_usize..132, Just(300_usize)],
        rows in 1_usize..120,
        classes in 1_u32..7,
        depth in prop_oneof![0_usize..9, Just(usize::MAX)],
        seed in 1_u32..1000,
    ) {
        let values = noise(rows, features, seed);
        let labels: Vec<u32> = (0..rows).map(|row| 1 + (row as u32 * 7 + seed) % classes).collect();
        let options = RandomForest::new().trees(7).max_depth(depth).seed(seed.into());
        let forest = options.train(values.view(), &labels, &NEVER).unwrap();
        let mut asked = noise(77, features, seed + 1);
        asked[[3, features / 2]] = f32::NAN;
        asked[[4, features - 1]] = f32::INFINITY;
        asked[[5, 0]] = -0.0;
        let expected = reference_predict(&Parts::of(&forest), asked.view());
        prop_assert_eq!(bits(&forest.predict(asked.view(), &NEVER).unwrap()), bits(&expected));
        for (row, shares) in expected.rows().into_iter().enumerate() {
            let sum = if row == 3 { 0.0 } else { 1.0 };
            prop_assert!((shares.sum() - sum).abs() < 1e-5);
        }
    }
}

#[test]
fn many_rows_are_predicted_as_each_alone_whatever_the_layout() {
    let known = noise(300, 5, 1);
    let forest = train(&known, &by_sum(&known));
    let asked = noise(5000, 5, 2);
    let whole = forest.predict(asked.view(), &NEVER).unwrap();
    for row in [0, 1, 1023, 1024, 4999] {
        let alone = forest.predict(asked.slice(s![row..row + 1, ..]), &NEVER).unwrap();
        assert_eq!(alone.row(0), whole.row(row));
    }
    let turned = asked.t().as_standard_layout().into_owned();
    assert_eq!(bits(&forest.predict(turned.t(), &NEVER).unwrap()), bits(&whole));
    let mut planar = Array2::from_elem((2, 5000), f32::NAN);
    forest
        .predict_into(asked.view(), planar.view_mut().reversed_axes(), &NEVER)
        .unwrap();
    assert_eq!(planar.t(), whole);
    let backwards = asked.slice(s![..;-3, ..]);
    assert_eq!(forest.predict(backwards, &NEVER).unwrap(), whole.slice(s![..;-3, ..]));
}

#[test]
fn no_rows_have_no_shares() {
    let known = noise(10, 3, 1);
    let forest = train(&known, &by_sum(&known));
    assert_eq!(
        forest.predict(Array2::zeros((0, 3)).view(), &NEVER).unwrap().dim(),
        (0, 2)
    );
    let nothing = Array::zeros("cyx", &[3, 0, 4], DType::F32).unwrap();
    assert_eq!(forest.predict_image(&nothing, 0..2, &NEVER).unwrap().shape(), [2, 0, 4]);
}

#[test]
fn an_image_is_predicted_as_its_pixels_are() {
    let known = noise(200, 6, 1);
    let forest = train(
        &known,
        &by_sum(&known).iter().map(|label| 2 * label).collect::<Vec<_>>(),
    );
    assert_eq!(forest.classes(), [2, 4]);
    let pixels = noise(7 * 30 * 11, 6, 4);
    let expected = forest.predict(pixels.view(), &NEVER).unwrap();
    let zyxc = Array::from_vec("zyxc", &[7, 30, 11, 6], pixels.iter().copied().collect()).unwrap();
    let expected: Vec<f32> = [None, Some(0), None, Some(1), None]
        .map(|class: Option<usize>| match class {
            Some(class) => expected.column(class).to_vec(),
            None => vec![0.0; expected.nrows()],
        })
        .concat();
    let expected = Array::from_vec("czyx", &[5, 7, 30, 11], expected).unwrap();
    for axes in ["zyxc", "czyx", "zcyx", "xyzc", "yczx"] {
        let (image, expected) = (zyxc.to_axes(axes).unwrap(), expected.to_axes(axes).unwrap());
        assert_eq!(forest.predict_image(&image, 0..5, &NEVER).unwrap(), expected, "{axes}");
        let contiguous = image.to_contiguous().unwrap();
        assert_eq!(
            forest.predict_image(&contiguous, 0..5, &NEVER).unwrap(),
            expected,
            "{axes}"
        );
    }
    let (part, cut) = (roi![0..6, 2..5, 3..29, 1..2], roi![0..2, 2..5, 3..29, 1..2]);
    let part = zyxc.to_axes("czyx").unwrap().slice(&part).unwrap();
    assert_eq!(
        forest.predict_image(&part, 0..2, &NEVER).unwrap(),
        expected.slice(&cut).unwrap()
    );
    assert_eq!(
        forest.predict_image(&part, 0..0, &NEVER).unwrap().shape(),
        [0, 3, 26, 1]
    );
}

#[test]
fn images_of_any_type_and_constants_are_predicted() {
    let known = ndarray::array![[0.0_f32], [1.0]];
    let forest = RandomForest::new().train(known.view(), &[1, 2], &NEVER).unwrap();
    for dtype in DType::ALL {
        let image = Array::from_vec("yx", &[1, 2], vec![0_u8, 1])
            .unwrap()
            .cast(dtype)
            .unwrap();
        let shares = forest.predict_image(&image, 0..2, &NEVER).unwrap();
        assert_eq!(
            (shares.axes().to_string(), shares.shape()),
            ("cyx".to_owned(), &[2, 1, 2][..])
        );
        let shares = shares.view::<f32>().unwrap().to_owned();
        assert!(shares[[0, 0, 0]] > 0.5 && shares[[1, 0, 1]] > 0.5, "{dtype}: {shares}");
    }
    let flat = Array::full("tcyx", &[2, 1, 40, 50], 1.0_f32).unwrap();
    let shares = forest.predict_image(&flat, 0..2, &NEVER).unwrap();
    assert!(
        shares
            .view::<f32>()
            .unwrap()
            .slice(s![.., 1, .., ..])
            .iter()
            .all(|share| *share > 0.5)
    );
}

#[test]
fn another_number_of_features_is_refused() {
    let known = noise(10, 3, 1);
    let forest = train(&known, &by_sum(&known));
    let error = forest.predict(noise(2, 4, 1).view(), &NEVER).unwrap_err();
    assert_eq!(error.to_string(), "4 features for a forest of 3");
    let image = Array::zeros("yxc", &[2, 2, 2], DType::U8).unwrap();
    assert_eq!(
        forest.predict_image(&image, 0..2, &NEVER).unwrap_err().to_string(),
        "2 features for a forest of 3"
    );
    let mut out = Array2::zeros((2, 3));
    let error = forest
        .predict_into(noise(2, 3, 1).view(), out.view_mut(), &NEVER)
        .unwrap_err();
    assert_eq!(error.to_string(), "shares of shape (2, 2) do not fit (2, 3)");
}

// ---- checkpoints

/// Stops at the `n`-th look.
struct After(AtomicUsize);

impl Interrupt for After {
    fn interrupted(&self) -> Option<Error> {
        let left = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(1)));
        (left == Ok(0)).then(|| Error::msg("enough"))
    }
}

fn after(looks: usize) -> (Arc<After>, Checkpoint) {
    let after = Arc::new(After(AtomicUsize::new(looks)));
    (Arc::clone(&after), Checkpoint::new(after))
}

/// How often `work` looks at its checkpoint; and that it stops at once at any of these looks.
fn looks(mut work: impl FnMut(&Checkpoint) -> Result<(), Error>) -> usize {
    let (counter, checkpoint) = after(usize::MAX);
    work(&checkpoint).unwrap();
    let looks = usize::MAX - counter.0.load(Ordering::SeqCst);
    for stop in [0, 1, looks / 2, looks - 1] {
        let (_, checkpoint) = after(stop);
        assert_eq!(work(&checkpoint).unwrap_err().to_string(), "enough");
    }
    looks
}

#[test]
fn training_looks_at_its_checkpoint_also_within_one_large_node() {
    let values = noise(200_000, 1, 1);
    let labels = by_sum(&values);
    let options = RandomForest::new().trees(1).max_depth(1);
    let looks = looks(|checkpoint| options.train(values.view(), &labels, checkpoint).map(drop));
    // Each pass over the rows of the root: drawing, counting, gathering, three digits twice, cutting, parting.
    assert!(looks > 10 * 126_000 / (1 << 14), "{looks}");
}

#[test]
fn prediction_looks_at_its_checkpoint_for_each_tree() {
    let values = noise(3000, 2, 1);
    let forest = train(&values, &by_sum(&values));
    let looks = looks(|checkpoint| forest.predict(values.view(), checkpoint).map(drop));
    assert!(looks >= 3 * 20, "{looks}");
}

#[test]
fn a_label_image_taken_for_classes_is_refused_soon() {
    let rows = 70_000;
    let labels: Vec<u32> = (1..=rows).rev().collect();
    let values = ndarray::Array2::zeros((rows as usize, 1));
    let error = RandomForest::new().train(values.view(), &labels, &NEVER).unwrap_err();
    assert_eq!(error.to_string(), "more than 65536 classes");
}

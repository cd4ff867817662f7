//! Features of regions: against their definitions, against scikit-image, in one piece and in many.

use std::collections::BTreeMap;

use headwater::array::Element;
use headwater::kernels::{RegionFeatures, Table, region_features};
use headwater::{Array, BlockGrid, Checkpoint, DType, Roi, Shape};
use ndarray::{Array2, ArrayD};
use ndarray_npy::ReadableElement;
use proptest::prelude::*;

use crate::probe::{check_interrupts, integers, numbers, pool, reals, turned};

const NEVER: Checkpoint = Checkpoint::never();

fn near(own: f64, expected: f64, what: &str) {
    let scale = expected.abs().max(1.0);
    assert!(
        (own - expected).abs() <= 1e-9 * scale,
        "{what}: {own}, expected {expected}"
    );
}

/// The place of an element, and its intensity in each channel.
type Pixel = (Vec<f64>, Vec<f64>);

/// Every column by definition, from lists of elements.
fn check(table: &Table, labels: &Array, image: &Array) {
    let axes = labels.axes();
    let spatial: Vec<_> = axes.spatial().collect();
    let values = ArrayD::from_shape_vec(labels.shape(), reals(labels)).unwrap();
    let intensities = ArrayD::from_shape_vec(image.shape(), reals(image)).unwrap();
    let channels = image.length('c').unwrap_or(1);
    let mut regions: BTreeMap<(usize, u64), Vec<Pixel>> = BTreeMap::new();
    for (at, &label) in values.indexed_iter().filter(|(_, label)| **label > 0.0) {
        let time = axes.position('t').map_or(0, |axis| at[axis]);
        let place = spatial.iter().map(|&axis| at[axis] as f64).collect();
        let bright = (0..channels).map(|channel| {
            let own = image.axes();
            let index = own.iter().map(|letter| match letter {
                'c' => channel,
                _ => at[axes.position(letter).unwrap()],
            });
            intensities[&index.collect::<Vec<_>>()[..]]
        });
        regions
            .entry((time, label as u64))
            .or_default()
            .push((place, bright.collect()));
    }
    assert_eq!(table.len(), regions.len());
    let letters: Vec<char> = spatial.iter().map(|&axis| axes.letter(axis).unwrap()).collect();
    for (row, ((time, label), elements)) in table.rows().zip(&regions) {
        let get = |name: &str| row.get(name).unwrap_or_else(|| panic!("no column {name}"));
        let count = elements.len() as f64;
        let mean = |of: &dyn Fn(&Pixel) -> f64| elements.iter().map(of).sum::<f64>() / count;
        assert_eq!((get("label"), get("count")), (*label as f64, count));
        assert_eq!(row.get("t"), axes.contains('t').then_some(*time as f64));
        let centers: Vec<f64> = (0..letters.len()).map(|axis| mean(&|e| e.0[axis])).collect();
        for (axis, letter) in letters.iter().enumerate() {
            let least = elements.iter().map(|e| e.0[axis]).fold(f64::INFINITY, f64::min);
            let most = elements.iter().map(|e| e.0[axis]).fold(0.0, f64::max);
            assert_eq!(get(&format!("start_{letter}")), least);
            assert_eq!(get(&format!("stop_{letter}")), most + 1.0);
            near(get(&format!("center_{letter}")), centers[axis], "center");
            for (other, second) in letters.iter().enumerate().skip(axis) {
                let moment = mean(&|e| (e.0[axis] - centers[axis]) * (e.0[other] - centers[other]));
                near(get(&format!("covariance_{letter}{second}")), moment, "covariance");
                // The principal axes make up the moments again.
                let sum: f64 = (1..=letters.len())
                    .map(|nth| {
                        let along = |letter| get(&format!("axis_{nth}_{letter}"));
                        get(&format!("radius_{nth}")).powi(2) * along(letter) * along(second)
                    })
                    .sum();
                near(sum, moment, "principal axes");
            }
        }
        for channel in 0..channels {
            let name = |what: &str| match image.axes().contains('c') {
                true => format!("intensity_{what}_{channel}"),
                false => format!("intensity_{what}"),
            };
            let average = mean(&|e| e.1[channel]);
            near(get(&name("mean")), average, "mean");
            near(get(&name("sum")), average * count, "sum");
            near(
                get(&name("variance")),
                mean(&|e| (e.1[channel] - average).powi(2)),
                "variance",
            );
            assert_eq!(
                get(&name("min")),
                elements.iter().map(|e| e.1[channel]).fold(f64::INFINITY, f64::min)
            );
            assert_eq!(
                get(&name("max")),
                elements.iter().map(|e| e.1[channel]).fold(f64::NEG_INFINITY, f64::max)
            );
        }
    }
}

fn forms() -> impl Strategy<Value = (String, String, Vec<usize>)> {
    let axes = prop::sample::select(vec![
        ("x", "x"),
        ("yx", "yx"),
        ("yx", "yxc"),
        ("zyx", "zyx"),
        ("tyx", "cyxt"),
        ("tzyx", "tczyx"),
        ("xy", "yx"),
    ]);
    axes.prop_flat_map(|(labels, image)| {
        (
            Just(labels.to_owned()),
            Just(image.to_owned()),
            prop::collection::vec(1usize..9, labels.len()),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn columns_are_what_they_say(
        (axes, image_axes, shape) in forms(), dtypes in (0..8usize, 0..11usize), count in 1u64..6, seed: u64,
    ) {
        let labels = integers(&axes, &shape, DType::ALL[dtypes.0], count, seed);
        let image_shape: Vec<_> = image_axes.chars().map(|letter| labels.length(letter).unwrap_or(2)).collect();
        let image = integers(&image_axes, &image_shape, DType::ALL[dtypes.1], 100, seed ^ 1);
        let table = region_features(&labels, Some(&image), &NEVER).unwrap();
        check(&table, &labels, &image);
        prop_assert_eq!(&region_features(&turned(&labels), Some(&turned(&image)), &NEVER).unwrap(), &table);
    }

    #[test]
    fn blocks_merge_to_the_whole_to_the_bit_in_any_order(
        shape in prop::collection::vec(1usize..20, 3), block in prop::collection::vec(1usize..20, 3), count in 1u64..9, seed: u64,
    ) {
        let labels = integers("zyx", &shape, DType::U32, count, seed);
        let image = integers("zyx", &shape, DType::U16, 60_000, seed ^ 1);
        let features = RegionFeatures::new().background();
        let whole = features.apply(&labels, Some(&image), &NEVER).unwrap();
        let full = Roi::full(Shape::new(&shape[..]).unwrap());
        let grid = BlockGrid::aligned(full, Shape::new(&block[..]).unwrap()).unwrap();
        let mut parts: Vec<_> = grid.intersecting(&full).unwrap().map(|block| {
            let roi = block.roi;
            let image = image.slice(&roi).unwrap();
            features.measure(&labels.slice(&roi).unwrap(), Some(&image), roi.start(), &NEVER).unwrap()
        }).collect();
        let mut random = numbers(seed);
        parts.sort_by_cached_key(|_| random.next());
        let mut regions = headwater::kernels::Regions::default();
        parts.into_iter().for_each(|part| regions.merge(part).unwrap());
        prop_assert_eq!(regions.table(), whole);
    }
}

fn fixture<T: Element + ReadableElement>(name: &str) -> Array {
    let path = format!(
        "{}/tests/kernels/fixtures/features/{name}.npy",
        env!("CARGO_MANIFEST_DIR")
    );
    let array: ArrayD<T> = ndarray_npy::read_npy(path).unwrap();
    let axes = if array.ndim() == 3 { "zyx" } else { "yx" };
    Array::from_ndarray(axes, array).unwrap()
}

#[test]
fn features_are_scikit_images() {
    let plane = (
        fixture::<u16>("plane_labels"),
        fixture::<u8>("plane_image"),
        "plane_table",
    );
    let volume = (
        fixture::<u16>("volume_labels"),
        fixture::<f32>("volume_image"),
        "volume_table",
    );
    for (labels, image, expected) in [plane, volume] {
        let path = format!(
            "{}/tests/kernels/fixtures/features/{expected}.npy",
            env!("CARGO_MANIFEST_DIR")
        );
        let expected: Array2<f64> = ndarray_npy::read_npy(path).unwrap();
        let table = region_features(&labels, Some(&image), &NEVER).unwrap();
        assert_eq!(table.len(), expected.nrows());
        let letters: Vec<_> = labels.axes().iter().collect();
        let mut names = vec!["label".to_owned(), "count".to_owned()];
        names.extend(letters.iter().map(|letter| format!("start_{letter}")));
        names.extend(letters.iter().map(|letter| format!("stop_{letter}")));
        names.extend(letters.iter().map(|letter| format!("center_{letter}")));
        for (nth, a) in letters.iter().enumerate() {
            names.extend(letters[nth..].iter().map(|b| format!("covariance_{a}{b}")));
        }
        names.extend(["min", "max", "mean", "variance"].map(|what| format!("intensity_{what}")));
        for (row, expected) in table.rows().zip(expected.rows()) {
            for (name, &expected) in names.iter().zip(expected) {
                let expected = if name.ends_with("variance") {
                    expected * expected
                } else {
                    expected
                };
                let own = row.get(name).unwrap();
                // The intensities of the peer are means of f32.
                assert!(
                    (own - expected).abs() <= 1e-4 * expected.abs().max(1.0),
                    "{name}: {own}, expected {expected}"
                );
                if !name.starts_with("intensity") {
                    near(own, expected, name);
                }
            }
        }
    }
}

#[test]
fn a_small_variance_beside_a_large_mean_survives() {
    let values: Vec<f64> = (0..200_000).map(|nth| 1e9 + f64::from(nth % 2)).collect();
    let image = Array::from_vec("yx", &[400, 500], values).unwrap();
    let labels = Array::full("yx", &[400, 500], 1u8).unwrap();
    let table = region_features(&labels, Some(&image), &NEVER).unwrap();
    assert_eq!(table.reals("intensity_variance"), Some(&[0.25][..]));
    assert_eq!(table.reals("intensity_mean"), Some(&[1e9 + 0.5][..]));
}

#[test]
fn far_from_the_origin_moments_are_exact() {
    let labels = Array::full("zyx", &[2, 2, 2], 1u8).unwrap();
    let far = [1 << 20, 1 << 30, 1 << 40];
    let there = RegionFeatures::new()
        .measure(&labels, None, &far, &NEVER)
        .unwrap()
        .table();
    let here = region_features(&labels, None, &NEVER).unwrap();
    for name in [
        "covariance_zz",
        "covariance_zx",
        "covariance_xx",
        "radius_1",
        "axis_3_z",
    ] {
        assert_eq!(there.reals(name), here.reals(name), "{name}");
    }
    assert_eq!(there.integers("stop_x"), Some(&[(1 << 40) + 2][..]));
}

#[test]
fn what_is_no_number_is_told_in_the_mean() {
    let image = Array::from_vec("x", &[4], vec![f32::NAN, 2.0, f32::INFINITY, 1.0]).unwrap();
    let labels = Array::from_vec("x", &[4], vec![1u64, 1, 2, 2]).unwrap();
    let table = region_features(&labels, Some(&image), &NEVER).unwrap();
    assert!(table.reals("intensity_mean").unwrap()[0].is_nan());
    assert_eq!(table.reals("intensity_mean").unwrap()[1], f64::INFINITY);
    assert_eq!(table.reals("intensity_min"), Some(&[2.0, 1.0][..]));
}

#[test]
fn a_table_can_be_empty_and_written() {
    let labels = Array::zeros("tyx", &[0, 3, 4], DType::U8).unwrap();
    let table = region_features(&labels, None, &NEVER).unwrap();
    assert!(table.is_empty());
    assert!(
        table
            .to_csv()
            .starts_with("t,label,count,start_y,stop_y,start_x,stop_x,center_y,center_x,covariance_yy")
    );
    let labels = Array::from_vec("x", &[3], vec![-5i32, 4, 4]).unwrap();
    let table = RegionFeatures::new().background().apply(&labels, None, &NEVER).unwrap();
    assert_eq!(
        table.to_csv(),
        "label,count,start_x,stop_x,center_x,covariance_xx,radius_1,axis_1_x\n0,1,0,1,0,0,0,1\n4,2,1,3,1.5,0.25,0.5,1\n"
    );
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let labels = integers("zyx", &[60, 70, 80], DType::U16, 500, 1);
    let image = integers("zyx", &[60, 70, 80], DType::F32, 1 << 20, 2)
        .map(|value: f32| value.sqrt())
        .unwrap();
    let run = || region_features(&labels, Some(&image), &NEVER).unwrap();
    let alone = run();
    assert!([2, 5].iter().all(|&threads| pool(threads).install(run) == alone));
}

#[test]
fn it_looks_up_often_and_stops_at_once() {
    for labels in [
        integers("yx", &[300, 400], DType::U8, 9, 1),
        integers("x", &[500_000], DType::U8, 9, 1),
    ] {
        let looks = check_interrupts(|checkpoint| region_features(&labels, Some(&labels), checkpoint).map(drop));
        assert!(labels.len() / looks < 70_000, "{looks} looks");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let labels = Array::zeros("yx", &[2, 3], DType::U8).unwrap();
    let refusal = |labels: &Array, image: Option<&Array>| region_features(labels, image, &NEVER).unwrap_err().report();
    assert_eq!(
        refusal(&labels.cast(DType::F32).unwrap(), None),
        "labels are integers, not f32"
    );
    assert_eq!(
        refusal(&labels.with_axes("yc").unwrap(), None),
        "labels Array(yc u8 [2, 3]) have 3 of axis c: only t, z, y, x can be"
    );
    let narrow = Array::zeros("yx", &[2, 2], DType::U8).unwrap();
    assert_eq!(
        refusal(&labels, Some(&narrow)),
        "the image Array(yx u8 [2, 2]) does not fit the labels Array(yx u8 [2, 3])"
    );
    let mut plane = RegionFeatures::new().measure(&labels, None, &[0, 0], &NEVER).unwrap();
    let line = RegionFeatures::new()
        .measure(&labels.with_axes("zx").unwrap(), None, &[0, 0], &NEVER)
        .unwrap();
    assert!(plane.merge(line).is_err());
}

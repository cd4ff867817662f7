//! Boxes, masks and contact sheets: pixel by pixel as they are defined, at borders, for all types and layouts.

use headwater::array::{Element as _, match_dtype};
use headwater::kernels::{ContactSheet, DrawBoxes, DrawMask, Rectangle};
use headwater::{Array, Checkpoint, DType, ErrorKind, roi};
use proptest::prelude::*;

use crate::probe::{integers, pool, turned};

const NEVER: Checkpoint = Checkpoint::never();

/// What is drawn at a pixel, by asking each box in turn.
fn is_drawn(rectangle: &Rectangle, thickness: Option<u32>, y: i64, x: i64) -> bool {
    let (rows, columns) = (rectangle.y(), rectangle.x());
    let Some(line) = thickness.map(i128::from) else {
        return rows.contains(&y) && columns.contains(&x);
    };
    let near = |at: i64, range: &std::ops::Range<i64>| {
        let [at, start, end] = [at, range.start, range.end].map(i128::from);
        at - start < line || end - 1 - at < line
    };
    rows.contains(&y) && columns.contains(&x) && (near(y, &rows) || near(x, &columns))
}

fn reference(image: &Array, boxes: &[Rectangle], thickness: Option<u32>, colour: &[f64], opacity: f64) -> Array {
    let mut out = image.to_contiguous().unwrap();
    let axes = image.axes();
    let [y, x] = ['y', 'x'].map(|letter| axes.position(letter).unwrap());
    let channel = axes.position('c');
    match_dtype!(image.dtype(), T => {
        for (place, value) in out.view_mut::<T>().unwrap().indexed_iter_mut() {
            let colour = colour[channel.map_or(0, |axis| place[axis]).min(colour.len() - 1)];
            for rectangle in boxes {
                if is_drawn(rectangle, thickness, place[y] as i64, place[x] as i64) {
                    *value = (value.cast::<f64>() * (1.0 - opacity) + colour * opacity).cast();
                }
            }
        }
    });
    out
}

fn rectangle() -> impl Strategy<Value = Rectangle> {
    let range = || (-12_i64..25, 0_i64..20).prop_map(|(start, length)| start..start + length);
    let far = Just(i64::MIN..i64::MAX);
    let range = move || prop_oneof![9 => range(), 1 => far.clone()];
    (range(), range()).prop_map(|(y, x)| Rectangle::new(y, x).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn boxes_are_those_of_their_definition(
        boxes in prop::collection::vec(rectangle(), 0..4),
        thickness in prop::option::of(0_u32..6),
        (axes, shape, parts) in prop::sample::select(vec![
            ("yx", vec![13, 17], 1), ("yxc", vec![13, 17, 3], 3), ("cyx", vec![3, 13, 17], 3), ("yxc", vec![9, 8, 2], 1),
            ("tyxc", vec![2, 5, 7, 3], 3), ("xy", vec![6, 20], 1),
        ]),
        dtype in prop::sample::select(DType::ALL.to_vec()),
        opacity in prop::sample::select(vec![0.0, 0.3, 1.0]),
        is_turned in any::<bool>(),
    ) {
        let image = integers(axes, &shape, dtype, 100, 3);
        let image = if is_turned { turned(&image) } else { image };
        let colour = &[200.0, 7.0, 0.0][..parts];
        let mut kernel = DrawBoxes::new(colour.iter().copied()).opacity(opacity);
        kernel = match thickness { Some(line) => kernel.thickness(line), None => kernel.filled() };
        let drawn = kernel.apply(&image, &boxes, &NEVER).unwrap();
        prop_assert_eq!(&drawn, &reference(&image, &boxes, thickness, colour, opacity));
        let shared = pool(2).install(|| kernel.apply(&image, &boxes, &NEVER)).unwrap();
        prop_assert_eq!(&drawn, &shared);
    }

    #[test]
    fn masks_are_those_of_their_definition(
        (axes, shape, of, mask_shape) in prop::sample::select(vec![
            ("yx", vec![9, 8], "yx", vec![9, 8]), ("yxc", vec![9, 8, 3], "yx", vec![9, 8]), ("cyx", vec![3, 9, 8], "xy", vec![8, 9]),
            ("tyxc", vec![2, 5, 4, 3], "tyx", vec![2, 5, 4]), ("tyxc", vec![2, 5, 4, 3], "yxc", vec![5, 4, 3]), ("yx", vec![5, 4], "y", vec![5]),
        ]),
        dtype in prop::sample::select(DType::ALL.to_vec()),
        mask_type in prop::sample::select(DType::ALL.to_vec()),
        opacity in prop::sample::select(vec![0.0, 0.5, 1.0]),
    ) {
        let image = integers(axes, &shape, dtype, 100, 5);
        let mask = integers(of, &mask_shape, mask_type, 2, 6);
        let colour = [200.0, 7.0, 0.0];
        let parts = if image.axes().contains('c') { 3 } else { 1 };
        let kernel = DrawMask::new(colour[..parts].iter().copied()).opacity(opacity);
        let drawn = kernel.apply(&image, &mask, &NEVER).unwrap();
        let set = mask.cast(DType::Bool).unwrap().to_axes(axes).unwrap();
        let set = set.view::<bool>().unwrap();
        let set = set.broadcast(image.shape()).unwrap();
        let mut expected = image.to_contiguous().unwrap();
        let channel = image.axes().position('c');
        match_dtype!(dtype, T => {
            for (place, value) in expected.view_mut::<T>().unwrap().indexed_iter_mut() {
                let colour = colour[channel.map_or(0, |axis| place[axis])];
                if set[&place] {
                    *value = (value.cast::<f64>() * (1.0 - opacity) + colour * opacity).cast();
                }
            }
        });
        prop_assert_eq!(drawn, expected);
    }

    #[test]
    fn a_contact_sheet_has_each_picture_at_its_place(
        count in 1_usize..9, columns in 1_usize..11, gap in 0_usize..4, height in 1_usize..6, width in 1_usize..6,
        axes in prop::sample::select(vec!["yxc", "cxy"]),
    ) {
        let shape = if axes == "yxc" { [height, width, 2] } else { [2, width, height] };
        let pictures: Vec<_> = (0..count).map(|n| integers(axes, &shape, DType::U16, 100, n as u64 + 1)).collect();
        let sheet = ContactSheet::new(columns).gap(gap).background(777.0).apply(&pictures, &NEVER).unwrap();
        let sheet = sheet.to_axes("yxc").unwrap();
        let sheet = sheet.view::<u16>().unwrap();
        let columns = columns.min(count);
        let rows = count.div_ceil(columns);
        prop_assert_eq!(sheet.shape(), [rows * (height + gap) - gap, columns * (width + gap) - gap, 2]);
        for (place, value) in sheet.indexed_iter() {
            let (row, column) = (place[0] / (height + gap), place[1] / (width + gap));
            let (y, x) = (place[0] % (height + gap), place[1] % (width + gap));
            let picture = pictures.get(row * columns + column).filter(|_| y < height && x < width);
            let expected = picture.map_or(777, |picture| picture.to_axes("yxc").unwrap().view::<u16>().unwrap()[[y, x, place[2]]]);
            prop_assert_eq!(*value, expected);
        }
    }
}

#[test]
fn what_is_drawn_on_is_copied_only_if_somebody_else_has_it() {
    let image = Array::zeros("yx", &[4, 4], DType::U8).unwrap();
    let mut drawn = image.clone();
    let whole = [Rectangle::new(0..4, 0..4).unwrap()];
    DrawBoxes::new([9]).draw(&mut drawn, &whole, &NEVER).unwrap();
    assert_eq!(image, Array::zeros("yx", &[4, 4], DType::U8).unwrap());
    let address = drawn.view::<u8>().unwrap().as_ptr();
    DrawBoxes::new([7]).filled().draw(&mut drawn, &whole, &NEVER).unwrap();
    assert_eq!(drawn.view::<u8>().unwrap().as_ptr(), address);
    assert_eq!(drawn, Array::full("yx", &[4, 4], 7_u8).unwrap());
}

#[test]
fn what_cannot_be_drawn_is_named() {
    let refused = |result: Result<Array, headwater::Error>, says: &[&str]| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let report = error.report();
        assert!(says.iter().all(|part| report.contains(part)), "{report}");
    };
    let image = Array::zeros("yxc", &[4, 5, 3], DType::U8).unwrap();
    let boxes = |kernel: DrawBoxes, image: &Array| kernel.apply(image, &[], &NEVER);
    refused(boxes(DrawBoxes::new([1, 2]), &image), &["2 parts", "3 channels"]);
    refused(boxes(DrawBoxes::new([1]).opacity(1.5), &image), &["1.5"]);
    refused(boxes(DrawBoxes::new([1]).opacity(f64::NAN), &image), &["NaN"]);
    refused(boxes(DrawBoxes::new([0; 0]), &image), &["0 parts"]);
    refused(
        boxes(
            DrawBoxes::new([1]),
            &image.slice(&roi![0..4, 0..1, 0..3]).unwrap().to_axes("yc").unwrap(),
        ),
        &["`y` and `x`"],
    );
    let mask = |axes: &str, shape: &[usize]| Array::zeros(axes, shape, DType::Bool).unwrap();
    for (axes, shape) in [("yx", &[4, 6][..]), ("zyx", &[2, 4, 5]), ("x", &[4])] {
        refused(
            DrawMask::new([1]).apply(&image, &mask(axes, shape), &NEVER),
            &["no mask of", "[4, 5, 3]"],
        );
    }
    let small = Array::zeros("yxc", &[4, 4, 3], DType::U8).unwrap();
    let sheet = |columns, pictures: &[Array]| ContactSheet::new(columns).apply(pictures, &NEVER);
    refused(
        sheet(2, &[image.clone(), small]),
        &["picture 1", "[4, 4, 3]", "[4, 5, 3]"],
    );
    refused(sheet(0, std::slice::from_ref(&image)), &["no columns"]);
    refused(sheet(2, &[]), &["no pictures"]);
    refused(
        ContactSheet::new(2)
            .gap(usize::MAX)
            .apply(&[image.clone(), image], &NEVER),
        &["more pixels"],
    );
    let (start, end) = (5, 4);
    assert!(Rectangle::new(start..end, 0..1).unwrap_err().report().contains("5..4"));
}

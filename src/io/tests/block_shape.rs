use proptest::prelude::*;

use super::*;
use crate::array::DType;

fn meta(axes: &str, shape: &[usize]) -> Meta {
    Meta::new(Shape::new(shape).unwrap(), DType::F32, axes).unwrap()
}

fn shape(meta: &Meta, unit: &[usize], points: usize, order: WriteOrder) -> Vec<usize> {
    let budget = RequestBudget {
        bytes: points * 3 * 8,
        parallel: 3,
        bytes_per_point: 8,
    };
    let block = block_shape(meta, Shape::new(unit).unwrap(), budget, order).unwrap();
    block.as_slice().to_vec()
}

#[test]
fn times_are_not_put_together_and_channels_are_not_taken_apart() {
    let image = meta("tyxc", &[50, 512, 512, 3]);
    assert_eq!(shape(&image, &[1; 4], 3 << 16, WriteOrder::Any), [1, 256, 256, 3]);
    let planes = image.with_ideal_block(Shape::from([2, 0, 0, 1]));
    assert_eq!(shape(&planes, &[1; 4], 1 << 15, WriteOrder::Any), [2, 128, 128, 1]);
}

#[test]
fn a_block_is_made_of_ideal_blocks_or_is_a_part_of_one() {
    let image = meta("zyx", &[512, 512, 512]).with_ideal_block(Shape::from([1, 512, 512]));
    assert_eq!(shape(&image, &[1; 3], 10 << 18, WriteOrder::Any), [10, 512, 512]);
    assert_eq!(shape(&image, &[1, 64, 64], 1 << 16, WriteOrder::Any), [1, 256, 256]);
}

#[test]
fn a_stream_has_blocks_that_are_one_stretch_of_it() {
    let image = meta("zyx", &[20, 100, 128]);
    for (points, block) in [
        (50, [1, 1, 50]),
        (300, [1, 2, 128]),
        (12_800, [1, 100, 128]),
        (40_000, [3, 100, 128]),
    ] {
        assert_eq!(shape(&image, &[1; 3], points, WriteOrder::Ascending), block);
    }
    assert_eq!(
        shape(&image, &[1, 16, 128], 12_700, WriteOrder::Ascending),
        [1, 96, 128]
    );
}

#[test]
fn there_is_no_sliver_at_the_end() {
    let image = meta("yx", &[130, 100]);
    assert_eq!(shape(&image, &[1, 1], 12_800, WriteOrder::Any), [65, 100]);
}

#[test]
fn what_does_not_fit_the_axes_is_named() {
    let image = meta("yx", &[130, 100]);
    let budget = RequestBudget {
        bytes: 1,
        parallel: 1,
        bytes_per_point: 1,
    };
    let error = block_shape(&image, Shape::from([1]), budget, WriteOrder::Any).unwrap_err();
    assert!(error.report().contains("a unit of"), "{error:?}");
}

proptest! {
    #[test]
    fn whole_units_within_the_budget(
        whole in prop::collection::vec(1_usize..300, 3),
        unit in prop::collection::vec(1_usize..70, 3),
        ideal in prop::option::of(prop::collection::vec(0_usize..400, 3)),
        most in prop::option::of(prop::collection::vec(0_usize..400, 3)),
        points in 1_usize..1_000_000,
        ascending: bool,
    ) {
        let mut image = meta("zyx", &whole);
        if let Some(ideal) = ideal {
            image = image.with_ideal_block(Shape::new(ideal).unwrap());
        }
        if let Some(most) = most {
            image = image.with_max_block(Shape::new(most).unwrap());
        }
        let order = if ascending { WriteOrder::Ascending } else { WriteOrder::Any };
        let block = shape(&image, &unit, points, order);
        let mut one = true;
        for axis in 0..3 {
            prop_assert!(block[axis] >= 1 && block[axis] <= whole[axis]);
            prop_assert!(block[axis].is_multiple_of(unit[axis]) || block[axis] == whole[axis]);
            one &= block[axis] == unit[axis].min(whole[axis]);
        }
        prop_assert!(one || block.iter().product::<usize>() <= points);
        if ascending {
            let long = (0..3).find(|axis| block[*axis] > unit[*axis].min(whole[*axis])).unwrap_or(2);
            prop_assert!((long + 1..3).all(|axis| block[axis] == whole[axis]));
        }
    }
}

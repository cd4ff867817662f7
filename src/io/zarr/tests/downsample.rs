use super::*;

fn coarser(how: Downsample, dtype: DType, shapes: ([usize; 2], [usize; 2]), from: &[u8]) -> Vec<u8> {
    let mut to = vec![9; shapes.1.iter().product::<usize>() * dtype.size()];
    let shapes = (Shape::from(shapes.0), Shape::from(shapes.1));
    downsample(how, dtype, shapes, from, &mut to, &Checkpoint::never()).unwrap();
    to
}

#[test]
fn means_are_rounded_half_up() {
    let from = [1, 2, 250, 255, 2, 2, 255, 255];
    assert_eq!(coarser(Downsample::Mean, DType::U8, ([2, 4], [1, 2]), &from), [2, 254]);
    let from = [-1_i16, -2, -3, -4].map(i16::to_ne_bytes).concat();
    let to = coarser(Downsample::Mean, DType::I16, ([1, 4], [1, 2]), &from);
    assert_eq!(to, [-1_i16, -3].map(i16::to_ne_bytes).concat());
    let from = [u64::MAX, u64::MAX - 1].map(u64::to_ne_bytes).concat();
    assert_eq!(
        coarser(Downsample::Mean, DType::U64, ([2, 1], [1, 1]), &from),
        u64::MAX.to_ne_bytes()
    );
    let from = [1.0_f32, 2.0].map(f32::to_ne_bytes).concat();
    assert_eq!(
        coarser(Downsample::Mean, DType::F32, ([2, 1], [1, 1]), &from),
        1.5_f32.to_ne_bytes()
    );
}

#[test]
fn labels_are_not_mixed() {
    let from = [1, 2, 3, 4, 5, 6, 7, 8];
    assert_eq!(coarser(Downsample::Nearest, DType::U8, ([2, 4], [1, 2]), &from), [1, 3]);
    assert_eq!(
        coarser(Downsample::Nearest, DType::U8, ([2, 4], [2, 2]), &from),
        [1, 3, 5, 7]
    );
    assert_eq!(
        coarser(Downsample::Nearest, DType::U16, ([4, 1], [2, 1]), &from),
        [1, 2, 5, 6]
    );
}

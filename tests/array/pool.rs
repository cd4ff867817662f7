//! Buffers return to their pool exactly when nobody can see them any more.

use headwater::array::BufferPool;
use headwater::{Array, DType};

const BLOCK: usize = 4 * 64;

fn block(pool: &std::sync::Arc<BufferPool>) -> Array {
    pool.array("yx", &[8, 8], DType::F32).unwrap()
}

#[test]
fn a_buffer_returns_with_the_last_clone_and_slice() {
    let pool = BufferPool::new(1 << 20);
    let array = block(&pool);
    let slice = array.slice(&headwater::roi![0..2, 0..2]).unwrap();
    let other = array.to_axes("xy").unwrap();
    drop(array);
    drop(other);
    assert_eq!(pool.idle_nbytes(), 0, "a slice still shows it");
    drop(slice);
    assert_eq!(pool.idle_nbytes(), BLOCK);
}

#[test]
fn memory_is_the_same_and_large_enough() {
    let pool = BufferPool::new(1 << 20);
    let first = block(&pool);
    let place = first.view::<f32>().unwrap().as_ptr();
    drop(first);
    let second = pool.array("x", &[60], DType::F32).unwrap();
    assert_eq!(second.view::<f32>().unwrap().as_ptr(), place);
    assert_eq!(second.shape(), [60]);
    drop(second);
    // Too small, far too large, another type: these do not get it.
    for (shape, dtype) in [(65, DType::F32), (32, DType::F32), (64, DType::U32)] {
        let other = pool.array("x", &[shape], dtype).unwrap();
        assert_eq!(pool.idle_nbytes(), BLOCK, "{shape} {dtype}");
        std::mem::forget(other);
    }
}

#[test]
fn elements_that_were_taken_out_do_not_return() {
    let pool = BufferPool::new(1 << 20);
    let owned = block(&pool).into_ndarray::<f32>().unwrap();
    assert_eq!(pool.idle_nbytes(), 0);
    drop(owned);
    assert_eq!(pool.idle_nbytes(), 0);

    let array = block(&pool);
    let shared = array.clone().into_ndarray::<f32>().unwrap();
    drop(array);
    assert_eq!(pool.idle_nbytes(), 0, "ndarray's array still shows it");
    assert_eq!(shared.len(), 64);
}

#[test]
fn a_charge_lives_as_long_as_the_elements_and_the_buffer_returns_after_it() {
    let pool = BufferPool::new(1 << 20);
    let charge = std::sync::Arc::new(());
    let array = block(&pool).with_charge(std::sync::Arc::clone(&charge));
    let clone = array.clone();
    drop(array);
    assert_eq!((std::sync::Arc::strong_count(&charge), pool.idle_nbytes()), (2, 0));
    drop(clone);
    assert_eq!((std::sync::Arc::strong_count(&charge), pool.idle_nbytes()), (1, BLOCK));
}

#[test]
fn writing_to_a_shared_buffer_leaves_it_as_it_was() {
    let pool = BufferPool::new(1 << 20);
    let mut array = block(&pool);
    array.view_mut::<f32>().unwrap().fill(1.0);
    let before = array.clone();
    array.view_mut::<f32>().unwrap().fill(2.0);
    assert!(before.view::<f32>().unwrap().iter().all(|value| *value == 1.0));
}

#[test]
fn no_more_is_kept_than_the_limit_and_the_oldest_goes_first() {
    let pool = BufferPool::new(2 * BLOCK);
    let blocks: Vec<_> = (0..3).map(|_| block(&pool)).collect();
    let places: Vec<_> = blocks
        .iter()
        .map(|block| block.view::<f32>().unwrap().as_ptr())
        .collect();
    blocks.into_iter().for_each(drop);
    assert_eq!(pool.idle_nbytes(), 2 * BLOCK);
    let again = [block(&pool), block(&pool)].map(|block| block.view::<f32>().unwrap().as_ptr());
    assert_eq!(again, [places[2], places[1]]);
    drop(pool.array("x", &[1000], DType::F32).unwrap());
    assert!(pool.idle_nbytes() <= 2 * BLOCK);
}

#[test]
fn nothing_is_kept_of_nothing() {
    let pool = BufferPool::new(1 << 20);
    drop(pool.array("yx", &[0, 8], DType::U8).unwrap());
    assert_eq!(pool.idle_nbytes(), 0);
    assert!(pool.array("yx", &[8], DType::U8).is_err());
}

#[test]
fn idle_buffers_of_few_bytes_were_without_number() {
    let pool = BufferPool::new(1 << 20);
    let many: Vec<_> = (0..1000).map(|_| pool.array("x", &[1], DType::U8).unwrap()).collect();
    drop(many);
    assert!((1..=256).contains(&pool.idle_nbytes()), "{pool:?}");
}

#[test]
fn a_fifth_of_a_block_was_room_that_nobody_counted() {
    let pool = BufferPool::new(1 << 20);
    drop(block(&pool));
    let smaller = pool.array("x", &[54], DType::F32).unwrap();
    assert_eq!(pool.idle_nbytes(), BLOCK);
    drop(smaller);
}

use super::*;
use crate::roi;

#[test]
fn arrays_are_filled_and_read_as_bytes_whatever_their_type() {
    for dtype in DType::ALL {
        let mut array = Array::zeros("yx", &[3, 4], dtype).unwrap();
        fill(&mut array, |bytes| {
            assert_eq!(bytes.len(), 12 * dtype.size());
            bytes.iter_mut().enumerate().for_each(|(n, byte)| *byte = (n % 2) as u8);
            Ok(())
        })
        .unwrap();
        let bytes = bytes_of(&array).unwrap();
        assert!(
            bytes.iter().enumerate().all(|(n, byte)| *byte == (n % 2) as u8),
            "{dtype}"
        );
        let part = array.slice(&roi![1..2, 1..3]).unwrap();
        let start = 5 * dtype.size();
        assert_eq!(*bytes_of(&part).unwrap(), bytes[start..start + 2 * dtype.size()]);
    }
}

#[test]
fn a_bool_is_true_if_its_byte_is_not_zero() {
    let mut array = Array::zeros("x", &[3], DType::Bool).unwrap();
    fill(&mut array, |bytes| {
        bytes.copy_from_slice(&[0, 1, 7]);
        Ok(())
    })
    .unwrap();
    assert_eq!(array, Array::from_vec("x", &[3], vec![false, true, true]).unwrap());
}

#[test]
fn memory_that_is_not_there_is_an_error() {
    assert!(zeroed(1 << 60).unwrap_err().report().contains("memory"));
}

#[test]
fn foreign_orders_are_turned() {
    let foreign = match Endian::NATIVE {
        Endian::Little => Endian::Big,
        Endian::Big => Endian::Little,
    };
    let mut bytes = [1, 2, 3, 4, 5, 6, 7, 8];
    to_native(&mut bytes, 4, foreign);
    assert_eq!(bytes, [4, 3, 2, 1, 8, 7, 6, 5]);
    to_native(&mut bytes, 4, Endian::NATIVE);
    assert_eq!(bytes[0], 4);
}

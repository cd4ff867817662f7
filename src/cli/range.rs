//! Ranges of values, where a user has not said them.

use headwater::DType;
use headwater::graph::Meta;

/// The values that an image has, or may have.
pub(super) fn of(meta: &Meta) -> (f64, f64) {
    meta.range().unwrap_or_else(|| of_type(meta.dtype()))
}

/// The values that elements of a type may have; of floats those from 0 to 1.
pub(super) fn of_type(dtype: DType) -> (f64, f64) {
    match dtype {
        DType::U8 => (0.0, u8::MAX.into()),
        DType::U16 => (0.0, u16::MAX.into()),
        DType::U32 => (0.0, u32::MAX.into()),
        DType::U64 => (0.0, u64::MAX as f64),
        DType::I8 => (i8::MIN.into(), i8::MAX.into()),
        DType::I16 => (i16::MIN.into(), i16::MAX.into()),
        DType::I32 => (i32::MIN.into(), i32::MAX.into()),
        DType::I64 => (i64::MIN as f64, i64::MAX as f64),
        DType::F32 | DType::F64 | DType::Bool => (0.0, 1.0),
    }
}

//! What NumPy calls the types of samples: in NPY and in Zarr of version 2.

use crate::array::DType;

/// The name, without the order of bytes: `u2`, `f4`.
pub(crate) fn numpy_name(dtype: DType) -> &'static str {
    match dtype {
        DType::U8 => "u1",
        DType::U16 => "u2",
        DType::U32 => "u4",
        DType::U64 => "u8",
        DType::I8 => "i1",
        DType::I16 => "i2",
        DType::I32 => "i4",
        DType::I64 => "i8",
        DType::F32 => "f4",
        DType::F64 => "f8",
        DType::Bool => "b1",
    }
}

/// The type of that name.
pub(crate) fn by_numpy_name(name: &str) -> Option<DType> {
    DType::ALL.into_iter().find(|dtype| numpy_name(*dtype) == name)
}

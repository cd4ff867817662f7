//! What types and fill values are called in either version.

use serde_json::{Number, Value, json};

use crate::array::DType;
use crate::error::Error;
use crate::io::bytes::Endian;
use crate::io::numpy_type::{by_numpy_name, numpy_name};
use crate::io::zarr::json::shown;

/// The bytes of one sample in this machine's order; those beyond the size of the type are 0.
pub(super) type Sample = [u8; 8];

/// The name of `dtype` in version 3.
pub(super) fn name(dtype: DType) -> &'static str {
    match dtype {
        DType::U8 => "uint8",
        DType::U16 => "uint16",
        DType::U32 => "uint32",
        DType::U64 => "uint64",
        DType::I8 => "int8",
        DType::I16 => "int16",
        DType::I32 => "int32",
        DType::I64 => "int64",
        DType::F32 => "float32",
        DType::F64 => "float64",
        DType::Bool => "bool",
    }
}

/// The type that version 3 calls `value`.
///
/// # Errors
///
/// A type that no array here can have.
pub(super) fn by_name(value: &Value) -> Result<DType, Error> {
    let named = |dtype: &DType| value.as_str() == Some(name(*dtype));
    DType::ALL.into_iter().find(named).ok_or_else(|| unsupported(value))
}

/// What version 2, and NumPy, calls `dtype` in little endian.
pub(super) fn code(dtype: DType) -> String {
    let order = if dtype.size() == 1 { '|' } else { '<' };
    format!("{order}{}", numpy_name(dtype))
}

/// The type and order of bytes that version 2 calls `value`.
///
/// # Errors
///
/// A type that no array here can have.
pub(super) fn by_code(value: &Value) -> Result<(DType, Endian), Error> {
    let text = value.as_str().unwrap_or_default();
    let known = text.split_at_checked(1).and_then(|(order, code)| {
        let dtype = by_numpy_name(code)?;
        match order {
            "<" => Some((dtype, Endian::Little)),
            ">" => Some((dtype, Endian::Big)),
            "|" if dtype.size() == 1 => Some((dtype, Endian::NATIVE)),
            _ => None,
        }
    });
    known.ok_or_else(|| unsupported(value))
}

fn unsupported(value: &Value) -> Error {
    Error::invalid(format!("samples of type {} are not supported", shown(value)))
}

/// The value of samples that are in no chunk.
///
/// # Errors
///
/// A value that the type does not have.
pub(super) fn fill(value: &Value, dtype: DType) -> Result<Sample, Error> {
    let bytes = match dtype {
        // Version 2 may leave it open.
        _ if value.is_null() => Some(Sample::default()),
        DType::Bool => truth(value).map(|truth| padded(&[u8::from(truth)])),
        DType::F32 => float(value, 4).map(|v| match v {
            Float::Value(v) => padded(&(v as f32).to_ne_bytes()),
            Float::Bits(bits) => padded(&(bits as u32).to_ne_bytes()),
        }),
        DType::F64 => float(value, 8).map(|v| match v {
            Float::Value(v) => v.to_ne_bytes(),
            Float::Bits(bits) => bits.to_ne_bytes(),
        }),
        _ => integer(value).and_then(|v| integer_bytes(v, dtype)),
    };
    bytes.ok_or_else(|| Error::invalid(format!("the fill value {} is no {dtype}", shown(value))))
}

/// Zero, as it is written.
pub(super) fn zero(dtype: DType) -> Value {
    match dtype {
        DType::Bool => json!(false),
        dtype if dtype.is_float() => Number::from_f64(0.0).map_or(Value::Null, Value::Number),
        _ => json!(0),
    }
}

fn padded(bytes: &[u8]) -> Sample {
    let mut sample = Sample::default();
    sample[..bytes.len()].copy_from_slice(bytes);
    sample
}

fn truth(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| match integer(value)? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    })
}

fn integer(value: &Value) -> Option<i128> {
    let whole = value
        .as_i64()
        .map(i128::from)
        .or_else(|| value.as_u64().map(i128::from));
    // Some write the 0 of integers as 0.0.
    let fraction = value.as_f64().filter(|v| v.fract() == 0.0 && v.abs() < 9e15);
    whole.or_else(|| fraction.map(|v| v as i128))
}

fn integer_bytes(v: i128, dtype: DType) -> Option<Sample> {
    Some(match dtype {
        DType::U8 => padded(&u8::try_from(v).ok()?.to_ne_bytes()),
        DType::U16 => padded(&u16::try_from(v).ok()?.to_ne_bytes()),
        DType::U32 => padded(&u32::try_from(v).ok()?.to_ne_bytes()),
        DType::U64 => padded(&u64::try_from(v).ok()?.to_ne_bytes()),
        DType::I8 => padded(&i8::try_from(v).ok()?.to_ne_bytes()),
        DType::I16 => padded(&i16::try_from(v).ok()?.to_ne_bytes()),
        DType::I32 => padded(&i32::try_from(v).ok()?.to_ne_bytes()),
        DType::I64 => padded(&i64::try_from(v).ok()?.to_ne_bytes()),
        DType::F32 | DType::F64 | DType::Bool => return None,
    })
}

enum Float {
    Value(f64),
    Bits(u64),
}

/// A number, a name of one, or its bits in as many hexadecimal digits as it has.
fn float(value: &Value, size: usize) -> Option<Float> {
    if let Some(number) = value.as_f64() {
        return Some(Float::Value(number));
    }
    match value.as_str()? {
        "NaN" => Some(Float::Value(f64::NAN)),
        "Infinity" => Some(Float::Value(f64::INFINITY)),
        "-Infinity" => Some(Float::Value(f64::NEG_INFINITY)),
        text => {
            let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 2 * size)?;
            u64::from_str_radix(digits, 16).ok().map(Float::Bits)
        }
    }
}

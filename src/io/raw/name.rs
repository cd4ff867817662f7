//! Shape and type in the name of a file.

use crate::array::{Axes, DType};
use crate::error::Error;
use crate::io::raw::Sidecar;
use crate::io::raw::sidecar::ByteOrder;

/// The letters of axes that a name may have.
const LETTERS: &str = "tczyx";

/// What the name of a file, without its folder, says of the samples in it.
///
/// # Errors
///
/// It says nothing of a shape.
pub(crate) fn of_name(name: &str) -> Result<Sidecar, Error> {
    let mut shape = Vec::new();
    let mut axes: Option<Axes> = None;
    let mut dtype = DType::U8;
    for part in name.split(['-', '_', '.']) {
        if let Some(numbers) = numbers(part) {
            shape.extend(numbers);
        } else if let Some(known) = dtype_of(part) {
            dtype = known;
        } else if part.len() > 1 && part.chars().all(|letter| LETTERS.contains(letter)) {
            axes = part.parse().ok();
        }
    }
    if !(2..=5).contains(&shape.len()) {
        return Err(Error::invalid(format!(
            "nothing tells its shape: write it into `{name}.json`, or into its name as `NAME-5-40-30-uint16.raw`"
        )));
    }
    // Letters of another number are a word.
    let axes = axes.filter(|axes| axes.len() == shape.len());
    Ok(Sidecar {
        shape,
        axes,
        dtype,
        byte_order: ByteOrder::Little,
        offset: 0,
        pixel_size: None,
        channels: Vec::new(),
        range: None,
    })
}

/// `40`, or `5x40x30`.
fn numbers(part: &str) -> Option<Vec<usize>> {
    part.split('x').map(|number| number.parse().ok()).collect()
}

/// The names of NumPy, and ours.
fn dtype_of(part: &str) -> Option<DType> {
    let letter = match part.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "uint" => "u",
        "int" => "i",
        "float" => "f",
        _ => return part.parse().ok(),
    };
    let bits: u8 = part.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok()?;
    format!("{letter}{bits}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_shape_type_and_axes() {
        let cases: [(&str, &[usize], DType, Option<&str>); 6] = [
            ("myvolume-100-200-300-3-uint8.bin", &[100, 200, 300, 3], DType::U8, None),
            (
                "name_zyx-100x200x300_uint16.raw",
                &[100, 200, 300],
                DType::U16,
                Some("zyx"),
            ),
            ("a-5-6-7.dat", &[5, 6, 7], DType::U8, None),
            ("float64-5x6.raw", &[5, 6], DType::F64, None),
            ("xy_5_6_7_i16.raw", &[5, 6, 7], DType::I16, None),
            ("bool_2_2.raw", &[2, 2], DType::Bool, None),
        ];
        for (name, shape, dtype, axes) in cases {
            let said = of_name(name).unwrap();
            assert_eq!((&*said.shape, said.dtype), (shape, dtype), "{name}");
            assert_eq!(said.axes.map(|axes| axes.to_string()).as_deref(), axes, "{name}");
        }
    }

    #[test]
    fn names_without_a_shape_are_refused_with_advice() {
        for name in [
            "cells.raw",
            "a-5.raw",
            "a-1-2-3-4-5-6.raw",
            "a-99999999999999999999999-2.raw",
        ] {
            let error = of_name(name).unwrap_err().report();
            assert!(error.contains(".json"), "{error}");
        }
    }
}

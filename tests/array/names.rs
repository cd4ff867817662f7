//! Types and axes as text.

use headwater::array::{Element, MAX_AXES};
use headwater::{Array, Axes, DType};
use proptest::prelude::*;

use crate::refusal;

#[test]
fn types_come_back_from_their_names() {
    for dtype in DType::ALL {
        assert_eq!(dtype.to_string().parse::<DType>().unwrap(), dtype);
        assert_eq!(
            headwater::match_dtype!(dtype, T => (T::DTYPE, size_of::<T>())),
            (dtype, dtype.size())
        );
    }
    assert_eq!(
        refusal("float32".parse::<DType>()),
        "\"float32\" is no type of elements: u8, u16, u32, u64, i8, i16, i32, i64, f32, f64, bool"
    );
    assert_eq!(format!("{:>5}", DType::U8), "   u8");
}

#[test]
fn types_fall_into_integers_floats_and_bool() {
    let integers = DType::ALL.into_iter().filter(|dtype| dtype.is_integer()).count();
    let floats = DType::ALL.into_iter().filter(|dtype| dtype.is_float()).count();
    assert_eq!((integers, floats, DType::Bool.is_integer()), (8, 2, false));
}

proptest! {
    #[test]
    fn axes_come_back_from_their_letters(letters in prop::sample::subsequence("abctuvwxyz".chars().collect::<Vec<_>>(), 0..=MAX_AXES).prop_shuffle()) {
        let text: String = letters.iter().collect();
        let axes: Axes = text.parse()?;
        prop_assert_eq!(axes.to_string(), text);
        prop_assert_eq!(axes.len(), letters.len());
        for (at, letter) in letters.iter().enumerate() {
            prop_assert_eq!((axes.position(*letter), axes.letter(at)), (Some(at), Some(*letter)));
        }
        prop_assert_eq!(axes.letter(letters.len()), None);
    }

    #[test]
    fn any_text_is_axes_or_an_error(text in ".{0,12}") {
        if let Ok(axes) = text.parse::<Axes>() {
            prop_assert_eq!(axes.to_string(), text);
        }
    }
}

#[cfg(feature = "serde")]
#[test]
fn types_and_axes_come_back_from_files() {
    use serde::de::value::{Error, StrDeserializer, U8Deserializer};
    use serde::de::{Deserialize, IntoDeserializer};
    use serde::ser::Serialize;

    fn written(value: impl Serialize) -> String {
        std::fmt::from_fn(|f| value.serialize(f)).to_string()
    }
    fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, Error> {
        let text: StrDeserializer<'_, Error> = text.into_deserializer();
        T::deserialize(text)
    }
    for dtype in DType::ALL {
        assert_eq!(written(dtype), dtype.name());
        assert_eq!(read(dtype.name()), Ok(dtype));
    }
    let axes: Axes = "tzyxc".parse().unwrap();
    assert_eq!(written(axes), "tzyxc");
    assert_eq!(read("tzyxc"), Ok(axes));
    assert_eq!(
        read::<Axes>("zz").unwrap_err().to_string(),
        "axes \"zz\": 'z' occurs twice"
    );
    assert!(read::<DType>("u12").is_err());
    let number: U8Deserializer<Error> = 7u8.into_deserializer();
    assert_eq!(
        DType::deserialize(number).unwrap_err().to_string(),
        "invalid type: integer `7`, expected the name of a type of elements"
    );
}

#[test]
fn arrays_are_sent_between_threads() {
    fn check<T: Send + Sync + Unpin + Clone + 'static>() {}
    check::<Array>();
    check::<Axes>();
    check::<DType>();
    fn elements<T: Element + Send + Sync>() {}
    elements::<u8>();
}

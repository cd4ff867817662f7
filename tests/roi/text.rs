//! Regions and shapes as text.

use headwater::{Roi, RoiError, Shape, roi};
use proptest::prelude::*;

use crate::model::{region, shape};

proptest! {
    #[test]
    fn what_is_displayed_can_be_parsed(roi in (0..=8usize).prop_flat_map(region), extent in shape(8, 0..=20_000)) {
        prop_assert_eq!(roi.to_string().parse::<Roi>()?, roi);
        prop_assert_eq!(roi.padded(&extent).to_string().parse::<Roi>()?, roi);
        prop_assert_eq!(roi.shape().to_string().parse::<Shape>()?, roi.shape());
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = (text.parse::<Roi>(), text.parse::<Shape>());
    }

    #[test]
    fn no_almost_right_text_makes_the_parser_panic(text in "[0-9.,() \t\u{a0}é-]{0,40}") {
        for column in [text.parse::<Roi>().err(), text.parse::<Shape>().err()] {
            if let Some(RoiError::Syntax { column, .. }) = column {
                prop_assert!((1..=text.chars().count() + 1).contains(&column));
            }
        }
        if let Ok(roi) = text.parse::<Roi>() {
            prop_assert_eq!(roi.to_string().parse::<Roi>()?, roi);
        }
    }
}

#[test]
fn the_text_form() {
    assert_eq!(roi![0..1, 512..1024].to_string(), "0..1, 512..1024");
    assert_eq!(format!("{:?}", roi![0..1, 512..1024]), "Roi(0..1, 512..1024)");
    assert_eq!(Shape::from([1, 512]).to_string(), "(1, 512)");
    assert_eq!(format!("{:?}", Shape::from([1, 512])), "Shape((1, 512))");
    assert_eq!(
        (roi![].to_string(), Shape::from([]).to_string()),
        ("()".to_owned(), "()".to_owned())
    );
    for text in ["0..1,512..1024", " ( 0 .. 1 , 512 .. 1024 ) ", "0..1,\n512..1024"] {
        assert_eq!(text.parse(), Ok(roi![0..1, 512..1024]), "{text:?}");
    }
    assert_eq!("1, 512".parse(), Ok(Shape::from([1, 512])));
}

#[test]
fn refusals_name_the_column() {
    for (text, message) in [
        ("", "region: a whole number of at least 0 is missing at column 1"),
        ("0..1,", "region: a whole number of at least 0 is missing at column 6"),
        (
            "0..1, -2..3",
            "region: a whole number of at least 0 is missing at column 7",
        ),
        ("0..1, 2-3", "region: `..` is missing at column 8"),
        (
            "0..1, 2...3",
            "region: a whole number of at least 0 is missing at column 10",
        ),
        ("0..=1", "region: a whole number of at least 0 is missing at column 4"),
        ("0..1 2..3", "region: nothing more is expected at column 6"),
        ("(0..1", "region: `,` or `)` is missing at column 6"),
        ("(0..1, 2..3))", "region: nothing more is expected at column 13"),
        ("é", "region: a whole number of at least 0 is missing at column 1"),
        (
            "0..1, 99999999999999999999..3",
            "region: the number is too large at column 7",
        ),
        (
            "0..1,0..1,0..1,0..1,0..1,0..1,0..1,0..1,0..1",
            "region: more than 8 axes at column 41",
        ),
        ("0..1, 9..3", "region: axis 1 runs backwards, from 9 to 3"),
    ] {
        assert_eq!(text.parse::<Roi>().unwrap_err().to_string(), message, "{text:?}");
    }
    assert_eq!(
        "1, x".parse::<Shape>().unwrap_err().to_string(),
        "shape: a whole number of at least 0 is missing at column 4"
    );
}

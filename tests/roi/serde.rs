//! To files and back, checked on the way back.

use headwater::{RegionSet, Roi, Shape, roi};
use proptest::prelude::*;

use crate::model::{region, regions};

proptest! {
    #[test]
    fn everything_comes_back(roi in (0..=8usize).prop_flat_map(region), regions in regions(6)) {
        let set = RegionSet::from_regions(regions)?;
        let text = serde_json::to_string(&(roi, roi.shape(), &set)).unwrap();
        let back: (Roi, Shape, RegionSet) = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&back, &(roi, roi.shape(), set.clone()));
        let bytes = postcard::to_stdvec(&(roi, roi.shape(), &set)).unwrap();
        let back: (Roi, Shape, RegionSet) = postcard::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&back, &(roi, roi.shape(), set));
    }

    #[test]
    fn no_bytes_make_a_region_that_there_is_not(bytes in prop::collection::vec(0..20u8, 0..40)) {
        if let Ok(roi) = postcard::from_bytes::<Roi>(&bytes) {
            prop_assert_eq!(Roi::new(roi.start(), roi.stop()), Ok(roi));
        }
        let _ = (postcard::from_bytes::<Shape>(&bytes), postcard::from_bytes::<RegionSet>(&bytes));
    }
}

#[test]
fn people_read_text() {
    assert_eq!(
        serde_json::to_string(&roi![0..1, 512..1024]).unwrap(),
        r#""0..1, 512..1024""#
    );
    assert_eq!(serde_json::to_string(&Shape::from([1, 512])).unwrap(), "[1,512]");
    let overlapping: RegionSet = serde_json::from_str(r#"["0..4, 0..4", "2..6, 0..4"]"#).unwrap();
    assert_eq!(overlapping, RegionSet::from(roi![0..6, 0..4]));
}

#[test]
fn what_cannot_be_is_refused_with_the_cause() {
    let refusal = |text: &str| serde_json::from_str::<Roi>(text).unwrap_err().to_string();
    assert!(refusal(r#""9..5""#).starts_with("region: axis 0 runs backwards, from 9 to 5"));
    assert!(refusal(r#""0..1, x""#).starts_with("region: a whole number of at least 0 is missing at column 7"));
    assert!(refusal("5").contains("expected a region such as"));
    let backwards = postcard::to_stdvec(&[(9usize, 5usize)].as_slice()).unwrap();
    assert!(postcard::from_bytes::<Roi>(&backwards).is_err());
    let nine = postcard::to_stdvec(&[(0usize, 1usize); 9].as_slice()).unwrap();
    assert!(postcard::from_bytes::<Roi>(&nine).is_err());
    assert!(
        serde_json::from_str::<Shape>("[1,1,1,1,1,1,1,1,1]")
            .unwrap_err()
            .to_string()
            .contains("9 axes, more than 8")
    );
    assert!(serde_json::from_str::<Shape>("[-1]").is_err());
    assert!(
        serde_json::from_str::<RegionSet>(r#"["0..4", "2..6, 0..4"]"#)
            .unwrap_err()
            .to_string()
            .contains("2 axes, not 1")
    );
}

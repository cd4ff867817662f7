//! Regions and shapes as people write them, also for the program's `--region`, `--block` and `--chunk`.

use headwater::{Roi, Shape};

use super::Outcome;

pub(super) fn parse(bytes: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(bytes);
    let (roi, shape) = (text.parse::<Roi>(), text.parse::<Shape>());
    if let Ok(roi) = &roi {
        assert_eq!(roi.to_string().parse(), Ok(*roi));
        assert_eq!(roi.is_empty(), roi.shape().saturating_volume() == 0, "{roi}");
    }
    if let Ok(shape) = &shape {
        assert_eq!(shape.to_string().parse(), Ok(*shape));
    }
    match (roi, shape) {
        (Err(roi), Err(shape)) => {
            let (roi, shape) = (roi.to_string(), shape.to_string());
            assert!(!roi.is_empty() && !shape.is_empty());
            Err(format!("{roi}; {shape}"))
        }
        _ => Ok(()),
    }
}

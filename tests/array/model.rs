//! The naive array: a list of elements, each with its place.

use headwater::{Array, Roi};

/// Elements in the order of the axes, the last running fastest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Model {
    pub(crate) axes: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Vec<u16>,
}

impl Model {
    /// What `array` shows.
    pub(crate) fn of(array: &Array) -> Self {
        Self {
            axes: array.axes().to_string(),
            shape: array.shape().to_vec(),
            data: crate::elements(array),
        }
    }

    /// All places of `shape`, the last axis running fastest.
    pub(crate) fn places(shape: &[usize]) -> Vec<Vec<usize>> {
        shape.iter().fold(vec![vec![]], |places, &length| {
            let longer = |place: Vec<usize>| (0..length).map(move |at| [place.clone(), vec![at]].concat());
            places.into_iter().flat_map(longer).collect()
        })
    }

    pub(crate) fn at(&self, place: &[usize]) -> usize {
        place
            .iter()
            .zip(&self.shape)
            .fold(0, |index, (at, length)| index * length + at)
    }

    pub(crate) fn slice(&self, roi: &Roi) -> Self {
        let shape: Vec<_> = roi.ranges().map(|range| range.len()).collect();
        let moved =
            |place: Vec<usize>| -> Vec<usize> { place.iter().zip(roi.start()).map(|(at, start)| at + start).collect() };
        Self {
            axes: self.axes.clone(),
            data: Self::places(&shape)
                .into_iter()
                .map(|place| self.data[self.at(&moved(place))])
                .collect(),
            shape,
        }
    }

    /// `axes` leaves out axes of length 1 only.
    pub(crate) fn to_axes(&self, axes: &str) -> Self {
        let source: Vec<_> = axes.chars().map(|letter| self.axes.find(letter)).collect();
        let shape: Vec<_> = source.iter().map(|own| own.map_or(1, |own| self.shape[own])).collect();
        let back = |place: Vec<usize>| {
            let mut own = vec![0; self.shape.len()];
            for (at, source) in place.iter().zip(&source) {
                if let Some(source) = source {
                    own[*source] = *at;
                }
            }
            own
        };
        Self {
            axes: axes.to_owned(),
            data: Self::places(&shape)
                .into_iter()
                .map(|place| self.data[self.at(&back(place))])
                .collect(),
            shape,
        }
    }

    pub(crate) fn assign(&mut self, roi: &Roi, part: &Self) {
        for (place, value) in Self::places(&part.shape).into_iter().zip(&part.data) {
            let moved: Vec<_> = place.iter().zip(roi.start()).map(|(at, start)| at + start).collect();
            let index = self.at(&moved);
            self.data[index] = *value;
        }
    }
}

//! The neighbourhood that a filter of ranks looks at.

use crate::array::{Axes, MAX_AXES};
use crate::error::Error;
use crate::kernels::stencil::Form;

/// The largest radius. Beyond it a request is a slip rather than a wish.
const MAX_RADIUS: usize = 65_536;

/// How far a neighbourhood reaches, in elements: the same along all axes of space, or so far along each of them, outermost
/// first. Made from a number, an array, a slice or a vector of numbers.
///
/// A radius of `r` covers `2r + 1` elements; 0 leaves its axis alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Radius(Reach);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reach {
    All(usize),
    Each(Vec<usize>),
}

impl Radius {
    /// The one for all axes, if it is one.
    #[cfg(feature = "pipeline")]
    pub(crate) fn one(&self) -> Option<usize> {
        match &self.0 {
            Reach::All(radius) => Some(*radius),
            Reach::Each(_) => None,
        }
    }

    /// Those of the axes, if there is one for each.
    #[cfg(feature = "pipeline")]
    pub(crate) fn each(&self) -> Option<&[usize]> {
        match &self.0 {
            Reach::All(_) => None,
            Reach::Each(radii) => Some(radii),
        }
    }

    /// The radius along each axis of an array with `axes`: 0 along those that are not of space.
    pub(in crate::kernels) fn along(&self, axes: Axes) -> Result<Vec<usize>, Error> {
        let spatial: Vec<_> = axes.spatial().collect();
        let radii = match &self.0 {
            Reach::All(radius) => vec![*radius; spatial.len()],
            Reach::Each(radii) if radii.len() == spatial.len() => radii.clone(),
            Reach::Each(radii) => {
                let (given, axes_of_space) = (radii.len(), spatial.len());
                return Err(Error::invalid(format!(
                    "{given} radii for the {axes_of_space} axes of space of {axes}"
                )));
            }
        };
        let mut along = vec![0; axes.len()];
        for (axis, radius) in spatial.into_iter().zip(radii) {
            if radius > MAX_RADIUS {
                let name = axes.letter(axis).map(String::from).unwrap_or_default();
                return Err(Error::invalid(format!(
                    "axis {name} has radius {radius}, {MAX_RADIUS} is the most"
                )));
            }
            along[axis] = radius;
        }
        Ok(along)
    }
}

impl From<usize> for Radius {
    fn from(radius: usize) -> Self {
        Self(Reach::All(radius))
    }
}

impl From<Vec<usize>> for Radius {
    fn from(radii: Vec<usize>) -> Self {
        Self(Reach::Each(radii))
    }
}

impl From<&[usize]> for Radius {
    fn from(radii: &[usize]) -> Self {
        radii.to_vec().into()
    }
}

impl<const N: usize> From<[usize; N]> for Radius {
    fn from(radii: [usize; N]) -> Self {
        radii.to_vec().into()
    }
}

/// Which neighbours of a point a filter of ranks looks at, the point itself among them.
///
/// A [`Radius`], or anything that makes one, stands for a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Footprint {
    /// All within the radius along each axis. scipy: `size = 2 * radius + 1`.
    Box(Radius),
    /// All `d` with `Σ (dᵢ / rᵢ)² ≤ 1`: a disk, a ball or, with a radius for each axis, an ellipsoid. Axes of radius 0 do not
    /// count. scikit-image: `morphology.disk`, `ball`.
    Ball(Radius),
}

impl<R: Into<Radius>> From<R> for Footprint {
    fn from(radius: R) -> Self {
        Self::Box(radius.into())
    }
}

impl Footprint {
    /// The radius along each axis of an array with `axes`.
    pub(super) fn halo(&self, axes: Axes) -> Result<Vec<usize>, Error> {
        let (Self::Box(radius) | Self::Ball(radius)) = self;
        radius.along(axes)
    }

    /// Whether an element so far `away` from the point, along axes of which the point's neighbourhood reaches `halo`, belongs to it.
    pub(super) fn contains(&self, away: impl Iterator<Item = usize>, halo: &[usize]) -> bool {
        match self {
            Self::Box(_) => true,
            Self::Ball(_) => {
                let far = away.zip(halo).filter(|(_, radius)| **radius > 0);
                let parts = far.map(|(away, &radius)| (away as f64 / radius as f64).powi(2));
                parts.sum::<f64>() <= 1.0 + 1e-12
            }
        }
    }
}

/// The radii for `array`, each at most as large as matters where all that counts is which elements are reached at all.
pub(super) fn clipped(mut halo: Vec<usize>, input: &Form) -> Vec<usize> {
    for (radius, len) in halo.iter_mut().zip(&input.shape) {
        *radius = (*radius).min(len.saturating_sub(1));
    }
    halo
}

/// Lengths or positions along at most [`MAX_AXES`] axes.
pub(super) type PerAxis = smallvec::SmallVec<[usize; MAX_AXES]>;

//! Which way an image runs: the eigenvalues of its structure tensor.
//!
//! vigra: `structureTensorEigenvalues`; fastfilters: `structureTensorEigenvalues`; lazyflow:
//! `OpStructureTensorEigenvalues`.

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::filters::filter::{Options, Prepare, Prepared, derivative, gaussian_options, prepared_stencil};
use crate::kernels::filters::hessian_of_gaussian::{eigenvalues, matrix_rows};
use crate::kernels::filters::separable::{Feature, Recipe, Taps};
use crate::kernels::filters::sigma::Sigma;
use crate::kernels::stencil::Form;
use crate::roi::Roi;

/// Which of the two scales of a structure tensor is which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScaleOrder {
    /// The gradient is taken at the inner scale, and its products are smoothed at the outer one: vigra's meaning, and that
    /// of the names.
    #[default]
    Vigra,
    /// The other way round: what fastfilters 0.2.6 computes, which hands the two on in the wrong order, and so what ilastik
    /// does where fastfilters is installed.
    Fastfilters,
}

/// Structure tensor eigenvalues: those of the smoothed matrix of all products of two first derivatives, in descending
/// order.
///
/// As many for each element as axes are filtered (of a length other than 1, with an inner sigma other than 0), along the
/// axis `c` ([`Stencil`](crate::kernels::Stencil) says where). None is negative but by rounding. An edge has one large one, a line in
/// a volume two. They are right to 1e-6 of the largest, nearly equal ones too. The result is `f32`.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::{Stencil, StructureTensorEigenvalues};
///
/// let ramp = (0..900).map(|at| (3 * (at / 30) + 4 * (at % 30)) as f32).collect();
/// let image = Array::from_vec("yx", &[30, 30], ramp)?;
/// let result = StructureTensorEigenvalues::new(1.0, 2.0).apply(&image, &Checkpoint::never())?;
/// let result = result.view::<f32>()?;
/// assert!((result[[0, 15, 15]] - 25.0).abs() < 1e-2 && result[[1, 15, 15]].abs() < 1e-2);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StructureTensorEigenvalues {
    inner: Sigma,
    outer: Sigma,
    order: ScaleOrder,
    options: Options,
}

impl StructureTensorEigenvalues {
    /// With the gradient at the scale `inner`, its products smoothed at the scale `outer`: each one for all filtered axes or
    /// one for each, outermost first.
    pub fn new(inner: impl Into<Sigma>, outer: impl Into<Sigma>) -> Self {
        Self {
            inner: inner.into(),
            outer: outer.into(),
            order: ScaleOrder::Vigra,
            options: Options::default(),
        }
    }

    /// Takes the two scales in the order of another library.
    #[must_use]
    pub fn scales(mut self, order: ScaleOrder) -> Self {
        self.order = order;
        self
    }

    gaussian_options!();
}

impl Prepare for StructureTensorEigenvalues {
    fn prepare(&self, input: &Form) -> Result<Prepared, Error> {
        let (gradient, smoothing) = match self.order {
            ScaleOrder::Vigra => (("inner sigma", &self.inner), ("outer sigma", &self.outer)),
            ScaleOrder::Fastfilters => (("outer sigma", &self.outer), ("inner sigma", &self.inner)),
        };
        let inner = self.options.scales(gradient.0, gradient.1, input)?;
        let outer = self.options.scales(smoothing.0, smoothing.1, input)?;
        let axes = matrix_rows(&inner, input)?;
        let alone = inner
            .iter()
            .zip(&outer)
            .position(|(&inner, &outer)| inner == 0.0 && outer > 0.0);
        if let Some(letter) = alone.and_then(|axis| input.axes.letter(axis)) {
            let (gradient, smoothing) = (gradient.0, smoothing.0);
            return Err(Error::invalid(format!(
                "{gradient} is 0 along axis {letter}, and {smoothing} is not: there is no gradient to be smoothed"
            )));
        }
        let banks = self.options.banks(gradient.0, &inner, 1, input)?;
        let integration = self.options.banks(smoothing.0, &outer, 0, input)?;
        let recipe = Recipe {
            integration: Some(integration.into_iter().flatten().collect::<Vec<Taps>>()),
            banks,
            features: vec![tensor_eigenvalues(axes)],
        };
        Ok(Prepared {
            channels: Some(recipe.results()),
            recipe: Some(recipe),
        })
    }
}

/// The eigenvalues of the products of a gradient along so many axes.
pub(super) fn tensor_eigenvalues(axes: usize) -> Feature {
    Feature {
        sums: (0..axes).map(|axis| vec![derivative([(axis, 1)])]).collect(),
        combine: eigenvalues(axes),
    }
}

prepared_stencil!(StructureTensorEigenvalues);

//! The second derivatives of a smoothed image, and the eigenvalues of their matrix.
//!
//! vigra: `hessianOfGaussian`, `hessianOfGaussianEigenvalues`; fastfilters: `hessianOfGaussianEigenvalues`; lazyflow:
//! `OpHessianOfGaussian`, `OpHessianOfGaussianEigenvalues`.

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::filters::filter::{
    Options, Prepare, Prepared, derivative, filtered_axes, gaussian_options, prepared_stencil,
};
use crate::kernels::filters::separable::{Combine, Feature, Recipe, Term};
use crate::kernels::filters::sigma::Sigma;
use crate::kernels::stencil::Form;
use crate::roi::Roi;

/// Hessian of Gaussian: all second derivatives of the smoothed image.
///
/// The upper triangle of the matrix, row by row, axes outermost first, along the axis `c` ([`Stencil`](crate::kernels::Stencil) says
/// where): `zz zy zx yy yx xx` for a volume, `yy yx xx` for an image. vigra's axes go the other way round, so its
/// `xx xy xz yy yz zz` are our channels 5, 4, 2, 3, 1, 0, and its `xx xy yy` our 2, 1, 0. Axes of length 1, and those whose
/// sigma is 0, are left out of the matrix. The result is `f32`.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::{HessianOfGaussian, Stencil};
///
/// let saddle = (0..900).map(|at| ((at / 30) * (at % 30)) as f32).collect();
/// let image = Array::from_vec("yx", &[30, 30], saddle)?;
/// let result = HessianOfGaussian::new(1.0).apply(&image, &Checkpoint::never())?;
/// assert_eq!((result.axes().to_string(), result.shape()), ("cyx".to_owned(), &[3, 30, 30][..]));
/// assert!((result.view::<f32>()?[[1, 15, 15]] - 1.0).abs() < 1e-3);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HessianOfGaussian {
    sigma: Sigma,
    options: Options,
}

impl HessianOfGaussian {
    /// At the scale `sigma`: one for all filtered axes or one for each, outermost first.
    pub fn new(sigma: impl Into<Sigma>) -> Self {
        Self {
            sigma: sigma.into(),
            options: Options::default(),
        }
    }

    gaussian_options!();
}

impl Prepare for HessianOfGaussian {
    fn prepare(&self, input: &Form) -> Result<Prepared, Error> {
        let features = |axes| {
            let single = |term| Feature {
                sums: vec![vec![term]],
                combine: Combine::Nothing,
            };
            upper_triangle(axes).map(single).collect()
        };
        prepare(&self.options, &self.sigma, input, features)
    }
}

prepared_stencil!(HessianOfGaussian);

/// Hessian of Gaussian eigenvalues: those of the matrix of all second derivatives, in descending order.
///
/// As many for each element as axes are filtered (of a length other than 1, with a sigma other than 0), along the axis `c`
/// ([`Stencil`](crate::kernels::Stencil) says where). A bright tube has two negative ones in a volume, a bright sheet one. They are
/// right to 1e-6 of the largest, nearly equal ones too. The result is `f32`.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::{HessianOfGaussianEigenvalues, Stencil};
///
/// let saddle = (0..900).map(|at| ((at / 30) * (at % 30)) as f32).collect();
/// let image = Array::from_vec("yx", &[30, 30], saddle)?;
/// let result = HessianOfGaussianEigenvalues::new(1.0).apply(&image, &Checkpoint::never())?;
/// let result = result.view::<f32>()?;
/// assert!((result[[0, 15, 15]] - 1.0).abs() < 1e-3 && (result[[1, 15, 15]] + 1.0).abs() < 1e-3);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HessianOfGaussianEigenvalues {
    sigma: Sigma,
    options: Options,
}

impl HessianOfGaussianEigenvalues {
    /// At the scale `sigma`: one for all filtered axes or one for each, outermost first.
    pub fn new(sigma: impl Into<Sigma>) -> Self {
        Self {
            sigma: sigma.into(),
            options: Options::default(),
        }
    }

    gaussian_options!();
}

impl Prepare for HessianOfGaussianEigenvalues {
    fn prepare(&self, input: &Form) -> Result<Prepared, Error> {
        prepare(&self.options, &self.sigma, input, |axes| {
            vec![hessian_eigenvalues(axes)]
        })
    }
}

prepared_stencil!(HessianOfGaussianEigenvalues);

/// The eigenvalues of the Hessian along so many axes.
pub(super) fn hessian_eigenvalues(axes: usize) -> Feature {
    Feature {
        sums: upper_triangle(axes).map(|term| vec![term]).collect(),
        combine: eigenvalues(axes),
    }
}

/// Those of a matrix of so many rows; of one row they are the matrix.
pub(super) fn eigenvalues(rows: usize) -> Combine {
    if rows == 1 {
        Combine::Nothing
    } else {
        Combine::Eigenvalues(rows)
    }
}

/// The second derivatives along so many axes: the upper triangle of the Hessian, row by row.
fn upper_triangle(axes: usize) -> impl Iterator<Item = Term> {
    (0..axes).flat_map(move |row| (row..axes).map(move |column| derivative([(row, 1), (column, 1)])))
}

fn prepare(
    options: &Options,
    sigma: &Sigma,
    input: &Form,
    features: impl Fn(usize) -> Vec<Feature>,
) -> Result<Prepared, Error> {
    let scales = options.scales("sigma", sigma, input)?;
    let axes = matrix_rows(&scales, input)?;
    let recipe = Recipe {
        banks: options.banks("sigma", &scales, 2, input)?,
        features: features(axes),
        integration: None,
    };
    Ok(Prepared {
        channels: Some(recipe.results()),
        recipe: Some(recipe),
    })
}

/// How many axes are filtered, one at least, and not that of the channels.
pub(super) fn matrix_rows(scales: &[f64], input: &Form) -> Result<usize, Error> {
    if input.axes.position('c').is_some_and(|axis| scales[axis] > 0.0) {
        return Err(Error::invalid(
            "axis c is to be filtered, where the results are numbered",
        ));
    }
    match filtered_axes(scales)? {
        0 => Err(Error::invalid(format!(
            "no axis longer than 1 has a sigma above 0, and no matrix has no rows: shape {} along {}",
            input.shape, input.axes
        ))),
        axes => Ok(axes),
    }
}

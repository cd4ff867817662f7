//! Which features.

use clap::ValueEnum;
use headwater::graph::{Graph, Output};
use headwater::kernels::{self, PixelFeature};
use headwater::operators::PixelFeatures;
use headwater::{Array, Error};

/// Features and scales, as options.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Selecting {
    /// Which features, with commas between them [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    features: Vec<Feature>,

    /// At which scales in pixels, with commas between them [default: 0.3,0.7,1,1.6,3.5,5,10]
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', allow_negative_numbers = true, value_parser = scale)]
    scales: Vec<f64>,

    /// Compute them slice by slice, as if there were no z
    #[arg(long)]
    in_2d: bool,
}

/// The features by short names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Feature {
    /// The smoothed image.
    Gaussian,
    /// The sum of its second derivatives.
    Laplacian,
    /// How steep it is.
    Gradient,
    /// The difference of two smoothed images.
    Difference,
    /// The eigenvalues of the structure tensor.
    Structure,
    /// The eigenvalues of the second derivatives.
    Hessian,
}

/// What is computed of an image.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selection {
    scales: Vec<f64>,
    /// For each feature, whether it is wanted at each scale.
    wanted: Vec<Vec<bool>>,
    in_2d: bool,
}

impl Selecting {
    /// The features at the scales.
    pub(super) fn selection(&self) -> Selection {
        let scales = match &self.scales[..] {
            [] => kernels::PixelFeatures::SCALES.to_vec(),
            scales => scales.to_vec(),
        };
        let is_wanted = |feature| self.features.is_empty() || self.features.contains(feature);
        let row = |feature| vec![is_wanted(feature); scales.len()];
        Selection {
            wanted: Feature::value_variants().iter().map(row).collect(),
            scales,
            in_2d: self.in_2d,
        }
    }
}

impl Selection {
    /// What has the features of these names, as far as they are such names.
    pub(super) fn of_names(names: &[String]) -> Option<Self> {
        let cells: Vec<_> = names.iter().map(|name| cell(name)).collect::<Option<_>>()?;
        let mut scales: Vec<f64> = Vec::new();
        for (_, scale, _) in &cells {
            if !scales.contains(scale) {
                scales.push(*scale);
            }
        }
        let mut wanted = vec![vec![false; scales.len()]; PixelFeature::ALL.len()];
        for (feature, scale, _) in &cells {
            let nth = scales.iter().position(|own| own == scale)?;
            wanted[*feature][nth] = true;
        }
        let in_2d = cells.iter().any(|(_, _, in_2d)| *in_2d);
        Some(Self { scales, wanted, in_2d })
    }

    /// Adds the operator that computes them of `image`.
    ///
    /// # Errors
    ///
    /// A scale that does not fit the image.
    pub(super) fn add(&self, graph: &Graph, image: &Output<Array>) -> Result<Output<Array>, Error> {
        let features = graph.add(PixelFeatures::new(self.scales.clone()));
        graph.edit(|e| {
            e.connect(image, &features.input)?;
            e.set(&features.selection, self.wanted.clone())?;
            e.set(&features.in_2d, vec![self.in_2d; self.scales.len()])
        })?;
        features.output.meta()?;
        Ok(features.output.clone())
    }
}

/// The feature, scale and flatness in `Gaussian Smoothing (σ=1.6) in 2D [1]`.
fn cell(name: &str) -> Option<(usize, f64, bool)> {
    let (feature, rest) = name.split_once(" (σ=")?;
    let (scale, rest) = rest.split_once(')')?;
    let nth = PixelFeature::ALL.iter().position(|own| own.name() == feature)?;
    Some((nth, scale.parse().ok()?, rest.starts_with(" in 2D")))
}

fn scale(text: &str) -> Result<f64, String> {
    let number = text.trim().parse::<f64>().ok();
    let number = number.filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "it is to be a number above 0".to_owned())
}

#[cfg(test)]
mod tests {
    use headwater::kernels::Form;

    use super::*;

    #[test]
    fn what_names_tell_is_what_was_selected() {
        let image = Array::full("zyx", &[40, 40, 40], 1_u8).unwrap();
        let form = Form::of(&image).unwrap();
        let selecting = Selecting {
            features: vec![Feature::Gaussian, Feature::Hessian],
            scales: vec![3.5, 0.7],
            in_2d: true,
        };
        let selection = selecting.selection();
        let kernel = kernels::PixelFeatures::new(selection.scales.clone()).select(selection.wanted.clone());
        let names = kernel.in_2d([true, true]).names(&form).unwrap();
        assert_eq!(Selection::of_names(&names), Some(selection));
        assert_eq!(Selection::of_names(&["Brightness".to_owned()]), None);
    }
}

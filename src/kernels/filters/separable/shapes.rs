//! How the work of one sweep is cut, and which passes it takes.

use super::fir::BLOCK;
use super::passes::Passes;
use super::plan::{self, Plan};
use super::recipe::{Recipe, Term};
use super::results::{Combined, Results};
use super::scratch::row_stride;
use super::sweep::{Place, Sweep};
use super::taps::Taps;
use super::tensor::{self, Tensor};

/// What all tiles of one sweep have in common, but for the data.
pub(super) struct Shapes {
    pub(super) plan: Plan,
    /// The passes over the input.
    pub(super) passes: Passes,
    /// What is combined, and how.
    pub(super) features: Vec<Combined>,
    /// The structure tensor, whose results come after those of the features.
    pub(super) tensor: Option<Smoothed>,
}

/// What a structure tensor takes.
pub(super) struct Smoothed {
    /// The sums that are the gradient.
    pub(super) gradient: Vec<usize>,
    /// The passes over the products of its components.
    pub(super) passes: Passes,
    /// The only feature of these.
    pub(super) features: [Combined; 1],
}

impl Shapes {
    /// For results of `shape`, at most three of whose axes are filtered.
    pub(super) fn new(recipe: &Recipe, shape: &[usize], threads: usize) -> Self {
        let radii = recipe.reach();
        let plan = Plan::new(shape, &radii);
        let of = |part: Option<usize>, banks: &dyn Fn(usize) -> Vec<Taps>| part.map_or(vec![Taps::identity()], banks);
        let parts = [plan.depth, plan.height, Some(plan.row)];
        let mut passes = Passes::new(parts.map(|part| of(part, &|axis| recipe.banks[axis].clone())));
        // Terms count the filtered axes, the passes the parts.
        let filtered: Vec<usize> = plan::smoothed(&radii).collect();
        let rank = |part: Option<usize>| filtered.iter().position(|&axis| Some(axis) == part);
        let ranks = parts.map(rank);
        let mut number = |sum: &Vec<Term>| {
            let terms = sum
                .iter()
                .map(|term| ranks.map(|rank| rank.map_or(0, |rank| term[rank])));
            passes.add(0, &terms.collect::<Vec<_>>())
        };
        let combined = recipe.features.iter().map(|feature| Combined {
            sums: feature.sums.iter().map(&mut number).collect(),
            combine: feature.combine,
        });
        let mut features: Vec<_> = combined.collect();
        let tensor = recipe.integration.as_ref().and_then(|taps| {
            let Combined {
                sums: gradient,
                combine,
            } = features.pop()?;
            let mut passes = Passes::new(parts.map(|part| of(part, &|axis| vec![taps[axis].clone()])));
            let sums = (0..tensor::products(gradient.len())).map(|product| passes.add(product, &[[0; 3]]));
            let sums = sums.collect();
            Some(Smoothed {
                gradient,
                passes,
                features: [Combined { sums, combine }],
            })
        });
        let mut shapes = Self {
            plan,
            passes,
            features,
            tensor,
        };
        let slices = shapes.slices();
        let several = shapes.passes.planes.len() > 1 || shapes.tensor.is_some();
        shapes.plan.size_tiles(shape, &radii, slices, several, threads);
        shapes
    }

    /// How many slices of a tile are in memory at a time.
    fn slices(&self) -> usize {
        let ring = |passes: &Passes| match self.plan.depth {
            // Without depth there is no ring, but a slice and its copy.
            None => 2 * passes.planes.len(),
            Some(_) => passes.planes.len() * (2 * passes.radii()[0] + BLOCK),
        };
        let tensor = self.tensor.iter().map(|tensor| &tensor.passes);
        let smoothing = tensor.map(|passes| ring(passes) + BLOCK * passes.sums.len());
        ring(&self.passes) + smoothing.sum::<usize>()
    }

    /// The `f32` that one tile takes beside the results, for `input` and results of `shape`, if the input is copied, and the
    /// results too if `scattered`.
    pub(super) fn room(&self, input: &[usize], shape: &[usize], scattered: bool) -> usize {
        let of = |part: Option<usize>| part.map_or((0..1, 1), |axis| (0..self.plan.length(axis, shape), input[axis]));
        let [(depth, depths), (height, heights), (row, columns)] =
            [self.plan.depth, self.plan.height, Some(self.plan.row)].map(of);
        let inner = self.plan.inner.map_or(1, |axis| shape[axis]);
        let (len, is_deep) = ([depths, heights, columns], self.plan.depth.is_some());
        let place = Place {
            depth,
            height,
            row,
            inner,
        };
        let tensors = self.tensor.iter().flat_map(|tensor| &tensor.features);
        let features = self.features.iter().chain(tensors);
        let outputs: usize = features.map(|feature| feature.combine.results()).sum();
        let rows = place.depth.len() * place.height.len();
        // A slice for each row, and the copy.
        let copied = if scattered { place.width() } else { 0 };
        let lists = outputs * rows * (copied + size_of::<&[f32]>() / size_of::<f32>());
        let (known, results) = match &self.tensor {
            None => {
                let results = Results::room(&self.features, &place, None);
                (place, results)
            }
            Some(Smoothed {
                gradient,
                passes,
                features,
            }) => {
                let known = place.widened(passes.radii(), len);
                let own = Results::room(features, &place, None) + Sweep::room(passes, &place, is_deep);
                let shared = Results::room(&self.features, &known, Some(gradient));
                (known.clone(), own + shared + Tensor::room(gradient.len(), &known))
            }
        };
        let given = known.widened(self.passes.radii(), len);
        let slice = given.height.len() * row_stride(given.width());
        slice + Sweep::room(&self.passes, &known, is_deep) + lists + results
    }
}

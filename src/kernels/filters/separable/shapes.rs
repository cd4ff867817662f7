//! How the work of one sweep is cut, and which passes it takes.

use super::fir::BLOCK;
use super::passes::Passes;
use super::plan::{self, Plan};
use super::recipe::{Feature, Recipe};
use super::scratch::row_stride;
use super::sink::{self, Results, Tensor};
use super::sweep::{Place, Sweep};
use super::taps::Taps;

/// What all tiles of one sweep have in common, but for the data.
pub(super) struct Shapes {
    pub(super) plan: Plan,
    /// The passes over the input.
    pub(super) passes: Passes,
    /// Those over the products of a gradient, for a structure tensor.
    pub(super) smoothing: Option<Passes>,
    /// What is combined, and how.
    pub(super) features: Vec<Feature>,
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
        for sum in recipe.features.iter().flat_map(|feature| &feature.sums) {
            let terms = sum
                .iter()
                .map(|term| ranks.map(|rank| rank.map_or(0, |rank| term[rank])));
            passes.add(0, &terms.collect::<Vec<_>>());
        }
        let mut features = recipe.features.clone();
        let smoothing = recipe.integration.as_ref().map(|taps| {
            let mut smoothing = Passes::new(parts.map(|part| of(part, &|axis| vec![taps[axis].clone()])));
            let products = sink::products(passes.sums.len());
            (0..products).for_each(|product| smoothing.add(product, &[[0; 3]]));
            features[0].sums = vec![Vec::new(); products];
            smoothing
        });
        let mut shapes = Self {
            plan,
            passes,
            smoothing,
            features,
        };
        let slices = shapes.slices();
        let several = shapes.passes.planes.len() > 1 || shapes.smoothing.is_some();
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
        let smoothing = self
            .smoothing
            .iter()
            .map(|passes| ring(passes) + BLOCK * passes.sums.len());
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
        let outputs: usize = self.features.iter().map(|feature| feature.combine.results()).sum();
        let rows = place.depth.len() * place.height.len();
        // A slice for each row, and the copy.
        let copied = if scattered { place.width() } else { 0 };
        let lists = outputs * rows * (copied + size_of::<&[f32]>() / size_of::<f32>());
        let results = lists + Results::room(&self.features, &place);
        let (known, smoothing) = match &self.smoothing {
            None => (place, 0),
            Some(passes) => {
                let known = place.widened(passes.radii(), len);
                let tensor = Tensor::room(self.passes.sums.len(), &known);
                (known, tensor + Sweep::room(passes, &place, is_deep))
            }
        };
        let given = known.widened(self.passes.radii(), len);
        let slice = given.height.len() * row_stride(given.width());
        slice + Sweep::room(&self.passes, &known, is_deep) + smoothing + results
    }
}

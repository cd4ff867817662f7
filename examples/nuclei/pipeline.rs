//! From an image of nuclei to their labels: the operators, and how they hang together.
//!
//! ```text
//! image ─┬─ difference of Gaussians ─ threshold ───────────────────── mask ─┐
//!        └─ difference of Gaussians ─ cache ─┬────────────────── image ─ watershed ─ cache ─ filter ─ relabel
//!                                            ├─ minimum ─┐            seeds │
//!                                            └───────── merge ─ components ─┘
//! ```
//!
//! What is brighter than its surroundings is foreground. At the scale of a nucleus each is a dent in the difference of a
//! coarser and a finer Gaussian (that is the Laplacian, in units of length whatever the distance of the voxels); its lowest
//! point within a window is a seed, and the seeds' basins within the foreground are the nuclei.

use headwater::graph::{Graph, Output};
use headwater::operators::{
    BlockCache, ConnectedComponents, DifferenceOfGaussians, FilterBySize, Merge, MergeFn, Rank, RelabelConsecutive,
    Threshold, Watershed,
};
use headwater::{Array, BlockGrid, Error, Shape};

/// What has to be known of the images.
pub(crate) struct Recipe {
    /// The size of a pixel along each axis; the scale is in the same unit.
    pub(crate) pixel: &'static [f64],
    /// About half the radius of a nucleus.
    pub(crate) scale: f64,
    /// By how much a nucleus is brighter than its surroundings, at least.
    pub(crate) contrast: f64,
    /// How many pixels a nucleus has, at least.
    pub(crate) least: u64,
}

/// For `nuclei_2d.tif`.
pub(crate) const IMAGE: Recipe = Recipe {
    pixel: &[1.0, 1.0],
    scale: 6.0,
    contrast: 3.0,
    least: 50,
};

/// For `nuclei_3d.tif`, whose planes are about twice as far apart as its pixels.
pub(crate) const VOLUME: Recipe = Recipe {
    pixel: &[2.0, 1.0, 1.0],
    scale: 3.75,
    contrast: 3.0,
    least: 100,
};

/// What is kept of intermediate results, by block.
const BLOCK: [usize; 3] = [16, 64, 64];

/// Connects the operators and gives the output of labels: `u32` from 1 on, 0 where there is no nucleus.
pub(crate) fn nuclei(graph: &Graph, image: &Array, recipe: &Recipe) -> Result<Output<Array>, Error> {
    let along = |scale: f64| -> Vec<f64> { recipe.pixel.iter().map(|size| scale / size).collect() };
    let window: Vec<usize> = along(recipe.scale).iter().map(|reach| reach.round() as usize).collect();

    let lifted = graph.add(DifferenceOfGaussians::new(
        along(recipe.scale / 4.0),
        along(recipe.scale * 2.0),
    ));
    let foreground = graph.add(Threshold::above(recipe.contrast));
    let dents = graph.add(DifferenceOfGaussians::new(
        along(recipe.scale * 1.2),
        along(recipe.scale),
    ));
    let kept = graph.add(BlockCache::new().block(BLOCK[3 - image.ndim()..].to_vec()));
    let lowest = graph.add(Rank::minimum(window));
    let bottoms = graph.add(Merge::new(MergeFn::per_element(|at: &[f32]| {
        at[0] == at[1] && at[0] < 0.0
    })));
    let seeds = graph.add(ConnectedComponents::new());
    let basins = graph.add(Watershed::new());
    // A flood is of the whole; those who come later for a block need not wait for another.
    let flooded = graph.add(BlockCache::new());
    let large = graph.add(FilterBySize::new(recipe.least, None));
    let labels = graph.add(RelabelConsecutive::new());
    graph.edit(|e| {
        e.set(&lifted.input, image.clone())?;
        e.connect(&lifted.output, &foreground.input)?;

        e.set(&dents.input, image.clone())?;
        e.connect(&dents.output, &kept.input)?;
        e.connect(&kept.output, &lowest.input)?;
        for output in [&kept.output, &lowest.output] {
            let (_, lane) = e.push(&bottoms.images)?;
            e.connect(output, &lane)?;
        }
        e.connect(&bottoms.output, &seeds.input)?;

        e.connect(&kept.output, &basins.image)?;
        e.connect(&seeds.output, &basins.seeds)?;
        e.connect(&foreground.output, &basins.mask)?;
        e.connect(&basins.output, &flooded.input)?;
        e.connect(&flooded.output, &large.input)?;
        e.connect(&large.output, &labels.input)
    })?;
    Ok(labels.output.clone())
}

/// All of `output`, in blocks that are computed side by side.
pub(crate) fn blockwise(output: &Output<Array>, block: Shape) -> Result<Array, Error> {
    let meta = output.meta()?;
    let grid = BlockGrid::aligned(meta.roi(), block)?;
    let requests: Vec<_> = grid
        .iter()
        .map(|block| (block.roi, output.request(block.roi)))
        .collect();
    requests.iter().for_each(|(_, request)| request.submit());
    let mut whole = Array::zeros(meta.axes(), meta.shape().as_slice(), meta.dtype())?;
    for (roi, request) in requests {
        whole.assign_region(&roi, &request.wait()?)?;
    }
    Ok(whole)
}

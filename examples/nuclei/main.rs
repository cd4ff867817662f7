//! Finds nuclei in an image and in a volume, block by block, and compares those of the volume with the ground truth.
//!
//! `cargo run --example nuclei`; the pictures are `target/nuclei_2d.png` and `target/nuclei_3d.png`.

mod picture;
mod pipeline;
mod sample;

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use headwater::graph::Graph;
use headwater::kernels::{Matching, matching};
use headwater::{Array, Checkpoint, Error, Shape};
use image::{Rgb, RgbImage};

use picture::{Grey, colour, tiled};
use pipeline::{IMAGE, Recipe, VOLUME, blockwise, nuclei};

/// Of what a volume shows: these planes, and white for what has no match.
const PLANES: std::ops::Range<usize> = 2..30;
const STEP: usize = 3;
const UNMATCHED: Rgb<u8> = Rgb([255; 3]);

fn main() -> Result<(), Error> {
    let image = sample::read("nuclei_2d.tif")?;
    let labels = segment("nuclei_2d", &image, &IMAGE, [128, 128])?;
    save("nuclei_2d", &Grey::new(&image)?.outlined(0, &labels, 2, colour)?)?;

    let volume = sample::read("nuclei_3d.tif")?;
    let labels = segment("nuclei_3d", &volume, &VOLUME, [16, 32, 32])?;
    let truth = sample::read("nuclei_3d_labels.tif")?;
    let score = matching(&truth, &labels, 0.5, &Checkpoint::never())?;
    println!(
        "  F1 at IoU 0.5: {:.3}, of {} nuclei {} were found, {} missed, {} were invented; their mean IoU is {:.2}",
        score.f1(),
        score.found.len() + score.missed.len(),
        score.found.len(),
        score.missed.len(),
        score.spurious.len(),
        score.mean_iou()
    );
    save("nuclei_3d", &beside(&volume, &labels, &truth, &score)?)
}

/// The labels of `image`, asked for block by block.
fn segment(name: &str, image: &Array, recipe: &Recipe, block: impl Into<Shape>) -> Result<Array, Error> {
    let (graph, start) = (Graph::new(), Instant::now());
    let output = nuclei(&graph, image, recipe)?;
    let labels = blockwise(&output, block.into())?;
    let count = labels.view::<u32>()?.iter().max().copied().unwrap_or(0);
    println!("{name} {:?}: {count} nuclei in {:.1?}", image.shape(), start.elapsed());
    Ok(labels)
}

/// Planes of a volume with what was found, and below it the truth in the same colours.
fn beside(volume: &Array, labels: &Array, truth: &Array, score: &Matching) -> Result<RgbImage, Error> {
    let grey = Grey::new(volume)?;
    let matched = score.found.iter().map(|found| (found.prediction, found.truth));
    let matched: HashMap<_, _> = matched.collect();
    let ours = |label: u32| {
        matched
            .get(&label.into())
            .map_or(UNMATCHED, |&truth| colour(truth as u32))
    };
    let theirs = |label: u32| {
        if score.missed.contains(&label.into()) {
            UNMATCHED
        } else {
            colour(label)
        }
    };
    let mut tiles = Vec::new();
    for z in PLANES.step_by(STEP) {
        let pair = [grey.outlined(z, labels, 4, ours)?, grey.outlined(z, truth, 4, theirs)?];
        tiles.push(tiled(&pair, 1));
    }
    Ok(tiled(&tiles, 5))
}

fn save(name: &str, picture: &RgbImage) -> Result<(), Error> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let path = folder.join(format!("{name}.png"));
    std::fs::create_dir_all(folder).map_err(Error::new)?;
    picture.save(&path).map_err(Error::new)?;
    println!("  {}", path.display());
    Ok(())
}

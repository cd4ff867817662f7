//! From brush strokes to a picture of probabilities, `target/pixel_classification.png`: only what is shown is computed.
//!
//! `cargo run --release --example pixel_classification`

use std::fs::File;
use std::path::Path;

use headwater::graph::Graph;
use headwater::kernels::RandomForest;
use headwater::operators::{BlockCache, PixelFeatures, PredictForest, TrainForest, UserLabels};
use headwater::{Array, Error, roi};

const NUCLEUS: u8 = 2;

/// In which rows, between which columns, and with which brush: 1 is the background.
const STROKES: [(usize, usize, usize, u8); 8] = [
    (311, 450, 478, NUCLEUS),
    (227, 180, 208, NUCLEUS),
    (56, 306, 322, NUCLEUS),
    (345, 64, 86, NUCLEUS),
    (150, 265, 320, 1),
    (100, 395, 450, 1),
    (400, 420, 470, 1),
    (440, 315, 350, 1),
];

fn main() -> Result<(), Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let image = read(&root.join("examples/data/nuclei_2d.tif"))?;
    let graph = Graph::new();
    let features = graph.add(PixelFeatures::new([1.0, 3.5]));
    let cache = graph.add(BlockCache::new().block([0, 64, 64]));
    let labels = graph.add(UserLabels::new().block([64, 64]));
    let (train, predict) = (
        graph.add(TrainForest::new(RandomForest::new().trees(40))),
        graph.add(PredictForest::new(2)),
    );
    graph.edit(|e| {
        e.set(&features.input, image.clone())?;
        e.set(&labels.input, image.clone())?;
        e.connect(&features.output, &cache.input)?;
        let ((_, lane), (_, marks)) = (e.push(&train.images)?, e.push(&train.labels)?);
        let (_, blocks) = e.push(&train.blocks)?;
        e.connect(&cache.output, &lane)?;
        e.connect(&labels.output, &marks)?;
        e.connect(&labels.nonzero_blocks, &blocks)?;
        e.connect(&cache.output, &predict.image)?;
        e.connect(&train.classifier, &predict.classifier)
    })?;
    graph.edit(|e| {
        for (y, left, right, label) in STROKES {
            let stroke = Array::full("yx", &[1, right - left], label)?;
            e.write(&labels.output, roi![y..y + 1, left..right], &stroke)?;
        }
        Ok(())
    })?;

    let blocks = || cache.operator().statistics().blocks;
    println!("painted: {:?}", train.matrix.get().wait()?);
    println!("features for them: {} of 64 blocks", blocks());
    predict.output.request(roi![0..2, 320..448, 320..448]).wait()?;
    println!("features to show a window of 128 x 128 pixels as well: {}", blocks());
    let shares = predict.output.request(roi![0..2, 0..512, 0..512]).wait()?;
    report(&shares)?;
    let nucleus = shares.slice(&roi![1..2, 0..512, 0..512])?;
    write(&nucleus, &root.join("target/pixel_classification.png"))
}

/// How often the more probable class is the one that was painted.
fn report(shares: &Array) -> Result<(), Error> {
    let nucleus = shares.view::<f32>()?.index_axis_move(ndarray::Axis(0), 1);
    for (y, left, right, label) in STROKES {
        let is_right = |x: &usize| (nucleus[[y, *x]] > 0.5) == (label == NUCLEUS);
        let count = (left..right).filter(is_right).count();
        println!("row {y}, class {label}: {count} of {} pixels are right", right - left);
    }
    Ok(())
}

fn read(path: &Path) -> Result<Array, Error> {
    let mut file = tiff::decoder::Decoder::new(File::open(path)?).map_err(Error::new)?;
    let (width, height) = file.dimensions().map_err(Error::new)?;
    let tiff::decoder::DecodingResult::U16(pixels) = file.read_image().map_err(Error::new)? else {
        return Err(Error::msg("the image is not of 16 bits"));
    };
    Array::from_vec("yx", &[height as usize, width as usize], pixels)
}

fn write(share: &Array, path: &Path) -> Result<(), Error> {
    let grey = share.map(|share: f32| (255.0 * share).round() as u8)?;
    let grey = grey.view::<u8>()?.iter().copied().collect();
    let picture = image::GrayImage::from_raw(512, 512, grey).ok_or_else(|| Error::msg("not 512 x 512 pixels"))?;
    picture.save(path).map_err(Error::new)
}

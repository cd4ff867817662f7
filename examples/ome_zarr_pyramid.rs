//! A volume as OME-Zarr: coarser scales are made as the finest one is written, and a viewer opens the one that it needs.
//!
//! `cargo run --release --features io --example ome_zarr_pyramid`

use headwater::graph::{Graph, PixelSize};
use headwater::io::{Create, Export, ImageSource, Open, format_bytes};
use headwater::operators::{Gaussian, InjectMeta, MetaPatch};
use headwater::{Checkpoint, Error, Shape};

fn main() -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("nuclei.zarr").to_string_lossy().into_owned();

    // The file does not say how large its voxels are; somebody who was there does.
    let size = |size: f64| PixelSize {
        size,
        unit: "micrometer".into(),
    };
    let sizes = MetaPatch::new().pixel_size([size(2.0), size(0.5), size(0.5)]);
    let graph = Graph::new();
    let volume = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/nuclei_3d.tif");
    let source = graph.add(ImageSource::open(volume)?);
    let sized = graph.add(InjectMeta::new(sizes));
    let smooth = graph.add(Gaussian::new(1.0));
    graph.edit(|e| {
        e.connect(&source.output, &sized.input)?;
        e.connect(&sized.output, &smooth.input)
    })?;

    let chunks = Create::new().chunk(Shape::from([16, 32, 32]));
    let saved = Export::new(&smooth.output).create(chunks).to(&path).wait()?;
    println!("written in one pass: {}", format_bytes(saved.bytes));

    for scale in 0.. {
        let Ok(image) = Open::new().scale(&scale.to_string()).open(&path) else {
            break;
        };
        let meta = image.meta();
        let sizes = meta.pixel_size().unwrap_or_default().iter();
        let sizes: Vec<_> = sizes.map(|pixel| format!("{} {}", pixel.size, pixel.unit)).collect();
        let whole = image.read(&meta.roi(), &Checkpoint::never())?;
        let mean = whole.view::<f32>()?.mean().unwrap_or_default();
        println!(
            "scale {scale}: {} voxels of {}, mean {mean:.1}",
            meta.shape(),
            sizes.join(" x ")
        );
    }
    Ok(())
}

//! The pipeline of the example `nuclei`, against the ground truth of its volume.

use headwater::graph::Graph;
use headwater::kernels::matching;
use headwater::{Array, Checkpoint};

#[path = "../../examples/nuclei/pipeline.rs"]
mod pipeline;
#[path = "../../examples/nuclei/sample.rs"]
mod sample;

use pipeline::{IMAGE, Recipe, VOLUME, blockwise, nuclei};

/// The labels of an image, asked for at once.
fn whole(image: &Array, recipe: &Recipe) -> Array {
    let graph = Graph::new();
    let output = nuclei(&graph, image, recipe).unwrap();
    output.request(output.meta().unwrap().roi()).wait().unwrap()
}

#[test]
fn nuclei_of_the_volume_are_those_of_the_truth() {
    let (volume, truth) = (
        sample::read("nuclei_3d.tif").unwrap(),
        sample::read("nuclei_3d_labels.tif").unwrap(),
    );
    let labels = whole(&volume, &VOLUME);
    let score = matching(&truth, &labels, 0.5, &Checkpoint::never()).unwrap();
    // 48 of 51 are found, and 4 that are none: one nucleus more or less is a matter of rounding.
    assert!(score.f1() > 0.9, "F1 {}: {score:?}", score.f1());
    assert!(score.mean_iou() > 0.6, "mean IoU {}", score.mean_iou());
}

#[test]
fn nuclei_do_not_depend_on_the_blocks_that_are_asked_for() {
    let volume = sample::read("nuclei_3d.tif").unwrap();
    let expected = whole(&volume, &VOLUME);
    for block in [[16, 32, 32], [7, 61, 13], [31, 9, 20]] {
        let graph = Graph::new();
        let output = nuclei(&graph, &volume, &VOLUME).unwrap();
        assert!(
            blockwise(&output, block.into()).unwrap().same_bits(&expected),
            "in blocks of {block:?}"
        );
    }
}

#[test]
fn nuclei_of_the_image_have_the_size_of_nuclei() {
    let image = sample::read("nuclei_2d.tif").unwrap();
    let labels = whole(&image, &IMAGE);
    let mut sizes = vec![0_usize; 400];
    labels
        .view::<u32>()
        .unwrap()
        .iter()
        .for_each(|&label| sizes[label as usize] += 1);
    sizes.remove(0);
    sizes.retain(|&size| size > 0);
    sizes.sort_unstable();
    let (count, median) = (sizes.len(), sizes[sizes.len() / 2]);
    // By eye there are about 125, of about 20 by 30 pixels.
    assert!(
        (110..140).contains(&count) && (350..600).contains(&median),
        "{count} of {median} pixels"
    );
}

use headwater::graph::Graph;
use headwater::operators::ConnectedComponents;
use headwater::operators::LazyConnectedComponents;
use headwater::{Array, Runtime, roi};

use super::{alone, peak};

#[test]
fn a_plane_of_labels_does_not_hold_on_to_its_blocks() {
    let _alone = alone();
    let runtime = Runtime::builder().slots(2).compute_threads(2).build().unwrap();
    let graph = Graph::on(&runtime);
    let components = graph.add(LazyConnectedComponents::new().block([64, 64, 64]));
    let image = Array::full("zyx", &[64, 512, 512], 1_u8).unwrap();
    graph.edit(|e| e.set(&components.input, image)).unwrap();
    let plane = |z| {
        components
            .output
            .request(roi![z..z + 1, 0..512, 0..512])
            .wait()
            .unwrap()
    };
    // Finds what belongs together; the next one paints only.
    plane(0);
    let (taken, labels) = peak(|| plane(32));
    assert!(labels.view::<u32>().unwrap().iter().all(|label| *label == 1));
    // The plane, its parts, and a block of a mebibyte for each thread; all 64 blocks would be 64 of these.
    assert!(taken < 16 << 20, "{taken} bytes");
}

/// Labels of many blocks take the result, and the blocks in hand as pieces: two for each thread, and the one that is written.
#[test]
fn labels_of_many_blocks_take_no_more_than_the_blocks_in_hand() {
    let _alone = alone();
    for threads in [1, 3] {
        let runtime = Runtime::builder().slots(2).compute_threads(threads).build().unwrap();
        let graph = Graph::on(&runtime);
        let components = graph.add(ConnectedComponents::new().block([32, 64, 64]));
        let image = Array::full("zyx", &[64, 320, 320], 1_u8).unwrap();
        graph.edit(|e| e.set(&components.input, image)).unwrap();
        // Finds what belongs together; the next one paints only.
        components.count.request(roi![0..1]).wait().unwrap();
        let (taken, labels) = peak(|| components.output.request(roi![0..64, 0..320, 0..320]).wait().unwrap());
        let (result, block) = (labels.nbytes() as u64, 4 * 32 * 64 * 64);
        let in_hand = 2 * threads as u64 + 1;
        assert!(
            taken <= result + in_hand * block + (1 << 18),
            "{threads} threads: {taken} bytes"
        );
        assert!(taken >= result + block, "{threads} threads: {taken} bytes");
    }
}

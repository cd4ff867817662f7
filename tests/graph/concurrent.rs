//! Readers beside edits: no torn reads, no lost edits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use headwater::graph::Input;
use headwater::{Array, Error, roi};

use crate::common::*;

/// D1, D26: both ways of a diamond show the same revision. The image is one number everywhere, so each sum is even.
#[test]
fn d01_d26_readers_beside_edits_see_one_revision_each() {
    let world = World::new();
    let (left, right, sum) = (
        world.add(Add::default()),
        world.add(Add::default()),
        world.add(Sum::default()),
    );
    let source = world.add(Add::default());
    world
        .edit(|e| {
            e.set(&source.input, bytes(&[0; 16]))?;
            e.connect(&source.output, &left.input)?;
            e.connect(&source.output, &right.input)?;
            e.connect(&left.output, &sum.a)?;
            e.connect(&right.output, &sum.b)
        })
        .unwrap();
    let (stop, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (answered, stale) = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|nth: usize| {
                let (output, graph, stop, answers) = (sum.output.clone(), (*world).clone(), &stop, &answers);
                scope.spawn(move || {
                    let mut counts = (0, 0);
                    while !stop.load(Ordering::SeqCst) {
                        let at = counts.0 % 12;
                        let request = match nth {
                            0 => graph.snapshot().request(&output, roi![at..at + 4]),
                            _ => output.request(roi![at..at + 4]),
                        };
                        match request.wait() {
                            Ok(array) => {
                                let pixels = values(&array);
                                assert!(
                                    pixels.iter().all(|pixel| *pixel == pixels[0] && pixel % 2 == 0),
                                    "{pixels:?}"
                                );
                                counts.0 += 1;
                                answers.fetch_add(1, Ordering::SeqCst);
                            }
                            Err(error) if error.is_stale() && nth > 0 => counts.1 += 1,
                            Err(error) => panic!("{}", error.report()),
                        }
                    }
                    counts
                })
            })
            .collect();
        // However the readers are scheduled, some of them read beside the edits.
        let mut value = 0_u32;
        while value < 300 || answers.load(Ordering::SeqCst) < 30 {
            if readers.iter().any(|reader| reader.is_finished()) {
                break;
            }
            value += 1;
            world.edit(|e| e.set(&source.input, bytes(&[value as u8; 16]))).unwrap();
        }
        stop.store(true, Ordering::SeqCst);
        let counts = readers.into_iter().map(|reader| reader.join().unwrap());
        counts.fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1))
    });
    assert!(answered > 0, "{answered} answered, {stale} stale");
}

#[test]
fn d26_edits_of_many_threads_are_all_there_in_the_end() {
    let world = World::new();
    let total = world.add(Total::default());
    let lanes: Arc<Vec<Input<Array>>> = Arc::new(
        world
            .edit(|e| (0..8).map(|_| Ok::<_, Error>(e.push(&total.images)?.1)).collect())
            .unwrap(),
    );
    std::thread::scope(|scope| {
        for nth in 0..8_usize {
            let (lanes, world) = (Arc::clone(&lanes), &world);
            scope.spawn(move || {
                for value in 1..=20_u8 {
                    world.edit(|e| e.set(&lanes[nth], bytes(&[value]))).unwrap();
                }
            });
        }
    });
    assert_eq!(values(&total.output.request(roi![0..1]).wait().unwrap()), [160]);
    assert_eq!(world.revision().number(), 2 + 8 * 20);
}

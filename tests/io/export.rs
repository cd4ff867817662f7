use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use headwater::graph::Graph;
use headwater::io::{Create, Export, ExportProgress, RegionBatch};
use headwater::kernels::{Normalise, Stencil};
use headwater::{Checkpoint, DType, Request, Roi, Runtime, Shape, roi};

use crate::support::load;
use crate::volume::Volume;

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A folder, and the place of a file in it.
fn place() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.npy").to_str().unwrap().to_owned();
    (folder, file)
}

fn whole(volume: &Volume) -> Roi {
    Roi::full(Shape::new(&volume.shape).unwrap())
}

#[test]
fn a_slot_becomes_a_file_block_by_block() {
    let (folder, file) = place();
    let volume = Volume::new(&[20, 31, 17]);
    let graph = Graph::new();
    let node = graph.add(volume.clone());
    let seen: Arc<Mutex<Vec<ExportProgress>>> = Arc::default();
    let told = Arc::clone(&seen);
    let export = Export::new(&node.output).blocks(Shape::from([8, 8, 8])).in_flight(3);
    let plan = export.plan(&file).unwrap();
    assert_eq!(
        (plan.blocks, plan.block, plan.in_flight),
        (36, Shape::from([8, 8, 8]), 3)
    );
    assert_eq!(plan.memory, 3 * 512 * 2);
    assert!(names(folder.path()).is_empty(), "a plan touches nothing");
    let run = export
        .progress(move |progress| told.lock().unwrap().push(progress))
        .to(&file);
    let saved = run.wait().unwrap();
    assert_eq!(
        load(&file).unwrap(),
        volume.pixels(&whole(&volume), 1).with_axes("zyx").unwrap()
    );
    assert_eq!(saved.bytes, fs::metadata(&file).unwrap().len());
    assert_eq!(names(folder.path()), ["a.npy"]);
    assert_eq!(volume.asked.lock().unwrap().len(), 36);
    let seen = seen.lock().unwrap();
    assert_eq!(
        seen.iter().map(|p| p.done).collect::<Vec<_>>(),
        (1..=36).collect::<Vec<_>>()
    );
    assert!(
        seen.iter()
            .all(|p| p.blocks == 36 && p.resumed == 0 && p.bytes == 20 * 31 * 17 * 2)
    );
    assert_eq!(seen[35].fraction(), 1.0);
    assert_eq!(seen[35].left, Some(Duration::ZERO));
    assert_eq!(run.progress().done, 36);
}

#[test]
fn pixels_are_cropped_then_normalised_then_reordered() {
    let (_folder, file) = place();
    let volume = Volume::new(&[1, 9, 12, 10, 2]);
    let graph = Graph::new();
    let node = graph.add(volume.clone());
    let part = roi![0..1, 2..8, 3..12, 0..9, 1..2];
    let export = Export::new(&node.output).region(part).axes("xyz").dtype(DType::U8);
    let export = export
        .normalise((1000.0, 40_000.0), (0.0, 255.0))
        .blocks(Shape::from([4, 4, 4]));
    let plan = export.plan(&file).unwrap();
    assert_eq!(
        (plan.meta.shape(), plan.meta.dtype()),
        (Shape::from([9, 9, 6]), DType::U8)
    );
    assert_eq!(plan.meta.range(), Some((0.0, 255.0)));
    export.to(&file).wait().unwrap();
    let normalise = Normalise::new((1000.0, 40_000.0), (0.0, 255.0), DType::U8);
    let expected = normalise.apply(&volume.pixels(&part, 1), &Checkpoint::never()).unwrap();
    let expected = expected.to_axes("xyz").unwrap().with_axes("zyx").unwrap();
    assert_eq!(load(&file).unwrap(), expected);
}

#[test]
fn a_cast_saturates_and_equal_ends_become_the_least() {
    let (_folder, file) = place();
    let volume = Volume::new(&[40]);
    let graph = Graph::new();
    let node = graph.add(volume.clone());
    let replace = || Create::new().replace(true);
    Export::new(&node.output)
        .dtype(DType::U8)
        .create(replace())
        .to(&file)
        .wait()
        .unwrap();
    assert_eq!(
        load(&file).unwrap(),
        volume.pixels(&roi![0..40], 1).cast(DType::U8).unwrap()
    );
    let flat = Export::new(&node.output)
        .normalise((7.0, 7.0), (3.0, 9.0))
        .create(replace());
    flat.to(&file).wait().unwrap();
    assert!(
        load(&file)
            .unwrap()
            .view::<u16>()
            .unwrap()
            .iter()
            .all(|value| *value == 3)
    );
}

#[test]
fn a_run_reads_one_revision_from_beginning_to_end() {
    let (_folder, file) = place();
    let volume = Volume::new(&[64, 64]);
    let graph = Graph::new();
    let node = graph.add(volume.clone());
    let export = Export::new(&node.output).blocks(Shape::from([8, 8])).in_flight(1);
    let (edited, seed) = (graph.clone(), node.seed.clone());
    let mut next = 100_u16;
    let run = export.progress(move |_| {
        next += 1;
        edited.edit(|e| e.set(&seed, next)).unwrap();
    });
    run.to(&file).wait().unwrap();
    assert_eq!(load(&file).unwrap(), volume.pixels(&roi![0..64, 0..64], 1));
}

#[test]
fn a_run_that_fails_leaves_nothing_and_names_the_file() {
    let (folder, file) = place();
    let volume = Volume {
        fails_at: Some(vec![40, 40]),
        ..Volume::new(&[64, 64])
    };
    let graph = Graph::new();
    let node = graph.add(volume);
    let error = Export::new(&node.output)
        .blocks(Shape::from([8, 8]))
        .to(&file)
        .wait()
        .unwrap_err()
        .report();
    assert!(error.contains("a.npy") && error.contains("told to fail"), "{error}");
    assert!(names(folder.path()).is_empty());
}

#[test]
fn what_cannot_work_is_an_error_before_anything_is_computed() {
    let (folder, file) = place();
    let graph = Graph::new();
    let volume = Volume::new(&[64, 64]);
    let node = graph.add(volume.clone());
    let export = || Export::new(&node.output);
    for (export, at, said) in [
        (export().region(roi![0..65, 0..1]), &*file, "0..65"),
        (export().region(roi![0..0, 0..1]), &*file, "empty"),
        (export().axes("zx"), &*file, "leave out y"),
        (export().axes("yy"), &*file, "y"),
        (export().normalise((0.0, f64::NAN), (0.0, 1.0)), &*file, "in_max"),
        (export(), "a.unknown", "unknown"),
        (export(), "/nowhere/at/all/a.npy", "/nowhere"),
        (export().blocks(Shape::from([4])), &*file, "blocks of"),
    ] {
        if at != "/nowhere/at/all/a.npy" {
            assert!(export.plan(at).unwrap_err().report().contains(said), "{said}");
        }
        let error = export.to(at).wait().unwrap_err().report();
        assert!(error.contains(said), "{error}");
    }
    assert!(names(folder.path()).is_empty() && volume.asked.lock().unwrap().is_empty());
}

#[test]
fn a_run_that_is_cancelled_leaves_nothing() {
    let (folder, file) = place();
    let volume = Volume {
        pause: Duration::from_millis(2),
        ..Volume::new(&[64, 64])
    };
    let graph = Graph::new();
    let node = graph.add(volume);
    let handle: Arc<Mutex<Option<headwater::io::Exporting>>> = Arc::default();
    let held = Arc::clone(&handle);
    let export = Export::new(&node.output)
        .blocks(Shape::from([4, 4]))
        .progress(move |progress| {
            if let (true, Some(run)) = (progress.done >= 5, &*held.lock().unwrap()) {
                run.cancel();
            }
        });
    let run = export.to(&file);
    *handle.lock().unwrap() = Some(run.clone());
    let error = run.wait().unwrap_err();
    assert!(error.is_cancelled() && error.report().contains("a.npy"), "{error:?}");
    assert!(names(folder.path()).is_empty());
    handle.lock().unwrap().take();
}

/// Runs until `blocks` of 64 are written, and then fails.
fn half_a_run(volume: &Volume, file: &str, work: &str, fails_at: [usize; 2]) {
    let graph = Graph::new();
    let node = graph.add(Volume {
        fails_at: Some(fails_at.to_vec()),
        ..volume.clone()
    });
    let export = Export::new(&node.output)
        .blocks(Shape::from([8, 8]))
        .in_flight(1)
        .resume(work);
    export.to(file).wait().unwrap_err();
}

#[test]
fn a_run_goes_on_with_what_an_earlier_one_has_written() {
    let (folder, file) = place();
    let volume = Volume::new(&[64, 64]);
    half_a_run(&volume, &file, "work", [63, 0]);
    let asked = std::mem::take(&mut *volume.asked.lock().unwrap());
    assert!(asked.len() > 10 && asked.len() < 64, "{}", asked.len());
    assert_eq!(
        names(folder.path()),
        [
            ".a.npy.headwater-journal",
            ".a.npy.headwater-lock",
            ".a.npy.headwater-part"
        ]
    );

    let graph = Graph::new();
    let node = graph.add(volume.clone());
    // Blocks of another shape: those that the old ones cover are not computed again.
    let run = Export::new(&node.output)
        .blocks(Shape::from([16, 16]))
        .resume("work")
        .to(&file);
    run.wait().unwrap();
    let progress = run.progress();
    let (again, old) = (volume.asked.lock().unwrap().clone(), asked.len() as u64 - 1);
    assert_eq!(progress.resumed, 16 - again.len() as u64);
    assert_eq!(progress.resumed, old / 4, "four old blocks in Morton's order are one");
    assert_eq!(load(&file).unwrap(), volume.pixels(&roi![0..64, 0..64], 1));
    assert_eq!(names(folder.path()), ["a.npy"]);
}

#[test]
fn what_other_work_has_left_is_not_used() {
    for (work, region) in [("other", roi![0..64, 0..64]), ("work", roi![0..64, 0..63])] {
        let (_folder, file) = place();
        let volume = Volume::new(&[64, 64]);
        half_a_run(&volume, &file, "work", [63, 0]);
        let graph = Graph::new();
        let node = graph.add(volume.clone());
        let run = Export::new(&node.output)
            .region(region)
            .blocks(Shape::from([8, 8]))
            .resume(work)
            .to(&file);
        run.wait().unwrap();
        assert_eq!(run.progress().resumed, 0);
        assert_eq!(load(&file).unwrap(), volume.pixels(&region, 1));
    }
}

#[test]
fn a_block_that_was_damaged_meanwhile_is_written_again() {
    let (folder, file) = place();
    let volume = Volume::new(&[64, 64]);
    half_a_run(&volume, &file, "work", [63, 0]);
    let old = volume.asked.lock().unwrap().len() as u64 - 1;
    let part = folder.path().join(".a.npy.headwater-part");
    let mut bytes = fs::read(&part).unwrap();
    bytes[128 + 2 * 5] ^= 1;
    fs::write(&part, bytes).unwrap();
    let graph = Graph::new();
    let node = graph.add(volume.clone());
    let run = Export::new(&node.output)
        .blocks(Shape::from([8, 8]))
        .resume("work")
        .to(&file);
    run.wait().unwrap();
    assert_eq!(run.progress().resumed, old - 1);
    assert_eq!(load(&file).unwrap(), volume.pixels(&roi![0..64, 0..64], 1));
}

#[test]
fn no_more_blocks_are_in_flight_than_said() {
    for in_flight in [1, 3] {
        let (_folder, file) = place();
        let volume = Volume {
            pause: Duration::from_millis(1),
            ..Volume::new(&[64, 64])
        };
        let graph = Graph::new();
        let node = graph.add(volume.clone());
        let export = Export::new(&node.output)
            .blocks(Shape::from([8, 8]))
            .in_flight(in_flight);
        export.to(&file).wait().unwrap();
        let most = volume.most_running.load(Ordering::SeqCst);
        assert!(
            most <= in_flight && (most > 1) == (in_flight > 1),
            "{most} of {in_flight}"
        );
    }
}

#[test]
fn a_small_budget_makes_blocks_small_and_then_few() {
    let (_folder, file) = place();
    let graph = Graph::new();
    let node = graph.add(Volume::new(&[1000, 1000, 1000]));
    let plan = |bytes| {
        Export::new(&node.output)
            .in_flight(4)
            .memory(bytes)
            .plan(&file)
            .unwrap()
    };
    for bytes in [1 << 24, 1 << 16] {
        let plan = plan(bytes);
        assert!(
            plan.memory <= bytes && plan.memory > bytes / 4 && plan.in_flight == 4,
            "{plan:?}"
        );
    }
    let least = plan(4);
    assert_eq!(
        (least.block, least.in_flight, least.memory),
        (Shape::from([1, 1, 1]), 2, 4)
    );
}

#[test]
fn an_inline_runtime_and_one_slot_do_it_too() {
    for slots in [0, 1] {
        let (_folder, file) = place();
        let runtime = Runtime::builder().slots(slots).compute_threads(1).build().unwrap();
        let volume = Volume::new(&[20, 31]);
        let graph = Graph::on(&runtime);
        let node = graph.add(volume.clone());
        Export::new(&node.output)
            .blocks(Shape::from([8, 8]))
            .to(&file)
            .wait()
            .unwrap();
        assert_eq!(load(&file).unwrap(), volume.pixels(&whole(&volume), 1));
        assert_eq!(runtime.memory().used, 0);
    }
}

#[test]
fn a_request_may_await_a_run() {
    let (_folder, file) = place();
    let graph = Graph::new();
    let volume = Volume::new(&[20, 31]);
    let node = graph.add(volume.clone());
    let (output, at) = (node.output.clone(), file.clone());
    let request = Request::new(async move {
        let run = Export::new(&output).blocks(Shape::from([8, 8])).to(&at);
        Ok((&run).await?.bytes)
    });
    assert_eq!(request.wait().unwrap(), fs::metadata(&file).unwrap().len());
    assert_eq!(load(&file).unwrap(), volume.pixels(&whole(&volume), 1));
}

#[test]
fn names_tell_what_is_in_the_file() {
    let (folder, _) = place();
    let graph = Graph::new();
    let node = graph.add(Volume::new(&[20, 31]));
    let pattern = folder.path().join("{axes}_{y_start}-{y_stop}_{x_start:03}_{what}.npy");
    Export::new(&node.output)
        .region(roi![3..9, 7..30])
        .to(pattern.to_str().unwrap())
        .wait()
        .unwrap();
    assert_eq!(names(folder.path()), ["yx_3-9_007_{what}.npy"]);
}

#[test]
fn a_batch_of_regions_gives_each_place_once() {
    let graph = Graph::new();
    let volume = Volume::new(&[20, 31, 17]);
    let node = graph.add(volume.clone());
    let part = roi![3..19, 0..31, 5..17];
    let batch = RegionBatch::new(&graph.snapshot(), &node.output).unwrap().region(part);
    let batch = batch.memory(4096).in_flight(2).start().unwrap();
    let mut all = headwater::Array::zeros("zyx", part.shape().as_slice(), DType::U16).unwrap();
    let mut blocks = 0;
    batch
        .wait(|(roi, block)| {
            blocks += 1;
            assert!(roi.volume()? * 2 * 2 <= 4096);
            all.assign_region(&roi.relative_to(&part)?, &block)
        })
        .unwrap();
    assert_eq!(all, volume.pixels(&part, 1));
    assert_eq!(volume.asked.lock().unwrap().len(), blocks);
}

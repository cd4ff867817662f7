//! A run that is killed at any moment and begun again ends as if nothing had happened.
//!
//! The test starts its own program again, as a child that does nothing but the run of [`child`]. It kills the child without a
//! warning when it has computed so many blocks, and lets the last one end.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use headwater::graph::Graph;
use headwater::io::{Compression, Create, Export};
use headwater::{Roi, Shape};

use crate::support::{files, load};
use crate::volume::Volume;

/// The folder to work in, and the ending of the file to write: what makes a process a child.
const FOLDER: &str = "HEADWATER_KILL_FOLDER";
const ENDING: &str = "HEADWATER_KILL_ENDING";

/// A TIFF without compression and tiles, in which every sample has its place.
const BARE: &str = "bare.tif";

const SHAPE: [usize; 3] = [32, 96, 64];
const BLOCK: [usize; 3] = [8, 16, 16];
const BLOCKS: usize = 4 * 6 * 4;
const IN_FLIGHT: usize = 3;

#[test]
fn npy_survives_kills() {
    survives("npy");
}

#[test]
fn zarr_survives_kills() {
    survives("zarr");
}

#[cfg(feature = "n5")]
#[test]
fn n5_survives_kills() {
    survives("n5");
}

#[test]
fn tiff_in_tiles_survives_kills() {
    survives("tif");
}

#[test]
fn bare_tiff_survives_kills() {
    survives(BARE);
}

/// Not a test: what a child does.
#[test]
#[ignore = "it is run by the tests of this file, in a process of its own"]
fn child() {
    let (Ok(folder), Ok(ending)) = (env::var(FOLDER), env::var(ENDING)) else {
        return;
    };
    let folder = PathBuf::from(folder);
    let volume = Volume {
        pause: Duration::from_millis(1),
        log: Some(folder.join("log")),
        ..Volume::new(&SHAPE)
    };
    let graph = Graph::new();
    let node = graph.add(volume);
    let create = match ending == BARE {
        true => Create::new().compression(Compression::None),
        false => Create::new().chunk(Shape::from(BLOCK)),
    };
    let export = Export::new(&node.output)
        .blocks(Shape::from(BLOCK))
        .in_flight(IN_FLIGHT)
        .create(create)
        .resume("kill");
    let file = folder.join("a").with_extension(ending);
    export.to(file.to_str().unwrap()).wait().unwrap();
}

fn survives(ending: &str) {
    let once = tempfile::tempdir().unwrap();
    assert!(start(once.path(), ending).wait().unwrap().success());
    let undisturbed = once.path().join("a").with_extension(ending);
    let (mut kills, mut random) = (0, 0x2545_F491_u32);
    for _ in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a").with_extension(ending);
        let log = folder.path().join("log");
        let mut killed = 0;
        loop {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let before = computed(&log).len();
            let mut child = start(folder.path(), ending);
            // Some blocks further, and some part of a block.
            if !ended_before(&mut child, &log, before + 1 + (random >> 16) as usize % 40) {
                spin(Duration::from_micros(u64::from(random >> 8) % 1500));
                child.kill().unwrap();
                child.wait().unwrap();
                if !file.exists() {
                    killed += 1;
                    continue;
                }
            }
            break;
        }
        // Of a folder with a file for each block, those of coarser scales too.
        if file.is_dir() {
            let (found, expected) = (files(&file), files(&undisturbed));
            assert!(found == expected, "{:?}", found.keys().collect::<Vec<_>>());
        }
        let file = file.to_str().unwrap();
        let volume = Volume::new(&SHAPE);
        let expected = volume.pixels(&Roi::full(Shape::from(SHAPE)), 1);
        assert_eq!(load(file).unwrap(), expected);
        let computed = computed(&log).len();
        assert!(computed >= BLOCKS, "{computed}");
        assert!(
            computed <= BLOCKS + killed * IN_FLIGHT,
            "{computed} of {BLOCKS} blocks with {killed} kills"
        );
        kills += killed;
    }
    assert!(kills >= 4, "only {kills} kills: the runs are too short to say anything");
}

fn start(folder: &Path, ending: &str) -> Child {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "kill::child", "--ignored", "--nocapture"]);
    child
        .env(FOLDER, folder)
        .env(ENDING, ending)
        .env("HEADWATER_THREADS", "2");
    child.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap()
}

/// Waits until `blocks` are in the log; whether the child has ended before that.
fn ended_before(child: &mut Child, log: &Path, blocks: usize) -> bool {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return true;
        }
        if computed(log).len() >= blocks {
            return false;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "the child does nothing");
        spin(Duration::from_micros(200));
    }
}

/// The regions that children have computed.
fn computed(log: &Path) -> Vec<String> {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Waits without giving a moment to anybody: a point within a block, not a pause.
fn spin(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}

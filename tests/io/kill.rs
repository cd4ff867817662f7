//! A run that is killed at any moment and begun again ends as if nothing had happened, and what it was to replace is whole and can
//! be read until the new result is.
//!
//! The test starts its own program again, as a child that does nothing but the run of [`child`]. It kills the child without a
//! warning when it has computed so many blocks, or a moment after it has computed the last, and lets the last one end. What
//! decides about those moments is printed; `HEADWATER_KILL_SEED` repeats it, as far as time allows.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use headwater::graph::{Graph, Meta};
use headwater::io::{Compression, Create, Export, Open};
use headwater::{Array, Checkpoint, Error, Roi, Shape};

use crate::support::{files, load, save};
use crate::volume::Volume;

/// The folder to work in, what to write, and whether it replaces something: what makes a process a child.
const FOLDER: &str = "HEADWATER_KILL_FOLDER";
const NAME: &str = "HEADWATER_KILL_NAME";
const REPLACE: &str = "HEADWATER_KILL_REPLACE";
const SEED: &str = "HEADWATER_KILL_SEED";

const SHAPE: [usize; 3] = [32, 96, 64];
/// Of what is replaced: in a stack, each of its files is replaced.
const OLD: [usize; 3] = [30, 96, 64];
const IN_FLIGHT: usize = 3;
/// How often a result is made.
const ROUNDS: usize = 3;

/// What is written, and how.
#[derive(Clone, Copy)]
struct Case {
    /// A file, a folder, or a name with a placeholder, in the folder of the test.
    name: &'static str,
    block: [usize; 3],
    how: How,
    /// Whether a run goes on where the last was killed.
    resumes: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    Usual,
    /// In chunks of the shape of the blocks.
    InChunks,
    Compressed(Option<u8>),
}

/// A case for each of these tests: what is written where nothing is, and over what is there.
macro_rules! cases {
    ($($(#[$attribute:meta])* $test:ident: $name:literal $block:expr, $how:expr, $resumes:literal;)*) => {
        const CASES: &[Case] = &[
            $($(#[$attribute])* Case { name: $name, block: $block, how: $how, resumes: $resumes }),*
        ];
        $($(#[$attribute])* mod $test {
            #[test]
            fn survives_kills() {
                super::survives($name, false);
            }

            #[test]
            fn survives_kills_over_an_old_one() {
                super::survives($name, true);
            }
        })*
    };
}

cases! {
    npy: "a.npy" [8, 16, 16], How::Usual, true;
    npz: "a.npz" [8, 16, 16], How::Usual, true;
    raw: "a.raw" [8, 16, 16], How::Usual, true;
    zarr: "a.zarr" [8, 16, 16], How::InChunks, true;
    #[cfg(feature = "n5")]
    n5: "a.n5" [8, 16, 16], How::InChunks, true;
    tiff_in_tiles: "a.tif" [8, 16, 16], How::InChunks, true;
    // Without tiles and compression, every sample has its place.
    bare_tiff: "bare.tif" [8, 16, 16], How::Compressed(None), true;
    // A folder of its own; with others in it.
    stack: "planes/{z}.png" [1, 96, 64], How::Usual, true;
    stack_among_others: "{z}.tif" [1, 96, 64], How::Usual, true;
    // In one piece, or by a library that cannot go on.
    deflated_npz: "deflated.npz" [1, 96, 64], How::Compressed(Some(1)), false;
    #[cfg(feature = "hdf5")]
    hdf5: "a.h5" [8, 16, 16], How::InChunks, false;
}

impl Case {
    fn of(name: &str) -> Self {
        *CASES.iter().find(|case| case.name == name).unwrap()
    }

    fn create(&self) -> Create {
        let create = Create::new();
        match self.how {
            How::Usual => create,
            How::InChunks => create.chunk(Shape::from(self.block)),
            How::Compressed(None) => create.compression(Compression::None),
            How::Compressed(Some(level)) => create.compression(Compression::Deflate(level)),
        }
    }

    fn blocks(&self) -> usize {
        SHAPE
            .iter()
            .zip(self.block)
            .map(|(length, block)| length.div_ceil(block))
            .product()
    }

    /// Where the result is to be, within `folder`.
    fn location(&self, folder: &Path) -> String {
        folder.join("place").join(self.name).to_str().unwrap().to_owned()
    }

    fn is_stack(&self) -> bool {
        self.name.contains('{')
    }

    /// Whether it gets its names one by one.
    fn is_among_others(&self) -> bool {
        self.name.starts_with('{')
    }

    /// All that can be read under the name.
    fn load(&self, folder: &Path) -> Result<Array, Error> {
        let location = self.location(folder);
        if !self.is_stack() {
            return load(&location);
        }
        let source = Open::new().sequence_axis('z').open(&location.replace("{z}", "*"))?;
        source.read(&source.meta().roi(), &Checkpoint::never())
    }

    /// Whether there is anything under the name.
    fn exists(&self, folder: &Path) -> bool {
        let place = PathBuf::from(self.location(folder));
        match self.is_stack() {
            false => place.exists(),
            true => place.with_file_name("0.png").exists() || place.with_file_name("00.tif").exists(),
        }
    }
}

/// Not a test: what a child does.
#[test]
#[ignore = "it is run by the tests of this file, in a process of its own"]
fn child() {
    let (Ok(folder), Ok(name)) = (env::var(FOLDER), env::var(NAME)) else {
        return;
    };
    let (folder, case) = (PathBuf::from(folder), Case::of(&name));
    let volume = Volume {
        pause: Duration::from_millis(1),
        log: Some(folder.join("log")),
        ..Volume::new(&SHAPE)
    };
    let graph = Graph::new();
    let node = graph.add(volume);
    let export = Export::new(&node.output)
        .blocks(Shape::from(case.block))
        .in_flight(IN_FLIGHT)
        .create(case.create().replace(env::var(REPLACE).is_ok()))
        .resume("kill");
    export.to(&case.location(&folder)).wait().unwrap();
}

/// A number that nobody knows before.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let told = env::var(SEED).ok().map(|seed| seed.parse().unwrap());
        let seed = told.unwrap_or_else(|| RandomState::new().hash_one(0));
        println!("{SEED}={seed}");
        Self(seed)
    }

    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}

fn pixels(shape: &[usize; 3], seed: u16) -> Array {
    Volume::new(shape).pixels(&Roi::full(Shape::from(*shape)), seed)
}

/// A folder for a child, with what it is to replace.
fn prepare(case: &Case, old: Option<&Array>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("place");
    fs::create_dir(&place).unwrap();
    if case.is_among_others() {
        fs::write(place.join("another's"), "").unwrap();
    }
    if let Some(old) = old {
        save(&case.create(), &case.location(folder.path()), old, &Meta::of(old)).unwrap();
    }
    folder
}

fn survives(name: &str, replace: bool) {
    let case = Case::of(name);
    let (new, mut dice) = (pixels(&SHAPE, 1), Dice::new());
    let once = prepare(&case, None);
    assert!(start(once.path(), name, false).wait().unwrap().success());
    let undisturbed = files(&once.path().join("place"));
    // The files of a stack have names of one width, whatever is replaced.
    let old = pixels(if case.is_stack() { &SHAPE } else { &OLD }, 2);
    let old = replace.then_some(&old);
    let mut kills = 0;
    for _ in 0..ROUNDS {
        let folder = prepare(&case, old);
        let (killed, ended) = round(&case, folder.path(), old, &new, &mut dice);
        assert_eq!(case.load(folder.path()).unwrap(), new);
        // Nothing is left, by whatever run, beside what belongs there. The tiles of a TIFF lie as they came.
        if ended && case.resumes {
            let found = files(&folder.path().join("place"));
            let of = |found: &BTreeMap<PathBuf, Vec<u8>>| found.keys().cloned().collect::<Vec<_>>();
            assert_eq!(of(&found), of(&undisturbed));
            assert!(found == undisturbed || name == "a.tif");
        }
        let computed = computed(&folder.path().join("log")).len();
        let blocks = case.blocks();
        assert!(!case.resumes || computed >= blocks, "{computed}");
        assert!(
            !case.resumes || computed <= blocks + killed * IN_FLIGHT,
            "{computed} of {blocks} blocks with {killed} kills"
        );
        kills += killed;
    }
    assert!(
        kills >= ROUNDS,
        "only {kills} kills: the runs are too short to say anything"
    );
}

/// Kills runs until the result is there; how many, and whether the last one ended by itself.
fn round(case: &Case, folder: &Path, old: Option<&Array>, new: &Array, dice: &mut Dice) -> (usize, bool) {
    let (log, blocks) = (folder.join("log"), case.blocks());
    let mut killed = 0;
    loop {
        let before = computed(&log).len();
        let mut child = start(folder, case.name, old.is_some());
        // Some blocks further, or all of them, and some part of what comes then.
        let wanted = match case.resumes {
            true if dice.below(4) == 0 => blocks,
            true => blocks.min(before + 1 + dice.below(blocks * 2 / 5)),
            // It begins anew, with blocks that are its own choice.
            false => before + 1,
        };
        if killed >= 8 || ended_before(&mut child, &log, wanted) {
            assert!(child.wait().unwrap().success());
            return (killed, true);
        }
        let most = if wanted >= blocks || !case.resumes { 8000 } else { 1500 };
        spin(Duration::from_micros(dice.below(most) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
        if is_over(case, folder, old, new) {
            return (killed, false);
        }
    }
}

/// Whether the new result is there. If it is not, what is there is old, or nothing; of files with names of their own, each is.
fn is_over(case: &Case, folder: &Path, old: Option<&Array>, new: &Array) -> bool {
    if case.is_among_others() {
        let place = PathBuf::from(case.location(folder));
        let is_new = |n: usize| {
            let file = place.with_file_name(format!("{n:02}.tif"));
            let plane = |image: &Array| {
                let plane = image
                    .slice(&Roi::full(Shape::from(SHAPE)).with_axis(0, n..n + 1).unwrap())
                    .unwrap();
                plane.to_axes("yx").unwrap()
            };
            match load(file.to_str().unwrap()) {
                Ok(found) if found == plane(new) => true,
                Ok(found) => {
                    assert!(old.is_some_and(|old| found == plane(old)), "{n} is neither old nor new");
                    false
                }
                Err(error) => {
                    assert!(old.is_none() && !file.exists(), "{}", error.report());
                    false
                }
            }
        };
        let named = (0..SHAPE[0]).filter(|n| is_new(*n)).count();
        return named == SHAPE[0];
    }
    match case.load(folder) {
        Ok(found) if found == *new => true,
        Ok(found) => {
            assert!(
                old.is_some_and(|old| found == *old),
                "it is neither the old nor the new one"
            );
            false
        }
        Err(error) => {
            assert!(old.is_none() && !case.exists(folder), "{}", error.report());
            false
        }
    }
}

fn start(folder: &Path, name: &str, replace: bool) -> Child {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "kill::child", "--ignored", "--nocapture"]);
    child.env(FOLDER, folder).env(NAME, name).env("HEADWATER_THREADS", "2");
    if replace {
        child.env(REPLACE, "yes");
    }
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

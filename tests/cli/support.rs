//! A folder with small images and pipelines, and the program run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use headwater::graph::Meta;
use headwater::io::Create;
use headwater::{Array, Checkpoint, Roi};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_headwater");

/// Smooths, finds what is bright, and measures it.
pub(crate) const CELLS: &str = r#"version = 1

[inputs.image]
path = "cells.npy"

[nodes.smooth]
operator = "Gaussian"
input = "image"
sigma = 1.5

[nodes.bright]
operator = "Threshold"
input = "smooth"
level = 40

[nodes.parts]
operator = "ConnectedComponents"
input = "bright"

[nodes.measured]
operator = "RegionFeatures"
labels = "parts"
image = "image"

[outputs.smooth]
from = "smooth"
path = "smooth.npy"

[outputs.cells]
from = "measured"
path = "cells.csv"
"#;

/// A folder that is gone after the test.
pub(crate) struct Folder(TempDir);

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With an image of three bright squares and the pipeline that finds them.
    pub(crate) fn with_cells() -> Self {
        let folder = Self::new();
        folder.save("cells.npy", &cells());
        folder.write("cells.toml", CELLS);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn save(&self, name: &str, image: &Array) {
        let (path, never) = (self.path(name), Checkpoint::never());
        let sink = Create::new().create(path.to_str().unwrap(), &Meta::of(image)).unwrap();
        sink.write_region(&sink.meta().roi(), image, &never).unwrap();
        sink.finish(&never).unwrap();
    }

    pub(crate) fn load(&self, name: &str) -> Array {
        let source = headwater::io::open(self.path(name).to_str().unwrap()).unwrap();
        let roi: Roi = source.meta().roi();
        source.read(&roi, &Checkpoint::never()).unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).current_dir(self.0.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&self.command(arguments).output().unwrap())
    }

    /// Runs the program, which succeeds, and returns what it printed.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!((ended.code, &*ended.err), (Some(0), ""), "{arguments:?}");
        ended.out
    }

    /// The same as the JSON object that it printed.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let all = [arguments, &["--json"]].concat();
        serde_json::from_str(&self.done(&all)).unwrap()
    }

    /// Runs the program, which fails, and returns what it said.
    pub(crate) fn failed(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!((ended.code, &*ended.out), (Some(1), ""), "{arguments:?}: {}", ended.err);
        assert!(
            ended.err.lines().all(|line| line.starts_with("headwater: ")),
            "{}",
            ended.err
        );
        ended.err
    }

    /// What is in the folder, hidden files too.
    pub(crate) fn names(&self) -> Vec<String> {
        names(self.0.path())
    }
}

impl Ended {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Three squares of 100 on a ground of 10.
pub(crate) fn cells() -> Array {
    let bright = |y: usize, x: usize| {
        let corners = [(4, 4), (10, 40), (40, 20)];
        corners
            .iter()
            .any(|(top, left)| (*top..top + 8).contains(&y) && (*left..left + 8).contains(&x))
    };
    let points = (0..64 * 64).map(|at| if bright(at / 64, at % 64) { 100_u8 } else { 10 });
    Array::from_vec("yx", &[64, 64], points.collect()).unwrap()
}

/// `text` with times and bytes, which differ from run to run, as `#`.
pub(crate) fn masked(text: &str) -> String {
    let line = |line: &str| match line.split_whitespace().next() {
        Some(what @ ("time" | "memory")) => format!("{what} #\n"),
        Some("bound") => "bound #\n".to_owned(),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

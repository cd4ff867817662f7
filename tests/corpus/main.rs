//! Files that fuzzers began with, and those that they found: each parser reads them, or refuses them in an orderly way.
//!
//! The same files, damaged in ways that do not depend on a fuzzer, are given to them too. `fuzz/README.md` says where the files come
//! from. One whose name begins with `read` has to be read, one that begins with `refused` has to be refused; of others, which went
//! wrong once, only the rest of what [`parsers`] asks is asked.

mod mutations;
mod parsers;
mod watchdog;

use std::env;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use mutations::{Random, damaged};
use parsers::{Outcome, PARSERS, Parser};
use watchdog::Watchdog;

/// The largest file, and all of them together: they are read by people, and part of every clone.
const LARGEST: u64 = 4 << 10;
const ALL: u64 = 300 << 10;

/// How often each file is damaged, from which beginning, and of which parser, if not of all: variables of the environment.
const TIMES: &str = "HEADWATER_DAMAGES";
const SEED: &str = "HEADWATER_DAMAGES_SEED";
const ONLY: &str = "HEADWATER_DAMAGES_OF";
const EACH: u64 = 12;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The files of a parser, in order.
fn files(parser: &Parser) -> Vec<PathBuf> {
    let folder = root().join("corpus").join(parser.name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// What becomes of the bytes of a file, or how that went wrong.
fn give(parser: &Parser, path: &Path, bytes: &[u8]) -> Result<Outcome, String> {
    let _watchdog = Watchdog::over(path);
    let given = panic::catch_unwind(AssertUnwindSafe(|| parser.give(bytes)));
    given.map_err(|payload| {
        let said = payload.downcast_ref::<String>().cloned();
        let said = said.or_else(|| payload.downcast_ref::<&str>().map(|said| (*said).to_owned()));
        format!("{}: {}", path.display(), said.unwrap_or_default())
    })
}

/// What is wrong with what became of a file.
fn complaint(parser: &Parser, path: &Path) -> Option<String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match give(parser, path, &fs::read(path).unwrap()) {
        Err(wrong) => Some(wrong),
        Ok(Err(report)) if name.starts_with("read") => Some(format!("{} is refused: {report}", path.display())),
        Ok(Ok(())) if name.starts_with("refused") => Some(format!("{} is read", path.display())),
        _ => None,
    }
}

/// Memory is counted for the whole process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn every_file_is_read_or_refused_as_its_name_says() {
    let _alone = ALONE.lock();
    let mut complaints = Vec::new();
    for parser in &PARSERS {
        complaints.extend(files(parser).iter().filter_map(|path| complaint(parser, path)));
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn damaged_files_are_read_or_refused() {
    let _alone = ALONE.lock();
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse().ok());
    let (times, seed) = (number(TIMES).unwrap_or(EACH), number(SEED).unwrap_or(1));
    let only = env::var(ONLY).ok();
    let mut complaints = Vec::new();
    for parser in PARSERS
        .iter()
        .filter(|parser| only.as_deref().is_none_or(|only| only == parser.name))
    {
        let files: Vec<_> = files(parser)
            .into_iter()
            .map(|path| (fs::read(&path).unwrap(), path))
            .collect();
        let mut random = Random::new(seed);
        for _ in 0..times {
            for (bytes, path) in &files {
                let bytes = damaged(bytes, &files[random.below(files.len())].0, &mut random);
                if let Err(wrong) = give(parser, path, &bytes) {
                    complaints.push(format!("{wrong}\n  {}", kept(parser, &bytes, complaints.len())));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// Keeps what went wrong, and says where.
fn kept(parser: &Parser, bytes: &[u8], number: usize) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}", parser.name));
    fs::write(&path, bytes).unwrap();
    format!("kept as {}", path.display())
}

#[test]
fn each_parser_has_a_target_and_files_that_are_read_and_refused() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for parser in &PARSERS {
        let name = parser.name;
        let target = fs::read_to_string(root().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains(&format!("run(\"{name}\", bytes)")), "{target}");
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name}"
        );
        for beginning in ["read", "refused"] {
            let begins = |path: &PathBuf| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with(beginning))
            };
            assert!(
                files(parser).iter().any(begins),
                "no file of {name} begins with `{beginning}`"
            );
        }
    }
    let targets = fs::read_dir(root().join("fuzz_targets")).unwrap();
    assert_eq!(targets.count(), PARSERS.len());
}

#[test]
fn the_files_are_small() {
    let mut sum = 0;
    for path in PARSERS.iter().flat_map(files) {
        let length = fs::metadata(&path).unwrap().len();
        assert!(length <= LARGEST, "{} has {length} bytes", path.display());
        sum += length;
    }
    assert!(sum <= ALL, "all files together have {sum} bytes");
}

//! The built program from outside: what it says, how it ends, what it leaves behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_headwater");

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/nuclei_2d.tif")
}

/// Runs `headwater dog` in `folder`.
fn dog(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.arg("dog").args(arguments).current_dir(folder);
    command.output().unwrap()
}

/// Exit code 1, one line on stderr that contains all of `parts`, and nothing on stdout.
fn assert_fails(output: &Output, parts: &[&str]) {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.starts_with("headwater: ") && said.ends_with('\n') && said.lines().count() == 1,
        "{said:?}"
    );
    for part in parts {
        assert!(said.contains(part), "`{part}` is not in {said:?}");
    }
    assert!(output.stdout.is_empty());
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_input_that_cannot_be_read_is_one_line_and_no_output() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let sample = fs::read(sample()).unwrap();
    fs::create_dir(here.join("folder")).unwrap();
    fs::write(here.join("empty.tif"), b"").unwrap();
    fs::write(here.join("text.png"), b"not an image at all").unwrap();
    fs::write(here.join("half.tif"), &sample[..sample.len() / 2]).unwrap();
    fs::write(here.join("two\nlines.tif"), b"no").unwrap();
    for (input, cause) in [
        ("missing.tif", "No such file"),
        ("folder", "is a directory"),
        ("empty.tif", "the file is empty"),
        ("text.png", "neither TIFF, PNG nor JPEG"),
        ("half.tif", "cut short or damaged"),
    ] {
        assert_fails(
            &dog(here, &[input, "out.tif"]),
            &[&format!("cannot read `{input}`"), cause],
        );
    }
    assert_fails(&dog(here, &["two\nlines.tif", "out.tif"]), &["two\\nlines.tif"]);
    assert_eq!(
        names(here),
        ["empty.tif", "folder", "half.tif", "text.png", "two\nlines.tif"]
    );
}

#[test]
fn an_output_that_cannot_be_written_is_refused_before_the_input_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir(here.join("folder.tif")).unwrap();
    for (output, cause) in [
        ("out.jpg", "use .tif, .tiff or .png"),
        ("out", "no extension"),
        ("missing/out.tif", "No such file"),
        ("folder.tif", "is a directory"),
        ("/proc/out.tif", "not writable"),
    ] {
        assert_fails(
            &dog(here, &["missing.tif", output]),
            &[&format!("cannot write `{output}`"), cause],
        );
    }
    assert_eq!(names(here), ["folder.tif"]);
}

#[test]
fn the_input_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::copy(sample(), here.join("image.tif")).unwrap();
    assert_fails(
        &dog(here, &["image.tif", "./image.tif"]),
        &["OUTPUT `./image.tif` is INPUT"],
    );
    assert_eq!(fs::read(here.join("image.tif")).unwrap(), fs::read(sample()).unwrap());
}

#[test]
fn senseless_options_are_one_line_that_names_them() {
    let folder = tempfile::tempdir().unwrap();
    for sigmas in [["0", "1"], ["-1", "1"], ["NaN", "1"], ["1", "inf"], ["2", "2"]] {
        let arguments = ["in.tif", "out.tif", "--sigma", sigmas[0], "--sigma", sigmas[1]];
        assert_fails(&dog(folder.path(), &arguments), &["--sigma"]);
    }
    assert_fails(
        &dog(folder.path(), &["in.tif", "out.tif", "--sigma", "1"]),
        &["--sigma is needed twice"],
    );
    assert_fails(
        &dog(folder.path(), &["in.tif", "out.tif", "--threads", "99999"]),
        &["--threads 99999"],
    );
}

#[test]
fn an_unknown_option_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let output = dog(folder.path(), &["--colour"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--colour"));
}

#[test]
fn an_input_above_the_limit_is_refused_in_both_figures() {
    let folder = tempfile::tempdir().unwrap();
    let input = sample();
    let input = input.to_str().unwrap();
    let output = dog(folder.path(), &[input, "out.tif", "--max-bytes", "100K"]);
    assert_fails(&output, &["513.25 KiB", "the limit is 100.00 KiB", "--max-bytes"]);
}

/// A TIFF whose header claims 60,000 x 60,000 pixels, and which has 16 bytes of them.
fn liar() -> Vec<u8> {
    let entry = |tag: u16, value: u32| {
        let long = 4_u16;
        [
            &tag.to_le_bytes()[..],
            &long.to_le_bytes(),
            &1_u32.to_le_bytes(),
            &value.to_le_bytes(),
        ]
        .concat()
    };
    let entries = [
        entry(256, 60_000),
        entry(257, 60_000),
        entry(258, 8),
        entry(259, 1),
        entry(262, 1),
        entry(273, 8),
        entry(277, 1),
        entry(278, 60_000),
        entry(279, 16),
    ];
    let head = b"II*\0\x18\0\0\0".to_vec();
    [
        head,
        vec![0; 16],
        vec![entries.len() as u8, 0],
        entries.concat(),
        vec![0; 4],
    ]
    .concat()
}

#[test]
fn a_lying_header_cannot_make_the_program_run_out_of_memory() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("liar.tif"), liar()).unwrap();
    // 1 GB of address space: 3.6 GB of pixels would abort the process, whatever limit the user set.
    let script = "ulimit -v 1000000; exec \"$0\" dog liar.tif out.tif --max-bytes 64G";
    let output = Command::new("sh")
        .args(["-c", script, PROGRAM])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_fails(&output, &["cannot read `liar.tif`", "3.35 GiB of memory"]);
    let output = dog(folder.path(), &["liar.tif", "out.tif", "--max-bytes", "1G"]);
    assert_fails(&output, &["cannot read `liar.tif`", "the limit is 1.00 GiB"]);
    let output = dog(folder.path(), &["liar.tif", "out.tif", "--max-bytes", "64G"]);
    assert_fails(&output, &["cannot read `liar.tif`"]);
}

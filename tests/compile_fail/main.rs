//! Connections that must not compile, and what the compiler says of them.
//!
//! It is asked directly, with the library that was built for this test: what `trybuild` does, which builds the library and all that
//! it depends on once more, takes minutes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use expect_test::{Expect, expect};

/// What the compiler that built this test says of the case called `name`.
fn said(name: &str) -> String {
    let built = std::env::current_exe().unwrap();
    let dependencies = built.parent().unwrap();
    let output = Command::new(Path::new(env!("CARGO")).with_file_name("rustc"))
        .args(["--edition", "2024", "--crate-type", "bin", "--emit", "metadata"])
        .args(["--out-dir", env!("CARGO_TARGET_TMPDIR"), "--error-format", "short"])
        .arg("-L")
        .arg(format!("dependency={}", dependencies.display()))
        .arg("--extern")
        .arg(format!("headwater={}", library(dependencies).display()))
        .arg(format!("tests/compile_fail/cases/{name}.rs"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.success(), text.is_empty(), "{text}");
    let told = text.lines().filter(|line| !line.starts_with("error: aborting"));
    told.map(|line| format!("{}\n", short(line))).collect()
}

/// With the names of types alone: how much of a path is told depends on the features that the library was built with.
fn short(line: &str) -> String {
    let paths = ["headwater::graph::", "headwater::", "std::convert::"];
    paths.iter().fold(line.to_owned(), |line, path| line.replace(path, ""))
}

/// The library among `dependencies`; of those with several sets of features, the newest.
fn library(dependencies: &Path) -> PathBuf {
    let files = fs::read_dir(dependencies).unwrap().map(|file| file.unwrap().path());
    let is_library = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libheadwater-") && name.ends_with(".rlib")
    };
    let age = |path: &PathBuf| {
        fs::metadata(path)
            .and_then(|file| file.modified())
            .unwrap_or(SystemTime::UNIX_EPOCH)
    };
    files
        .filter(is_library)
        .max_by_key(age)
        .expect("the library beside this test")
}

#[track_caller]
fn refused(name: &str, expected: &Expect) {
    expected.assert_eq(&said(name));
}

#[test]
fn an_output_is_connected_to_an_input() {
    assert_eq!(said("output_to_input"), "");
}

#[test]
fn an_input_is_not_connected_to_an_output() {
    refused(
        "input_to_output",
        &expect![[r#"
        tests/compile_fail/cases/input_to_output.rs:5:36: error[E0308]: mismatched types: expected `&Input<Array>`, found `&Output<Array>`
    "#]],
    );
}

#[test]
fn a_list_is_not_connected_to_a_slot() {
    refused(
        "list_to_slot",
        &expect![[r#"
        tests/compile_fail/cases/list_to_slot.rs:5:36: error[E0308]: mismatched types: expected `&List<_>`, found `&Input<Array>`
    "#]],
    );
}

#[test]
fn a_slot_of_a_value_is_not_asked_for_a_region() {
    refused(
        "region_of_a_value",
        &expect![[r#"
        tests/compile_fail/cases/region_of_a_value.rs:5:12: error[E0599]: no method named `request` found for reference `&Output<f32>` in the current scope: method not found in `&Output<f32>`
    "#]],
    );
}

#[test]
fn slots_of_two_types_are_not_connected() {
    refused(
        "types_differ",
        &expect![[r#"
        tests/compile_fail/cases/types_differ.rs:5:30: error[E0277]: the trait bound `Output<Array>: Connect<Input<f32>>` is not satisfied: the trait `Connect<Input<f32>>` is not implemented for `Output<Array>`
    "#]],
    );
}

#[test]
fn a_slot_takes_no_value_of_another_type() {
    refused(
        "wrong_value",
        &expect![[r#"
        tests/compile_fail/cases/wrong_value.rs:5:30: error[E0277]: the trait bound `f32: From<&str>` is not satisfied: the trait `From<&str>` is not implemented for `f32`
    "#]],
    );
}

#[test]
fn v4_a_consumer_is_nobodys_parent_and_types_have_to_fit() {
    refused(
        "consumer_as_parent",
        &expect![[r#"
        tests/compile_fail/cases/consumer_as_parent.rs:4:14: error[E0599]: the method `process` exists for struct `flow::Node<u64, Nothing>`, but its trait bounds were not satisfied: method cannot be called on `flow::Node<u64, Nothing>` due to unsatisfied trait bounds
        tests/compile_fail/cases/consumer_as_parent.rs:5:31: error[E0308]: mismatched types: expected `&Node<_, u64>`, found `&Node<Nothing, String>`
    "#]],
    );
}

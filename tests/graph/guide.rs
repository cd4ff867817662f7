//! The guide's promises of brevity; that its code compiles and runs is checked with the documentation.

use std::fs;
use std::path::Path;

/// The lines that a reader sees of the block of code in which `name` is declared, up to the end of its implementation.
fn lines(name: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide/writing_an_operator.rs");
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<_> = text
        .lines()
        .map(|line| line.trim_start_matches("//!").strip_prefix(' ').unwrap_or(""))
        .filter(|line| !line.starts_with("# "))
        .collect();
    let first = lines
        .iter()
        .position(|line| line.starts_with(&format!("struct {name}")))
        .unwrap();
    let implementation = lines[first..]
        .iter()
        .position(|line| line.starts_with("impl Operator"))
        .unwrap();
    let last = lines[first + implementation..]
        .iter()
        .position(|line| *line == "}")
        .unwrap();
    implementation + last + 1
}

#[test]
fn a_pointwise_operator_has_25_lines_and_one_with_a_halo_40() {
    assert!((15..=25).contains(&lines("Brighten")), "{}", lines("Brighten"));
    assert!((20..=40).contains(&lines("Dilate")), "{}", lines("Dilate"));
}

//! Texts that are nearly right: an error with a place, or a document. Never a panic.

use headwater::pipeline::{Pipeline, Problems};
use proptest::prelude::*;

use crate::support::VALID;

/// Pieces that make text wrong in interesting ways.
const PIECES: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "=",
    ".",
    ",",
    "\n",
    "\r\n",
    "#",
    "\0",
    "ä",
    "🦀",
    "-1",
    "1e999",
    "nan",
    "inf",
    "0x",
    "none",
    "image",
    "operator = \"Gaussian\"\n",
    "{ from = \"image\" }",
    "[nodes.a]\n",
    "1979-05-27",
    "99999999999999999999",
    "true",
    "\"\"\"",
    "[[",
    "a.b.c = 1\n",
    "version = 1\n",
    "[[[[[[[[[[[[[[[[[[[[",
];

#[derive(Clone, Debug)]
enum Change {
    Remove(usize, usize),
    Insert(usize, usize),
    Swap(usize, usize),
    Double(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0..4096_usize;
    prop_oneof![
        (at.clone(), 1..24_usize).prop_map(|(at, n)| Change::Remove(at, n)),
        (at.clone(), 0..PIECES.len()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (at.clone(), at.clone()).prop_map(|(a, b)| Change::Swap(a, b)),
        (at, 1..200_usize).prop_map(|(at, n)| Change::Double(at, n)),
    ]
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for change in changes {
        let len = text.len();
        match *change {
            _ if len == 0 => break,
            Change::Remove(at, n) => {
                text.drain(at % len..(at % len + n).min(len));
            }
            Change::Insert(at, piece) => {
                text.splice(at % len..at % len, PIECES[piece].chars());
            }
            Change::Swap(a, b) => text.swap(a % len, b % len),
            Change::Double(at, n) => {
                let copy: Vec<char> = text[at % len..(at % len + n).min(len)].to_vec();
                text.splice(at % len..at % len, copy);
            }
        }
    }
    text.into_iter().collect()
}

fn check(text: &str) {
    match Pipeline::parse(text, "fuzz.toml") {
        Ok(pipeline) => {
            let written = pipeline.to_toml();
            let again = Pipeline::parse(&written, "fuzz.toml");
            assert_eq!(
                again.unwrap_or_else(|error| panic!("{}\n{written}", error.report())),
                pipeline
            );
        }
        Err(error) => {
            let problems: &Problems = error.downcast_ref().unwrap();
            let lines = text.lines().count().max(1) + 1;
            for problem in problems.iter() {
                let place = problem.place();
                assert!((1..=lines).contains(&place.line) && place.column >= 1, "{problem}");
                assert!(!problem.message().is_empty());
            }
        }
    }
}

proptest! {
    #[test]
    fn nearly_right_texts_are_read_or_refused(nth in 0..VALID.len(), changes in prop::collection::vec(change(), 1..6)) {
        check(&changed(VALID[nth], &changes));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        check(&text);
    }
}

#[test]
fn texts_cut_off_anywhere_are_read_or_refused() {
    for text in VALID {
        for (end, _) in text.char_indices().step_by(2) {
            check(&text[..end]);
        }
    }
}

#[test]
fn depth_and_length_are_no_matter() {
    check(&format!("version = 1\na = {}", "[".repeat(100_000)));
    check(&format!("version = 1\na = {}", "{a=".repeat(100_000)));
    let mut text = "version = 1\n[inputs.n0]\n".to_owned();
    for nth in 1..5_000 {
        text += &format!("[nodes.n{nth}]\noperator = \"Identity\"\ninput = \"n{}\"\n", nth - 1);
    }
    check(&text);
    check(&text.replace("\"n0\"", "\"n4999\""));
}

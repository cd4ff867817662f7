//! Reads the sources under `src/` and fails on a back-edge, naming file and line.
//!
//! The rows are those of the design: two foundations that do not know each other, execution (`runtime`, `request`) and
//! data (`roi`, `array`, `kernels`), meet in `graph`. A module names itself and what its row allows, always by the owning
//! module, never through the re-exports of the crate's root. The program under `src/cli` is a crate of its own that sees
//! the public API alone, so the compiler watches it; what is left to check there is `unsafe`.

use std::fs;
use std::path::Path;

/// Each module with what it may name besides itself. A row names earlier rows only.
const ROWS: &str = "
sync:
error:      sync
checkpoint: sync error
occupancy:  sync

roi:        error
array:      sync error checkpoint roi
kernels:    sync error checkpoint occupancy roi array

runtime:    sync error checkpoint occupancy
request:    sync error checkpoint runtime

graph:      sync error checkpoint roi array runtime request
green:      sync error checkpoint runtime request
operators:  sync error checkpoint roi array runtime request graph kernels green
io:         sync error checkpoint roi array runtime request graph kernels operators
pipeline:   sync error checkpoint roi array runtime request graph kernels operators io
flow:       sync error checkpoint roi array runtime request graph kernels green operators io
serve:      sync error checkpoint roi array runtime request graph kernels green operators io pipeline flow
cluster:    sync error checkpoint roi array runtime request graph kernels green operators io pipeline flow

guide:
";

/// Back-edges that tests need: the beginning of a file's path, and what it may name as well.
const TEST_EDGES: &[(&str, &str)] = &[
    // The models of queue and idling drive them by whole requests.
    ("runtime/tests/", "request"),
];

/// Foreign crates that a module must not know.
const STRANGERS: &[(&str, &[&str])] = &[
    ("roi", &["tokio", "rayon", "futures"]),
    ("array", &["tokio", "rayon", "futures"]),
    ("kernels", &["tokio", "futures"]),
    ("runtime", &["ndarray"]),
    ("request", &["ndarray", "rayon"]),
];

/// Where `std::sync` may be named, with the reason: the beginning of a file's path, or a folder on its way.
const STD_SYNC: &[(&str, &str)] = &[
    ("sync.rs", "the shim itself"),
    ("cli/", "a program on top of the library; no model checker runs it"),
    ("/tests/", "a test may count beside the model that it checks"),
];

/// Where `unsafe` may stand, with the reason. Short, and meant to stay so.
const UNSAFE: &[(&str, &str)] = &[(
    "array/huge.rs",
    "the system is told of memory by its address; large new arrays are touched in a fifth of the time",
)];

#[test]
fn no_source_has_a_back_edge() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut complaints = Vec::new();
    let files = sources(&root);
    assert!(files.len() > 10, "only {} files under {}", files.len(), root.display());
    for file in files {
        let text = fs::read_to_string(root.join(&file)).unwrap();
        complaints.extend(check(&file, &text));
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn rows_name_earlier_rows_only() {
    let rows = rows();
    for (nth, (module, allowed)) in rows.iter().enumerate() {
        for name in allowed {
            let earlier = rows[..nth].iter().any(|(earlier, _)| earlier == name);
            assert!(earlier, "{module} may name {name}, which is no earlier row");
        }
    }
}

#[test]
fn planted_back_edges_are_found() {
    for (file, text, complaint) in [
        (
            "runtime/engine.rs",
            "\nuse crate::request::Request;",
            "src/runtime/engine.rs:2: `runtime` names `request`",
        ),
        (
            "runtime/mod.rs",
            "fn f() { crate::request::current::with(|_| ()) }",
            "src/runtime/mod.rs:1: `runtime` names `request`",
        ),
        (
            "request/cell.rs",
            "use crate::{error::Error,\n    array::Array};",
            "src/request/cell.rs:2: `request` names `array`",
        ),
        (
            "request/cell.rs",
            "use crate::{self as us, kernels};",
            "src/request/cell.rs:1: `request` names `kernels`",
        ),
        (
            "request/cell.rs",
            "use super::super::roi::Roi;",
            "src/request/cell.rs:1: `request` names `roi`",
        ),
        (
            "request/mod.rs",
            "mod tests {\n use super::super::kernels::*; }",
            "src/request/mod.rs:2: `request` names `kernels`",
        ),
        (
            "kernels/gaussian.rs",
            "use crate::runtime::Runtime;",
            "src/kernels/gaussian.rs:1: `kernels` names `runtime`",
        ),
        (
            "kernels/gaussian.rs",
            "async fn f() { tokio::task::yield_now().await }",
            "src/kernels/gaussian.rs:1: `kernels` names `tokio`",
        ),
        (
            "graph/slot.rs",
            "use crate::kernels::gaussian;",
            "src/graph/slot.rs:1: `graph` names `kernels`",
        ),
        (
            "green/pool.rs",
            "use crate::flow::Flow;",
            "src/green/pool.rs:1: `green` names `flow`",
        ),
        (
            "request/run.rs",
            "use crate::Request;",
            "src/request/run.rs:1: `crate::Request` goes through the root: name its module",
        ),
        (
            "request/run.rs",
            "use crate::*;",
            "src/request/run.rs:1: `crate::*` goes through the root: name its module",
        ),
        (
            "request/run.rs",
            "use std::sync::Arc;",
            "src/request/run.rs:1: `std::sync` belongs in src/sync.rs: import from `crate::sync`",
        ),
        (
            "request/run.rs",
            "use std::{fmt, sync::Mutex};",
            "src/request/run.rs:1: `std::sync` belongs in src/sync.rs: import from `crate::sync`",
        ),
        (
            "request/run.rs",
            "let x = unsafe { *p };",
            "src/request/run.rs:1: `unsafe`",
        ),
        (
            "utils.rs",
            "",
            "src/utils.rs:1: `utils` has no row: give it one in tests/layering.rs",
        ),
    ] {
        assert_eq!(check(file, text), [complaint], "{text}");
    }
}

#[test]
fn what_is_allowed_raises_no_complaint() {
    for (file, text) in [
        (
            "request/cell.rs",
            "use crate::request::run;\nuse crate::runtime::engine::Engine;\nuse crate::sync::atomic::{AtomicBool, Ordering};",
        ),
        ("error.rs", "mod tests { use super::*; }"),
        (
            "kernels/separable/tile.rs",
            "mod tests { mod inner { use super::super::super::border; } }",
        ),
        (
            "runtime/engine.rs",
            "//! See [`Request`](crate::Request).\n/* use crate::request; /* nested */ std::sync */",
        ),
        (
            "runtime/engine.rs",
            r##"const S: &str = "crate::request \" unsafe"; const R: &str = r#"crate::"request"#; const C: char = '"';"##,
        ),
        (
            "runtime/engine.rs",
            "fn f<'a>(x: &'a str) -> char { '\\'' } // crate::request",
        ),
        (
            "request/cell.rs",
            "std::thread::scope(|s| ()); fn deny_unsafe_code() {}",
        ),
        ("sync.rs", "use std::sync as imp;"),
        ("request/tests/world.rs", "use std::sync::atomic::AtomicU32;"),
        (
            "cli/signal.rs",
            "use std::sync::Arc; use super::image::Image; use crate::cli::args;",
        ),
        ("lib.rs", "pub use request::Request; pub use crate::array::Array;"),
    ] {
        assert_eq!(check(file, text), [""; 0], "{text}");
    }
}

/// [`ROWS`], taken apart.
fn rows() -> Vec<(&'static str, Vec<&'static str>)> {
    let rows = ROWS.lines().filter_map(|line| line.split_once(':'));
    rows.map(|(module, allowed)| (module, allowed.split_whitespace().collect()))
        .collect()
}

/// Every `.rs` file under `root`, relative to it, with `/` between the parts.
fn sources(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let parts: Vec<_> = path
                    .strip_prefix(root)
                    .unwrap()
                    .iter()
                    .map(|part| part.to_string_lossy())
                    .collect();
                found.push(parts.join("/"));
            }
        }
    }
    found.sort();
    found
}

/// The complaints about one file, whose path is relative to `src/`.
fn check(file: &str, text: &str) -> Vec<String> {
    let tokens = tokens(&blank(text));
    let mut complaints: Vec<(usize, String)> = Vec::new();
    let module = file.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    let rows = rows();
    let row = rows.iter().find(|(name, _)| *name == module);
    let exempt = |list: &[(&str, &str)]| {
        list.iter()
            .any(|(part, _)| file.starts_with(part) || (part.starts_with('/') && file.contains(part)))
    };
    if row.is_none() && !matches!(module, "lib" | "main" | "cli") {
        complaints.push((1, format!("`{module}` has no row: give it one in tests/layering.rs")));
    }
    let for_tests = |name: &str| {
        TEST_EDGES
            .iter()
            .any(|(start, to)| file.starts_with(start) && *to == name)
    };
    for path in paths(&tokens, depth(file)) {
        let complaint = match (&*path.root, row) {
            ("crate", Some((_, allowed))) => match &*path.name {
                name if name == module || allowed.contains(&name) || for_tests(name) => None,
                name if rows.iter().any(|(module, _)| *module == name) => Some(format!("`{module}` names `{name}`")),
                name => Some(format!("`crate::{name}` goes through the root: name its module")),
            },
            ("std", _) if path.name == "sync" && !exempt(STD_SYNC) => {
                Some("`std::sync` belongs in src/sync.rs: import from `crate::sync`".to_owned())
            }
            _ => None,
        };
        complaints.extend(complaint.map(|complaint| (path.line, complaint)));
    }
    let strangers = STRANGERS
        .iter()
        .find(|(name, _)| *name == module)
        .map_or(&[][..], |(_, strangers)| strangers);
    for (line, word) in &tokens {
        if strangers.contains(&&**word) {
            complaints.push((*line, format!("`{module}` names `{word}`")));
        }
        if word == "unsafe" && !exempt(UNSAFE) {
            complaints.push((*line, "`unsafe`".to_owned()));
        }
    }
    complaints.sort();
    complaints
        .into_iter()
        .map(|(line, complaint)| format!("src/{file}:{line}: {complaint}"))
        .collect()
}

/// How many modules deep the file is below the crate: `error.rs` and `request/mod.rs` are one deep.
fn depth(file: &str) -> usize {
    let parts = file.split('/').count();
    match file.rsplit('/').next() {
        Some("mod.rs" | "lib.rs" | "main.rs") => parts - 1,
        _ => parts,
    }
}

/// The beginning of a path: `crate` or `std`, and the name after it.
struct Start {
    line: usize,
    root: String,
    name: String,
}

/// Every path that begins at `crate` or `std`, or gets to the crate by way of `super`; groups in braces count name by name.
fn paths(tokens: &[(usize, String)], depth: usize) -> Vec<Start> {
    let word = |at: usize| tokens.get(at).map_or("", |(_, word)| word.as_str());
    let mut found = Vec::new();
    // For each open brace, whether it is that of a module within the file.
    let mut braces: Vec<bool> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match word(at) {
            "{" => braces.push(at >= 2 && word(at - 2) == "mod"),
            "}" => drop(braces.pop()),
            "crate" | "std" if word(at + 1) == "::" => names(tokens, at + 2, word(at), &mut found),
            "super" if word(at.wrapping_sub(1)) != "::" => {
                let start = at;
                while word(at + 1) == "::" && word(at + 2) == "super" {
                    at += 2;
                }
                let supers = (at - start) / 2 + 1;
                if supers == depth + braces.iter().filter(|module| **module).count() {
                    names(tokens, at + 2, "crate", &mut found);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The name at `at`, or each first name of the group that opens there.
fn names(tokens: &[(usize, String)], at: usize, root: &str, found: &mut Vec<Start>) {
    let mut push = |(line, name): &(usize, String)| {
        if name != "self" {
            found.push(Start {
                line: *line,
                root: root.to_owned(),
                name: name.clone(),
            });
        }
    };
    match tokens.get(at) {
        Some((_, open)) if open == "{" => {
            let (mut level, mut first) = (0, true);
            for token in &tokens[at..] {
                match &*token.1 {
                    "{" => level += 1,
                    "}" => level -= 1,
                    "," if level == 1 => first = true,
                    _ if first => {
                        push(token);
                        first = false;
                    }
                    _ => {}
                }
                if level == 0 {
                    break;
                }
            }
        }
        Some(token) => push(token),
        None => {}
    }
}

/// Words, `::` and single signs, each with its line.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let mut tokens: Vec<(usize, String)> = Vec::new();
    for (nth, line) in text.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let end = match first {
                c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                c => c.len_utf8(),
            };
            tokens.push((nth + 1, rest[..end].to_owned()));
            rest = rest[end..].trim_start();
        }
    }
    tokens
}

/// `text` without comments and without what stands in quotes; lines stay where they are.
fn blank(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skip = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest, '"'),
            'r' if !kept.ends_with(|c: char| c.is_alphanumeric() || c == '_') => raw_string(rest),
            'b' if rest.starts_with("br") && !kept.ends_with(|c: char| c.is_alphanumeric() || c == '_') => {
                match raw_string(&rest[1..]) {
                    0 => 0,
                    length => length + 1,
                }
            }
            // A character, not a lifetime: `'x'` or an escape.
            '\'' if rest.starts_with("'\\") || rest.chars().nth(2) == Some('\'') => quoted(rest, '\''),
            _ => 0,
        };
        if skip == 0 {
            kept.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            kept.push(' ');
            kept.extend(rest[..skip].chars().filter(|c| *c == '\n'));
            rest = &rest[skip..];
        }
    }
    kept
}

fn block_comment(text: &str) -> usize {
    let (mut level, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (level, at) = (level + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (level, at) = (level - 1, at + 2);
            if level == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// The length of the raw string that begins here; 0 if none does.
fn raw_string(text: &str) -> usize {
    let hashes = text[1..].chars().take_while(|c| *c == '#').count();
    if !text[1 + hashes..].starts_with('"') {
        return 0;
    }
    let body = 2 + hashes;
    let close = format!("\"{}", "#".repeat(hashes));
    text[body..]
        .find(&close)
        .map_or(text.len(), |end| body + end + close.len())
}

//! What counts, and what writes lines.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use futures::stream;
use headwater::Error;
use headwater::flow::Flow;
use headwater::flow::consume::{Lines, TextFile, Void};
use headwater::flow::produce::TryIter;

use crate::{end, numbers, run, runtime, until};

#[test]
fn void_counts_all_of_its_clones() {
    let (flow, void) = (Flow::batch(), Void::new());
    numbers(&flow, 1000).consumer_with("void", {
        let void = void.clone();
        move || void.clone()
    });
    run(&flow);
    assert_eq!(void.count(), 1000);
}

/// A writer that keeps what it is given, and breaks when it has so much.
#[derive(Clone, Default)]
struct Paper {
    written: Arc<Mutex<Vec<u8>>>,
    flushed: Arc<Mutex<usize>>,
    most: Option<usize>,
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.written.lock().unwrap();
        if self.most.is_some_and(|most| written.len() >= most) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        written.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        *self.flushed.lock().unwrap() += 1;
        Ok(())
    }
}

#[test]
fn each_item_is_a_line() {
    let (flow, paper) = (Flow::batch(), Paper::default());
    flow.produce("words", stream::iter(["to", "be", ""]))
        .consumer("lines", Lines::to(paper.clone()));
    run(&flow);
    assert_eq!(*paper.written.lock().unwrap(), b"to\nbe\n\n");
    assert_eq!(*paper.flushed.lock().unwrap(), 1);
}

#[test]
fn a_pipe_that_breaks_fails_the_flow() {
    let most = Some(10);
    let (flow, paper) = (
        Flow::batch(),
        Paper {
            most,
            ..Paper::default()
        },
    );
    flow.produce("endless", stream::iter(0..))
        .consumer("lines", Lines::to(paper.clone()));
    let runtime = runtime(2);
    let error = end(&flow.build().unwrap().run(&runtime)).unwrap_err().report();
    assert!(
        error.contains("`lines`") && error.contains("cannot write a line"),
        "{error}"
    );
}

#[test]
fn lines_are_appended_to_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    for _ in 0..2 {
        let flow = Flow::batch();
        numbers(&flow, 3).consumer("file", TextFile::append(&path));
        run(&flow);
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "1\n2\n3\n1\n2\n3\n");
}

#[test]
fn an_appended_line_is_there_as_soon_as_it_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    let flow = Flow::batch();
    let gives = [Ok(1), Ok(2), Err(Error::msg("enough"))];
    let taken = flow.produce("some", TryIter::new(gives.into_iter()));
    taken.consumer("file", TextFile::append(&path));
    let runtime = runtime(1);
    end(&flow.build().unwrap().run(&runtime)).unwrap_err();
    let lines = fs::read_to_string(&path).unwrap();
    assert!(
        "1\n2\n".starts_with(&lines) && (lines.is_empty() || lines.ends_with('\n')),
        "{lines}"
    );
}

#[test]
fn a_new_file_has_its_name_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    let looks = path.clone();
    let flow = Flow::batch();
    let seen = numbers(&flow, 3).inspect("look", move |_| assert!(!looks.exists()));
    seen.consumer("file", TextFile::create(&path));
    run(&flow);
    assert_eq!(fs::read_to_string(&path).unwrap(), "1\n2\n3\n");
    let again = |file| {
        let flow = Flow::batch();
        numbers(&flow, 1).consumer("file", file);
        let runtime = runtime(1);
        end(&flow.build().unwrap().run(&runtime))
    };
    let error = again(TextFile::create(&path)).unwrap_err().report();
    assert!(
        error.contains("a.txt") && error.contains("not to be replaced"),
        "{error}"
    );
    again(TextFile::replace(&path)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "1\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn of_a_flow_that_fails_no_new_file_is_left() {
    let folder = tempfile::tempdir().unwrap();
    for file in [
        TextFile::create(folder.path().join("a.txt")),
        TextFile::replace(folder.path().join("b.txt")),
    ] {
        let flow = Flow::batch();
        let gives = [Ok(1), Err(Error::msg("enough"))];
        flow.produce("some", TryIter::new(gives.into_iter()))
            .consumer("file", file);
        let runtime = runtime(1);
        end(&flow.build().unwrap().run(&runtime)).unwrap_err();
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_file_that_cannot_be_begun_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for file in [
        TextFile::append(folder.path().join("none/a.txt")),
        TextFile::create(folder.path().join("none/a.txt")),
    ] {
        let flow = Flow::batch();
        numbers(&flow, 3).consumer("file", file);
        let runtime = runtime(1);
        let error = end(&flow.build().unwrap().run(&runtime)).unwrap_err().report();
        assert!(error.contains("none/a.txt"), "{error}");
    }
}

#[test]
fn a_new_file_that_cannot_have_its_name_is_not_left_and_stops_no_later_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    let fails = |file, meanwhile: fn(&Path)| {
        let (flow, at) = (Flow::batch(), path.clone());
        let begun = folder.path().to_owned();
        let seen = numbers(&flow, 1).inspect("meanwhile", move |_| {
            until(|| fs::read_dir(&begun).unwrap().count() == 1);
            meanwhile(&at);
        });
        seen.consumer("file", file);
        let runtime = runtime(2);
        let error = end(&flow.build().unwrap().run(&runtime)).unwrap_err().report();
        assert!(error.contains("a.txt"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{error}");
        error
    };
    // No file takes the place of a folder.
    fails(TextFile::replace(&path), |at| fs::create_dir(at).unwrap());
    fs::remove_dir(&path).unwrap();
    let error = fails(TextFile::create(&path), |at| fs::write(at, "theirs").unwrap());
    assert!(error.contains("has come while it was written"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
    // What a run that was killed has left under the name that was once the same for all.
    fs::write(folder.path().join(".a.txt.headwater-part"), "").unwrap();
    let flow = Flow::batch();
    numbers(&flow, 1).consumer("file", TextFile::replace(&path));
    run(&flow);
    assert_eq!(fs::read_to_string(&path).unwrap(), "1\n");
}

//! Following what happens.

use headwater::{Request, Runtime};

use super::client::*;

/// A request with a name, from its beginning to its end.
fn happen(runtime: &Runtime, name: &str) {
    Request::builder()
        .on(runtime)
        .name(name)
        .future(async { Ok(()) })
        .wait()
        .unwrap();
}

/// Calls `f` while requests are made and end.
fn while_something_happens<R>(runtime: &Runtime, f: impl FnOnce() -> R) -> R {
    std::thread::scope(|scope| {
        let (told, is_told) = std::sync::mpsc::channel();
        scope.spawn(move || {
            while is_told.try_recv().is_err() {
                happen(runtime, "work");
            }
        });
        let result = f();
        told.send(()).unwrap();
        result
    })
}

#[test]
fn events_are_followed_until_a_line_is_sent() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let (mut client, mut other) = (Client::new(&console), Client::new(&console));
    client.send("events\n");
    // It listens from some moment on.
    let first = while_something_happens(&runtime, || client.line());
    assert!(
        first.starts_with("  #") && first.contains("`work` (tests/green/console/events.rs:"),
        "{first}"
    );
    // A line that would be a command ends it, and is none.
    client.send("requests\n");
    let rest = client.answer();
    assert!(rest.ends_with("ok\n"));
    assert!(!rest.contains("console: "), "the console told of itself: {rest}");
    assert_eq!(client.ask("help exit"), "  exit  leave; the application goes on\nok\n");
    assert!(other.ask("whoami").ends_with("ok\n"));
}

#[test]
fn events_end_after_a_count_or_a_time() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let mut client = Client::new(&console);
    assert_eq!(client.ask("events 0"), "ok\n");
    assert_eq!(client.ask("events 0.06s"), "ok\n");
    assert_eq!(
        client.ask("events many"),
        "error: `events`: `many` is neither a COUNT nor a TIME such as 5s\n"
    );
    // Who has said all there is to say gets what was asked for.
    client.send("events 2");
    client.half_close();
    let answers = while_something_happens(&runtime, || client.rest());
    assert_eq!(answers.lines().count(), 3, "{answers}");
    assert!(answers.lines().take(2).all(|line| line.contains("`work`")), "{answers}");
    assert!(answers.ends_with("ok\n"), "{answers}");
    // But nothing without an end.
    let mut client = Client::new(&console);
    client.send("events");
    client.half_close();
    assert_eq!(client.rest(), "ok\n");
}

#[test]
fn events_that_are_too_many_are_counted_and_not_kept() {
    let runtime = runtime(1);
    let console = local(&runtime).max_events(5).build().unwrap();
    let mut client = Client::new(&console);
    client.send("events\n");
    let missed = while_something_happens(&runtime, || {
        let mut line = client.line();
        while !line.contains("events were too many") {
            line = client.line();
        }
        line
    });
    assert!(missed.starts_with("  … "), "{missed}");
    client.send("\n");
    assert!(client.answer().ends_with("ok\n"));
}

//! What hostile and careless clients can take, and what not.

use std::io::Write as _;
use std::time::Duration;

use super::client::*;

#[test]
fn no_more_sessions_than_allowed() {
    let runtime = runtime(1);
    let console = local(&runtime).max_sessions(2).build().unwrap();
    let (first, mut second) = (Client::new(&console), Client::new(&console));
    let mut third = Client::raw(&console);
    assert_eq!(third.rest(), "error: no more than 2 sessions at once\n");
    assert!(second.ask("whoami").ends_with("ok\n"));
    drop(first);
    until(|| console.sessions() == 1);
    assert!(Client::new(&console).ask("whoami").starts_with("  session 3, "));
}

#[test]
fn a_client_that_reads_nothing_loses_its_session_and_holds_up_nobody() {
    let runtime = runtime(1);
    const SIZE: usize = 64 << 20;
    let console = local(&runtime)
        .max_answer(SIZE)
        .unread_limit(Duration::from_millis(20))
        .section("huge", "more than any buffer of a socket", || "x".repeat(SIZE))
        .build()
        .unwrap();
    let mut other = Client::new(&console);
    let mut slow = Client::new(&console);
    slow.send("huge\n");
    until(|| {
        assert!(other.ask("whoami").ends_with("ok\n"));
        console.sessions() == 1
    });
    let got = slow.rest();
    assert!(got.len() < SIZE && !got.contains("ok"), "{}", got.len());
}

#[test]
fn a_client_that_floods_and_does_not_read_is_held_back() {
    let runtime = runtime(1);
    let console = local(&runtime).unread_limit(Duration::from_millis(20)).build().unwrap();
    let mut other = Client::new(&console);
    let mut flood = Client::new(&console);
    // It is cut off, so at some point it can write no more.
    let lines = "help\n".repeat(10_000);
    let is_over = (0..10_000).any(|_| flood.0.get_mut().write_all(lines.as_bytes()).is_err());
    assert!(is_over);
    until(|| console.sessions() == 1);
    assert!(other.ask("whoami").ends_with("ok\n"));
}

#[test]
fn ten_thousand_lines_have_ten_thousand_answers() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let stream = std::net::TcpStream::connect(console.address().tcp().unwrap()).unwrap();
    let mut client = Client::over(stream.try_clone().unwrap());
    client.greeted();
    std::thread::scope(|scope| {
        scope.spawn(|| (&stream).write_all("\nfly\n".repeat(5000).as_bytes()).unwrap());
        for _ in 0..5000 {
            assert_eq!(client.answer(), "ok\n");
            assert_eq!(client.answer(), "error: there is no command `fly`; `help` lists them\n");
        }
    });
}

#[test]
fn lines_too_long_or_no_text_are_refused_and_the_session_goes_on() {
    let runtime = runtime(1);
    let console = local(&runtime).max_line(64).build().unwrap();
    let mut client = Client::new(&console);
    let long = "x".repeat(100_000);
    assert_eq!(client.ask(&long), "error: the line is longer than 64 bytes\n");
    assert_eq!(client.ask(&"x".repeat(65)), "error: the line is longer than 64 bytes\n");
    client.send(b"\xff\xfb\x01\n");
    assert_eq!(client.answer(), "error: the line is not UTF-8\n");
    assert_eq!(client.ask("a\0b"), "error: the line has control characters\n");
    assert_eq!(
        client.ask("\u{202e}"),
        "error: there is no command `\\u{202e}`; `help` lists them\n"
    );
    assert_eq!(client.ask("help\texit"), "  exit  leave; the application goes on\nok\n");
}

#[test]
fn an_answer_is_cut_at_its_bound() {
    let runtime = runtime(1);
    let console = local(&runtime)
        .max_answer(2000)
        .section("long", "many lines", || "0123456789\n".repeat(1000))
        .build()
        .unwrap();
    let answer = Client::new(&console).ask("long");
    assert!(answer.len() < 2100 && answer.ends_with("bytes more\nok\n"), "{answer}");
}

#[test]
fn who_says_nothing_for_long_is_told_and_leaves() {
    let runtime = runtime(1);
    let console = local(&runtime).idle_limit(Duration::from_millis(20)).build().unwrap();
    let mut client = Client::raw(&console);
    let all = client.rest();
    assert!(
        all.ends_with("ok\nerror: nothing was said for 20ms, so the session ends\n"),
        "{all}"
    );
    until(|| console.sessions() == 0);
}

#[test]
fn a_command_outlives_a_client_that_has_sent_all_for_a_while_only() {
    let runtime = runtime(1);
    let console = local(&runtime)
        .end_limit(Duration::from_millis(20))
        .command("hang", "for ever", |_| std::future::pending())
        .build()
        .unwrap();
    let over = "error: `hang` was cancelled 20ms after the end of the input\n";
    // The second one has begun after the end.
    for end in ["", "\x04\n"] {
        let mut client = Client::new(&console);
        client.send(format!("hang\nhelp exit\nhang\nevents\n{end}"));
        client.half_close();
        let rest = client.rest();
        assert_eq!(
            rest,
            format!("{over}  exit  leave; the application goes on\nok\n{over}ok\n")
        );
        until(|| console.sessions() == 0);
    }
    let left = Client::new(&console);
    { left }.send("hang\nhang\nhang\n");
    let hangs = || {
        let all = runtime.snapshot();
        all.iter().any(|info| info.name.as_deref() == Some("console: hang"))
    };
    until(|| console.sessions() == 0 && !hangs());
}

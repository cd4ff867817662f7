//! Who is let in.

use std::net::TcpStream;

use expect_test::expect;
use headwater::Runtime;
use headwater::green::console::{Console, ConsoleAddress, ConsoleBuilder};

use super::client::*;

const TOKEN: &str = "correct-horse-battery";

fn beyond(runtime: &Runtime) -> ConsoleBuilder {
    Console::builder().on(runtime).tcp(([0, 0, 0, 0], 0))
}

#[test]
fn h66_beyond_loopback_a_token_is_required() {
    let runtime = runtime(1);
    let mut told = String::new();
    told += &(refused(Console::builder().on(&runtime)) + "\n");
    told += &(refused(beyond(&runtime)) + "\n");
    told += &(refused(Console::builder().on(&runtime).tcp(([192, 0, 2, 1], 7777))) + "\n");
    told += &(refused(beyond(&runtime).token("short")) + "\n");
    told += &(refused(beyond(&runtime).token("sixteen bytes and blanks")) + "\n");
    expect![[r#"
        a console has no address: say `tcp` or `unix`
        a console at `0.0.0.0:0` can be reached by other hosts: give it a token, or a loopback address
        a console at `192.0.2.1:7777` can be reached by other hosts: give it a token, or a loopback address
        a console's token has at least 16 bytes, not 5
        a console's token has no blanks and no control characters
    "#]]
    .assert_eq(&told);
    assert!(runtime.snapshot().is_empty(), "nothing was begun");
    for loopback in ["127.0.0.1:0", "127.1.2.3:0", "[::ffff:127.0.0.1]:0"] {
        let address: std::net::SocketAddr = loopback.parse().unwrap();
        // Whether this host has the address is not what is asked here.
        let built = Console::builder().on(&runtime).tcp(address).build();
        assert!(
            built.is_ok() || !built.unwrap_err().report().contains("token"),
            "{loopback}"
        );
    }
    let console = beyond(&runtime).token(TOKEN).build().unwrap();
    assert!(console.address().tcp().unwrap().ip().is_unspecified());
    let debug = format!("{:?}", beyond(&runtime).token(TOKEN));
    assert!(!debug.contains(TOKEN), "{debug}");
}

#[test]
fn h66_without_the_token_nothing_is_told_and_one_connection_has_one_try() {
    let runtime = runtime(1);
    let console = local(&runtime).token(TOKEN).build().unwrap();
    let almost = &TOKEN[..TOKEN.len() - 1];
    for (line, answer) in [
        (format!("token {almost}\nrequests\n"), "this is not the token"),
        (format!("token {TOKEN}x\nrequests\n"), "this is not the token"),
        ("token \nrequests\n".to_owned(), "this is not the token"),
        (
            "requests\n".to_owned(),
            "a token is required: the first line is `token`, a blank, and the token",
        ),
        (
            format!("{TOKEN}\n"),
            "a token is required: the first line is `token`, a blank, and the token",
        ),
        (
            "x".repeat(100_000),
            "a token is required: the first line is `token`, a blank, and the token",
        ),
    ] {
        let mut client = Client::raw(&console);
        client.send(line);
        assert_eq!(client.line(), "headwater console 1 token\n");
        assert_eq!(client.line(), format!("error: {answer}\n"));
        assert_eq!(client.rest(), "");
    }
    until(|| console.sessions() == 0);
    let mut client = Client::raw(&console);
    client.send(format!("token {TOKEN}\r\nhelp exit\n"));
    assert_eq!(client.line(), "headwater console 1 token\n");
    assert!(client.answer().starts_with("  test 1.2.3, process "));
    assert!(client.answer().starts_with("  exit  "));
    // It is a command no more, and is not told of in an error.
    let again = client.ask(&format!("token {TOKEN}"));
    assert_eq!(again, "error: there is no command `token`; `help` lists them\n");
}

#[test]
fn h66_who_gives_no_token_in_time_is_turned_away() {
    let runtime = runtime(1);
    let limit = std::time::Duration::from_millis(20);
    let console = local(&runtime).token(TOKEN).login_limit(limit).build().unwrap();
    let mut client = Client::raw(&console);
    client.send("token ");
    expect![[r#"
        headwater console 1 token
        error: a token is required: the first line is `token`, a blank, and the token
    "#]]
    .assert_eq(&client.rest());
    until(|| console.sessions() == 0);
}

#[test]
fn a_page_in_a_browser_achieves_nothing() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let work = endless(&runtime, "work");
    let id = work.id().to_string().replace('#', "");
    for request in ["POST / HTTP/1.1", "GET /cancel HTTP/1.0", "OPTIONS * HTTP/1.1"] {
        let mut client = Client::new(&console);
        client.send(format!("{request}\r\nHost: localhost\r\n\r\ncancel {id}\r\n"));
        assert_eq!(client.rest(), "error: this is no web server\n");
    }
    let mut client = Client::new(&console);
    let path = "x".repeat(10_000);
    client.send(format!(
        "POST /{path} HTTP/1.1\r\nhost: localhost\r\n\r\ncancel {id}\r\n"
    ));
    assert_eq!(client.answer(), "error: the line is longer than 4096 bytes\n");
    assert_eq!(client.rest(), "error: this is no web server\n");
    assert!(!work.is_cancelled());
    let _ = work.cancel();
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_for_its_owner_and_gone_at_the_end() {
    use std::os::unix::fs::PermissionsExt as _;
    let runtime = runtime(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("console");
    let at_path = || Console::builder().on(&runtime).unix(&path).name("test");
    // What a process that was killed leaves.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let console = at_path().build().unwrap();
    let mode = std::fs::symlink_metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut client = Client::new(&console);
    let own = format!("  session 1, process {}\nok\n", std::process::id());
    assert_eq!(client.ask("whoami"), own);
    let second = refused(at_path());
    assert_eq!(
        second.replace(&path.display().to_string(), "PATH"),
        "the console cannot listen at `PATH`: another process listens there"
    );
    drop(console);
    assert_eq!((client.rest(), path.exists()), (String::new(), false));
    std::fs::write(&path, "mine").unwrap();
    assert!(refused(at_path()).ends_with("there is a file that is no socket; it is left as it is"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["console"]);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let address = console.address().tcp().unwrap();
    let told = refused(Console::builder().on(&runtime).tcp(address));
    assert!(
        told.starts_with(&format!("the console cannot listen at `{address}`: Address")),
        "{told}"
    );
    assert_eq!(ConsoleAddress::Unix("x".into()).to_string(), "./x");
    drop(TcpStream::connect(address).unwrap());
}

//! `headwater console` against a console in this process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use expect_test::expect;
use headwater::green::console::{Console, ConsoleBuilder, ConsoleCall};
use headwater::{Error, Request, Runtime};

use crate::support::{Ended, Folder};

const TOKEN: &str = "correct-horse-battery";

/// A console with commands of its own.
fn local(runtime: &Runtime) -> ConsoleBuilder {
    Console::builder()
        .on(runtime)
        .tcp(([127, 0, 0, 1], 0))
        .name("kitchen")
        .section("rooms", "who is in which room", || "lobby\tada\u{1b}[2J\nok".to_owned())
        .command("say", "TEXT: say it", |mut call: ConsoleCall| async move {
            let words: Vec<String> =
                std::iter::from_fn(|| call.try_next("TEXT").transpose()).collect::<Result<_, _>>()?;
            Ok(format!("{words:?}"))
        })
        .command("fail", "fails", |_| async { Err(Error::msg("out of milk")) })
        .command("hang", "for ever", |_| std::future::pending())
}

fn runtime() -> Runtime {
    Runtime::builder().slots(1).compute_threads(1).build().unwrap()
}

/// Runs the program with `input` for it to read.
fn fed(folder: &Folder, arguments: &[&str], input: &str) -> Ended {
    let mut command = folder.command(arguments);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ended::of(&child.wait_with_output().unwrap())
}

/// Waits until `condition` holds, and fails when that takes much too long.
fn until(condition: impl Fn() -> bool) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !condition() {
        assert!(std::time::Instant::now() < end, "it did not happen");
        std::thread::yield_now();
    }
}

#[test]
fn one_command_is_answered_and_its_failure_is_the_programs() {
    let (runtime, folder) = (runtime(), Folder::new());
    let console = local(&runtime).build().unwrap();
    let address = console.address().to_string();
    let done = |command: &[&str]| folder.done(&[&["console", &*address], command].concat());
    assert_eq!(done(&["requests"]), "0 live\n");
    assert_eq!(done(&["rooms"]), "lobby\tada\\u{1b}[2J\nok\n");
    assert_eq!(
        done(&["say", "too  loud", "--token", ""]),
        "[\"too  loud\", \"--token\", \"\"]\n"
    );
    assert_eq!(done(&["say a b"]), "[\"a\", \"b\"]\n");
    assert_eq!(done(&["exit"]), "");
    for (command, said) in [
        ("fail", "out of milk"),
        ("fly", "there is no command `fly`; `help` lists them"),
        ("explain 0", "there is no live request #0"),
    ] {
        let err = folder.failed(&["console", &address, command]);
        assert_eq!(err, format!("headwater: `{address}`: {said}\n"));
    }
    let err = folder.failed(&["console", &address, "requests\ncancel 1"]);
    assert_eq!(
        err,
        "headwater: a command is one line, and `requests\\ncancel 1` is not\n"
    );
}

#[test]
fn without_a_terminal_commands_are_read_line_by_line() {
    let (runtime, folder) = (runtime(), Folder::new());
    let console = local(&runtime).build().unwrap();
    let address = console.address().to_string();
    let ended = fed(&folder, &["console", &address], "rooms\r\n\nfail\nsay 1\nfly\nsay 2");
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.out, "lobby\tada\\u{1b}[2J\nok\n[\"1\"]\n[\"2\"]\n");
    expect![[r#"
        headwater: `ADDRESS`: `fail`: out of milk
        headwater: `ADDRESS`: `fly`: there is no command `fly`; `help` lists them
        headwater: 2 of 5 commands failed at `ADDRESS`
    "#]]
    .assert_eq(&ended.err.replace(&address, "ADDRESS"));
    let ended = fed(&folder, &["console", &address], "say 1\nexit\nsay 2\n");
    assert_eq!((ended.code, &*ended.out, &*ended.err), (Some(0), "[\"1\"]\n", ""));
    let ended = fed(&folder, &["console", &address], "");
    assert_eq!((ended.code, &*ended.out, &*ended.err), (Some(0), "", ""));
}

#[test]
fn a_token_is_an_option_or_in_the_environment() {
    let (runtime, folder) = (runtime(), Folder::new());
    let console = local(&runtime).token(TOKEN).build().unwrap();
    let address = console.address().to_string();
    assert_eq!(
        folder.done(&["console", "--token", TOKEN, &address, "say", "1"]),
        "[\"1\"]\n"
    );
    let mut by_environment = folder.command(&["console", &address, "say", "1"]);
    let ended = Ended::of(&by_environment.env("HEADWATER_CONSOLE_TOKEN", TOKEN).output().unwrap());
    assert_eq!((ended.code, &*ended.out), (Some(0), "[\"1\"]\n"));
    assert_eq!(
        folder.failed(&["console", &address, "rooms"]),
        format!("headwater: the console at `{address}` asks for a token: say --token or set HEADWATER_CONSOLE_TOKEN\n")
    );
    assert_eq!(
        folder.failed(&["console", &address, "--token", "wrong-horse-battery", "rooms"]),
        format!("headwater: `{address}`: this is not the token\n")
    );
    // One that is not asked for is not sent.
    let open = local(&runtime).build().unwrap();
    let address = open.address().to_string();
    assert_eq!(
        folder.done(&["console", &address, "--token", TOKEN, "say", "1"]),
        "[\"1\"]\n"
    );
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_an_address_by_its_slash() {
    let (runtime, folder) = (runtime(), Folder::new());
    let console = Console::builder()
        .on(&runtime)
        .unix(folder.path("socket"))
        .build()
        .unwrap();
    let path = folder.path("socket").display().to_string();
    assert_eq!(console.address().to_string(), path);
    for address in [&*path, "./socket"] {
        assert_eq!(folder.done(&["console", address, "requests"]), "0 live\n");
    }
    assert!(
        folder
            .failed(&["console", "socket", "requests"])
            .contains("`socket` is no address of a console")
    );
    drop(console);
    let err = folder.failed(&["console", "./socket", "requests"]);
    assert!(
        err.starts_with("headwater: cannot connect to the console at `./socket`: No such file"),
        "{err}"
    );
}

#[test]
fn what_is_no_console_is_told() {
    let folder = Folder::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let told = |said: &'static [u8]| {
        std::thread::scope(|scope| {
            scope.spawn(|| listener.accept().unwrap().0.write_all(said).unwrap());
            folder
                .failed(&["console", &address, "requests"])
                .replace(&address, "ADDRESS")
        })
    };
    let mut all = told(b"SSH-2.0-\x1b[2J\n");
    all += &told(b"headwater console 2\n");
    all += &told(b"error: no more than 16 sessions at once\n");
    all += &told(b"");
    all += &told(b"headwater console 1\n");
    all += &told(b"headwater console 1\nhello\n");
    all += &told(b"headwater console 1\n  hel");
    all += &told(b"\xff\xff\n");
    expect![[r#"
        headwater: what listens at `ADDRESS` is no console of this version of headwater: it says `SSH-2.0-\u{1b}[2J`
        headwater: what listens at `ADDRESS` is no console of this version of headwater: it says `headwater console 2`
        headwater: `ADDRESS`: no more than 16 sessions at once
        headwater: what listens at `ADDRESS` says nothing, as a console would
        headwater: the console at `ADDRESS` has gone
        headwater: the console at `ADDRESS` says what no console says
        headwater: the connection to the console at `ADDRESS`: a line is not whole
        headwater: what listens at `ADDRESS` is no console of this version of headwater: it says `��`
    "#]]
    .assert_eq(&all);
    drop(listener);
    let err = folder.failed(&["console", &address, "requests"]);
    let refused = format!("headwater: cannot connect to the console at `{address}`: Connection refused");
    assert!(err.starts_with(&refused), "{err}");
}

#[test]
fn what_has_no_end_ends_when_nobody_reads_it() {
    let (runtime, folder) = (runtime(), Folder::new());
    let console = local(&runtime).build().unwrap();
    let mut command = folder.command(&["console", &console.address().to_string(), "events"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    let ended = std::thread::scope(|scope| {
        let (over, is_over) = std::sync::mpsc::channel();
        scope.spawn(move || {
            while is_over.try_recv().is_err() {
                let work = Request::builder().on(&runtime).name("work").future(async { Ok(()) });
                work.wait().unwrap();
            }
        });
        out.read_line(&mut line).unwrap();
        drop(out);
        let ended = child.wait().unwrap();
        over.send(()).unwrap();
        ended
    });
    assert!(line.starts_with('#') && line.contains("`work`"), "{line}");
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((ended.code(), &*err), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn ctrl_c_interrupts_the_command() {
    let (runtime, folder) = (runtime(), Folder::new());
    let console = local(&runtime).build().unwrap();
    let address = console.address().to_string();
    let mut command = folder.command(&["console", &address, "hang"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let hangs = || {
        runtime
            .snapshot()
            .iter()
            .any(|info| info.name.as_deref() == Some("console: hang"))
    };
    until(hangs);
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = Ended::of(&child.wait_with_output().unwrap());
    assert_eq!((ended.code, &*ended.out), (Some(130), ""));
    assert_eq!(ended.err, format!("headwater: `{address}`: interrupted\n"));
    until(|| !hangs());
}

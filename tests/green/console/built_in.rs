//! What every console can do.

use std::sync::{Arc, Mutex};

use expect_test::expect;
use headwater::{Error, Request, RequestState, Runtime};

use super::client::*;

#[test]
fn help_lists_all_commands_and_tells_all_of_one() {
    let runtime = runtime(1);
    let console = local(&runtime)
        .section("rooms", "who is in which room\nOne line for each.", String::new)
        .build()
        .unwrap();
    let mut client = Client::new(&console);
    expect![[r#"
          cancel      ID: say that nobody wants the result of this request any more
          events      [COUNT|TIME]: what happens to requests, until a line is sent
          exit        leave; the application goes on
          explain     ID: why this request is not running, or what it is doing
          help        [COMMAND]: all commands, or all of one
          log         [LEVEL]: what is logged, or change it: off, error, warn, info, debug, trace
          memory      the account of bytes, and who holds most
          metrics     figures for Prometheus
          quit        the same as `exit`
          requests    [all] [COUNT]: the live requests, each above those that it waits for
          rooms       who is in which room
          stalled     [TIME]: requests that have been started and have not moved for so long, 10s if not given
          statistics  figures for people
          whoami      which session this is, and where its client is
        ok
    "#]]
    .assert_eq(&client.ask("help"));
    expect![[r#"
          rooms  who is in which room
          One line for each.
        ok
    "#]]
    .assert_eq(&client.ask("help rooms"));
    assert_eq!(
        client.ask("help x"),
        "error: there is no command `x`; `help` lists them\n"
    );
}

/// One that waits for another, which waits for ever, and one that waits for both.
fn chain(runtime: &Runtime) -> [Request<()>; 3] {
    let inner = endless(runtime, "inner");
    let waits = |name: &str, for_whom: Vec<Request<()>>| {
        let request = Request::builder()
            .on(runtime)
            .name(name)
            .priority(3)
            .bytes(2048)
            .future(async move {
                futures::future::try_join_all(for_whom.iter().map(std::future::IntoFuture::into_future)).await?;
                Ok(())
            });
        request.submit();
        until(|| request.state() == RequestState::Suspended);
        request
    };
    let outer = waits("outer", vec![inner.clone()]);
    let both = waits("both", vec![outer.clone(), inner.clone()]);
    [inner, outer, both]
}

fn end(requests: &[Request<()>]) {
    requests.iter().rev().for_each(|request| {
        let _ = request.cancel();
    });
    until(|| requests.iter().all(Request::has_ended));
}

#[test]
fn requests_are_a_tree_of_who_waits_for_whom() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let mut client = Client::new(&console);
    assert_eq!(client.ask("requests"), "  0 live\nok\n");
    let chain = chain(&runtime);
    expect![[r#"
          3 live: 3 suspended
          #a suspended for TIME, TIME old: `both` (tests/green/console/built_in.rs), 2.00 KiB
            #b suspended for TIME, TIME old: `outer` (tests/green/console/built_in.rs), one waits for it, 2.00 KiB
              #c suspended for TIME, TIME old: `inner` (tests/green/console/client.rs), 2 wait for it
            #c, as above
        ok
    "#]]
    .assert_eq(&client.asked("requests"));
    expect![[r#"
          3 live: 3 suspended
          #a suspended for TIME, TIME old: `both` (tests/green/console/built_in.rs), 2.00 KiB
          … and 2 more
        ok
    "#]]
    .assert_eq(&client.asked("requests 1"));
    let all = client.asked("requests all");
    assert!(all.contains("5 live") && all.contains("`console: session 1`"), "{all}");
    for wrong in ["requests some", "requests all all", "requests 1 2", "requests -1"] {
        assert!(client.ask(wrong).starts_with("error: `requests`: `"), "{wrong}");
    }
    end(&chain);
}

#[test]
fn one_request_is_explained_and_cancelled() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let mut client = Client::new(&console);
    let chain = chain(&runtime);
    let id = |nth: usize| chain[nth].id().to_string();
    expect![[r#"
          `outer` (tests/green/console/built_in.rs) waits for `inner` (tests/green/console/client.rs), which is suspended on something that is no request of ours; one waits for it
        ok
    "#]].assert_eq(&client.asked(&format!("explain {}", id(1))));
    let plain = id(2).replace('#', "");
    assert_eq!(
        client.ask(&format!("explain {plain}")),
        format!("  {}\nok\n", chain[2].explain())
    );
    assert_eq!(
        client.asked(&format!("cancel {}", id(0))),
        "  2 wait for #a, which is cancelled when the last of them leaves\nok\n"
    );
    assert_eq!(client.asked(&format!("cancel {}", id(2))), "  #a is cancelled\nok\n");
    until(|| chain[2].state() == RequestState::Cancelled);
    assert_eq!(
        client.asked(&format!("cancel {}", id(2))),
        "error: there is no live request #a\n"
    );
    end(&chain);
    assert_eq!(client.ask("cancel"), "error: `cancel`: ID is missing\n");
    assert_eq!(
        client.ask("explain seven"),
        "error: `explain`: `seven` is no ID: it is a number such as #12, from `requests`\n"
    );
}

#[test]
fn a_session_can_be_ended_from_another_and_the_listener_cannot() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let (mut first, mut second) = (Client::new(&console), Client::new(&console));
    let id = |name: &str| {
        let mut all = runtime.snapshot().into_iter();
        all.find(|info| info.name.as_deref() == Some(name)).unwrap().id
    };
    let listener = id(&format!("console: {}", console.address()));
    let refusal = format!("error: {listener} is what this console listens with\n");
    assert_eq!(first.ask(&format!("cancel {listener}")), refusal);
    assert!(
        first
            .ask(&format!("cancel {}", id("console: session 2")))
            .ends_with("is cancelled\nok\n")
    );
    assert_eq!(second.rest(), "");
    until(|| console.sessions() == 1);
    assert!(first.ask("whoami").ends_with("ok\n"));
}

#[test]
fn what_does_not_move_is_named() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let mut client = Client::new(&console);
    let chain = chain(&runtime);
    expect![[r#"
          #a suspended for TIME, TIME old: `inner` (tests/green/console/client.rs), 2 wait for it
          #b suspended for TIME, TIME old: `outer` (tests/green/console/built_in.rs), one waits for it, 2.00 KiB, waits for #a
          #c suspended for TIME, TIME old: `both` (tests/green/console/built_in.rs), 2.00 KiB, waits for #b, waits for #a
        ok
    "#]].assert_eq(&client.asked("stalled 0s"));
    assert_eq!(
        client.asked("stalled 1000h"),
        "  everything has moved within 1000h00m\nok\n"
    );
    assert_eq!(client.asked("stalled"), "  everything has moved within TIME\nok\n");
    assert_eq!(
        client.ask("stalled soon"),
        "error: `stalled`: `soon` is no TIME such as 10s or 500ms\n"
    );
    end(&chain);
}

#[test]
fn figures_for_people_and_for_prometheus() {
    let runtime = Runtime::builder()
        .slots(3)
        .compute_threads(1)
        .memory(1 << 20)
        .build()
        .unwrap();
    let console = console(&runtime);
    let mut client = Client::new(&console);
    let chain = chain(&runtime);
    expect![[r#"
          requests    3 live: 3 suspended
          made        4 so far, without children of live ones
          slots       3
          threads     1 for kernels
          kernels     0 so far, TIME in all
          long polls  0, of more than TIME
          sessions    1 of 16
        ok
    "#]]
    .assert_eq(&client.asked("statistics"));
    expect![[r#"
          # HELP headwater_requests_total Requests made, without children of live ones.
          # TYPE headwater_requests_total counter
          headwater_requests_total 4
          # HELP headwater_requests Live requests by state.
          # TYPE headwater_requests gauge
          headwater_requests{state="made"} 0
          headwater_requests{state="queued"} 0
          headwater_requests{state="running"} 0
          headwater_requests{state="suspended"} 3
          headwater_requests{state="finishing"} 0
          # HELP headwater_slots Requests that may be polled at once.
          # TYPE headwater_slots gauge
          headwater_slots 3
          # HELP headwater_compute_threads Threads that run kernels.
          # TYPE headwater_compute_threads gauge
          headwater_compute_threads 1
          # HELP headwater_kernels_total Kernels run.
          # TYPE headwater_kernels_total counter
          headwater_kernels_total 0
          # HELP headwater_kernel_seconds_total Time spent in kernels.
          # TYPE headwater_kernel_seconds_total counter
          headwater_kernel_seconds_total 0
          # HELP headwater_long_polls_total Polls longer than the limit.
          # TYPE headwater_long_polls_total counter
          headwater_long_polls_total 0
          # HELP headwater_memory_used_bytes Bytes in the account.
          # TYPE headwater_memory_used_bytes gauge
          headwater_memory_used_bytes 4096
          # HELP headwater_memory_peak_bytes The most bytes so far.
          # TYPE headwater_memory_peak_bytes gauge
          headwater_memory_peak_bytes 4096
          # HELP headwater_memory_limit_bytes Bytes that may be used at once.
          # TYPE headwater_memory_limit_bytes gauge
          headwater_memory_limit_bytes 1048576
        ok
    "#]]
    .assert_eq(&client.asked("metrics"));
    expect![[r#"
          used   4.00 KiB
          peak   4.00 KiB
          limit  1.00 MiB
          #a estimates 2.00 KiB: `outer` (tests/green/console/built_in.rs)
          #b estimates 2.00 KiB: `both` (tests/green/console/built_in.rs)
        ok
    "#]]
    .assert_eq(&client.asked("memory"));
    end(&chain);
}

#[test]
fn the_log_level_is_changed_by_the_application() {
    let runtime = runtime(1);
    let without = console(&runtime);
    assert_eq!(
        Client::new(&without).ask("log debug"),
        "error: the application has not said how its log level is changed (`ConsoleBuilder::on_log_level`)\n"
    );
    let set = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&set);
    let with = local(&runtime)
        .on_log_level(move |level| {
            seen.lock().unwrap().push(level.to_string());
            match level.to_string().as_str() {
                "error" => Err(Error::msg("not here")),
                "warn" => panic!("at the disco"),
                _ => Ok(()),
            }
        })
        .build()
        .unwrap();
    let mut client = Client::new(&with);
    assert_eq!(client.ask("log debug"), "  the level is debug\nok\n");
    assert_eq!(client.ask("log OFF"), "  the level is off\nok\n");
    assert_eq!(
        client.ask("log error"),
        "error: the log level could not be changed: not here\n"
    );
    assert_eq!(
        client.ask("log warn"),
        "error: the log level could not be changed: at the disco\n"
    );
    assert_eq!(*set.lock().unwrap(), ["debug", "off", "error", "warn"]);
    for wrong in ["log loud", "log 3", "log \"\""] {
        assert!(client.ask(wrong).contains("is no LEVEL: there are off,"), "{wrong}");
    }
    assert!(client.ask("log").starts_with("  the level is "));
    assert_eq!(set.lock().unwrap().len(), 4);
}

#[test]
fn names_cannot_play_tricks() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let mut client = Client::new(&console);
    let evil = endless(&runtime, "a\nok\n\u{1b}[2J\u{202e}");
    for command in ["requests", "stalled 0s", "memory", &format!("explain {}", evil.id())] {
        let answer = client.ask(command);
        assert!(
            answer.ends_with("ok\n") && !answer.contains(['\u{1b}', '\u{202e}']),
            "{answer}"
        );
        assert!(
            command == "memory" || answer.contains(r"`a\nok\n\u{1b}[2J\u{202e}`"),
            "{answer}"
        );
    }
    end(&[evil]);
    assert_eq!(client.ask("whoami").lines().count(), 2);
}

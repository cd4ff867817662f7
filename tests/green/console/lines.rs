//! The conversation.

use std::sync::Mutex;

use expect_test::expect;
use headwater::RequestState;
use headwater::green::console::ConsoleCall;

use super::client::*;

#[test]
fn h65_a_client_is_greeted_and_every_line_is_answered() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let mut client = Client::raw(&console);
    assert_eq!(client.line(), "headwater console 1\n");
    let banner = client.answer();
    let banner = banner.replace(&std::process::id().to_string(), "PID");
    let banner = banner.replace(env!("CARGO_PKG_VERSION"), "OWN");
    expect![[r#"
          test 1.2.3, process PID, headwater OWN
          `help` lists the commands
        ok
    "#]]
    .assert_eq(&banner);
    assert_eq!(client.ask(""), "ok\n");
    assert_eq!(client.ask("   "), "ok\n");
    // There is nothing to be interrupted, and no answer.
    client.send("\x03\n");
    assert_eq!(
        client.ask("fly 1"),
        "error: there is no command `fly`; `help` lists them\n"
    );
    assert_eq!(client.ask("help \"x"), "error: a quote is not closed\n");
    assert_eq!(
        client.ask("quit now"),
        "error: `quit`: `now` is one argument too many\n"
    );
    assert!(client.ask("whoami").starts_with("  session 1, 127.0.0.1:"));
}

#[test]
fn h65_lf_and_crlf_end_a_line() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let mut client = Client::new(&console);
    client.send("help quit\r\nhelp quit\nhelp quit\r\n");
    let answers = [client.answer(), client.answer(), client.answer()];
    assert_eq!(answers[0], "  quit  the same as `exit`\nok\n");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[test]
fn h65_several_sessions_at_once_each_with_its_own_state_and_output() {
    let runtime = runtime(2);
    let count = |call: ConsoleCall| async move {
        let count = call.state::<Mutex<u32>>();
        let mut count = count.lock().unwrap();
        *count += 1;
        Ok(format!("session {}: {count}", call.session()))
    };
    let console = local(&runtime).command("count", "calls so far", count).build().unwrap();
    let (mut first, mut second) = (Client::new(&console), Client::new(&console));
    assert_eq!(first.ask("count"), "  session 1: 1\nok\n");
    assert_eq!(first.ask("count"), "  session 1: 2\nok\n");
    assert_eq!(second.ask("count"), "  session 2: 1\nok\n");
    assert_eq!(first.ask("count"), "  session 1: 3\nok\n");
    assert_eq!(console.sessions(), 2);
    first.half_close();
    assert_eq!(
        (first.rest(), second.ask("count")),
        (String::new(), "  session 2: 2\nok\n".to_owned())
    );
}

#[test]
fn h66_leaving_ends_the_session_only() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let work = endless(&runtime, "work");
    let mut stays = Client::new(&console);
    for (leave, last) in [("exit\n", "ok\n"), ("quit\r\n", "ok\n"), ("\x04\n", ""), ("", "")] {
        let mut leaves = Client::new(&console);
        leaves.send(leave);
        if leave.is_empty() {
            leaves.half_close();
        }
        assert_eq!(leaves.rest(), last, "{leave:?}");
        until(|| console.sessions() == 1);
        assert!(stays.ask("requests").contains("1 live: 1 suspended\n"));
    }
    // Without a word, and in the middle of a line and of an answer.
    for words in ["", "requ", "metrics\nmetrics\n"] {
        let mut leaves = Client::new(&console);
        leaves.send(words);
        drop(leaves);
        until(|| console.sessions() == 1);
    }
    assert!(stays.ask("whoami").ends_with("ok\n"));
    assert_eq!(work.state(), RequestState::Suspended);
    let _ = work.cancel();
}

#[test]
fn all_commands_at_once_are_answered_before_the_end() {
    let runtime = runtime(1);
    let console = local(&runtime)
        .command("slow", "a while", |_| async {
            tokio::task::yield_now().await;
            Ok("done".to_owned())
        })
        .build()
        .unwrap();
    let mut client = Client::new(&console);
    client.send("slow\nslow\nhelp exit\nslow");
    client.half_close();
    expect![[r#"
          done
        ok
          done
        ok
          exit  leave; the application goes on
        ok
          done
        ok
    "#]]
    .assert_eq(&client.rest());
}

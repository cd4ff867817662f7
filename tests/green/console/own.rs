//! What the application registers.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use expect_test::expect;
use headwater::flow::Flow;
use headwater::graph::{Graph, PerLane};
use headwater::green::console::ConsoleCall;
use headwater::operators::{BlockCache, Threshold};
use headwater::{Array, Error, Request, RequestState, roi};
use tokio::sync::Notify;

use super::client::*;

#[test]
fn sections_and_commands_answer_with_their_lines_and_errors() {
    let runtime = runtime(1);
    let console = local(&runtime)
        .section("rooms", "who is in which room", || {
            "lobby  ada\nkitchen  bob\nok".to_owned()
        })
        .command(
            "kick",
            "NAME [REASON]: shut somebody out",
            |mut call: ConsoleCall| async move {
                let name: String = call.next("NAME")?;
                match (&*name, call.rest()) {
                    ("ada", reason) => Ok(format!("ada is out: {reason:?}")),
                    _ => Err(Error::msg(format!("nobody is called\n{name}"))),
                }
            },
        )
        .build()
        .unwrap();
    let mut client = Client::new(&console);
    let commands = [
        "rooms",
        "rooms 1",
        "kick",
        "kick ada",
        "kick ada \"too  loud\" \"\"",
        "kick eve",
    ];
    let answers = commands.map(|command| format!("> {command}\n{}", client.ask(command)));
    expect![[r#"
        > rooms
          lobby  ada
          kitchen  bob
          ok
        ok
        > rooms 1
        error: `rooms`: `1` is one argument too many
        > kick
        error: `kick`: NAME is missing
        > kick ada
          ada is out: ""
        ok
        > kick ada "too  loud" ""
          ada is out: "too  loud "
        ok
        > kick eve
        error: nobody is called\neve
    "#]]
    .assert_eq(&answers.concat());
}

#[test]
fn a_panic_is_the_answer_of_that_command_alone() {
    let runtime = runtime(1);
    let console = local(&runtime)
        .section("section", "panics", || panic!("no rooms"))
        .command(
            "at-once",
            "panics before there is a future",
            |_| -> std::future::Ready<_> { panic!("no future") },
        )
        .command("later", "panics when it has waited", |_| async {
            tokio::task::yield_now().await;
            panic!("no {}", "end")
        })
        .build()
        .unwrap();
    let (mut client, mut other) = (Client::new(&console), Client::new(&console));
    assert_eq!(client.ask("section"), "error: `section` panicked: no rooms\n");
    assert_eq!(client.ask("at-once"), "error: `at-once` panicked: no future\n");
    assert_eq!(client.ask("later"), "error: `later` panicked: no end\n");
    assert!(client.ask("whoami").ends_with("ok\n") && other.ask("whoami").ends_with("ok\n"));
}

#[test]
fn a_command_that_waits_holds_up_nobody_and_can_be_interrupted() {
    let runtime = runtime(1);
    let (gone, is_gone) = channel();
    let console = local(&runtime)
        .end_limit(Duration::from_millis(20))
        .command("hang", "for ever", move |_| {
            struct Tell(std::sync::mpsc::Sender<()>);
            impl Drop for Tell {
                fn drop(&mut self) {
                    let _ = self.0.send(());
                }
            }
            let tell = Tell(gone.clone());
            async move {
                let _tell = tell;
                std::future::pending().await
            }
        })
        .build()
        .unwrap();
    let (mut client, mut other) = (Client::new(&console), Client::new(&console));
    // Suspended: until it has begun there is nothing of the command's to drop.
    let hangs = || {
        let mut all = runtime.snapshot().into_iter();
        all.any(|info| info.name.as_deref() == Some("console: hang") && info.state == RequestState::Suspended)
    };
    // By its client.
    client.send("hang\n");
    until(hangs);
    client.send("\x03\n");
    assert_eq!(client.answer(), "error: interrupted\n");
    is_gone.recv().unwrap();
    until(|| !hangs());
    // By somebody else.
    client.send("hang\nwhoami\n");
    until(hangs);
    let id = runtime
        .snapshot()
        .into_iter()
        .find(|info| info.name.as_deref() == Some("console: hang"))
        .unwrap()
        .id;
    other.ask(&format!("cancel {id}"));
    // Its session waits for it, and so it goes on.
    assert!(hangs());
    // By its client, behind a line that waits.
    client.send("\x03\n");
    assert_eq!(client.answer(), "error: interrupted\n");
    is_gone.recv().unwrap();
    assert!(client.answer().starts_with("  session 1, "));
    // By the client's end, though a line waits.
    client.send("hang\nwhoami\n");
    until(hangs);
    drop(client);
    is_gone.recv().unwrap();
    until(|| !hangs() && console.sessions() == 1);
    // By the end of its session, which may come to say so.
    let mut client = Client::new(&console);
    client.send("hang\n");
    until(hangs);
    drop(console);
    let rest = client.rest();
    assert!(
        rest.is_empty() || rest.starts_with("error: `hang` was cancelled: "),
        "{rest}"
    );
    is_gone.recv().unwrap();
    until(|| runtime.snapshot().is_empty());
}

#[test]
fn commands_run_on_the_slots_and_several_at_once() {
    let runtime = runtime(2);
    let meet = Arc::new(tokio::sync::Barrier::new(2));
    let (left, right) = (Arc::clone(&meet), meet);
    let console = local(&runtime)
        .command("left", "meets right", move |_| {
            let meet = Arc::clone(&left);
            async move {
                meet.wait().await;
                // Made inside, it belongs to the same runtime.
                Request::new(async { Ok("met".to_owned()) }).await
            }
        })
        .command("right", "meets left", move |_| {
            let meet = Arc::clone(&right);
            async move {
                meet.wait().await;
                Ok(std::thread::current().name().unwrap_or_default().to_owned())
            }
        })
        .build()
        .unwrap();
    let (mut left, mut right) = (Client::new(&console), Client::new(&console));
    left.send("left\n");
    right.send("right\n");
    assert_eq!(
        (left.answer(), right.answer()),
        ("  met\nok\n".to_owned(), "  headwater-slot\nok\n".to_owned())
    );
}

#[test]
fn lines_that_come_while_a_command_runs_wait_for_it() {
    let runtime = runtime(1);
    let go = Arc::new(Notify::new());
    let goes = Arc::clone(&go);
    let console = local(&runtime)
        .command("wait", "for a signal", move |_| {
            let goes = Arc::clone(&goes);
            async move {
                goes.notified().await;
                Ok("went".to_owned())
            }
        })
        .build()
        .unwrap();
    let mut client = Client::new(&console);
    client.send("wait\nhelp exit\nwait\n");
    go.notify_one();
    assert_eq!(client.answer(), "  went\nok\n");
    assert_eq!(client.answer(), "  exit  leave; the application goes on\nok\n");
    go.notify_one();
    assert_eq!(client.answer(), "  went\nok\n");
}

#[test]
fn names_are_checked_when_the_console_is_built() {
    let runtime = runtime(1);
    let none = |_: ConsoleCall| async { Ok(String::new()) };
    let mut told = String::new();
    for name in ["quit", "requests", "metrics", "", "Rooms", "a b", "9", "ä"] {
        told += &format!("{}\n", refused(local(&runtime).command(name, "", none)));
    }
    told += &refused(
        local(&runtime)
            .section("rooms", "", String::new)
            .command("rooms", "", none),
    );
    expect![[r#"
        a console's command cannot be called `quit`: that is a built-in command
        a console's command cannot be called `requests`: that is a built-in command
        a console's command cannot be called `metrics`: that is a built-in command
        a console's command cannot be called ``: a name is a small letter, then small letters, digits, `-` and `_`
        a console's command cannot be called `Rooms`: a name is a small letter, then small letters, digits, `-` and `_`
        a console's command cannot be called `a b`: a name is a small letter, then small letters, digits, `-` and `_`
        a console's command cannot be called `9`: a name is a small letter, then small letters, digits, `-` and `_`
        a console's command cannot be called `ä`: a name is a small letter, then small letters, digits, `-` and `_`
        two commands of a console are called `rooms`"#]]
    .assert_eq(&told);
    assert!(runtime.snapshot().is_empty());
}

#[test]
fn a_flow_is_shown_while_it_runs_and_when_it_has_ended() {
    let runtime = runtime(2);
    let flow = Flow::batch();
    let (sender, receiver) = futures::channel::mpsc::unbounded();
    flow.produce("frames", receiver)
        .process("double", |n: u32| n * 2)
        .collect("kept");
    let running = flow.build().unwrap().run(&runtime);
    let console = local(&runtime).flow("camera", &running).build().unwrap();
    let mut client = Client::new(&console);
    assert!(client.ask("help camera").starts_with("  camera  the flow `"));
    sender.unbounded_send(7).unwrap();
    let mut answer = String::new();
    until(|| {
        answer = client.ask("camera");
        answer.contains("`double` waits for an item from the edge `frames` → `double` (1 taken")
    });
    assert!(
        answer.contains("has not ended:") && answer.ends_with("ok\n"),
        "{answer}"
    );
    drop(sender);
    running.wait().unwrap();
    let answer = client.ask("camera");
    assert!(answer.contains("double") && answer.contains(" has ended\n"), "{answer}");
}

#[test]
fn a_graph_is_shown_as_it_is() {
    let runtime = runtime(1);
    let graph = Graph::on(&runtime);
    let (bright, cache) = (
        graph.add_named("bright", Threshold::above(2.0)),
        graph.add_named("cache", BlockCache::new().block([2])),
    );
    graph.edit(|e| e.connect(&bright.output, &cache.input)).unwrap();
    let console = local(&runtime).graph("graph", &graph).build().unwrap();
    let mut client = Client::new(&console);
    assert!(client.ask("graph").contains("bright (Threshold)"), "before it is ready");
    let lanes = graph.add_named("each", PerLane::new(|| Threshold::above(1.0)).promote(["input"]));
    graph
        .edit(|e| e.push(&lanes.list(|slots| &slots.input)).map(|_| ()))
        .unwrap();
    let image = Array::from_vec("x", &[4], vec![1_u8, 2, 3, 4]).unwrap();
    graph.edit(|e| e.set(&bright.input, image)).unwrap();
    cache.output.request(roi![0..2]).wait().unwrap();
    let commands = ["graph", "graph 1", "graph caches", "graph dots", "graph caches 1"];
    let told: String = commands
        .map(|command| format!("> {command}\n{}", client.ask(command)))
        .concat();
    expect![[r#"
        > graph
          4 operators in revision 6
          bright (Threshold)
            input: x 4, u8, set
            level: f64, default
            output: x 4, bool
          cache (BlockCache): 1 of 2 blocks kept
            input <- bright.output: x 4, bool
            output: x 4, bool
          each (PerLane)
            input [1]: not ready: `each.input[0]` has neither a connection nor a value
            level: f64, default
            output [1] = each/0.output: not ready: `each.input[0]` has neither a connection nor a value
            0 (Threshold)
              input <- each.input [1]: not ready: `each.input[0]` has neither a connection nor a value
              level <- each.level: f64
              output: not ready: `each.input[0]` has neither a connection nor a value
        ok
        > graph 1
          4 operators in revision 6
          bright (Threshold)
            input: x 4, u8, set
            level: f64, default
            output: x 4, bool
          cache (BlockCache): 1 of 2 blocks kept
            input <- bright.output: x 4, bool
            output: x 4, bool
          each (PerLane): 1 operator inside
            input [1]: not ready: `each.input[0]` has neither a connection nor a value
            level: f64, default
            output [1]: not ready: `each.input[0]` has neither a connection nor a value
        ok
        > graph caches
          graph: 2 bytes in 1 pieces, 0 % outdated
            cache: 2 bytes in 1 pieces, 0 % outdated
        ok
        > graph dots
        error: `graph`: `dots` is neither `caches` nor `dot` nor a number of levels
        > graph caches 1
        error: `graph`: `1` is one argument too many
    "#]]
    .assert_eq(&told);
    assert_eq!(client.ask("graph 2"), client.ask("graph"), "there are no more levels");
    let dot = client.ask("graph dot");
    assert!(
        dot.starts_with("  digraph headwater {") && dot.ends_with("ok\n"),
        "{dot}"
    );
}

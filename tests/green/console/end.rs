//! How it ends, and what it runs in.

use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::time::Duration;

use headwater::{Request, Runtime};

use super::client::*;

#[test]
fn dropping_the_handle_ends_listener_and_sessions() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let address = console.address().tcp().unwrap();
    let mut clients = [Client::new(&console), Client::new(&console)];
    clients[1].send("events\n");
    drop(console);
    for client in &mut clients {
        assert!(!client.rest().contains("error"));
    }
    until(|| runtime.snapshot().is_empty());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn closing_waits_until_nothing_is_left() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let address = console.address().tcp().unwrap();
    let mut client = Client::new(&console);
    let close = Request::builder().on(&runtime).future(async move {
        console.close().await;
        Ok(())
    });
    close.wait().unwrap();
    assert_eq!(client.rest(), "");
    assert!(TcpStream::connect(address).is_err());
    until(|| runtime.snapshot().is_empty());
}

#[test]
fn a_console_does_not_outlive_its_runtime() {
    let first = runtime(1);
    let console = console(&first);
    let mut client = Client::new(&console);
    let ended = first.shutdown(Duration::from_secs(20));
    assert!(ended.ignored.is_empty(), "{ended:?}");
    assert_eq!(client.rest(), "");
    futures::executor::block_on(console.close());

    let second = runtime(1);
    let console = local(&second).build().unwrap();
    let mut client = Client::new(&console);
    drop(second);
    assert_eq!(client.rest(), "");
}

#[test]
fn it_answers_when_every_slot_is_stuck() {
    let runtime = runtime(1);
    let console = console(&runtime);
    let mut client = Client::new(&console);
    let ((stuck, is_stuck), (go, goes)) = (channel(), channel::<()>());
    let busy = Request::builder().on(&runtime).name("busy").future(async move {
        stuck.send(()).unwrap();
        // No await, and so nobody else gets this slot.
        let _ = goes.recv();
        Ok(())
    });
    busy.submit();
    is_stuck.recv().unwrap();
    let queued = Request::builder().on(&runtime).name("queued").future(async { Ok(()) });
    queued.submit();
    let told = client.ask("requests");
    assert!(told.starts_with("  2 live: 1 queued, 1 running\n"), "{told}");
    let told = client.ask(&format!("explain {}", queued.id()));
    assert!(told.contains("waits for one of 1 slots"), "{told}");
    drop(go);
    queued.wait().unwrap();
}

#[test]
fn it_runs_in_inline_mode_and_in_a_host_without_an_io_driver() {
    let inline = runtime(0);
    let console_of_inline = local(&inline).section("here", "", || "yes".to_owned()).build().unwrap();
    assert_eq!(Client::new(&console_of_inline).ask("here"), "  yes\nok\n");

    let host = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    let embedded = Runtime::builder()
        .slots(1)
        .embedded(host.handle().clone())
        .build()
        .unwrap();
    let console = local(&embedded)
        .section("here", "", || "yes".to_owned())
        .build()
        .unwrap();
    assert_eq!(Client::new(&console).ask("here"), "  yes\nok\n");
}

//! Items to a server of our own on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::slice::Iter;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use futures::stream;
use headwater::Error;
use headwater::flow::consume::Webhook;
use headwater::flow::{Failure, Flow, Report, Retry};

use crate::{end, runtime};

/// What came: the first line, the other lines, the body.
struct Letter {
    line: String,
    headers: Vec<String>,
    body: String,
}

/// A server that answers with these statuses, one after the other, and tells what came.
fn server(statuses: &'static [u16]) -> (String, Receiver<Letter>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, letters) = channel();
    let statuses = Arc::new(Mutex::new(statuses.iter()));
    thread::spawn(move || {
        // Ends with the process. Each connection has a thread: a client may open one more than it uses.
        for stream in listener.incoming() {
            let (statuses, tell) = (Arc::clone(&statuses), tell.clone());
            thread::spawn(move || {
                let stream = stream.unwrap();
                while answer(&stream, &statuses, &tell).is_some() {}
            });
        }
    });
    (format!("http://{address}/secret-path?token=secret"), letters)
}

fn answer(stream: &TcpStream, statuses: &Mutex<Iter<'_, u16>>, tell: &Sender<Letter>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut next = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        Some(line.trim_end().to_owned())
    };
    let line = next()?;
    let mut headers = Vec::new();
    while let Some(header) = next().filter(|header| !header.is_empty()) {
        headers.push(header.to_ascii_lowercase());
    }
    let length = headers
        .iter()
        .find_map(|header| header.strip_prefix("content-length: "));
    let mut body = vec![0; length?.parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).unwrap();
    let status = *statuses.lock().unwrap().next().unwrap_or(&418);
    tell.send(Letter { line, headers, body }).ok()?;
    let location = if status == 302 { "location: /elsewhere\r\n" } else { "" };
    let says = if status == 204 {
        "\r\n"
    } else {
        "content-length: 12\r\n\r\ntells secret"
    };
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status} Told\r\n{location}{says}").ok()
}

/// All that has come.
fn come(letters: &Receiver<Letter>) -> Vec<Letter> {
    letters.try_iter().collect()
}

fn send(webhook: Webhook<Alert>, count: u32) -> Result<Report, Error> {
    send_and(webhook, count, Failure::fail())
}

#[derive(Clone, serde::Serialize)]
struct Alert {
    number: u32,
    text: &'static str,
}

fn send_and(webhook: Webhook<Alert>, count: u32, failure: Failure) -> Result<Report, Error> {
    let flow = Flow::batch();
    let alerts = (0..count).map(|number| Alert { number, text: "ä\"" });
    let alerts = flow.produce("alerts", stream::iter(alerts.collect::<Vec<_>>()));
    alerts.async_consumer("hook", webhook).on_failure(failure);
    let runtime = runtime(2);
    end(&flow.build().unwrap().run(&runtime))
}

fn webhook(url: &str) -> Webhook<Alert> {
    Webhook::new(url).unwrap()
}

#[test]
fn items_arrive_as_json_in_their_order() {
    let (url, letters) = server(&[200, 201, 204]);
    let report = send(webhook(&url).header("X-Key", "key").unwrap(), 3).unwrap();
    assert_eq!(report.node("hook").unwrap().taken, 3);
    let letters = come(&letters);
    assert_eq!(letters.len(), 3);
    for (number, letter) in letters.iter().enumerate() {
        assert_eq!(letter.line, "POST /secret-path?token=secret HTTP/1.1");
        assert!(letter.headers.contains(&"content-type: application/json".to_owned()));
        assert!(letter.headers.contains(&"x-key: key".to_owned()));
        assert_eq!(letter.body, format!(r#"{{"number":{number},"text":"ä\""}}"#));
    }
}

#[test]
fn what_may_arrive_later_is_sent_again() {
    let (url, letters) = server(&[500, 429, 408, 200, 503, 200]);
    send(webhook(&url).retry(Retry::times(3)), 2).unwrap();
    let bodies: Vec<_> = come(&letters)
        .iter()
        .map(|letter| letter.body.contains(r#""number":1"#))
        .collect();
    assert_eq!(bodies, [false, false, false, false, true, true]);
}

#[test]
fn attempts_come_to_an_end_and_the_error_tells_no_secret() {
    let (url, letters) = server(&[500, 502, 503]);
    let error = send(webhook(&url).retry(Retry::times(2)), 1).unwrap_err();
    assert_eq!(come(&letters).len(), 3);
    let report = format!("{} {:?}", error.report(), error);
    for said in ["`hook`", "item 0:1", "127.0.0.1", "sent 3 times", "503"] {
        assert!(report.contains(said), "{report}");
    }
    assert!(!report.contains("secret"), "{report}");
}

#[test]
fn attempts_have_a_budget_for_the_run() {
    let (url, letters) = server(&[500, 200, 500, 500]);
    let retry = Retry::times(2).budget(2);
    let report = send_and(webhook(&url).retry(retry), 2, Failure::drop()).unwrap();
    // One of the two was used by the first item.
    assert_eq!(come(&letters).len(), 4);
    assert_eq!(report.node("hook").unwrap().failed, 1);
}

#[test]
fn what_the_server_refuses_is_not_sent_again() {
    for status in [&[404][..], &[400], &[302], &[401]] {
        let (url, letters) = server(status);
        let error = send(webhook(&url).retry(Retry::times(5)), 1).unwrap_err().report();
        assert!(
            error.contains(&status[0].to_string()) && !error.contains("secret"),
            "{error}"
        );
        assert_eq!(come(&letters).len(), 1);
    }
}

#[test]
fn a_server_that_is_not_there_or_says_nothing_is_an_error() {
    // Nobody listens where somebody did.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = send(webhook(&format!("http://{gone}/secret")).retry(Retry::times(1)), 1)
        .unwrap_err()
        .report();
    assert!(error.contains("sent 2 times") && !error.contains("secret"), "{error}");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/secret", silent.local_addr().unwrap());
    let error = send(webhook(&url).timeout(Duration::from_millis(1)), 1)
        .unwrap_err()
        .report();
    assert!(error.contains("sent 1 times") && !error.contains("secret"), "{error}");
}

#[test]
fn what_is_no_address_is_refused_without_showing_it() {
    for url in ["", "secret", "ftp://secret", "http://", "http://[secret"] {
        let error = Webhook::<Alert>::new(url).unwrap_err().report();
        assert!(error.contains("webhook") && !error.contains("secret"), "{error}");
    }
    let refused = webhook("http://127.0.0.1/")
        .header("X-Key", "a\nsecret")
        .unwrap_err()
        .report();
    assert!(refused.contains("X-Key") && !refused.contains("secret"), "{refused}");
    let shown = format!(
        "{:?}",
        webhook("https://127.0.0.1:7/secret").header("X-Key", "secret").unwrap()
    );
    assert!(
        shown.contains("https://127.0.0.1:7") && !shown.contains("secret"),
        "{shown}"
    );
}

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use headwater::io::{Limit, Open, open};
use headwater::{Checkpoint, Error, roi};

use super::server::{Answer, Request, Server, content};
use super::told::Told;

/// Far more than what lies between two programs on a machine.
const FEW: u64 = 64 << 20;

const METADATA: &str = r#"{
    "zarr_format": 3, "node_type": "array", "shape": [64, 64], "data_type": "uint8", "fill_value": 0,
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [64, 64]}},
    "chunk_key_encoding": {"name": "default"}, "codecs": [{"name": "bytes"}]
}"#;

/// An NPY of 64 × 64 bytes.
fn npy() -> Vec<u8> {
    let mut text = "{'descr': '|u1', 'fortran_order': False, 'shape': (64, 64), }".to_owned();
    text += &" ".repeat(117 - text.len());
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(text.as_bytes());
    bytes.extend([7; 64 * 64]);
    bytes
}

/// A Zarr whose only chunk, and an NPY whose samples are answered by `chunk`.
fn serving(chunk: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
    Server::new(move |request| match &*request.path {
        "a.zarr/zarr.json" => content(request, METADATA.as_bytes(), &[]),
        "a.zarr/c/0/0" => chunk(request),
        "a.npy" if request.method == "HEAD" => content(request, &npy(), &[]),
        "a.npy"
            if request
                .headers
                .get("range")
                .is_some_and(|range| range.starts_with("bytes=0-")) =>
        {
            content(request, &npy(), &[])
        }
        "a.npy" => chunk(request),
        _ => Answer::Plain(404, Vec::new(), Vec::new()),
    })
}

fn read(url: &str) -> Result<(), Error> {
    // Not from the beginning on: that has been read for the header.
    open(url)?.read(&roi![30..40, 0..64], &Checkpoint::never()).map(drop)
}

fn refused(server: &Server, name: &str) -> String {
    let url = server.url(name);
    let error = read(&url).unwrap_err().report();
    assert!(error.starts_with(&format!("cannot read `{url}`: ")), "{error}");
    error
}

#[test]
fn a_body_that_is_cut_short_is_an_error() {
    let server = serving(|_| Answer::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\nabc".to_vec()));
    let error = refused(&server, "a.zarr");
    assert!(error.contains("the chunk `c/0/0`: the transfer failed ("), "{error}");
    let server = serving(|request| {
        let range = &request.headers["range"]["bytes=".len()..];
        let head = format!("HTTP/1.1 206 OK\r\nContent-Range: bytes {range}/4224\r\nContent-Length: 640\r\n\r\nabc");
        Answer::Bytes(head.into_bytes())
    });
    let error = refused(&server, "a.npy");
    assert!(error.contains("the transfer failed ("), "{error}");
}

#[test]
fn a_body_without_an_end_is_not_read() {
    let server = serving(|_| Answer::Endless(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec()));
    let error = refused(&server, "a.zarr");
    assert!(error.contains("it has 93.13 GiB, where "), "{error}");
    assert!(server.sent() < FEW);
    // One that does not even tell.
    let server = serving(|_| Answer::Endless(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec()));
    refused(&server, "a.zarr");
    assert!(server.sent() < FEW);
}

#[test]
fn a_complaint_without_an_end_is_not_read() {
    for status in ["404 Not Found", "403 Forbidden", "418 Teapot"] {
        let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n");
        let server = Server::new(move |_| Answer::Endless(head.clone().into_bytes()));
        refused(&server, "a.zarr");
        assert!(server.sent() < FEW, "{status}: {}", server.sent());
    }
}

#[test]
fn a_body_that_is_longer_than_it_says_is_no_more_than_it_says() {
    let server =
        serving(|_| Answer::Bytes([&b"HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n"[..], &[1; 9999]].concat()));
    // What comes after the end is not the body's.
    read(&server.url("a.zarr")).unwrap();
    let long = [1; 9999];
    let server = serving(move |request| content(request, &long, &[]));
    let error = refused(&server, "a.zarr");
    assert!(error.contains("9.76 KiB, where"), "{error}");
}

#[test]
fn a_server_that_ignores_ranges_is_told_of() {
    let server = serving(|_| Answer::Plain(200, Vec::new(), npy()));
    let error = refused(&server, "a.npy");
    assert!(
        error.contains("the server cannot do that (Range request not supported"),
        "{error}"
    );
}

#[test]
fn another_range_than_the_one_asked_for_is_an_error() {
    for told in [
        "bytes 0-639/4224",
        "bytes 5-2/4224",
        "bytes x-y/z",
        "bytes 0-99999999999999999999/4",
        "bytes 0-18446744073709551615/4",
    ] {
        let head = vec![("Content-Range".to_owned(), told.to_owned())];
        let server = serving(move |_| Answer::Plain(206, head.clone(), vec![0; 640]));
        refused(&server, "a.npy");
    }
}

#[test]
fn redirects_in_a_circle_end() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let server = serving(move |request| {
        counted.fetch_add(1, Ordering::SeqCst);
        let to = vec![("Location".to_owned(), format!("/{}", request.path))];
        Answer::Plain(302, to, Vec::new())
    });
    let error = refused(&server, "a.zarr");
    assert!(error.contains("too many redirects"), "{error}");
    assert!(count.load(Ordering::SeqCst) <= 11, "{count:?}");
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let count = AtomicUsize::new(0);
    let server = serving(move |request| match count.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Answer::Plain(503, Vec::new(), Vec::new()),
        _ => content(request, &[1; 4096], &[]),
    });
    read(&server.url("a.zarr")).unwrap();
}

#[test]
fn a_cancelled_read_ends_while_the_server_is_silent() {
    for name in ["a.zarr", "a.npy"] {
        let server = serving(|_| Answer::Silence);
        let source = open(&server.url(name)).unwrap();
        let told = Told::default();
        let checkpoint = told.checkpoint();
        server.wait_for(1, Duration::ZERO);
        let reading = std::thread::Builder::new()
            .spawn(move || source.read(&roi![30..40, 0..64], &checkpoint))
            .unwrap();
        while server.most() == 0 {
            std::thread::yield_now();
        }
        told.stop();
        // If it did not look, it would end by the server's silence, half a minute later and with another error.
        let error = reading.join().unwrap().unwrap_err().report();
        assert!(error.ends_with("nobody wants it any more"), "{error}");
    }
}

#[test]
fn metadata_and_pieces_beyond_the_limit_are_refused() {
    let server = serving(|_| Answer::Silence);
    let error = Open::new()
        .limit(Limit::bytes(1000))
        .open(&server.url("a.zarr"))
        .err()
        .unwrap()
        .report();
    assert!(error.contains("the limit is 1000 B"), "{error}");
}

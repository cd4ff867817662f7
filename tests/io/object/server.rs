//! A small HTTP server on loopback: a thread for each connection, and what it is asked is remembered.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// What a client asks.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without its escapes and without the slash in front.
    pub(crate) path: String,
    pub(crate) query: HashMap<String, String>,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// What it gets.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Status, headers, body. The length is added.
    Plain(u16, Vec<(String, String)>, Vec<u8>),
    /// These very bytes, and then the connection is closed.
    Bytes(Vec<u8>),
    /// These bytes, and then zeros until the client goes away.
    Endless(Vec<u8>),
    /// Nothing, for as long as the server lives.
    Silence,
}

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

struct Shared {
    handler: Box<Handler>,
    /// Method and path with query of each request, in the order in which they came.
    log: Mutex<Vec<String>>,
    /// Requests under way, and the most there were at once.
    now: Mutex<usize>,
    bell: Condvar,
    most: AtomicUsize,
    /// Answers wait until so many requests are under way: how many that must be, and whether it has been so.
    crowd: Mutex<(usize, Duration)>,
    sent: AtomicU64,
    ended: AtomicBool,
}

/// Ends with the test.
pub(crate) struct Server {
    pub(crate) address: String,
    shared: Arc<Shared>,
}

impl Server {
    pub(crate) fn new(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            log: Mutex::default(),
            now: Mutex::default(),
            bell: Condvar::new(),
            most: AtomicUsize::new(0),
            crowd: Mutex::default(),
            sent: AtomicU64::new(0),
            ended: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        let accepting = move || {
            for stream in listener.incoming() {
                let (stream, shared) = (stream.unwrap(), Arc::clone(&own));
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                let serving = move || serve(&stream, &shared);
                std::thread::Builder::new().spawn(serving).unwrap();
            }
        };
        std::thread::Builder::new().spawn(accepting).unwrap();
        Self { address, shared }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Method and path of each request so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.shared.log.lock().unwrap().clone()
    }

    pub(crate) fn forget(&self) {
        self.shared.log.lock().unwrap().clear();
    }

    /// From now on no answer comes before so many requests are under way; it comes all the same after `longest`.
    pub(crate) fn wait_for(&self, crowd: usize, longest: Duration) {
        self.shared.most.store(0, Ordering::SeqCst);
        *self.shared.crowd.lock().unwrap() = (crowd, longest);
    }

    /// The most requests that were under way at once.
    pub(crate) fn most(&self) -> usize {
        self.shared.most.load(Ordering::SeqCst)
    }

    /// Whether a request is under way.
    pub(crate) fn busy(&self) -> bool {
        *self.shared.now.lock().unwrap() > 0
    }

    /// Bytes of endless answers that clients have taken, or that lie between.
    pub(crate) fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.shared.bell.notify_all();
        // Lets it look at that.
        let _ = TcpStream::connect(&self.address);
    }
}

/// A request that is under way.
struct UnderWay<'a>(&'a Shared);

impl<'a> UnderWay<'a> {
    fn new(shared: &'a Shared) -> Self {
        let mut now = shared.now.lock().unwrap();
        *now += 1;
        shared.most.fetch_max(*now, Ordering::SeqCst);
        shared.bell.notify_all();
        let (crowd, longest) = *shared.crowd.lock().unwrap();
        let alone = |_: &mut usize| shared.most.load(Ordering::SeqCst) < crowd && !shared.ended.load(Ordering::SeqCst);
        let waited = shared.bell.wait_timeout_while(now, longest, alone);
        drop(waited.unwrap());
        Self(shared)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        *self.0.now.lock().unwrap() -= 1;
    }
}

fn serve(stream: &TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let mut line = format!("{} {}", request.method, request.path);
        let mut query: Vec<_> = request.query.keys().cloned().collect();
        query.sort();
        if !query.is_empty() {
            line = format!("{line}?{}", query.join("&"));
        }
        shared.log.lock().unwrap().push(line);
        let under_way = UnderWay::new(shared);
        let answer = (shared.handler)(&request);
        let goes_on = write(stream, &request, answer, shared);
        drop(under_way);
        if !goes_on {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let query = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (unescaped(name), unescaped(&value.replace('+', " ")))
    });
    Some(Request {
        method,
        path: unescaped(path.trim_start_matches('/')),
        query: query.collect(),
        headers,
        body,
    })
}

fn unescaped(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        (rest, _) = match first {
            b'%' => {
                let digits = std::str::from_utf8(&after[..2]).unwrap();
                (&after[2..], bytes.push(u8::from_str_radix(digits, 16).unwrap()))
            }
            _ => (after, bytes.push(*first)),
        };
    }
    String::from_utf8(bytes).unwrap()
}

/// Whether the connection goes on.
fn write(mut stream: &TcpStream, request: &Request, answer: Answer, shared: &Shared) -> bool {
    match answer {
        Answer::Plain(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} Some reason\r\n");
            for (name, value) in headers {
                head += &format!("{name}: {value}\r\n");
            }
            if !head.to_ascii_lowercase().contains("content-length") {
                head += &format!("Content-Length: {}\r\n", body.len());
            }
            let mut bytes = (head + "\r\n").into_bytes();
            if request.method != "HEAD" {
                bytes.extend(body);
            }
            stream.write_all(&bytes).is_ok()
        }
        Answer::Bytes(bytes) => {
            let _ = stream.write_all(&bytes);
            false
        }
        Answer::Endless(bytes) => {
            let (mut written, zeros) = (stream.write_all(&bytes), vec![0; 64 << 10]);
            while written.is_ok() && !shared.ended.load(Ordering::SeqCst) {
                written = stream.write_all(&zeros);
                shared.sent.fetch_add(zeros.len() as u64, Ordering::SeqCst);
            }
            false
        }
        Answer::Silence => {
            let now = shared.now.lock().unwrap();
            let silent = |_: &mut usize| !shared.ended.load(Ordering::SeqCst);
            drop(shared.bell.wait_while(now, silent).unwrap());
            false
        }
    }
}

/// The answer of a server that has `bytes` under the name.
pub(crate) fn content(request: &Request, bytes: &[u8], headers: &[(&str, &str)]) -> Answer {
    let own = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut headers: Vec<_> = own.collect();
    let length = bytes.len();
    let Some(range) = request.headers.get("range") else {
        headers.push(("Content-Length".to_owned(), length.to_string()));
        return Answer::Plain(200, headers, bytes.to_vec());
    };
    let (start, end) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let range = match (start, end) {
        ("", last) => length.saturating_sub(last.parse().unwrap())..length,
        (start, "") => start.parse().unwrap()..length,
        (start, end) => start.parse().unwrap()..length.min(end.parse::<usize>().unwrap() + 1),
    };
    if range.start >= length {
        return Answer::Plain(416, headers, Vec::new());
    }
    let told = format!("bytes {}-{}/{length}", range.start, range.end - 1);
    headers.push(("Content-Range".to_owned(), told));
    headers.push(("Content-Length".to_owned(), range.len().to_string()));
    Answer::Plain(206, headers, bytes[range].to_vec())
}

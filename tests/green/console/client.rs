//! A client that sends what it is told to, and reads whole answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use headwater::green::console::{Console, ConsoleAddress, ConsoleBuilder};
use headwater::{Error, Runtime};

/// A test that waits so long has failed.
const LIMIT: Duration = Duration::from_secs(30);

pub(super) trait Wire: Read + Write {
    fn half_close(&self);
}

impl Wire for TcpStream {
    fn half_close(&self) {
        self.shutdown(Shutdown::Write).unwrap();
    }
}

#[cfg(unix)]
impl Wire for std::os::unix::net::UnixStream {
    fn half_close(&self) {
        self.shutdown(Shutdown::Write).unwrap();
    }
}

pub(super) struct Client(pub(super) BufReader<Box<dyn Wire + Send>>);

impl Client {
    /// Connected, with nothing read yet.
    pub(super) fn raw(console: &Console) -> Self {
        match console.address() {
            ConsoleAddress::Tcp(address) => Self::over(TcpStream::connect(address).unwrap()),
            #[cfg(unix)]
            ConsoleAddress::Unix(path) => {
                let stream = std::os::unix::net::UnixStream::connect(path).unwrap();
                stream.set_read_timeout(Some(LIMIT)).unwrap();
                Self(BufReader::new(Box::new(stream)))
            }
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        Self(BufReader::new(Box::new(stream)))
    }

    /// Connected, with greeting and banner read.
    pub(super) fn new(console: &Console) -> Self {
        let mut client = Self::raw(console);
        client.greeted();
        client
    }

    pub(super) fn greeted(&mut self) {
        assert_eq!(self.line(), "headwater console 1\n");
        assert!(self.answer().ends_with("ok\n"));
    }

    /// The next line with its end; nothing at the end.
    pub(super) fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    /// The lines up to the status, with it.
    pub(super) fn answer(&mut self) -> String {
        let mut answer = String::new();
        loop {
            let line = self.line();
            answer.push_str(&line);
            if !line.starts_with("  ") {
                return answer;
            }
        }
    }

    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    pub(super) fn ask(&mut self, command: &str) -> String {
        self.send(format!("{command}\n"));
        self.answer()
    }

    /// The same with what differs from run to run masked.
    pub(super) fn asked(&mut self, command: &str) -> String {
        mask(&self.ask(command))
    }

    /// What comes until the other side closes. That it does so by force, since it has not read everything, is all the same.
    pub(super) fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let _ = self.0.read_to_end(&mut rest);
        String::from_utf8(rest).unwrap()
    }

    pub(super) fn half_close(&self) {
        self.0.get_ref().half_close();
    }
}

pub(super) fn runtime(slots: usize) -> Runtime {
    Runtime::builder().slots(slots).compute_threads(1).build().unwrap()
}

/// A builder of a console on a free port of this host.
pub(super) fn local(runtime: &Runtime) -> ConsoleBuilder {
    Console::builder()
        .on(runtime)
        .tcp(([127, 0, 0, 1], 0))
        .name("test")
        .version("1.2.3")
}

pub(super) fn console(runtime: &Runtime) -> Console {
    local(runtime).build().unwrap()
}

pub(super) fn refused(builder: ConsoleBuilder) -> String {
    let error: Error = builder.build().map(drop).unwrap_err();
    error.report()
}

/// `text` with `#a`, `#b` for identities, `TIME` for times, and places without lines.
pub(super) fn mask(text: &str) -> String {
    let mut ids: Vec<String> = Vec::new();
    let word = |word: &str| -> String {
        let core = word.trim_start_matches('(').trim_end_matches([',', ':', ')', ';']);
        let masked = if core.strip_prefix('#').is_some_and(is_number) {
            let nth = ids.iter().position(|id| id == core).unwrap_or_else(|| {
                ids.push(core.to_owned());
                ids.len() - 1
            });
            format!("#{}", char::from(b'a' + nth as u8))
        } else if is_time(core) {
            "TIME".to_owned()
        } else if let Some((file, _)) = core.split_once(".rs:") {
            format!("{file}.rs")
        } else {
            return word.to_owned();
        };
        word.replace(core, &masked)
    };
    let mut masked = String::new();
    let mut word = word;
    for line in text.split_inclusive('\n') {
        let words: Vec<_> = line
            .split(' ')
            .map(|part| match part.strip_suffix('\n') {
                Some(part) => word(part) + "\n",
                None => word(part),
            })
            .collect();
        masked += &words.join(" ");
    }
    masked
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_time(text: &str) -> bool {
    let number = text.strip_suffix("ms").or_else(|| text.strip_suffix('s'));
    number.is_some_and(|number| number.split('.').all(is_number))
}

/// Waits until `condition` holds, and fails when that takes much too long.
#[track_caller]
pub(super) fn until(mut condition: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + LIMIT;
    while !condition() {
        assert!(std::time::Instant::now() < end, "it did not happen");
        std::thread::yield_now();
    }
}

/// A request that would run for ever, once it is suspended.
pub(super) fn endless(runtime: &Runtime, name: &str) -> headwater::Request<()> {
    let request = headwater::Request::builder().on(runtime).name(name).future(async {
        std::future::pending::<()>().await;
        Ok(())
    });
    request.submit();
    until(|| request.state() == headwater::RequestState::Suspended);
    request
}

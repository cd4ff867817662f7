//! An echo server on tasks: one for each connection, with everything that a real one needs around them. It listens on
//! loopback, is its own clients, and ends by itself.
//!
//! One client sends nonsense, one never says goodbye: the first one's connection fails, and an error handler tells of it; the
//! second one's is interrupted, says goodbye and ends. Meanwhile a recurring task reports, and a blocking call reads the
//! greeting from a file without holding up anybody.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use headwater::green::{self, Task, interruptible, pause_for};
use headwater::{Error, Runtime};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const CLIENTS: usize = 20;
const LINES: usize = 200;

/// Sends every line back until the client hangs up, or the server wants to go home.
async fn serve(stream: TcpStream, echoed: Arc<AtomicU64>) -> Result<(), Error> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    loop {
        let line = match interruptible(lines.next_line()).await {
            Ok(line) => line?, // an error here is that of the connection: nonsense is no UTF-8
            Err(interrupt) => {
                return Ok(writer
                    .write_all(format!("goodbye ({})\n", interrupt.brief()).as_bytes())
                    .await?);
            }
        };
        let Some(line) = line else { return Ok(()) };
        writer.write_all(format!("{line}\n").as_bytes()).await?;
        echoed.fetch_add(1, Relaxed);
    }
}

/// A client that says so many lines and checks that they come back. Returns how long a round trip took on average.
async fn chat(address: SocketAddr, who: usize) -> Result<Duration, Error> {
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
    stream.get_ref().set_nodelay(true)?;
    let (mut answer, began) = (String::new(), Instant::now());
    for nth in 0..LINES {
        let line = format!("client {who}, line {nth}\n");
        stream.get_mut().write_all(line.as_bytes()).await?;
        answer.clear();
        stream.read_line(&mut answer).await?;
        assert_eq!(line, answer);
    }
    Ok(began.elapsed() / LINES as u32)
}

async fn run() -> Result<(), Error> {
    let _errors = green::on_error(|error| println!("a connection failed: {}", error.brief()));
    let greeting = green::blocking("read a file", |_| Ok(std::fs::read_to_string("Cargo.toml")?)).await;
    println!("read {} bytes beside the slots", greeting.map_or(0, |text| text.len()));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (address, echoed) = (listener.local_addr()?, Arc::new(AtomicU64::new(0)));
    let (connected, mut connections) = tokio::sync::mpsc::unbounded_channel();
    let counted = Arc::clone(&echoed);
    let server: Task<()> = Task::builder().name("server").future(async move {
        loop {
            let (stream, peer) = listener.accept().await?;
            let name = format!("connection {peer}");
            let task = Task::builder().name(name).future(serve(stream, Arc::clone(&counted)));
            let _ = connected.send(task.handle());
            task.detach(); // nobody waits for it: its errors go to the handler
        }
    });
    let seen = Arc::clone(&echoed);
    let reports = green::schedule_recurring(Duration::from_millis(20)).run(move || {
        println!("  {} lines echoed", seen.load(Relaxed));
        async { Ok(()) }
    })?;

    let clients: Vec<_> = (0..CLIENTS).map(|who| green::schedule(chat(address, who))).collect();
    let mut nonsense = TcpStream::connect(address).await?;
    nonsense.write_all(&[0xff, 0xfe, b'\n']).await?;
    let mut silent = BufReader::new(TcpStream::connect(address).await?);
    let mut times = Vec::new();
    for client in clients {
        times.push(client.await?);
    }
    println!("a round trip took {:?} to {:?}", times.iter().min(), times.iter().max());

    let _ = server.cancel();
    while let Some(connection) = connections.recv().await {
        let _ = connection.interrupt(Error::msg("the server is closing")); // most have ended
    }
    let mut goodbye = String::new();
    silent.read_line(&mut goodbye).await?;
    print!("the silent client got: {goodbye}");
    pause_for(Duration::from_millis(25)).await;
    let _ = reports.cancel();
    println!("{} lines in all", echoed.load(Relaxed));
    Ok(())
}

fn main() -> Result<(), Error> {
    let runtime = Runtime::global();
    let _watch = runtime.watch_polls(Duration::from_millis(200), |info| {
        println!("{} blocks a thread", info.title())
    })?;
    green::schedule(run()).wait()
}

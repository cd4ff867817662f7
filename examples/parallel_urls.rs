//! Greenhouse's tutorial: the same web pages, fetched in several ways. The server is part of the example, on loopback, and takes
//! its time for each page; so what counts is how many are under way at once, and in which order they are wanted.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use headwater::green::{self, Close, OneWayPool, Pool};
use headwater::{Error, Request};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const PAGES: u64 = 12;
/// How many pages are fetched at a time.
const WIDTH: usize = 4;

/// The first pages take longest: 120 ms, 110 ms, and so on.
fn delay(page: u64) -> Duration {
    Duration::from_millis(10 * PAGES.saturating_sub(page))
}

/// Answers `GET /7` with page 7, after its delay.
async fn answer(mut stream: TcpStream) -> Result<(), Error> {
    let mut line = String::new();
    BufReader::new(&mut stream).read_line(&mut line).await?;
    let path = line.split_whitespace().nth(1).unwrap_or_default();
    let page: u64 = path.trim_start_matches('/').parse().map_err(Error::new)?;
    tokio::time::sleep(delay(page)).await;
    let reply = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{page}");
    Ok(stream.write_all(reply.as_bytes()).await?)
}

async fn serve(listener: TcpListener) -> Result<(), Error> {
    let clients = OneWayPool::new(64, answer).named("client"); // an error goes to the log, the server goes on
    loop {
        clients.put(listener.accept().await?.0).await?;
    }
}

async fn fetch(server: SocketAddr, page: u64) -> Result<String, Error> {
    let mut stream = TcpStream::connect(server).await?;
    let request = format!("GET /{page} HTTP/1.1\r\nHost: {server}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await?;
    let body = reply.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    body.ok_or_else(|| Error::msg(format!("no page in the reply {reply:?}")))
}

async fn a_task_each(server: SocketAddr) -> Result<Vec<String>, Error> {
    let tasks: Vec<_> = (0..PAGES).map(|page| green::schedule(fetch(server, page))).collect();
    futures::future::try_join_all(tasks).await
}

async fn pool(pool: Pool<u64, String>) -> Result<Vec<String>, Error> {
    for page in 0..PAGES {
        pool.put(page).await?;
    }
    pool.close(Close::Drain);
    pool.results().try_collect().await
}

async fn map(server: SocketAddr) -> Result<Vec<String>, Error> {
    let pages = green::map(move |page| fetch(server, page), 0.., WIDTH); // pulled as far as there is room
    pages.take(PAGES as usize).try_collect().await
}

/// Fetches all pages in one way, and says how long that took and what came first.
async fn show(way: &str, pages: impl Future<Output = Result<Vec<String>, Error>>) -> Result<(), Error> {
    let began = Instant::now();
    let pages = pages.await?.join(" ");
    println!("{way:<22} {:>5} ms   {pages}", began.elapsed().as_millis());
    Ok(())
}

fn main() -> Result<(), Error> {
    let all = Request::new(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let server = listener.local_addr()?;
        let serving = green::schedule(serve(listener));
        let work = move |page| fetch(server, page);
        println!("{PAGES} pages, {WIDTH} at a time in pools  in the order in which they came");
        show("a task for each", a_task_each(server)).await?;
        show("pool", pool(Pool::new(WIDTH, work))).await?;
        show("ordered pool", pool(Pool::ordered(WIDTH, work))).await?;
        show("ordered map", map(server)).await?;
        let _ = serving.cancel();
        Ok(())
    });
    all.wait()
}

//! Greenhouse's tutorial: the same web pages, fetched in several ways. The server is part of the example, on loopback, and takes
//! its time for each page; so what counts is how many are under way at once, and in which order they are wanted.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::StreamExt;
use headwater::green::{self, Close, OneWayPool, Pool, Queue};
use headwater::{Error, Request};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const PAGES: u64 = 12;
/// How many pages a pool fetches at a time.
const WIDTH: usize = 4;

/// The first pages take longest: 120 ms, 110 ms, and so on.
fn delay(page: u64) -> Duration {
    Duration::from_millis(120 - 10 * page)
}

/// Answers `GET /7` with page 7, after its delay.
async fn answer(mut stream: TcpStream) -> Result<(), Error> {
    let mut line = String::new();
    BufReader::new(&mut stream).read_line(&mut line).await?;
    let path = line.split_whitespace().nth(1).unwrap_or_default();
    let page: u64 = path.trim_start_matches('/').parse().map_err(Error::new)?;
    tokio::time::sleep(delay(page)).await;
    let body = format!("page {page}");
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await?;
    Ok(())
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

async fn one_after_the_other(server: SocketAddr) -> Result<Vec<String>, Error> {
    let mut pages = Vec::new();
    for page in 0..PAGES {
        pages.push(fetch(server, page).await?);
    }
    Ok(pages)
}

async fn a_task_each(server: SocketAddr) -> Result<Vec<String>, Error> {
    let tasks: Vec<_> = (0..PAGES).map(|page| green::schedule(fetch(server, page))).collect();
    let mut pages = Vec::new();
    for task in tasks {
        pages.push(task.await?);
    }
    Ok(pages)
}

async fn one_way_pool(server: SocketAddr) -> Result<Vec<String>, Error> {
    let found = Queue::unbounded();
    let into = found.clone();
    let pool = OneWayPool::new(WIDTH, move |page| {
        let into = into.clone();
        async move { Ok(into.put(fetch(server, page).await?).await?) }
    });
    for page in 0..PAGES {
        pool.put(page).await?;
    }
    pool.join().await?;
    Ok(std::iter::from_fn(|| found.try_get().ok()).collect())
}

async fn pool(server: SocketAddr, is_ordered: bool) -> Result<Vec<String>, Error> {
    let work = move |page| fetch(server, page);
    let pool = match is_ordered {
        true => Pool::ordered(WIDTH, work),
        false => Pool::new(WIDTH, work),
    };
    for page in 0..PAGES {
        pool.put(page).await?;
    }
    pool.close(Close::Drain);
    let all: Vec<_> = pool.results().collect().await;
    all.into_iter().collect()
}

async fn map(server: SocketAddr) -> Result<Vec<String>, Error> {
    let all: Vec<_> = green::map(move |page| fetch(server, page), 0.., WIDTH)
        .take(PAGES as usize)
        .collect()
        .await;
    all.into_iter().collect()
}

/// Fetches all pages in one way, and says how long that took and what came first.
async fn show(way: &str, pages: impl Future<Output = Result<Vec<String>, Error>>) -> Result<(), Error> {
    let began = Instant::now();
    let pages = pages.await?;
    let took = began.elapsed().as_millis();
    let numbers: Vec<&str> = pages.iter().filter_map(|page| page.strip_prefix("page ")).collect();
    println!("{way:<22} {took:>5} ms   {}", numbers.join(" "));
    Ok(())
}

fn main() -> Result<(), Error> {
    let all = Request::new(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let server = listener.local_addr()?;
        let serving = green::schedule(serve(listener));
        println!("{PAGES} pages, {WIDTH} at a time in pools  in the order in which they came");
        show("one after the other", one_after_the_other(server)).await?;
        show("a task for each", a_task_each(server)).await?;
        show("one-way pool", one_way_pool(server)).await?;
        show("pool", pool(server, false)).await?;
        show("ordered pool", pool(server, true)).await?;
        show("ordered map", map(server)).await?;
        let _ = serving.cancel();
        Ok(())
    });
    all.wait()
}

//! A server that sends back what it gets, with its clients on the same runtime.

use std::net::SocketAddr;
use std::time::Duration;

use headwater::green;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::table::pairs;
use crate::{Bench, timed};

const CONNECTIONS: usize = 50;
const TRIPS: usize = 500;
const BYTES: usize = 64;

pub(crate) fn rows(bench: &Bench) {
    let trips = (CONNECTIONS * TRIPS) as u64;
    // At least 0.95 of tokio's round trips in the same time.
    bench.row("echo, 50 connections x 500 x 64 B / tokio", Some(1.0 / 0.95), || {
        pairs(trips, || ours(bench), || tokio(bench))
    });
}

fn ours(bench: &Bench) -> Duration {
    bench.ours(|| async {
        let (listener, address) = listen().await;
        timed! {
            let server = green::schedule(async move {
                for _ in 0..CONNECTIONS {
                    let (stream, _) = listener.accept().await?;
                    green::schedule(async move { Ok(answer(stream).await?) }).detach();
                }
                Ok(())
            });
            let clients: Vec<_> = (0..CONNECTIONS)
                .map(|_| green::schedule(async move { Ok(ask(address).await?) }))
                .collect();
            for client in clients {
                client.await.expect("loopback works");
            }
            server.await.expect("loopback works");
        }
    })
}

fn tokio(bench: &Bench) -> Duration {
    bench.tokio(|| async {
        let (listener, address) = listen().await;
        timed! {
            let server = tokio::spawn(async move {
                for _ in 0..CONNECTIONS {
                    let (stream, _) = listener.accept().await?;
                    drop(tokio::spawn(answer(stream)));
                }
                std::io::Result::Ok(())
            });
            let clients: Vec<_> = (0..CONNECTIONS).map(|_| tokio::spawn(ask(address))).collect();
            for client in clients {
                client.await.expect("no panic").expect("loopback works");
            }
            server.await.expect("no panic").expect("loopback works");
        }
    })
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback works");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0; 4 * BYTES];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            read => stream.write_all(&buffer[..read]).await?,
        }
    }
}

async fn ask(address: SocketAddr) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (message, mut answer) = ([7; BYTES], [0; BYTES]);
    for _ in 0..TRIPS {
        stream.write_all(&message).await?;
        stream.read_exact(&mut answer).await?;
    }
    Ok(())
}

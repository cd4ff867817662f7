//! A tokio service that computes: requests run on the host's runtime, kernels in a pool of their own, and the service
//! goes on answering meanwhile. It listens on loopback, is its own client for a bounded number of calls, and says how long
//! they took.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use headwater::{Error, Request, Runtime};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const CLIENTS: u64 = 8;
const CALLS: u64 = 50;
/// Different questions; the rest are repetitions, which share one computation.
const TILES: u64 = 40;

#[derive(Clone)]
struct Service {
    runtime: Runtime,
    tiles: Arc<Mutex<HashMap<u64, Request<u64>>>>,
}

impl Service {
    /// Everybody who asks for the same tile, now or later, gets the same request.
    fn tile(&self, nth: u64) -> Request<u64> {
        let mut tiles = self.tiles.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            Request::builder()
                .on(&self.runtime)
                .name(format!("tile {nth}"))
                .kernel(move |_checkpoint| Ok(work(nth)))
        };
        tiles.entry(nth).or_insert_with(make).clone()
    }

    async fn answer(self, stream: TcpStream) -> Result<(), Error> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        while let Some(line) = lines.next_line().await? {
            let nth: u64 = line.parse().map_err(Error::new)?;
            let value = self.tile(nth).await?;
            write.write_all(format!("{value}\n").as_bytes()).await?;
        }
        Ok(())
    }
}

/// About a millisecond of arithmetic.
fn work(seed: u64) -> u64 {
    (0..1_000_000).fold(seed + 1, |x, n| {
        x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(n)
    })
}

async fn client(address: std::net::SocketAddr, nth: u64) -> Result<Vec<Duration>, Error> {
    let (read, mut write) = TcpStream::connect(address).await?.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut times = Vec::new();
    for call in 0..CALLS {
        let began = Instant::now();
        write
            .write_all(format!("{}\n", (call + nth * 3) % TILES).as_bytes())
            .await?;
        lines
            .next_line()
            .await?
            .ok_or_else(|| Error::msg("the service hung up"))?;
        times.push(began.elapsed());
    }
    Ok(times)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Error> {
    let runtime = Runtime::builder()
        .embedded(tokio::runtime::Handle::current())
        .slots(2)
        .compute_threads(1)
        .build()?;
    let service = Service {
        runtime: runtime.clone(),
        tiles: Arc::default(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(service.clone().answer(stream));
        }
    });

    let began = Instant::now();
    let clients: Vec<_> = (0..CLIENTS).map(|nth| tokio::spawn(client(address, nth))).collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.map_err(Error::new)??);
    }
    let took = began.elapsed();
    server.abort();

    times.sort();
    let quantile = |q: f64| times[((times.len() - 1) as f64 * q) as usize];
    let done = runtime.statistics();
    println!(
        "{} answers in {took:.1?} from {} kernels ({:.1?} of compute time)",
        times.len(),
        done.kernels,
        done.kernel_time
    );
    println!(
        "latency: median {:.1?}, 90 % {:.1?}, worst {:.1?}",
        quantile(0.5),
        quantile(0.9),
        quantile(1.0)
    );
    println!("polls longer than 10 ms on the host's threads: {}", done.long_polls);
    Ok(())
}

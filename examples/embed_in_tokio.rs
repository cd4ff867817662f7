//! A tokio service that computes: requests run on the host's runtime, kernels in a pool of their own, and the service
//! goes on answering meanwhile. It listens on loopback, is its own client for a bounded number of calls, and says how long
//! they took.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use headwater::{Error, Request, Runtime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CLIENTS: u64 = 8;
const CALLS: u64 = 50;
/// Different questions. The rest are repetitions, which share one computation.
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
        let builder = || Request::builder().on(&self.runtime).name(format!("tile {nth}"));
        let tile = tiles
            .entry(nth)
            .or_insert_with(|| builder().kernel(move |_checkpoint| Ok(work(nth))));
        tile.clone()
    }

    /// Answers numbers with numbers until the client hangs up.
    async fn answer(self, mut stream: TcpStream) -> Result<(), Error> {
        while let Ok(nth) = stream.read_u64().await {
            let value = self.tile(nth).await?; // the thread does something else meanwhile
            stream.write_u64(value).await?;
        }
        Ok(())
    }
}

/// About a millisecond of arithmetic.
fn work(seed: u64) -> u64 {
    (0..1_000_000).fold(seed, |x, n| {
        x.wrapping_mul(6_364_136_223_846_793_005).rotate_left(9) ^ n
    })
}

async fn client(address: SocketAddr, nth: u64) -> Result<Vec<Duration>, Error> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut times = Vec::new();
    for call in 0..CALLS {
        let began = Instant::now();
        stream.write_u64((call + nth * 3) % TILES).await?;
        stream.read_u64().await?;
        times.push(began.elapsed());
    }
    Ok(times)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Error> {
    let host = tokio::runtime::Handle::current();
    let runtime = Runtime::builder().embedded(host).slots(2).compute_threads(1).build()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(serve(listener, runtime.clone()));

    let began = Instant::now();
    let clients: Vec<_> = (0..CLIENTS).map(|nth| tokio::spawn(client(address, nth))).collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.map_err(Error::new)??);
    }
    let (took, done) = (began.elapsed(), runtime.statistics());
    server.abort();

    times.sort();
    let [median, most, worst] = [0.5, 0.9, 1.0].map(|q| times[((times.len() - 1) as f64 * q) as usize]);
    println!("{} answers in {took:.1?} from {} kernels", times.len(), done.kernels);
    println!("latency: median {median:.1?}, 90 % {most:.1?}, worst {worst:.1?}");
    println!("polls longer than 10 ms on the host's threads: {}", done.long_polls);
    Ok(())
}

async fn serve(listener: TcpListener, runtime: Runtime) -> Result<(), Error> {
    let tiles = Arc::default();
    let service = Service { runtime, tiles };
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(service.clone().answer(stream));
    }
}

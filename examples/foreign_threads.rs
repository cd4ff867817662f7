//! Plain threads share a request: they wait, or wait for a while, and need no runtime of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use headwater::{Error, Request};
use tokio::sync::Notify;

fn main() -> Result<(), Error> {
    let runs = Arc::new(AtomicU32::new(0));
    let gate = Arc::new(Notify::new());
    let table = Request::builder().name("table").future({
        let (runs, gate) = (Arc::clone(&runs), Arc::clone(&gate));
        async move {
            runs.fetch_add(1, Ordering::Relaxed);
            gate.notified().await; // stands for a slow source
            Request::kernel(|_checkpoint| Ok(Arc::new(sieve(100_000)))).await
        }
    });

    thread::scope(|scope| {
        let patient: Vec<_> = (0..3).map(|_| scope.spawn(|| table.wait())).collect();

        // A time-out ends the wait, not the request.
        let impatient = table.wait_timeout(Duration::from_millis(2));
        println!("impatient  {}", impatient.unwrap_err());
        println!("meanwhile  {}", table.explain());
        println!("a look     {:?}", table.try_result().map(|result| result.is_ok()));

        gate.notify_one();
        let first = table.wait()?;
        for (nth, thread) in patient.into_iter().enumerate() {
            let primes = thread.join().map_err(|_| Error::msg("a thread panicked"))??;
            println!(
                "thread {nth}   {} primes, the same table: {}",
                primes.len(),
                Arc::ptr_eq(&primes, &first)
            );
        }
        Ok::<(), Error>(())
    })?;

    println!("the work was done {} time(s)", runs.load(Ordering::Relaxed));
    println!("afterwards {}", table.explain());

    // Where a thread must not block there is an error that says what to do, never a hang.
    let other = Request::new(async { Ok(1) });
    let kernel = Request::builder()
        .name("kernel")
        .kernel(move |_checkpoint| other.wait());
    println!("in kernels {}", kernel.wait().unwrap_err().report());
    Ok(())
}

/// The primes below `limit`.
fn sieve(limit: usize) -> Vec<usize> {
    let mut is_prime = vec![true; limit];
    let mut primes = Vec::new();
    for n in 2..limit {
        if is_prime[n] {
            primes.push(n);
            (n * n..limit)
                .step_by(n)
                .for_each(|multiple| is_prime[multiple] = false);
        }
    }
    primes
}

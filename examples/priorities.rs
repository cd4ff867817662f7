//! One slot, many requests: who goes first, and how a waiter lends its priority to what it waits for.

use std::sync::{Arc, Mutex, PoisonError};

use headwater::{Discipline, Error, Request, Runtime};

fn main() -> Result<(), Error> {
    println!("submitted as lazy (5), normal (0), urgent (-5); smaller goes first:");
    for discipline in [Discipline::Priority, Discipline::Fifo, Discipline::Lifo] {
        let runtime = Runtime::builder().slots(1).discipline(discipline).build()?;
        let _entered = runtime.enter();
        let log = Log::default();
        let requests = [log.step("lazy", 5), log.step("normal", 0), log.step("urgent", -5)];
        println!("  {:<9} {}", format!("{discipline:?}"), log.of(&requests)?);
    }

    println!("\nlazy (5), normal (0), and one that waits for `lazy`:");
    for (name, priority) in [("patient", 9), ("urgent", -5)] {
        let runtime = Runtime::builder().slots(1).build()?;
        let _entered = runtime.enter();
        let log = Log::default();
        let (lazy, normal) = (log.step("lazy", 5), log.step("normal", 0));
        let waiter = log.waiter(name, priority, lazy.clone());
        println!(
            "  {:<9} {}",
            format!("{name} ({priority})"),
            log.of(&[lazy, normal, waiter])?
        );
    }
    println!("\n`urgent` lent its priority to `lazy`, which overtook `normal`. The loan ends with the wait.");
    Ok(())
}

/// What the workloads did, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn write(&self, line: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line.to_owned());
    }

    /// A request that only leaves its name.
    fn step(&self, name: &'static str, priority: i32) -> Request<()> {
        let log = self.clone();
        Request::builder().name(name).priority(priority).future(async move {
            log.write(name);
            Ok(())
        })
    }

    /// A request that leaves its name when it has got what it waits for.
    fn waiter(&self, name: &'static str, priority: i32, needed: Request<()>) -> Request<()> {
        let log = self.clone();
        Request::builder().name(name).priority(priority).future(async move {
            log.write(&format!("{name} waits"));
            needed.await?;
            log.write(&format!("{name} ends"));
            Ok(())
        })
    }

    /// Submits all of `requests` while the only slot is taken, so that they stand in the queue together.
    fn of(&self, requests: &[Request<()>]) -> Result<String, Error> {
        let all = requests.to_vec();
        let together = Request::new(async move {
            all.iter().for_each(Request::submit);
            Ok(())
        });
        together.submit(); // into the slot, not into this thread as a bare `wait` would
        together.wait()?;
        // A wait of a plain thread lends nothing.
        for request in requests {
            request.wait()?;
        }
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).join(" → "))
    }
}

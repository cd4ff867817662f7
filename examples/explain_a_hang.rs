//! When nothing moves: what is alive, what it waits for, and why. And what cannot hang, because it is refused.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use headwater::{Error, Request, Runtime};
use tokio::sync::oneshot;
use tracing_subscriber::fmt;

fn main() -> Result<(), Error> {
    // The stall detector speaks through `tracing`.
    fmt()
        .with_writer(std::io::stdout)
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .init();
    let runtime = Runtime::builder()
        .slots(2)
        .stall_after(Duration::from_millis(8))
        .build()?;
    let _entered = runtime.enter();

    a_sender_that_was_forgotten(&runtime)?;
    a_circle()
}

fn a_sender_that_was_forgotten(runtime: &Runtime) -> Result<(), Error> {
    let (sender, receiver) = oneshot::channel::<u32>();
    let download = Request::builder()
        .name("download")
        .future(async move { receiver.await.map_err(Error::new) });
    let source = download.clone();
    let decode = Request::builder()
        .name("decode")
        .future(async move { Ok(source.await? * 2) });
    let input = decode.clone();
    let report = Request::builder()
        .name("report")
        .future(async move { Ok(format!("{} pixels", input.await?)) });
    report.submit();

    println!("the detector:");
    let error = report.wait_timeout(Duration::from_millis(16)).unwrap_err();
    println!("\nthe waiter: {error}");

    println!("\nthe snapshot:");
    for info in runtime.snapshot() {
        let name = info.name.as_deref().unwrap_or("?");
        println!(
            "  {:<4} {name:<9} {:?}, waits for {:?}, {} waiter(s)",
            info.id.to_string(),
            info.state,
            info.waits_for,
            info.waiters
        );
    }

    println!("\nthe explanation, from the waiter down to the cause:");
    println!(
        "  {}\n  {}\n  {}",
        report.explain(),
        decode.explain(),
        download.explain()
    );

    println!("\nthe cure:");
    drop(sender); // the receiver fails, and with it whoever waits
    println!("{:?}", report.wait().unwrap_err());
    Ok(())
}

/// Each waits for the other. No detector is needed: the wait that would close the circle is refused.
fn a_circle() -> Result<(), Error> {
    let late = Arc::new(OnceLock::<Request<u32>>::new());
    let link = Arc::clone(&late);
    let egg = Request::builder().name("egg").future(async move {
        let hen = link.get().ok_or_else(|| Error::msg("no hen yet"))?;
        hen.await
    });
    let first = egg.clone();
    let hen = Request::builder()
        .name("hen")
        .future(async move { Ok(first.await? + 1) });
    late.get_or_init(|| hen.clone());

    println!("\nthe circle, as either of them sees it:");
    println!("{:?}\n{:?}", hen.wait().unwrap_err(), egg.wait().unwrap_err());
    Ok(())
}

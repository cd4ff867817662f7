//! What a cancellation reaches, what it spares, and why.
//!
//! It follows interest: a request is cancelled when the last one who waits for it has given up.

use std::future::{IntoFuture, pending};

use headwater::{Error, Request, RequestState, Runtime};

fn main() -> Result<(), Error> {
    let runtime = Runtime::builder().slots(2).build()?;
    let _entered = runtime.enter();
    nobody_else_waits()?;
    somebody_else_waits()
}

fn nobody_else_waits() -> Result<(), Error> {
    let (b, c) = (endless("B"), endless("C"));
    let a = waits_for("A", &[&b, &c]);
    settle(|| a.info().waits_for.len() == 2 && is_suspended(&b) && is_suspended(&c));
    println!("1. A waits for B and C, and nobody else does.\n");
    tree(&a, &b, &c);

    println!("\n   a.cancel() says {:?}", a.cancel());
    settle(|| a.has_ended() && b.has_ended() && c.has_ended());
    tree(&a, &b, &c);
    println!("\n   A had no waiter, so it ends; with it went the only interest in B and in C.\n");
    Ok(())
}

fn somebody_else_waits() -> Result<(), Error> {
    let (b, c) = (endless("B"), endless("C"));
    let a = waits_for("A", &[&b, &c]);
    let d = waits_for("D", &[&c]);
    settle(|| a.info().waits_for.len() == 2 && c.info().waiters == 2 && is_suspended(&b) && is_suspended(&c));
    println!("2. The same, but D wants C too.\n");
    forest(&a, &b, &c, &d);

    println!("\n   a.cancel() says {:?}", a.cancel());
    settle(|| a.has_ended() && b.has_ended());
    forest(&a, &b, &c, &d);
    println!("\n   B went with A. C goes on, because D still waits for it.");

    println!("\n   d.cancel() says {:?}", d.cancel());
    settle(|| d.has_ended() && c.has_ended());
    forest(&a, &b, &c, &d);
    println!("\n   D was the last who waited for C. Whoever asks now is told:");
    println!("   {}", c.wait().unwrap_err().report());
    Ok(())
}

/// A request that would run for ever.
fn endless(name: &str) -> Request<()> {
    Request::builder().name(name).future(async {
        pending::<()>().await;
        Ok(())
    })
}

/// A submitted request that waits for all of `needed` at once.
fn waits_for(name: &str, needed: &[&Request<()>]) -> Request<()> {
    let waits: Vec<_> = needed.iter().map(|request| (*request).into_future()).collect();
    let request = Request::builder().name(name).future(async move {
        futures::future::try_join_all(waits).await?;
        Ok(())
    });
    request.submit();
    request
}

fn is_suspended(request: &Request<()>) -> bool {
    request.state() == RequestState::Suspended
}

/// Until the other threads have got so far.
fn settle(reached: impl Fn() -> bool) {
    while !reached() {
        std::thread::yield_now();
    }
}

fn tree(a: &Request<()>, b: &Request<()>, c: &Request<()>) {
    let (a, b, c) = (show("A", a), show("B", b), show("C", c));
    println!("        {a}\n         /        \\\n  {b}   {c}");
}

fn forest(a: &Request<()>, b: &Request<()>, c: &Request<()>, d: &Request<()>) {
    let (a, b, c, d) = (show("A", a), show("B", b), show("C", c), show("D", d));
    println!("        {a}   {d}\n         /        \\    /\n  {b}   {c}");
}

fn show(name: &str, request: &Request<()>) -> String {
    let state = format!("{:?}", request.state()).to_lowercase();
    format!("{:<12}", format!("{name} {state}"))
}

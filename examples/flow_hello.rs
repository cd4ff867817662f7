//! The smallest flow: A makes numbers, B does something with them, C prints what comes of it.
//!
//! `cargo run --example flow_hello`

use futures::stream;
use headwater::Error;
use headwater::flow::Flow;

fn main() -> Result<(), Error> {
    let flow = Flow::batch();
    let a = flow.produce("A", stream::iter(0..40));
    let b = a.process("B", |number| number + 1).replicas(4).ordered();
    b.consume("C", |number| print!("{number} "));

    // It is checked as a whole before it runs, and ends when A has no more numbers.
    let report = flow.build()?.start().wait()?;

    println!("\n\n{}", report.table(None));
    Ok(())
}

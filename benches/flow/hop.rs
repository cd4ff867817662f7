//! How long a number takes from one node to the next, if nothing else is under way.

use futures::stream;
use headwater::flow::Flow;
use tokio::sync::mpsc::unbounded_channel;

use super::{chains, flows, row};

/// Numbers of one round.
const ROUNDS: u64 = 20_000;
/// Nodes on the way.
const HOPS: u64 = 4;

/// The next number is made when the one before has arrived.
fn ours() {
    let (send, receive) = unbounded_channel();
    send.send(0).unwrap();
    let numbers = stream::unfold(receive, |mut receive| async {
        let n = receive.recv().await?;
        (n < ROUNDS).then_some((n, receive))
    });
    let flow = Flow::batch();
    let mut node = flow.produce("numbers", Box::pin(numbers)).process("hop 1", |n: u64| n);
    for hop in 2..HOPS {
        node = node.process(format!("hop {hop}"), |n| n);
    }
    node.consume("end", move |n| send.send(n + 1).unwrap());
    flow.build().unwrap().run(flows::runtime()).wait().unwrap();
}

fn tokio() {
    use tokio::sync::mpsc::channel;
    let rt = chains::runtime();
    let (send, mut back) = unbounded_channel::<u64>();
    let (first, mut receive) = channel(64);
    for _ in 1..HOPS {
        let (send, next) = channel(64);
        let mut before = std::mem::replace(&mut receive, next);
        rt.spawn(async move {
            while let Some(n) = before.recv().await {
                send.send(n).await.unwrap();
            }
        });
    }
    rt.spawn(async move {
        while let Some(n) = receive.recv().await {
            send.send(n).unwrap();
        }
    });
    let ping = rt.spawn(async move {
        for n in 0..ROUNDS {
            first.send(n).await.unwrap();
            back.recv().await.unwrap();
        }
    });
    rt.block_on(ping).unwrap();
}

pub(crate) fn rows() {
    row("a hop / tokio mpsc", ROUNDS * HOPS, None, ours, tokio);
}

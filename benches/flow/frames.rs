//! Frames of a video, made, inverted by a kernel and added up.

use std::sync::Arc;

use futures::stream;
use headwater::flow::Flow;

use super::{chains, flows, row};

const FRAMES: u64 = 100;
const BYTES: usize = 1920 * 1080 * 3;

fn make(n: u64) -> Vec<u8> {
    vec![n as u8; BYTES]
}

fn invert(frame: &[u8]) -> Vec<u8> {
    frame.iter().map(|value| 255 - value).collect()
}

fn brightness(frame: &[u8]) -> u64 {
    frame.iter().map(|value| u64::from(*value)).sum()
}

fn ours() {
    let flow = Flow::batch();
    let frames = flow.produce("frames", stream::iter((0..FRAMES).map(|n| Arc::new(make(n)))));
    let inverted = frames.kernel("invert", |frame, _| Ok(Arc::new(invert(&frame))));
    let sums = inverted
        .process("brightness", |frame| brightness(&frame))
        .collect("sums");
    flow.build().unwrap().run(flows::runtime()).wait().unwrap();
    assert_eq!(sums.len(), FRAMES as usize);
}

fn tokio() {
    use tokio::sync::mpsc::channel;
    let rt = chains::runtime();
    let (first, mut frames) = channel(64);
    let (second, mut inverted) = channel::<Arc<Vec<u8>>>(64);
    rt.spawn(async move {
        for n in 0..FRAMES {
            first.send(Arc::new(make(n))).await.unwrap();
        }
    });
    rt.spawn(async move {
        while let Some(frame) = frames.recv().await {
            #[expect(clippy::disallowed_methods, reason = "this is how the peer computes")]
            let made = tokio::task::spawn_blocking(move || Arc::new(invert(&frame)));
            second.send(made.await.unwrap()).await.unwrap();
        }
    });
    let sums = rt.spawn(async move {
        let mut sums = Vec::new();
        while let Some(frame) = inverted.recv().await {
            sums.push(brightness(&frame));
        }
        sums
    });
    assert_eq!(rt.block_on(sums).unwrap().len(), FRAMES as usize);
}

pub(crate) fn rows() {
    row(
        "made, inverted and added up / tokio mpsc and spawn_blocking",
        FRAMES,
        None,
        ours,
        tokio,
    );
}

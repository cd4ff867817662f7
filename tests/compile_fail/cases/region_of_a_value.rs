use headwater::graph::Output;
use headwater::{Request, roi};

fn ask(number: &Output<f32>) -> Request<f32> {
    number.request(roi![0..1])
}

fn main() {}

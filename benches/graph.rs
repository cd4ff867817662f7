//! quick
use headwater::graph::*;
use headwater::roi::Roi;
use headwater::{Array, Error, roi};
use std::time::Instant;
struct Pass(bool);
struct S {
    input: Input<Array>,
    output: Output<Array>,
}
impl Operator for Pass {
    type Slots = S;
    fn slots(&self, d: &mut Declare<'_>) -> S {
        S {
            input: d.input("input"),
            output: d.output("output"),
        }
    }
    fn setup(&self, s: &S, cx: &mut Setup<'_>) -> Result<(), Error> {
        let m = cx.meta(&s.input)?;
        cx.describe(&s.output, m)
    }
    fn dirty(&self, s: &S, cx: &mut Dirty<'_>) {
        cx.same_region(&s.input, &s.output)
    }
    async fn execute(&self, s: &S, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(cx.request(&s.input, roi).await?.into())
    }
    fn is_inline(&self) -> bool {
        self.0
    }
}
fn main() {
    if std::env::args().any(|a| a == "pull") {
        let rt = headwater::Runtime::builder().slots(0).build().unwrap();
        let g = Graph::on(&rt);
        let ops: Vec<_> = (0..100).map(|_| g.add(Pass(true))).collect();
        g.edit(|e| {
            for w in ops.windows(2) {
                e.connect(&w[0].output, &w[1].input)?;
            }
            e.set(&ops[0].input, Array::from_vec("x", &[64], vec![0u8; 64])?)
        })
        .unwrap();
        let out = &ops[99].output;
        for _ in 0..3 {
            let t = Instant::now();
            for _ in 0..20000 {
                out.request(roi![0..4]).wait().unwrap();
            }
            println!(
                "pull inline mode {:.3} us/hop",
                t.elapsed().as_secs_f64() * 1e6 / 20000.0 / 100.0
            );
        }
        return;
    }
    if std::env::args().any(|a| a == "wave") {
        let g = Graph::new();
        let ops: Vec<_> = (0..100).map(|_| g.add(Pass(true))).collect();
        g.edit(|e| {
            for w in ops.windows(2) {
                e.connect(&w[0].output, &w[1].input)?;
            }
            e.set(&ops[0].input, Array::from_vec("x", &[64], vec![0u8; 64])?)
        })
        .unwrap();
        for _ in 0..3 {
            let t = Instant::now();
            for i in 0..20000 {
                g.edit(|e| e.mark_dirty(&ops[0].input, roi![(i % 60)..(i % 60 + 2)]))
                    .unwrap();
            }
            println!(
                "wave part {:.3} us/hop",
                t.elapsed().as_secs_f64() * 1e6 / 20000.0 / 100.0
            );
        }
        for _ in 0..3 {
            let t = Instant::now();
            for _ in 0..20000 {
                g.edit(|e| e.mark_dirty(&ops[0].input, Dirt::everything())).unwrap();
            }
            println!(
                "wave all {:.3} us/hop",
                t.elapsed().as_secs_f64() * 1e6 / 20000.0 / 100.0
            );
        }
        return;
    }
    for inline in [true, false] {
        let g = Graph::new();
        let ops: Vec<_> = (0..100).map(|_| g.add(Pass(inline))).collect();
        g.edit(|e| {
            for w in ops.windows(2) {
                e.connect(&w[0].output, &w[1].input)?;
            }
            e.set(&ops[0].input, Array::from_vec("x", &[64], vec![0u8; 64])?)
        })
        .unwrap();
        let out = &ops[99].output;
        for _ in 0..3 {
            let t = Instant::now();
            let n = 2000;
            for _ in 0..n {
                out.request(roi![0..4]).wait().unwrap();
            }
            println!(
                "inline {inline}: pull {:.3} us/hop",
                t.elapsed().as_secs_f64() * 1e6 / n as f64 / 100.0
            );
            let t = Instant::now();
            for i in 0..n {
                g.edit(|e| e.mark_dirty(&ops[0].input, roi![(i % 60)..(i % 60 + 2)]))
                    .unwrap();
            }
            println!(
                "wave part {:.3} us/hop",
                t.elapsed().as_secs_f64() * 1e6 / n as f64 / 100.0
            );
            let t = Instant::now();
            for _ in 0..n {
                g.edit(|e| e.mark_dirty(&ops[0].input, Dirt::everything())).unwrap();
            }
            println!(
                "wave all {:.3} us/hop",
                t.elapsed().as_secs_f64() * 1e6 / n as f64 / 100.0
            );
        }
    }
    let g = Graph::new();
    let t = Instant::now();
    let ops: Vec<_> = g.edit(|e| Ok((0..10000).map(|_| e.add(Pass(true))).collect())).unwrap();
    g.edit(|e| {
        for w in ops.chunks(10) {
            for w in w.windows(2) {
                e.connect(&w[0].output, &w[1].input)?;
            }
        }
        Ok(())
    })
    .unwrap();
    println!("build {:?}", t.elapsed());
    let t = Instant::now();
    for i in 0..1000u32 {
        g.edit(|e| {
            e.set(
                &ops[9 + (i as usize % 1000) * 10 - 9].input,
                Array::from_vec("x", &[64], vec![i as u8; 64])?,
            )
        })
        .unwrap();
    }
    println!("edit in 10000: {:?}", t.elapsed() / 1000);
    let t = Instant::now();
    for i in 0..1000u32 {
        g.edit(|e| {
            e.set(
                &ops[9 + (i as usize % 1000) * 10 - 9].input,
                Array::from_vec("x", &[64], vec![i as u8 + 1; 64])?,
            )
        })
        .unwrap();
    }
    println!("edit in 10000: {:?}", t.elapsed() / 1000);
}

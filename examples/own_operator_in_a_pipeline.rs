//! An operator of the program's own in a pipeline: registered once, it is checked, listed and built like all others.
//!
//! `cargo run --features pipeline --example own_operator_in_a_pipeline`

use headwater::graph::{Declare, Graph, Input};
use headwater::kernels::{Form, Gaussian};
use headwater::operators::{Filter, Values};
use headwater::pipeline::{Entry, Library, Registration};
use headwater::{Array, Error};

/// Smooths away what is smaller than a disk: a Gaussian whose scale is told by the diameter.
struct Blur;

impl Filter for Blur {
    type Kernel = Gaussian;
    type Parameters = Input<f64>;

    fn parameters(&self, declare: &mut Declare<'_>) -> Input<f64> {
        declare.default("diameter", 4.0)
    }

    fn kernel(&self, diameter: &Input<f64>, values: &mut Values<'_, '_>, _: &Form) -> Result<Gaussian, Error> {
        Ok(Gaussian::new(values.get(diameter)? / 8_f64.sqrt()))
    }
}

const PIPELINE: &str = r#"
version = 1
inputs.image = {}

[nodes.soft]
operator = "Blur"
input = "image"
diameter = 6

[nodes.bright]
operator = "Threshold"
input = "soft"
level = 40

[outputs.mask]
from = "bright"
path = "mask.npy"
"#;

fn main() -> Result<(), Error> {
    let mut library = Library::standard();
    library.register(
        Registration::new("Blur", "Smooths away what is smaller than a disk.", || Blur)
            .input("input", "an image", |slots| &slots.input)
            .parameter("diameter", "of the disk, in pixels", |slots| slots)
            .within(0.0..=100.0)
            .output("output", "the blurred image, f32", |slots| &slots.output),
    )?;
    describe(library.operator("Blur")?);

    println!("\nWhat a slip gives:");
    for text in [
        PIPELINE.replace("diameter", "diametre"),
        PIPELINE.replace("= 6", "= 600"),
    ] {
        if let Err(error) = library.parse(&text, "blur.toml") {
            println!("  {}", error.report());
        }
    }

    let pipeline = library.parse(PIPELINE, "blur.toml")?;
    let built = pipeline.builder().array("image", disks()?).build(&Graph::new())?;
    let mask = built.image("mask")?;
    println!("\nWhat is left of disks of 2 to 10 pixels, with a diameter of 6:");
    draw(&mask.request(mask.meta()?.roi()).wait()?)?;

    let diameter = built.input::<f64>("soft.diameter")?;
    built.graph().edit(|e| e.set(&diameter, 2.0))?;
    println!("with a diameter of 2:");
    draw(&mask.request(mask.meta()?.roi()).wait()?)?;
    let now = built.to_pipeline()?.to_toml();
    println!(
        "The pipeline says now: {}",
        now.lines().find(|line| line.contains("diameter")).unwrap_or_default()
    );
    Ok(())
}

fn describe(entry: &Entry) {
    println!("{}: {}", entry.name(), entry.doc());
    for slot in entry.slots() {
        let default = entry
            .default_of(slot.name())
            .map_or(String::new(), |value| format!(", {value} by default"));
        println!(
            "  {:9} {:?}: {}; {}{default}",
            slot.name(),
            slot.role(),
            slot.doc(),
            slot.takes()
        );
    }
}

/// Disks of growing size side by side.
fn disks() -> Result<Array, Error> {
    let is_bright = |y: i32, x: i32| (1..=5).any(|r| (y - 7).pow(2) + (x - 14 * r + 7).pow(2) <= r * r);
    let pixels = (0..15 * 72)
        .map(|nth| u8::from(is_bright(nth / 72, nth % 72)) * 100)
        .collect();
    Array::from_vec("yx", &[15, 72], pixels)
}

fn draw(mask: &Array) -> Result<(), Error> {
    for row in mask.view::<bool>()?.rows() {
        println!(
            "  {}",
            row.iter()
                .map(|&bright| if bright { '#' } else { '.' })
                .collect::<String>()
        );
    }
    Ok(())
}

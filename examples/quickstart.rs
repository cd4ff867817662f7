//! The first program: two kernels under a parent, one of them submitted so that both run at once.
//!
//! A difference of Gaussians finds spots of one size: smooth finely, smooth coarsely, subtract. Run it with
//! `cargo run --release --example quickstart`.

use std::time::Instant;

use headwater::kernels::gaussian;
use headwater::{Array, Error, Request, Runtime};

const SIZE: usize = 512;
/// Centres of the spots to be found, in pixels (y, x).
const SPOTS: [(usize, usize); 5] = [(60, 70), (120, 400), (250, 256), (380, 130), (440, 450)];

fn main() -> Result<(), Error> {
    let began = Instant::now();
    let image = picture()?;

    // Making requests runs nothing yet.
    let dog = Request::new(async move {
        let copy = image.clone(); // shares the pixels
        let fine = Request::kernel(move |checkpoint| gaussian(&copy, 3.0, checkpoint));
        let coarse = Request::kernel(move |checkpoint| gaussian(&image, 6.0, checkpoint));
        coarse.submit(); // starts now, in parallel
        fine.await?.try_sub(&coarse.await?) // awaiting starts what was not submitted
    });

    let result = dog.wait()?; // a plain thread waits; async code would say `dog.await?`
    draw(&result)?;
    let done = Runtime::global().statistics();
    println!("{result:?} in {:.1?}", began.elapsed());
    println!("{} kernels, {:.1?} of compute time", done.kernels, done.kernel_time);
    Ok(())
}

/// Spots on a slope, with noise: the slope and the noise are what the two scales remove.
fn picture() -> Result<Array, Error> {
    let mut noise = 1u32;
    let mut pixels = vec![0u16; SIZE * SIZE];
    for (at, pixel) in pixels.iter_mut().enumerate() {
        let (y, x) = (at / SIZE, at % SIZE);
        let spots: f64 = SPOTS.iter().map(|spot| bump(spot.0, spot.1, y, x)).sum();
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *pixel = (600.0 * spots) as u16 + (x / 2) as u16 + (noise >> 24) as u16;
    }
    Array::from_vec("yx", &[SIZE, SIZE], pixels)
}

/// A Gaussian spot with a sigma of 4 pixels.
fn bump(cy: usize, cx: usize, y: usize, x: usize) -> f64 {
    let square = (y.abs_diff(cy).pow(2) + x.abs_diff(cx).pow(2)) as f64;
    (-square / 32.0).exp()
}

/// The strongest response in each cell of the page.
fn draw(result: &Array) -> Result<(), Error> {
    const ROWS: usize = 16;
    const COLUMNS: usize = 48;
    let values = result.view::<f32>()?;
    let mut page = vec![f32::MIN; ROWS * COLUMNS];
    for y in 0..SIZE {
        for x in 0..SIZE {
            let cell = &mut page[y * ROWS / SIZE * COLUMNS + x * COLUMNS / SIZE];
            *cell = cell.max(values[[y, x]]);
        }
    }
    let best = page.iter().copied().fold(f32::MIN, f32::max);
    for row in page.chunks(COLUMNS) {
        let shade = |value: &f32| [' ', '.', ':', 'o', '@'][((value / best).clamp(0.0, 1.0) * 4.0) as usize];
        println!("|{}|", row.iter().map(shade).collect::<String>());
    }
    Ok(())
}

//! The difference of Gaussians, as requests: two kernels under a parent.

use std::time::Duration;

use headwater::kernels::gaussian;
use headwater::{Array, Checkpoint, Error, Request, Runtime, Statistics};

use super::args::DogPlan;
use super::progress::Progress;

/// How often a running computation looks for a signal.
const LOOK: Duration = Duration::from_millis(20);
/// How long a cancelled kernel may take to return.
const STOP: Duration = Duration::from_secs(2);

/// `image` smoothed at the first scale minus `image` smoothed at the second, f32, and what that took.
///
/// # Errors
///
/// A scale that does not fit the image, or the reason of `checkpoint`: then the requests have been cancelled.
pub(super) fn difference_of_gaussians(
    image: Array,
    plan: &DogPlan,
    checkpoint: &Checkpoint,
    progress: &Progress,
) -> Result<(Array, Statistics), Error> {
    let runtime = runtime(plan.threads)?;
    progress.phase("smoothing", 3);
    let dog = request(&runtime, image, plan.sigmas, progress);
    dog.submit();
    let outcome = loop {
        match dog.wait_timeout(LOOK) {
            Err(error) if error.is_timeout() => {}
            outcome => break outcome,
        }
        if let Err(reason) = checkpoint.check() {
            let _ = dog.cancel();
            let _ = runtime.shutdown(STOP);
            return Err(reason);
        }
    };
    let statistics = runtime.statistics();
    Ok((outcome?, statistics))
}

fn request(runtime: &Runtime, image: Array, [fine, coarse]: [f64; 2], progress: &Progress) -> Request<Array> {
    let steps = progress.clone();
    Request::builder()
        .on(runtime)
        .name("difference of Gaussians")
        .future(async move {
            let smoothed = |sigma: f64| {
                let image = image.clone();
                let kernel = move |checkpoint: &Checkpoint| gaussian(&image, sigma, checkpoint);
                let smoothed = Request::builder()
                    .name(format!("Gaussian, sigma {sigma}"))
                    .kernel(kernel);
                let steps = steps.clone();
                smoothed.on_finished(move |_| steps.advance(1));
                smoothed
            };
            let (fine, coarse) = (smoothed(fine), smoothed(coarse));
            coarse.submit();
            let (fine, coarse) = (fine.await?, coarse.await?);
            let difference = Request::builder()
                .name("difference")
                .kernel(move |_| fine.try_sub(&coarse))
                .await?;
            steps.advance(1);
            Ok(difference)
        })
}

fn runtime(threads: Option<usize>) -> Result<Runtime, Error> {
    let builder = Runtime::builder();
    match threads {
        None => builder,
        Some(threads) => builder.slots(threads).compute_threads(threads.max(1)),
    }
    .build()
}

//! `headwater dog`: read, smooth at two scales, subtract, write, report.

use std::fs;
use std::io::{self, Write as _};
use std::time::Instant;

use headwater::{Checkpoint, Error};
use indicatif::HumanBytes;

use super::args::{DogArgs, DogPlan};
use super::image::Image;
use super::image::read::read;
use super::image::write::{Target, Written, write};
use super::progress::Progress;

/// Runs the command, until `checkpoint` says stop.
///
/// # Errors
///
/// One line each: senseless options, an INPUT that cannot be read, an OUTPUT that cannot be written, or the checkpoint's
/// reason. OUTPUT is then as it was before.
pub(super) fn run(args: &DogArgs, checkpoint: &Checkpoint) -> Result<(), Error> {
    let start = Instant::now();
    let plan = args.plan()?;
    // What can be known to fail is to fail now, not after an hour of computing.
    let target = Target::check(&plan.output)?;
    refuse_to_overwrite_input(&plan)?;
    let progress = Progress::new(plan.quiet);
    progress.phase("reading", 1);
    let image = read(&plan.input, plan.budget, checkpoint)?;
    progress.advance(1);
    target.accept(&image)?;
    let result = compute(&image, &plan, checkpoint, &progress)?;
    let written = write(&target, &result, checkpoint, &progress)?;
    progress.finish();
    if plan.quiet {
        return Ok(());
    }
    report(&plan, &image, &written, start).or_else(|error| match error.kind() {
        // The reader of the report has gone away; the result is there all the same.
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error.into()),
    })
}

/// The image smoothed at the first scale minus the image smoothed at the second, as f32.
///
/// # Errors
///
/// Always: the request engine is not wired in yet.
fn compute(_image: &Image, _plan: &DogPlan, _checkpoint: &Checkpoint, _progress: &Progress) -> Result<Image, Error> {
    Err(Error::msg("the computation is not wired in yet"))
}

fn refuse_to_overwrite_input(plan: &DogPlan) -> Result<(), Error> {
    match (fs::canonicalize(&plan.input), fs::canonicalize(&plan.output)) {
        (Ok(input), Ok(output)) if input == output => {
            let path = plan.output.display();
            Err(Error::invalid(format!(
                "OUTPUT `{path}` is INPUT: it would be overwritten"
            )))
        }
        _ => Ok(()),
    }
}

fn report(plan: &DogPlan, image: &Image, written: &Written, start: Instant) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let [fine, coarse] = plan.sigmas;
    writeln!(out, "read     {}: {}", plan.input.display(), image.describe())?;
    writeln!(out, "sigma    {fine} minus {coarse}")?;
    writeln!(
        out,
        "written  {}: {}",
        written.path.display(),
        HumanBytes(written.bytes)
    )?;
    if let Some((black, white)) = written.range {
        writeln!(out, "range    black is {black}, white is {white}")?;
    }
    writeln!(out, "time     {:.3} s", start.elapsed().as_secs_f64())
}
